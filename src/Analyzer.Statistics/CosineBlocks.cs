using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Cosines of features in a given order, coarse enough to draw.</summary>
public static class CosineBlocks
{
    /// <summary>Mean cosines between blocks of consecutive features.</summary>
    /// <param name="features">[n, d], finite.</param>
    /// <param name="order">Rows to take, in the order to take them; none of norm 0.</param>
    /// <param name="most">Blocks at most; with as many features as that or fewer, each is a block of its own.</param>
    /// <returns>
    /// First: the place in <paramref name="order"/> where each block begins, [blocks]. Cells: [blocks][blocks], each in [−1, 1]; on the
    /// diagonal the mean over pairs of different features, 1 for a block of one.
    /// </returns>
    /// <remarks>The mean cosine of two blocks is the product of their sums of unit vectors: O(n·d), no n² anywhere.</remarks>
    public static (int[] First, double[][] Cells) Of(Matrix features, ReadOnlySpan<int> order, int most)
    {
        ArgumentNullException.ThrowIfNull(features);
        var count = Math.Min(order.Length, Require.InRange(most, 1, 10_000, nameof(most)));
        var first = new int[count];
        var (sums, sizes) = (new double[count][], new int[count]);
        var unit = new double[features.Columns];
        for (var block = 0; block < count; block++)
        {
            first[block] = (int)((long)block * order.Length / count);
            var members = order[first[block]..(int)((block + 1L) * order.Length / count)];
            (sums[block], sizes[block]) = (new double[features.Columns], members.Length);
            foreach (var member in members)
            {
                TensorPrimitives.ConvertTruncating<float, double>(features.Row(member), unit);
                TensorPrimitives.Divide(unit, TensorPrimitives.Norm<double>(unit), unit);
                TensorPrimitives.Add(sums[block], unit, sums[block]);
            }
        }
        var cells = new double[count][];
        for (var a = 0; a < count; a++)
        {
            cells[a] = new double[count];
            for (var b = 0; b < count; b++)
            {
                var dot = TensorPrimitives.Dot<double>(sums[a], sums[b]);
                double n = sizes[a];
                var mean = a != b ? dot / (n * sizes[b]) : n > 1 ? (dot - n) / (n * (n - 1)) : 1;
                cells[a][b] = Math.Clamp(mean, -1, 1);
            }
        }
        return (first, cells);
    }
}
