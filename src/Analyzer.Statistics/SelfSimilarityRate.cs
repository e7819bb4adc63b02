using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>How SS_rate turns a share of pairs into a number of boxes.</summary>
public enum BoxEstimate
{
    /// <summary>N = n − (n − 1) · ln(1 + (n − 1)p) / ln n: the authors' code.</summary>
    Code,

    /// <summary>N = 1 + (n − 1) · ln(n + (1 − n)p) / ln n: the paper's Eq. 9. The same ends, opposite curvature.</summary>
    Printed,
}

/// <summary>How <see cref="SelfSimilarityRate"/> measures. Defaults are those of the authors' code.</summary>
public sealed record SelfSimilarityRateOptions
{
    /// <summary>From shares of pairs to boxes. Default <see cref="BoxEstimate.Code"/>.</summary>
    public BoxEstimate Estimate { get; init; } = BoxEstimate.Code;

    /// <summary>Thresholds θ, geometric in 1 + θ from the smallest to the largest distance. Default 256.</summary>
    public int Thresholds { get; init => field = Require.InRange(value, 2, 65_536); } = 256;

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>The curve behind SS_rate, and the rate.</summary>
/// <param name="Rate">
/// SS_rate, ≥ 0: twice the mean distance of the curve from the straight line. Near 0 the number of boxes falls as a power of 1 + θ.
/// </param>
/// <param name="Thresholds">[thresholds] θ, in the unit of the distances, ascending.</param>
/// <param name="Shares">[thresholds] share p of the pairs that are nearer than θ, in [0, 1].</param>
/// <param name="Boxes">[thresholds] estimated boxes N, from n down to about 1.</param>
public sealed record SelfSimilarityCurve(double Rate, double[] Thresholds, double[] Shares, double[] Boxes);

/// <summary>SS_rate: how far a layer's units are from being self-similar, by the shares of pairs nearer than a threshold.</summary>
/// <remarks>
/// Ding et al., arXiv 2507.17785: SS_rate = (2/K)·Σ |(ln(1+θmax) − ln(1+θ)) / (ln(1+θmax) − ln(1+θmin)) − ln N(θ) / ln n|.
/// It is not invariant to scale, and independent noise scores as low as a fractal: read it beside its nulls only.
/// </remarks>
public static class SelfSimilarityRate
{
    // Distances nearer to one another than this are equal but for their rounding, see PairDistances.
    private const double Spread = 1e-6;
    private const int Block = 1 << 16;

    /// <summary>Measures SS_rate.</summary>
    /// <param name="distances">[n(n − 1)/2] distances, ≥ 0, in any order.</param>
    /// <param name="units">n.</param>
    /// <param name="options">Estimate and thresholds; null for the defaults.</param>
    /// <param name="cancel">Stops the measurement.</param>
    /// <returns>
    /// The curve, or null where it is undefined: fewer than three units, or all pairs equally far (to one part in a million).
    /// </returns>
    /// <exception cref="ArgumentException">The number of distances is not that of n units.</exception>
    /// <remarks>
    /// O(n²): one look-up a pair. The first and last θ are exactly the smallest and largest distance, so that p, which counts
    /// distances strictly below θ, is exactly 0 at the first.
    /// </remarks>
    public static SelfSimilarityCurve? Measure(
        ReadOnlyMemory<double> distances, int units, SelfSimilarityRateOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        Require.SameLength(distances.Length, PairDistances.Count(units), nameof(distances));
        if (units < 3) return null;
        var (least, most) = Extremes(distances, options.Threads, cancel);
        if (most - least <= Spread * most) return null;

        var thresholds = Grid(least, most, options.Thresholds);
        var below = CountBelow(distances, thresholds, options.Threads, cancel);
        var shares = new double[thresholds.Length];
        var boxes = new double[thresholds.Length];
        double sum = 0, logUnits = Math.Log(units);
        for (var k = 0; k < thresholds.Length; k++)
        {
            shares[k] = below[k] / (double)distances.Length;
            boxes[k] = Boxes(shares[k], units, options.Estimate);
            sum += Math.Abs(1 - k / (thresholds.Length - 1.0) - Math.Log(boxes[k]) / logUnits);
        }
        return new(2 * sum / thresholds.Length, thresholds, shares, boxes);
    }

