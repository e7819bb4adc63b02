using System.Buffers;
using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Cosines of all pairs of rows as distances, and how they are distributed.</summary>
internal sealed class CosineDistances(FeatureSimilarity similarity, double duplicate)
{
    /// <summary>Bins of the histogram over [−1, 1].</summary>
    public const int Bins = 200;

    private readonly Lock _gate = new();

    /// <summary>Pairs by signed cosine, [<see cref="Bins"/>], over all calls.</summary>
    public long[] Histogram { get; } = new long[Bins];

    /// <summary>Pairs at or above the duplicates' similarity, over all calls.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Squared norms of the rows, [n], bit-equal to the Gram matrix' diagonal: the distance of equal rows is then exactly 0.</summary>
    public static double[] SquaredNorms(Matrix rows, int threads, CancellationToken cancel)
    {
        var norms = new double[rows.Rows];
        Blocks.For(norms.Length, Gram.TileSize, threads, (first, count) =>
        {
            for (var i = first; i < first + count; i++)
            {
                double sum = 0;
                foreach (double value in rows.Row(i)) sum += value * value;
                norms[i] = sum;
            }
        }, cancel);
        return norms;
    }

    /// <summary>Sets distances to 1 − similarity, in [0, 2], those of rows to themselves to 0, and counts the pairs.</summary>
    /// <param name="rows">[n, d], none of norm 0.</param>
    /// <param name="distances">[n × n], overwritten; may be longer.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="cancel">Stops the computation.</param>
    public void Measure(Matrix rows, double[] distances, int threads, CancellationToken cancel)
    {
        var norms = SquaredNorms(rows, threads, cancel);
        Gram.ForEachTile(rows, (in Gram.Tile tile) => Measure(tile, norms, distances), threads, cancel);
    }

    private void Measure(in Gram.Tile tile, double[] norms, double[] distances)
    {
        var counts = new long[Bins];
        long duplicates = 0;
        var computed = ArrayPool<double>.Shared.Rent(tile.Rows * Gram.TileSize);
        for (var i = 0; i < tile.Rows; i++)
        {
            var at = tile.FirstRow + i;
            var skip = Math.Max(0, at + 1 - tile.FirstColumn);
            if (skip > 0) computed[i * Gram.TileSize + skip - 1] = 0;
            if (skip >= tile.Columns) continue;
            var cosines = computed.AsSpan(i * Gram.TileSize, tile.Columns)[skip..];
            // √(‖x‖²‖y‖²), not ‖x‖‖y‖: of equal rows it is their product to the bit.
            TensorPrimitives.Multiply(norms.AsSpan(tile.FirstColumn + skip, cosines.Length), norms[at], cosines);
            TensorPrimitives.Sqrt(cosines, cosines);
            TensorPrimitives.Divide(tile.Row(i)[skip..], cosines, cosines);
            TensorPrimitives.Min(cosines, 1, cosines);
            TensorPrimitives.Max(cosines, -1, cosines);
            foreach (var cosine in cosines) counts[Math.Min(Bins - 1, (int)((cosine + 1) * (Bins / 2)))]++;
            if (similarity == FeatureSimilarity.Absolute) TensorPrimitives.Abs(cosines, cosines);
            if (TensorPrimitives.Max<double>(cosines) >= duplicate)
                foreach (var cosine in cosines) duplicates += cosine >= duplicate ? 1 : 0;
            TensorPrimitives.Subtract(1, cosines, cosines);
        }
        tile.Copy(computed, distances, norms.Length);
        ArrayPool<double>.Shared.Return(computed);
        lock (_gate)
        {
            for (var i = 0; i < Bins; i++) Histogram[i] += counts[i];
            Duplicates += duplicates;
        }
    }
}
