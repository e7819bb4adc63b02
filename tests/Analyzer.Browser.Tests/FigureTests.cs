using Microsoft.Playwright;
using SkiaSharp;

namespace Analyzer.Browser.Tests;

/// <summary>Figures as files, beside what a browser makes of them.</summary>
public sealed class FigureTests(Chromium chromium, Pages pages)
{
    // Both smooth edges, each in its own way; a mark that is missing or elsewhere differs by more than a third of all there is between black and white.
    private const int Clear = 96;

    // Of a picture's pixels. What remains are the edges of letters, which the browser sets on other fractions of pixels.
    private const double Edges = .01;

    [Fact]
    public async Task A_painted_figure_is_what_a_browser_draws_from_the_same_svg()
    {
        var run = Path.GetDirectoryName(pages[Pages.Convolutional])!;
        var outcome = Outcome.Of("report", run, "--figures");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var letters = Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "artifacts", "npm", "node_modules", "dejavu-fonts-ttf", "ttf", "DejaVuSans.ttf")));
        await using var visit = await chromium.VisitAsync(pages[Pages.Convolutional], scale: 300 / 96f);
        await visit.Page.SetContentAsync($"<style>@font-face {{ font-family: 'DejaVu Sans'; src: url(data:font/ttf;base64,{letters}); }} body {{ margin: 0; background: white; font-family: 'DejaVu Sans'; }}</style><div id=figure>letters</div>");
        await visit.Page.EvaluateAsync("() => document.fonts.ready");
        var apart = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(run, "figures"), "*.svg"))
        {
            var svg = await File.ReadAllTextAsync(file);
            await visit.Page.EvaluateAsync("svg => { figure.innerHTML = svg; figure.firstChild.style.display = 'block'; }", svg);
            using var drawn = SKBitmap.Decode(await (await visit.Page.QuerySelectorAsync("#figure svg"))!.ScreenshotAsync());
            using var painted = SKBitmap.Decode(Path.ChangeExtension(file, ".png"));
            var share = Different(drawn, painted);
            TestContext.Current.TestOutputHelper?.WriteLine($"{share:0.0000} {Path.GetFileName(file)}");
            if (share > Edges) apart.Add($"{share:0.0000} {Path.GetFileName(file)}");
        }
        Assert.Empty(apart);
    }

    private static double Different(SKBitmap a, SKBitmap b)
    {
        // The last row and column may be of a fraction of a pixel.
        var (width, height) = (Math.Min(a.Width, b.Width), Math.Min(a.Height, b.Height));
        Assert.InRange(a.Width - b.Width, -1, 1);
        Assert.InRange(a.Height - b.Height, -1, 1);
        var count = 0;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (p, q) = (a.GetPixel(x, y), b.GetPixel(x, y));
                if (Math.Max(Math.Abs(p.Red - q.Red), Math.Max(Math.Abs(p.Green - q.Green), Math.Abs(p.Blue - q.Blue))) > Clear) count++;
            }
        }
        return count / (double)(width * height);
    }
}
