const dark = matchMedia('(prefers-color-scheme: dark)');
const charts = [...document.querySelectorAll('.chart')];
function draw(element) {
  const chart = echarts.getInstanceByDom(element) ?? echarts.init(element, dark.matches ? 'dark' : null, { renderer: 'svg' });
  const option = JSON.parse(element.dataset.option);
  // On a phone the names of categories stand slanted, or they would overlap.
  if (element.clientWidth < 500) Object.assign(option.xAxis.axisLabel, { rotate: 40, width: 110, overflow: 'truncate' });
  chart.setOption(option);
  element.dataset.drawn = 'yes';
}
// A model of a hundred layers has many figures: each is drawn when it comes near the window, all of them for paper.
const near = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) { near.unobserve(target); draw(target); }
}, { rootMargin: '400px' });
charts.forEach(element => near.observe(element));
const drawn = () => charts.filter(element => element.dataset.drawn);
addEventListener('beforeprint', () => {
  charts.filter(element => !element.dataset.drawn).forEach(draw);
  // Paper has another width than the window, and a chart shrinks to it as a picture does.
  charts.forEach(element => element.querySelector('svg').setAttribute('viewBox', `0 0 ${element.clientWidth} ${element.clientHeight}`));
});
addEventListener('afterprint', () => charts.forEach(element => element.querySelector('svg').removeAttribute('viewBox')));
addEventListener('resize', () => drawn().forEach(element => echarts.getInstanceByDom(element).resize()));
dark.addEventListener('change', () => drawn().forEach(element => { echarts.dispose(element); draw(element); }));
