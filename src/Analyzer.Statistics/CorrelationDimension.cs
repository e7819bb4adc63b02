namespace Analyzer.Statistics;

/// <summary>Which distances <see cref="CorrelationDimension"/> fits. The paper states no range: these defaults are ours.</summary>
public sealed record CorrelationDimensionOptions
{
    /// <summary>Share of pairs at the lower end of the fit; at least ten pairs all the same. Default .001.</summary>
    public double LowerShare { get; init => field = Require.InRange(value, 1e-9, 1); } = 0.001;

    /// <summary>Share of pairs at the upper end: above it the edges of the set show, not its inside. Default .1.</summary>
    public double UpperShare { get; init => field = Require.InRange(value, 1e-9, 1); } = 0.1;

    /// <summary>Points of the fit, their shares geometric between the two. Default 32.</summary>
    public int Points { get; init => field = Require.InRange(value, 3, 10_000); } = 32;
}

/// <summary>The correlation integral in the range fitted, and its slope.</summary>
/// <param name="Dimension">The correlation dimension: slope of ln T against ln r.</param>
/// <param name="Fit">The line.</param>
/// <param name="Radii">[points] r, the unit of the distances.</param>
/// <param name="Shares">[points] T(r): share of the pairs not farther than r.</param>
public sealed record CorrelationDimensionResult(double Dimension, LineFit Fit, double[] Radii, double[] Shares);

/// <summary>Correlation dimension of a set of samples by all their pairs.</summary>
/// <remarks>
/// Grassberger and Procaccia, Physica D 9 (1983). Ding et al., arXiv 2507.17785, call it the geometric invariance of a layer;
/// their code counts 30 neighbours of each sample only, so that T saturates: here all pairs count.
/// </remarks>
public static class CorrelationDimension
{
    /// <summary>Fits the slope of ln T(r) against ln r.</summary>
    /// <param name="distances">[n(n − 1)/2] distances of pairs of samples, ≥ 0; sorted in place.</param>
    /// <param name="options">The range; null for the defaults.</param>
    /// <returns>
    /// The dimension, or null where fewer than three different distances above 0 lie in the range: too few samples, or too many equal ones.
    /// </returns>
    /// <exception cref="ArgumentException">The lower share is not below the upper.</exception>
    /// <remarks>O(pairs · log pairs).</remarks>
    public static CorrelationDimensionResult? Measure(Span<double> distances, CorrelationDimensionOptions? options = null)
    {
        options ??= new();
        if (options.LowerShare >= options.UpperShare)
            throw new ArgumentException(FormattableString.Invariant(
                $"the lower share {options.LowerShare} must be below the upper {options.UpperShare}"), nameof(options));
        distances.Sort();
        double lower = Math.Max(options.LowerShare * distances.Length, 10), upper = options.UpperShare * distances.Length;
        var radii = new List<double>();
        var shares = new List<double>();
        for (var point = 0; point < options.Points && upper > lower; point++)
        {
            var rank = (int)Math.Round(lower * Math.Pow(upper / lower, point / (options.Points - 1.0)));
            var radius = distances[rank - 1];
            if (radius <= 0 || (radii.Count > 0 && radius <= radii[^1])) continue;
            // Where distances tie, all of them are within the radius.
            while (rank < distances.Length && distances[rank] <= radius) rank++;
            radii.Add(radius);
            shares.Add(rank / (double)distances.Length);
        }
        double[] x = [.. radii.Select(radius => Math.Log(radius))], y = [.. shares.Select(share => Math.Log(share))];
        return LineFit.Of(x, y) is { } fit ? new(fit.Slope, fit, [.. radii], [.. shares]) : null;
    }
}
