using Analyzer.Serving;
using Microsoft.Playwright;

namespace Analyzer.Browser.Tests;

/// <summary>What <c>serve</c> shows, in the browser it is made for: runs of a convolutional network, twice, and of a dense one.</summary>
public sealed class ServedTests(Chromium chromium, Pages pages) : IAsyncLifetime
{
    private ReportServer? _server;

    /// <summary>A page of every kind.</summary>
    public static TheoryData<string> Every =>
    [
        "/", "/run/0", "/run/0/layers", "/run/0/layers/t0000", "/run/0/layers/t0000/units/3", "/run/0/samples?answer=wrong&sort=loss", "/run/0/samples/7", "/run/0/findings?verdict=warn",
        "/run/0/query?sql=SELECT%20*%20FROM%20samples%20LIMIT%203", "/compare?a=2&b=0", "/run/0/nothing",
    ];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _server = await ReportServer.StartAsync([pages.Run(Pages.Convolutional), pages.Run(Pages.Dense), pages.Run(Pages.Early)], new(), message => Assert.Fail(message), TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task A_page_draws_what_it_shows_asks_no_one_else_and_fits(string page)
    {
        var found = new List<string>();
        foreach (var (width, scheme) in new[] { (320, ColorScheme.Light), (1280, ColorScheme.Dark), (3840, ColorScheme.Light) })
        {
            await using var visit = await VisitAsync(page, width, scheme);
            found.AddRange((await Charts.OfAsync(visit.Page)).Where(c => !c.Drawn || (c.Marks == 0 && c.Values != 0)).Select(c => $"{width}: {c}"));
            found.AddRange((await visit.TooWideAsync()).Select(e => $"{width}: {e}"));
            // What it looks at on a wall it has seen on a desk.
            if (width < 3840) found.AddRange((await Accessibility.ViolationsAsync(visit.Page)).Select(v => $"{width}, {scheme}: {v}"));
            // The browser itself says that an address has no page.
            found.AddRange(visit.Complaints.Where(c => !page.EndsWith("/nothing", StringComparison.Ordinal) || !c.Contains("404", StringComparison.Ordinal)));
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "artifacts", "screenshots", $"serve{string.Concat(page.Split('?')[0].Select(c => c == '/' ? '-' : c))}-{width}.png"), FullPage = true });
        }
        Assert.True(found.Count == 0, string.Join("\n", found));
    }

    [Theory]
    [MemberData(nameof(Every))]
    public async Task The_keyboard_shows_where_it_is(string page)
    {
        await using var visit = await VisitAsync(page, 320);
        var (stops, unseen) = await Keyboard.WalkAsync(visit.Page);
        Assert.StartsWith("a #", stops[0], StringComparison.Ordinal);
        Assert.Empty(unseen);
    }

    [Fact]
    public async Task From_the_link_to_the_images_behind_a_unit_without_a_mouse()
    {
        await using var visit = await VisitAsync("/");
        await EnterAsync(visit.Page, "/run/0");
        await EnterAsync(visit.Page, "/run/0/layers");
        await EnterAsync(visit.Page, "/run/0/layers/t0000");
        await EnterAsync(visit.Page, "/run/0/layers/t0000/units/");
        await EnterAsync(visit.Page, "/run/0/samples/");
        await visit.Page.GoBackAsync();
        Assert.Matches("/run/0/layers/t0000/units/[0-9]+$", visit.Page.Url);
        await EnterAsync(visit.Page, "/run/0/query");
        await visit.Page.FocusAsync("textarea");
        await visit.Page.Keyboard.PressAsync("Control+A");
        await visit.Page.Keyboard.TypeAsync("SELECT 6 * 7 AS answer");
        await visit.Page.Keyboard.PressAsync("Tab");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.WaitForURLAsync("**/query?*");
        Assert.Equal("42", await visit.Page.Locator("table tbody td").First.TextContentAsync());
        Assert.Empty(visit.Complaints);
    }

    // The first link on the way through a page that starts so.
    private static async Task EnterAsync(IPage page, string address)
    {
        for (var stop = await Keyboard.TabAsync(page); !stop.StartsWith($"a {address}", StringComparison.Ordinal); stop = await Keyboard.TabAsync(page))
            Assert.True(stop.Length > 0, $"no link to {address} on {page.Url}");
        var before = page.Url;
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync(url => url != before);
    }

    // The link leads on to the page without the token.
    private Task<Visit> VisitAsync(string page, int width = 1280, ColorScheme scheme = ColorScheme.Light) =>
        chromium.VisitAsync(_server!.Url.Replace("/?", $"{page}{(page.Contains('?', StringComparison.Ordinal) ? '&' : '?')}", StringComparison.Ordinal), width, scheme);
}
