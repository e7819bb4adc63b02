using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>Scans all training rows for a block of queries.</summary>
internal static class HammingSearch
{
    private const int Group = HammingKernel.Group, BlockBytes = 256 * 1024;

    // Words beyond which a block of few rows would be read with all its queries from memory.
    private const int LongCode = 512;

    public static void Run(
        PackedBits train, PackedBits queries, int first, int count, NearestNeighbours found, CancellationToken cancel)
    {
        var (k, words) = (found.Neighbours, train.WordsPerRow);
        var indices = MemoryMarshal.CreateSpan(ref found.Indices[first, 0], count * k);
        var distances = MemoryMarshal.CreateSpan(ref found.Distances[first, 0], count * k);
        distances.Fill(int.MaxValue);
        if (words > LongCode)
        {
            RunLong(train, queries, first, count, indices, distances, k, cancel);
            return;
        }
        var groups = Math.Clamp(BlockBytes / (words * Group * sizeof(ulong)), 1, 4096);
        var block = new ulong[groups * words * Group];
        for (var row = 0; row < train.Rows; row += groups * Group)
        {
            cancel.ThrowIfCancellationRequested();
            var rows = Math.Min(groups * Group, train.Rows - row);
            HammingKernel.Interleave(train, new(row, rows), 0, words, block);
            for (var query = 0; query < count; query++)
            {
                var nearest = new NearestList(indices.Slice(query * k, k), distances.Slice(query * k, k));
                Scan(queries.Row(first + query), block, row, rows, nearest);
            }
        }
    }

    private static void RunLong(PackedBits train, PackedBits queries, int first, int count, Span<int> indices, Span<int> distances, int k, CancellationToken cancel)
    {
        var tile = new HammingTile();
        for (var row = 0; row < train.Rows; row += HammingTile.Rows)
        {
            cancel.ThrowIfCancellationRequested();
            var rows = Math.Min(HammingTile.Rows, train.Rows - row);
            tile.Measure(train, new(row, rows), queries, new(first, count));
            for (var query = 0; query < count; query++)
            {
                var nearest = new NearestList(indices.Slice(query * k, k), distances.Slice(query * k, k));
                var found = tile[query];
                for (var i = 0; i < rows; i++)
                    if (found[i] < nearest.Worst) nearest.Offer(row + i, found[i]);
            }
        }
    }

    private static void Scan(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> block, int firstRow, int rows, NearestList nearest)
    {
        if (Avx512BW.IsSupported) ScanWide(query, block, firstRow, rows, nearest);
        else ScanNarrow(query, block, firstRow, rows, nearest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScanWide(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> block, int firstRow, int rows, NearestList nearest)
    {
        Span<ulong> sums = stackalloc ulong[Group];
        ref var words = ref MemoryMarshal.GetReference(query);
        ref var group = ref Unsafe.As<ulong, Vector512<ulong>>(ref MemoryMarshal.GetReference(block));
        var worst = Vector512.Create((ulong)nearest.Worst);
        for (var row = 0; row < rows; row += Group, group = ref Unsafe.Add(ref group, query.Length))
        {
            var distances = query.Length < 8
                ? HammingKernel.Short(ref words, query.Length, ref group)
                : HammingKernel.Long(ref words, query.Length, ref group);
            if (Vector512.GreaterThanOrEqualAll(distances, worst)) continue;
            distances.CopyTo(sums);
            Offer(sums, firstRow + row, Math.Min(Group, rows - row), nearest);
            worst = Vector512.Create((ulong)nearest.Worst);
        }
    }

    private static void ScanNarrow(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> block, int firstRow, int rows, NearestList nearest)
    {
        Span<ulong> sums = stackalloc ulong[Group];
        var stride = query.Length * Group;
        for (var row = 0; row < rows; row += Group)
        {
            var group = block.Slice(row / Group * stride, stride);
            HammingKernel.Narrow(query, group, sums);
            Offer(sums, firstRow + row, Math.Min(Group, rows - row), nearest);
        }
    }

    private static void Offer(scoped ReadOnlySpan<ulong> distances, int firstRow, int rows, NearestList nearest)
    {
        for (var i = 0; i < rows; i++)
            if (distances[i] < (ulong)nearest.Worst) nearest.Offer(firstRow + i, (int)distances[i]);
    }
}
