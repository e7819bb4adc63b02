namespace Analyzer.Statistics;

/// <summary>The boxes that cover a layer's units, and how their number falls with their size.</summary>
/// <param name="Dimension">d_B: minus the slope of ln N against ln(1 + θ). Unitless.</param>
/// <param name="ResidualError">√(RSS / (n − 2)) of that line, in ln N: the error that the authors' code states.</param>
/// <param name="Fit">The line; its slope error takes the points as independent, which they are not.</param>
/// <param name="Heights">[units − 1] θ at which two boxes become one, ascending, in the unit of the distances.</param>
public sealed record BoxCountResult(double Dimension, double ResidualError, LineFit Fit, double[] Heights)
{
    /// <summary>N(θ): boxes no two units of which are farther apart than θ.</summary>
    /// <param name="threshold">θ, in the unit of the distances.</param>
    /// <returns>In [1, units]. O(log units).</returns>
    public int Boxes(double threshold) => Heights.Length + 1 - Dendrogram.MergesAtMost(Heights, threshold);
}

/// <summary>Box counting by complete linkage: the measurement that SS_rate stands in for.</summary>
/// <remarks>
/// Ding et al., arXiv 2507.17785, authors' code: pairs are taken in the order of their distance, and two boxes merge once all their
/// cross pairs were taken, which is complete linkage. The line goes through the n − 1 points (ln(1 + θ), ln N) right after each
/// merge, N from n − 1 down to 1, all with the same weight. Against ln θ it would be a box dimension; the 1 flattens the curve
/// where θ is small against it, so d_B of a fractal is its dimension only where all distances are large against 1.
/// </remarks>
public static class BoxCount
{
    /// <summary>Counts boxes.</summary>
    /// <param name="distances">[n(n − 1)/2] distances in the order of <see cref="PairDistances.Measure"/>.</param>
    /// <param name="units">n, at most <see cref="Agglomeration.LargestCount"/>.</param>
    /// <param name="cancel">Stops the count.</param>
    /// <returns>The count, or null where no line can be told: fewer than four units, or all merges at one θ.</returns>
    /// <exception cref="ArgumentException">The number of distances is not that of n units, or too many units.</exception>
    /// <remarks>O(n²) time, 8·n² bytes.</remarks>
    public static BoxCountResult? Measure(ReadOnlySpan<double> distances, int units, CancellationToken cancel = default)
    {
        Require.InRange(units, 0, Agglomeration.LargestCount, nameof(units));
        Require.SameLength(distances.Length, PairDistances.Count(units), nameof(distances));
        if (units < 4) return null;
        var square = new double[units * units];
        for (int i = 0, next = 0; i < units; i++)
            for (var j = i + 1; j < units; j++, next++)
                square[i * units + j] = square[j * units + i] = distances[next];
        var heights = Agglomeration.Cluster(square, units, Linkage.Complete, cancel).Heights;
        var (x, y) = (new double[units - 1], new double[units - 1]);
        for (var merge = 0; merge < heights.Length; merge++)
            (x[merge], y[merge]) = (Transcendental.LogOnePlus(heights[merge]), Math.Log(units - 1 - merge));
        return LineFit.Of(x, y) is { } fit ? new(-fit.Slope, fit.ResidualError, fit, heights) : null;
    }
}
