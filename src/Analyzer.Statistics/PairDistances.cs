using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Root mean square differences of the rows of a matrix: ‖xᵢ − xⱼ‖₂ / √d.</summary>
/// <remarks>
/// The distances of self-similarity (Ding et al., arXiv 2507.17785): with units as rows and samples as columns they do not grow
/// with the number of samples.
/// </remarks>
public static class PairDistances
{
    // ‖x‖² + ‖y‖² − 2xy errs by at most d · 2⁻⁵³ of the norms: at 4,096 columns 5e-13, so above this share of them a distance
    // has seven digits; below, the difference is taken column by column.
    private const double Cancellation = 1e-5;

    /// <summary>Rows at most: n(n − 1)/2 distances fill 8.6 GB there.</summary>
    public const int MostRows = 46_340;

    /// <summary>How many pairs <paramref name="rows"/> rows have.</summary>
    /// <param name="rows">n.</param>
    /// <returns>n(n − 1)/2.</returns>
    public static int Count(int rows) => (int)((long)rows * (rows - 1) / 2);

    /// <summary>Where the pair (i, j) stands among all pairs.</summary>
    /// <param name="rows">n.</param>
    /// <param name="i">The smaller row.</param>
    /// <param name="j">The larger row.</param>
    /// <returns>The place that SciPy's <c>pdist</c> gives it: (0, 1), (0, 2), …, (1, 2), ….</returns>
    public static int Index(int rows, int i, int j) => (int)((long)i * (2L * rows - i - 3) / 2 + j - 1);

    /// <summary>Measures all pairs.</summary>
    /// <param name="rows">[n, d], finite.</param>
    /// <param name="threads">Threads at most; the result does not depend on it. Default: all processors.</param>
    /// <param name="cancel">Stops the computation.</param>
    /// <returns>[n(n − 1)/2] in the order of SciPy's <c>pdist</c>, in the unit of the values; exactly 0 for equal rows.</returns>
    /// <exception cref="ArgumentException">A value that is not finite, or more than <see cref="MostRows"/> rows.</exception>
    /// <remarks>O(n²·d) by <see cref="Gram"/>. Relative error below 1e-7 up to 4,096 columns; of equal and nearly equal rows below 1e-12.</remarks>
    public static double[] Measure(Matrix rows, int? threads = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Require.InRange(rows.Rows, 0, MostRows, nameof(rows));
        rows.RequireFinite(nameof(rows));
        var n = rows.Rows;
        var distances = GC.AllocateUninitializedArray<double>(Count(n));
        var norms = new double[n];
        for (var i = 0; i < n; i++) norms[i] = SquaredNorm(rows.Row(i));
        Gram.ForEachTile(rows, (in Gram.Tile tile) =>
        {
            for (var i = 0; i < tile.Rows; i++)
            {
                var row = tile.FirstRow + i;
                var skip = Math.Max(0, row + 1 - tile.FirstColumn);
                if (skip >= tile.Columns) continue;
                var first = tile.FirstColumn + skip;
                var target = distances.AsSpan(Index(n, row, first), tile.Columns - skip);
                var sums = norms.AsSpan(first, target.Length);
                TensorPrimitives.Multiply(tile.Row(i)[skip..], -2, target);
                TensorPrimitives.Add(target, sums, target);
                TensorPrimitives.Add(target, norms[row], target);
                for (var j = 0; j < target.Length; j++)
                    if (target[j] < Cancellation * (norms[row] + sums[j]))
                        target[j] = SquaredDistance(rows.Row(row), rows.Row(first + j));
                TensorPrimitives.Divide(target, rows.Columns, target);
                TensorPrimitives.Sqrt(target, target);
            }
        }, threads, cancel);
        return distances;
    }

    /// <summary>Keeps the distances between some of the rows.</summary>
    /// <param name="distances">[n(n − 1)/2], as <see cref="Measure"/> gives them.</param>
    /// <param name="rows">n.</param>
    /// <param name="kept">Rows to keep, ascending.</param>
    /// <returns>[k(k − 1)/2] distances of the rows kept.</returns>
    /// <exception cref="ArgumentException">The number of distances is not that of n rows.</exception>
    public static double[] Select(ReadOnlySpan<double> distances, int rows, ReadOnlySpan<int> kept)
    {
        Require.SameLength(distances.Length, Count(rows), nameof(distances));
        var selected = new double[Count(kept.Length)];
        for (int i = 0, next = 0; i < kept.Length; i++)
            for (var j = i + 1; j < kept.Length; j++)
                selected[next++] = distances[Index(rows, kept[i], kept[j])];
        return selected;
    }

    private static double SquaredNorm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (var value in values) sum += (double)value * value;
        return sum;
    }

    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var i = 0; i < x.Length; i++) sum += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        return sum;
    }
}
