namespace Analyzer.Reports.Html;

/// <summary>What a page that needs no network has inside: its style, the library for charts, and what draws them.</summary>
/// <param name="Style">CSS.</param>
/// <param name="Tables">What lets the keyboard scroll wide tables.</param>
/// <param name="ECharts">The library.</param>
/// <param name="Draw">What hands the page's charts to it.</param>
public sealed record PageAssets(string Style, string Tables, string ECharts, string Draw);
