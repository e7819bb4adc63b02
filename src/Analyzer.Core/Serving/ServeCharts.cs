using System.Globalization;
using Analyzer.Reports.Html;

namespace Analyzer.Serving;

/// <summary>Figures of pages that the report has none of.</summary>
internal static class ServeCharts
{
    /// <summary>A histogram.</summary>
    /// <param name="low">Where the first bin begins.</param>
    /// <param name="width">Of a bin.</param>
    /// <param name="counts">Samples in each.</param>
    public static string Histogram(double low, double width, IReadOnlyList<double> counts) =>
        Figure.Bars([.. counts.Select((_, i) => (low + i * width).ToString("g3", CultureInfo.InvariantCulture))], "samples", new Series("from this value on", counts));
}
