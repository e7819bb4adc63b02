using Microsoft.Playwright;
using SkiaSharp;

namespace Analyzer.Browser.Tests;

/// <summary>Looks at the charts of a page as a reader does: scrolls to each, and counts the pixels that its data has painted.</summary>
internal static class Charts
{
    /// <summary>A chart as it was seen.</summary>
    /// <param name="Name">What a screen reader says.</param>
    /// <param name="Drawn">Whether it was drawn when it came near the window.</param>
    /// <param name="Marks">Pixels within its axes that its series alone paint.</param>
    /// <param name="Values">Values other than 0 in its series.</param>
    internal sealed record Seen(string Name, bool Drawn, int Marks, int Values);

    private const string Scroll = "async chart => { chart.scrollIntoView({ block: 'center' }); for (let i = 0; i < 100 && !chart.dataset.drawn; i++) await new Promise(r => setTimeout(r, 20)); return chart.dataset.drawn === 'yes'; }";

    // A bar of height 0 paints nothing, and rightly; every other value must leave a mark.
    private const string Values = "chart => JSON.parse(chart.dataset.option).series.flatMap(s => s.data ?? []).filter(v => { v = v?.value ?? v; return Array.isArray(v) ? v.every(n => n !== null && n !== '-') : v; }).length";

    // Hides the marks and leaves axes, legend and scale as they were.
    private const string Hide = """
        chart => {
            const drawing = echarts.getInstanceByDom(chart);
            const model = drawing.getModel();
            model.eachSeries(series => drawing.getViewOfSeriesModel(series).group.hide());
            drawing.getZr().refreshImmediately();
            return model.getComponent('grid')?.coordinateSystem.getRect() ?? { x: 0, y: 0, width: chart.clientWidth, height: chart.clientHeight };
        }
        """;

    private const string Show = "chart => { const drawing = echarts.getInstanceByDom(chart); drawing.getModel().eachSeries(series => drawing.getViewOfSeriesModel(series).group.show()); drawing.getZr().refreshImmediately(); }";

    /// <summary>Every chart of a page, in its order.</summary>
    public static async Task<IReadOnlyList<Seen>> OfAsync(IPage page)
    {
        var seen = new List<Seen>();
        foreach (var chart in await page.QuerySelectorAllAsync(".chart"))
        {
            var name = await chart.GetAttributeAsync("aria-label") ?? "";
            if (!await chart.EvaluateAsync<bool>(Scroll))
            {
                seen.Add(new(name, false, 0, 0));
                continue;
            }
            using var whole = await PictureAsync(chart);
            var axes = await chart.EvaluateAsync<Box>(Hide);
            using var empty = await PictureAsync(chart);
            await chart.EvaluateAsync(Show);
            seen.Add(new(name, true, Different(whole, empty, axes), await chart.EvaluateAsync<int>(Values)));
        }
        return seen;
    }

    private static async Task<SKBitmap> PictureAsync(IElementHandle chart) => SKBitmap.Decode(await chart.ScreenshotAsync());

    // A mark may stand on an axis, half of it outside.
    private static int Different(SKBitmap a, SKBitmap b, Box axes)
    {
        var count = 0;
        for (var y = Math.Max(0, (int)axes.Y - 4); y < Math.Min(a.Height, axes.Y + axes.Height + 4); y++)
        {
            for (var x = Math.Max(0, (int)axes.X - 4); x < Math.Min(a.Width, axes.X + axes.Width + 4); x++)
                if (a.GetPixel(x, y) != b.GetPixel(x, y)) count++;
        }
        return count;
    }

    private sealed record Box
    {
        public double X { get; init; }
        public double Y { get; init; }
        public double Width { get; init; }
        public double Height { get; init; }
    }
}
