using Microsoft.Playwright;

namespace Analyzer.Browser.Tests;

/// <summary>One page open in one window, and all that it did that a page should not do.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ICDPSession _session;
    private readonly Uri _address;
    private readonly List<string> _complaints = [];

    private Visit(IBrowserContext context, IPage page, ICDPSession session, Uri address)
    {
        (_context, Page, _session, _address) = (context, page, session, address);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Add($"console {message.Type}: {message.Text} {message.Location}");
        };
        page.PageError += (_, error) => _complaints.Add($"error: {error}");
        context.Request += (_, request) =>
        {
            if (!IsOwn(new(request.Url))) _complaints.Add($"request: {request.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, uncaught errors, and requests for anything but the page itself or, where it is served, its server.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Opens a page and waits until it is loaded.</summary>
    public static async Task<Visit> OfAsync(IBrowserContext context, Uri address)
    {
        var page = await context.NewPageAsync();
        var session = await context.NewCDPSessionAsync(page);
        await session.SendAsync("Performance.enable", new Dictionary<string, object> { ["timeDomain"] = "threadTicks" });
        var visit = new Visit(context, page, session, address);
        await visit.Page.GotoAsync(address.AbsoluteUri, new() { WaitUntil = WaitUntilState.Load });
        return visit;
    }

    /// <summary>Seconds of a processor that the page's main thread has taken so far.</summary>
    public async Task<double> WorkAsync()
    {
        var metrics = (await _session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray();
        return metrics.Single(m => m.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble();
    }

    /// <summary>Draws every chart at once, as for paper.</summary>
    public Task DrawAllAsync() => Page.EvaluateAsync("() => { dispatchEvent(new Event('beforeprint')); }");

    /// <summary>The elements of the page that reach beyond the right edge of the window, but for what lies in a box that scrolls.</summary>
    public Task<string[]> TooWideAsync() => Page.EvaluateAsync<string[]>("""
        () => document.documentElement.scrollWidth <= innerWidth ? []
            : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, nav'))
                .map(e => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 40)}`).concat(`${document.documentElement.scrollWidth} of ${innerWidth} pixels`)
        """);

    private bool IsOwn(Uri request) => _address.IsFile ? request.IsFile && request.AbsolutePath == _address.AbsolutePath : request.GetLeftPart(UriPartial.Authority) == _address.GetLeftPart(UriPartial.Authority);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
