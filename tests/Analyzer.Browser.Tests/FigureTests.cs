using System.Xml.Linq;
using Analyzer.Figures;
using Microsoft.Playwright;
using SkiaSharp;

namespace Analyzer.Browser.Tests;

/// <summary>Figures as files, beside what a browser makes of them.</summary>
public sealed class FigureTests(Chromium chromium, Pages pages)
{
    private const float Scale = 2;

    // Both smooth edges, each in its own way; a mark that is missing or elsewhere differs by more than a third of all there is between black and white.
    private const int Clear = 96;

    // Of a picture's pixels. A browser moves some letters together, a pixel or two; a thin line across the plot would be .002.
    private const double Letters = .004, Marks = .0005;

    [Fact]
    public async Task A_painted_figure_is_what_a_browser_draws_from_the_same_svg()
    {
        var run = pages.Run(Pages.Convolutional);
        var outcome = Outcome.Of("report", run, "--figures", "--format", "svg");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var font = Convert.ToBase64String(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "artifacts", "npm", "node_modules", "dejavu-fonts-ttf", "ttf", "DejaVuSans.ttf")));
        await using var visit = await chromium.VisitAsync(pages[Pages.Convolutional], scale: Scale);
        await visit.Page.SetContentAsync($"<style>@font-face {{ font-family: 'DejaVu Sans'; src: url(data:font/ttf;base64,{font}); }} body {{ margin: 0; background: white; font-family: 'DejaVu Sans'; }}</style><div id=figure>letters</div>");
        await visit.Page.EvaluateAsync("() => document.fonts.ready");
        var apart = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(run, "figures"), "*.svg"))
        {
            var svg = await File.ReadAllTextAsync(file);
            using var picture = SvgPainter.Paint(svg, Scale);
            var bare = XElement.Parse(svg);
            bare.Descendants(PlainSvg.Namespace + "text").Remove();
            using var marks = SvgPainter.Paint(bare.ToString(), Scale);
            var (letters, other) = (Different(await DrawnAsync(visit.Page, svg), picture), Different(await DrawnAsync(visit.Page, bare.ToString()), marks));
            TestContext.Current.TestOutputHelper?.WriteLine($"{letters:0.00000} {other:0.00000} {Path.GetFileName(file)}");
            if (letters > Letters || other > Marks) apart.Add($"{letters:0.00000} {other:0.00000} {Path.GetFileName(file)}");
        }
        Assert.Empty(apart);
    }

    private static async Task<SKBitmap> DrawnAsync(IPage page, string svg)
    {
        await page.EvaluateAsync("svg => { figure.innerHTML = svg; figure.firstChild.style.display = 'block'; }", svg);
        return SKBitmap.Decode(await (await page.QuerySelectorAsync("#figure svg"))!.ScreenshotAsync());
    }

    private static double Different(SKBitmap drawn, SKBitmap b)
    {
        using var a = drawn;
        // The last row and column may be of a fraction of a pixel.
        var (width, height) = (Math.Min(a.Width, b.Width), Math.Min(a.Height, b.Height));
        Assert.InRange(a.Width - b.Width, -1, 1);
        Assert.InRange(a.Height - b.Height, -1, 1);
        var (count, first, second) = (0, a.Pixels, b.Pixels);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (p, q) = (first[y * a.Width + x], second[y * b.Width + x]);
                if (Math.Max(Math.Abs(p.Red - q.Red), Math.Max(Math.Abs(p.Green - q.Green), Math.Abs(p.Blue - q.Blue))) > Clear) count++;
            }
        }
        return count / (double)(width * height);
    }
}
