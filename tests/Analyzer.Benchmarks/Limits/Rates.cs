using System.Globalization;

namespace Analyzer.Benchmarks.Limits;

/// <summary>What several rounds gave, for a table.</summary>
internal static class Rates
{
    /// <summary>The middle one; of an even number the upper of two.</summary>
    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>The median, and between which values it lies.</summary>
    public static string Text(IReadOnlyList<double> rates) => string.Create(CultureInfo.InvariantCulture, $"{Median(rates):f0} ({rates.Min():f0}–{rates.Max():f0})");
}
