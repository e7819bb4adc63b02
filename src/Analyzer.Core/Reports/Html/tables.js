// A table that is wider than the window is a stop for the keyboard, so that arrows can scroll it; one that fits is none.
const headings = [...document.querySelectorAll('h1, h2, h3')];
function reachable() {
  document.querySelectorAll('.scroll').forEach((box, i) => {
    const heading = box.querySelector('caption') ?? headings.findLast(h => h.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (box.scrollWidth > box.clientWidth) for (const [name, value] of Object.entries({ tabindex: 0, role: 'region', 'aria-label': `Table ${i + 1}: ${heading.textContent.trim()}` })) box.setAttribute(name, value);
    else for (const name of ['tabindex', 'role', 'aria-label']) box.removeAttribute(name);
  });
}
reachable();
addEventListener('resize', reachable);
