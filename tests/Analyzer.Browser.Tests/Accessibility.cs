using System.Text.Json;
using Microsoft.Playwright;

namespace Analyzer.Browser.Tests;

/// <summary>Deque's axe-core on a page: WCAG 2.1 A and AA, and its best practice.</summary>
internal static class Accessibility
{
    private static readonly string Axe = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe.min.js"));

    /// <summary>Rules that are broken with serious or critical impact, with the elements that break them.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        await page.EvaluateAsync(Axe);
        var result = await page.EvaluateAsync<JsonElement>("() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations'] })");
        return [.. result.GetProperty("violations").EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical").SelectMany(v =>
            v.GetProperty("nodes").EnumerateArray().Select(n => $"{v.GetProperty("id").GetString()} ({v.GetProperty("impact").GetString()}): {n.GetProperty("html").GetString()}: {n.GetProperty("failureSummary").GetString()}"))];
    }
}