    /// <summary>The units whose norms are not among the largest.</summary>
    /// <param name="units">[n units, samples].</param>
    /// <param name="share">Share of the units to leave out, in [0, 1); at least one is, and two stay.</param>
    /// <returns>Units that stay, ascending. Among equal norms the later unit is left out.</returns>
    /// <remarks>One hot channel moves SS_rate of noise from .19 to .60: a rate that trimming changes rests on few units.</remarks>
    public static int[] WithoutLoudest(Matrix units, double share)
    {
        ArgumentNullException.ThrowIfNull(units);
        Require.InRange(share, 0, 0.99);
        var norms = new double[units.Rows];
        for (var i = 0; i < norms.Length; i++)
            foreach (var value in units.Row(i))
                norms[i] += (double)value * value;
        var dropped = Math.Min((int)Math.Ceiling(share * norms.Length), Math.Max(0, norms.Length - 2));
        return [.. Enumerable.Range(0, norms.Length).OrderBy(i => norms[i]).Take(norms.Length - dropped).Order()];
    }

    private static double Boxes(double share, int units, BoxEstimate estimate) => estimate switch
    {
        BoxEstimate.Code => units - (units - 1) * Math.Log(1 + (units - 1) * share) / Math.Log(units),
        _ => 1 + (units - 1) * Math.Log(units + (1 - units) * share) / Math.Log(units),
    };

    /// <summary>θ, geometric in 1 + θ, its ends exact.</summary>
    internal static double[] Grid(double least, double most, int count)
    {
        double low = Transcendental.LogOnePlus(least), high = Transcendental.LogOnePlus(most);
        var grid = new double[count];
        for (var k = 0; k < count; k++) grid[k] = Math.Clamp(Transcendental.ExpMinusOne(low + (high - low) * k / (count - 1)), least, most);
        (grid[0], grid[^1]) = (least, most);
        return grid;
    }

    private static (double Least, double Most) Extremes(ReadOnlyMemory<double> values, int threads, CancellationToken cancel)
    {
        var gate = new Lock();
        double least = double.PositiveInfinity, most = 0;
        Blocks.For(values.Length, Block, threads, (first, count) =>
        {
            var part = values.Span.Slice(first, count);
            double low = TensorPrimitives.Min(part), high = TensorPrimitives.Max(part);
            lock (gate) (least, most) = (Math.Min(least, low), Math.Max(most, high));
        }, cancel);
        return (least, most);
    }

    /// <summary>How many values lie strictly below each threshold.</summary>
    private static long[] CountBelow(ReadOnlyMemory<double> values, double[] thresholds, int threads, CancellationToken cancel)
    {
        // A uniform table over the range says about how many thresholds lie at or below a value; a step or two corrects it.
        var cells = 16 * thresholds.Length;
        double least = thresholds[0], scale = (cells - 1) / (thresholds[^1] - least);
        var starts = new int[cells];
        for (int cell = 0, k = 0; cell < cells; cell++)
        {
            while (k < thresholds.Length && thresholds[k] <= least + cell / scale) k++;
            starts[cell] = k;
        }

        var gate = new Lock();
        var counts = new long[thresholds.Length + 1];
        Blocks.For(values.Length, Block, threads, (first, count) =>
        {
            var local = new int[counts.Length];
            foreach (var value in values.Span.Slice(first, count))
            {
                var k = starts[Math.Min((int)((value - least) * scale), starts.Length - 1)];
                while (k < thresholds.Length && thresholds[k] <= value) k++;
                while (k > 0 && thresholds[k - 1] > value) k--;
                local[k]++;
            }
            lock (gate)
                for (var k = 0; k < counts.Length; k++)
                    counts[k] += local[k];
        }, cancel);
        // counts[k] values have k thresholds at or below them: they lie below threshold k and all later ones.
        for (var k = 1; k < counts.Length; k++) counts[k] += counts[k - 1];
        return counts;
    }
}
