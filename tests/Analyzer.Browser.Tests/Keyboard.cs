using Microsoft.Playwright;

namespace Analyzer.Browser.Tests;

/// <summary>A page without a mouse.</summary>
internal static class Keyboard
{
    private const string Named = "const name = e => `${e.tagName.toLowerCase()} ${e.getAttribute('href') ?? e.getAttribute('aria-label') ?? e.textContent.trim()}`;";

    // An outline that is drawn in a colour of its own and has a width.
    private const string Visible = "() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && s.outlineColor !== getComputedStyle(document.body).backgroundColor; }";

    /// <summary>Presses Tab and says where that leads: the element's name and its address, label or text.</summary>
    public static async Task<string> TabAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Tab");
        return await page.EvaluateAsync<string>($"() => {{ {Named} return document.activeElement === document.body ? '' : name(document.activeElement); }}");
    }

    /// <summary>The first stop within or behind an element; null where none is left.</summary>
    public static Task<string?> StopAfterAsync(IPage page, string id) => page.EvaluateAsync<string?>($$"""
        id => { {{Named}} const from = document.getElementById(id);
            const stop = [...document.querySelectorAll('a[href], summary, button, input, select, [tabindex="0"]')].find(e => from.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
            return stop ? name(stop) : null; }
        """, id);

    /// <summary>Every stop on the way through a page, and those where nothing shows that it has the focus.</summary>
    public static async Task<(IReadOnlyList<string> Stops, IReadOnlyList<string> Unseen)> WalkAsync(IPage page)
    {
        var (stops, unseen) = (new List<string>(), new List<string>());
        for (var stop = await TabAsync(page); stop.Length > 0 && stops.Count < 500; stop = await TabAsync(page))
        {
            stops.Add(stop);
            if (!await page.EvaluateAsync<bool>(Visible)) unseen.Add(stop);
        }
        return (stops, unseen);
    }
}
