namespace Analyzer.Statistics;

/// <summary>Where values lie and how wide they spread, as a few extreme ones cannot move them.</summary>
/// <param name="Median">In the values' unit; the mean of the middle two of an even number.</param>
/// <param name="Deviation">
/// Median distance from the median times 1.4826, which is the standard deviation where values are normal. Null where it would
/// say nothing: fewer than <see cref="FewestValues"/> values, or half of them equal.
/// </param>
public sealed record RobustScale(double Median, double? Deviation)
{
    /// <summary>Below this many values a median distance rests on one or two of them. 5.</summary>
    public const int FewestValues = 5;

    // 1 / Φ⁻¹(¾).
    private const double ToNormal = 1.482602218505602;

    /// <summary>Describes values.</summary>
    /// <param name="values">[n], at least one, none NaN.</param>
    /// <returns>O(n log n).</returns>
    /// <exception cref="ArgumentException">No values, or a NaN.</exception>
    public static RobustScale Of(ReadOnlySpan<double> values)
    {
        if (values.Length == 0) throw new ArgumentException("there are no values, so no median", nameof(values));
        foreach (var value in values)
            if (double.IsNaN(value)) throw new ArgumentException("a value is NaN; values must have an order", nameof(values));
        var median = MedianOf(values.ToArray());
        if (values.Length < FewestValues || double.IsInfinity(median)) return new(median, null);
        var distances = new double[values.Length];
        for (var i = 0; i < values.Length; i++) distances[i] = Math.Abs(values[i] - median);
        var deviation = ToNormal * MedianOf(distances);
        return new(median, deviation > 0 && double.IsFinite(deviation) ? deviation : null);
    }

    /// <summary>How many robust standard deviations a value lies above the median.</summary>
    /// <param name="value">A value of the same measurement.</param>
    /// <returns>(value − median) / deviation; null where there is no deviation.</returns>
    public double? ZScore(double value) => (value - Median) / Deviation;

    private static double MedianOf(double[] values)
    {
        Array.Sort(values);
        var half = values.Length / 2;
        return values.Length % 2 == 1 ? values[half] : values[half - 1] + (values[half] - values[half - 1]) / 2;
    }
}
