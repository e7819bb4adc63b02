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

    private const int Group = HammingSearch.Group, WordsAtOnce = 256;

    private readonly ulong[] _block = new ulong[Rows * WordsAtOnce];
    private readonly int[] _distances = new int[Rows * Others];

    /// <summary>Distances of one of the others, to each of the rows.</summary>
    public ReadOnlySpan<int> this[int other] => _distances.AsSpan(other * Rows, Rows);

    /// <summary>Measures the distances of rows [firstRow, firstRow + rowCount) to others [firstOther, firstOther + otherCount).</summary>
    public void Measure(PackedBits rows, int firstRow, int rowCount, PackedBits others, int firstOther, int otherCount)
    {
        Array.Clear(_distances);
        for (var word = 0; word < rows.WordsPerRow; word += WordsAtOnce)
        {
            var width = Math.Min(WordsAtOnce, rows.WordsPerRow - word);
            HammingSearch.Interleave(rows, firstRow, rowCount, word, width, _block);
            for (var row = 0; row < rowCount; row += Group)
            {
                ReadOnlySpan<ulong> group = _block.AsSpan(row * width, Group * width);
                var other = Avx512BW.IsSupported ? AddPairs(others, firstOther, otherCount, word, group, row) : 0;
                for (; other < otherCount; other++) AddOne(others.Row(firstOther + other).Slice(word, width), group, _distances.AsSpan(other * Rows + row, Group));
            }
        }
    }

    private int AddPairs(PackedBits others, int first, int count, int word, ReadOnlySpan<ulong> group, int row)
    {
        ref var vectors = ref Unsafe.As<ulong, Vector512<ulong>>(ref MemoryMarshal.GetReference(group));
        var (width, other) = (group.Length / Group, 0);
        for (; other + 2 <= count; other += 2)
        {
            ReadOnlySpan<ulong> p = others.Row(first + other).Slice(word, width), q = others.Row(first + other + 1).Slice(word, width);
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
