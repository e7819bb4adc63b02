using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Agglomerative clustering from given distances.</summary>
/// <remarks>
/// Average and complete linkage by the nearest-neighbour chain (Murtagh, Computer Journal 26, 1983; Müllner, arXiv 1109.2378),
/// single linkage by Prim's minimum spanning tree: O(n²) time each. Merges, their order and their ties are those of SciPy's
/// <c>linkage</c>: the same comparisons on the same roundings, then a stable sort by height.
/// </remarks>
public static class Agglomeration
{
    /// <summary>Items at most: 8·n² bytes of distances are 2 GiB there.</summary>
    public const int LargestCount = 16_384;

    /// <summary>Merges the two nearest clusters until one is left.</summary>
    /// <param name="distances">
    /// [n × n] row-major, symmetric, finite off the diagonal; the diagonal is not read. Overwritten. May be longer than n².
    /// </param>
    /// <param name="count">Items, n, in [1, <see cref="LargestCount"/>].</param>
    /// <param name="linkage">The distance of two clusters.</param>
    /// <param name="cancel">Stops the clustering.</param>
    /// <returns>The n − 1 merges.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No item, or too many.</exception>
    /// <exception cref="ArgumentException">Fewer than n² distances, or one that is not finite.</exception>
    public static Dendrogram Cluster(double[] distances, int count, Linkage linkage, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(distances);
        Require.InRange(count, 1, LargestCount, nameof(count));
        if (distances.Length < count * count)
            throw new ArgumentException($"there are {distances.Length} distances; {count} items have {count * count}", nameof(distances));
        for (var i = 0; i < count; i++) distances[i * count + i] = 0;
        // NaN and infinities are larger than all others.
        if (TensorPrimitives.MaxMagnitude<double>(distances.AsSpan(0, count * count)) is var distance && !double.IsFinite(distance))
            throw new ArgumentException($"a distance is {distance}; all must be finite", nameof(distances));
        return new(linkage == Linkage.Single ? SpanningTree(distances, count, cancel) : Chain(distances, count, linkage, cancel));
    }

    private static Merge[] Chain(double[] distances, int items, Linkage linkage, CancellationToken cancel)
    {
        // Clusters lie in places, and each is called by one of its items. Added to a row, these keep places whose cluster went into another from being nearest.
        var (n, places, absent) = (items, Enumerable.Range(0, items).ToArray(), new double[items]);
        var sizes = new int[n];
        Array.Fill(sizes, 1);
        for (var i = 0; i < n; i++) distances[i * n + i] = double.PositiveInfinity;
        var merges = new Merge[n - 1];
        var chain = new int[n];
        var length = 0;
        for (var merge = 0; merge < merges.Length; merge++)
        {
            cancel.ThrowIfCancellationRequested();
            if (8 * (items - merge) <= 7 * n) Compact();
            if (length == 0)
            {
                chain[0] = Array.FindIndex(sizes, size => size > 0);
                length = 1;
            }
            int x, y;
            double height;
            while (true)
            {
                x = chain[length - 1];
                var row = distances.AsSpan(x * n, n);
                height = Least(row, absent);
                // Among ties the chain's last link comes first, or the chain would never end.
                if (length > 1 && row[chain[length - 2]] <= height)
                {
                    y = chain[length - 2];
                    break;
                }
                y = IndexOf(row, absent, height);
                chain[length++] = y;
            }
            length -= 2;
            if (x > y) (x, y) = (y, x);
            merges[merge] = new(places[x], places[y], height);
            Span<double> from = distances.AsSpan(x * n, n), into = distances.AsSpan(y * n, n);
            if (linkage == Linkage.Average) Average(from, into, sizes[x], sizes[y]);
            else Larger(from, into);
            absent[x] = double.PositiveInfinity;
            (sizes[x], sizes[y]) = (0, sizes[x] + sizes[y]);
            for (var i = 0; i < n; i++)
                if (sizes[i] > 0) distances[i * n + y] = into[i];
        }
        return merges;

        // Once an eighth of the places is empty, the others move together, in their order.
        void Compact()
        {
            int[] kept = [.. Enumerable.Range(0, n).Where(place => sizes[place] > 0)];
            for (var i = 0; i < kept.Length; i++)
            {
                ReadOnlySpan<double> row = distances.AsSpan(kept[i] * n, n);
                var moved = distances.AsSpan(i * kept.Length, kept.Length);
                for (var j = 0; j < moved.Length; j++) moved[j] = row[kept[j]];
            }
            for (var i = 0; i < length; i++) chain[i] = Array.BinarySearch(kept, chain[i]);
            (places, sizes, absent, n) = (Array.ConvertAll(kept, place => places[place]), Array.ConvertAll(kept, place => sizes[place]), new double[kept.Length], kept.Length);
        }
    }

