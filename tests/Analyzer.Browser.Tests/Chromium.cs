using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Analyzer.Browser.Tests.Chromium))]
// One browser and two cores: what is measured here would measure the neighbours.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Analyzer.Browser.Tests;

/// <summary>The machine's own Chromium, started once for all tests; nothing is downloaded.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string Program = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Fails or skips a test where there is no browser, before anything is made for it to open.</summary>
    internal static void Require()
    {
        if (File.Exists(Program)) return;
        // On a build server a browser that is missing is a check that nobody made.
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail($"there is no `{Program}`; `.ci/run` installs it");
        Assert.Skip($"there is no `{Program}` (Debian: `apt-get install chromium`); another one is named by CHROMIUM");
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Program)) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page in a context of its own: a file without a network, or a page of a server of this machine.</summary>
    /// <param name="page">The file or the address.</param>
    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="scale">Pixels of the screen to a CSS pixel.</param>
    internal async Task<Visit> VisitAsync(string page, int width = 1280, ColorScheme scheme = ColorScheme.Light, float scale = 1)
    {
        Require();
        var address = new Uri(page);
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, DeviceScaleFactor = scale, Offline = address.IsFile });
        return await Visit.OfAsync(context, address);
    }
}
