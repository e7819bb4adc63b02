using Microsoft.Playwright;

namespace Analyzer.Browser.Tests;

/// <summary>One page open in one window, and all that it did that a page should not do.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly string _address;
    private readonly List<string> _complaints = [];

    private Visit(IBrowserContext context, IPage page, string address)
    {
        (_context, Page, _address) = (context, page, address);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Add($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => _complaints.Add($"error: {error}");
        context.Request += (_, request) =>
        {
            if (request.Url.Split('#')[0] != _address) _complaints.Add($"request: {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, uncaught errors, and requests for anything but the page itself.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Opens a page and waits until it is loaded.</summary>
    public static async Task<Visit> OfAsync(IBrowserContext context, string file)
    {
        var visit = new Visit(context, await context.NewPageAsync(), new Uri(file).AbsoluteUri);
        await visit.Page.GotoAsync(visit._address, new() { WaitUntil = WaitUntilState.Load });
        return visit;
    }

    /// <summary>Draws every chart at once, as for paper.</summary>
    public Task DrawAllAsync() => Page.EvaluateAsync("() => { dispatchEvent(new Event('beforeprint')); }");

    /// <summary>The elements of the page that reach beyond the right edge of the window, but for what lies in a box that scrolls.</summary>
    public Task<string[]> TooWideAsync() => Page.EvaluateAsync<string[]>("""
        () => document.documentElement.scrollWidth <= innerWidth ? []
            : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, nav'))
                .map(e => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 40)}`).concat(`${document.documentElement.scrollWidth} of ${innerWidth} pixels`)
        """);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