    private static Merge[] SpanningTree(double[] distances, int n, CancellationToken cancel)
    {
        var nearest = new double[n];
        Array.Fill(nearest, double.PositiveInfinity);
        var absent = new double[n];
        var merges = new Merge[n - 1];
        for (int merge = 0, x = 0; merge < merges.Length; merge++)
        {
            cancel.ThrowIfCancellationRequested();
            absent[x] = double.PositiveInfinity;
            Smaller(distances.AsSpan(x * n, n), nearest);
            var height = Least(nearest, absent);
            var y = IndexOf(nearest, absent, height);
            merges[merge] = new(x, y, height);
            x = y;
        }
        return merges;
    }

    private static double Least(ReadOnlySpan<double> row, ReadOnlySpan<double> absent)
    {
        Vector512<double> a = Vector512.Create(double.PositiveInfinity), b = a;
        var i = 0;
        ref double values = ref MemoryMarshal.GetReference(row), gone = ref MemoryMarshal.GetReference(absent[..row.Length]);
        for (; i + 16 <= row.Length; i += 16)
        {
            a = Vector512.MinNative(a, Vector512.LoadUnsafe(ref values, (nuint)i) + Vector512.LoadUnsafe(ref gone, (nuint)i));
            b = Vector512.MinNative(b, Vector512.LoadUnsafe(ref values, (nuint)i + 8) + Vector512.LoadUnsafe(ref gone, (nuint)i + 8));
        }
        a = Vector512.MinNative(a, b);
        var least = double.PositiveInfinity;
        for (var lane = 0; lane < 8; lane++) least = Math.Min(least, a[lane]);
        for (; i < row.Length; i++) least = Math.Min(least, row[i] + absent[i]);
        return least;
    }

    private static int IndexOf(ReadOnlySpan<double> row, ReadOnlySpan<double> absent, double value)
    {
        var i = 0;
        var wanted = Vector512.Create(value);
        for (; i + 8 <= row.Length; i += 8)
        {
            var equal = Vector512.Equals(Vector512.Create(row[i..]) + Vector512.Create(absent[i..]), wanted).ExtractMostSignificantBits();
            if (equal != 0) return i + BitOperations.TrailingZeroCount(equal);
        }
        while (row[i] + absent[i] != value) i++;
        return i;
    }

    private static void Average(ReadOnlySpan<double> from, Span<double> into, double fromSize, double intoSize)
    {
        var i = 0;
        for (; i + 8 <= into.Length; i += 8)
        {
            // Not fused, and divided at the end: SciPy's roundings, on which ties depend.
            var sum = Vector512.Create<double>(from[i..]) * fromSize + Vector512.Create<double>(into[i..]) * intoSize;
            (sum / (fromSize + intoSize)).CopyTo(into[i..]);
        }
        for (; i < into.Length; i++) into[i] = (fromSize * from[i] + intoSize * into[i]) / (fromSize + intoSize);
    }

    private static void Larger(ReadOnlySpan<double> from, Span<double> into) =>
        TensorPrimitives.Max(from, into, into);

    private static void Smaller(ReadOnlySpan<double> from, Span<double> into) =>
        TensorPrimitives.Min(from, into, into);
}

/// <summary>Two clusters merged, each named by one of its items.</summary>
internal readonly record struct Merge(int First, int Second, double Height);
