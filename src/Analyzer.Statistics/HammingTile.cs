using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>All Hamming distances between a block of rows and a block of others, some words of them at a time: long codes are read from the caches.</summary>
internal sealed class HammingTile
{
    /// <summary>Rows at most, and others at most: with the words taken at a time they fill half the second-level cache.</summary>
    public const int Rows = 256, Others = 256;

    private const int Group = HammingKernel.Group, WordsAtOnce = 256;

    private readonly ulong[] _block = new ulong[Rows * WordsAtOnce];
    private readonly int[] _distances = new int[Rows * Others];

    /// <summary>Distances of one of the others, to each of the rows.</summary>
    public ReadOnlySpan<int> this[int other] => _distances.AsSpan(other * Rows, Rows);

    /// <summary>Measures the distances of some rows to some others.</summary>
    public void Measure(PackedBits rows, RowSet ofRows, PackedBits others, RowSet ofOthers)
    {
        Array.Clear(_distances);
        for (var word = 0; word < rows.WordsPerRow; word += WordsAtOnce)
        {
            var width = Math.Min(WordsAtOnce, rows.WordsPerRow - word);
            HammingKernel.Interleave(rows, ofRows, word, width, _block);
            for (var row = 0; row < ofRows.Count; row += Group)
            {
                ReadOnlySpan<ulong> group = _block.AsSpan(row * width, Group * width);
                var other = Avx512BW.IsSupported ? AddPairs(others, ofOthers, word, group, row) : 0;
                for (; other < ofOthers.Count; other++) AddOne(others.Row(ofOthers[other]).Slice(word, width), group, _distances.AsSpan(other * Rows + row, Group));
            }
        }
    }

    private int AddPairs(PackedBits others, RowSet ofOthers, int word, ReadOnlySpan<ulong> group, int row)
    {
        ref var vectors = ref Unsafe.As<ulong, Vector512<ulong>>(ref MemoryMarshal.GetReference(group));
        var (width, other) = (group.Length / Group, 0);
        for (; other + 2 <= ofOthers.Count; other += 2)
        {
            ReadOnlySpan<ulong> p = others.Row(ofOthers[other]).Slice(word, width), q = others.Row(ofOthers[other + 1]).Slice(word, width);
            var (one, two) = HammingKernel.Two(ref MemoryMarshal.GetReference(p), ref MemoryMarshal.GetReference(q), width, ref vectors);
            Add(one, _distances.AsSpan(other * Rows + row, Group));
            Add(two, _distances.AsSpan((other + 1) * Rows + row, Group));
        }
        return other;
    }

    private static void Add(Vector512<ulong> found, Span<int> distances) =>
        (Vector256.Create<int>(distances) + Avx512F.ConvertToVector256Int32(found)).CopyTo(distances);

    private static void AddOne(ReadOnlySpan<ulong> other, ReadOnlySpan<ulong> group, Span<int> distances)
    {
        Span<ulong> sums = stackalloc ulong[Group];
        HammingKernel.Narrow(other, group, sums);
        for (var i = 0; i < Group; i++) distances[i] += (int)sums[i];
    }
}
