using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary><see cref="BitProduct"/> of float32 with AVX-512: a table of 16 entries is one vector, and one instruction looks up 16 rows in it.</summary>
/// <remarks>Only lanes up to the last that is not all 0 cost anything.</remarks>
internal static class BitPermutation
{
    private const int Panel = BitPanels.Width * BitProduct.Nibbles, Group = 16, AtOnce = 8;

    // Entries whose index has a bit set, by place.
    private static readonly Vector512<float>[] Having =
        [.. Enumerable.Range(0, 4).Select(place => Vector512.Create([.. Enumerable.Range(0, Group).Select(entry => BitConverter.Int32BitsToSingle(-(entry >> place & 1)))]))];

    /// <summary>Whether this processor can.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <inheritdoc cref="BitProduct.MultiplyAdd{T}"/>
    public static void MultiplyAdd(BitPanels bits, RowSet rows, ReadOnlySpan<float> dense, int lanes, Span<float> result)
    {
        var used = Used(dense, lanes);
        if (used == 0) return;
        var groups = Blocks.Count(rows.Count, Group);
        // [nibble, lane] tables of 16 entries; [group, lane] sums of 16 rows.
        var (table, words) = (new Vector512<float>[Panel * used], new uint[BitPanels.Width * groups * Group]);
        Vector512<float>[] sums = new Vector512<float>[groups * used], totals = new Vector512<float>[groups * used];
        for (var first = 0; first < bits.Words; first += BitProduct.WordsPerSum)
        {
            Array.Clear(sums);
            for (var word = first; word < Math.Min(bits.Words, first + BitProduct.WordsPerSum); word += BitPanels.Width)
            {
                bits.CopyTo(word, rows, words);
                Tabulate(dense, lanes, used, word * 32, bits.Bits, table);
                Add(MemoryMarshal.Cast<uint, Vector512<int>>(words), table, used, sums);
            }
            for (var i = 0; i < sums.Length; i++) totals[i] += sums[i];
        }
        var values = MemoryMarshal.Cast<Vector512<float>, float>(totals);
        for (var i = 0; i < rows.Count; i++)
            for (var lane = 0; lane < used; lane++)
                result[i * lanes + lane] += values[(i / Group * used + lane) * Group + i % Group];
    }

    // Lanes up to the last that is not all 0, made even.
    private static int Used(ReadOnlySpan<float> dense, int lanes)
    {
        Span<float> largest = stackalloc float[lanes];
        largest.Clear();
        for (var i = 0; i < dense.Length; i += lanes) TensorPrimitives.MaxMagnitude(dense.Slice(i, lanes), largest, largest);
        return (largest.LastIndexOfAnyExcept(0) + 2) & ~1;
    }

    private static void Tabulate(ReadOnlySpan<float> dense, int lanes, int used, int firstBit, int bits, Span<Vector512<float>> table)
    {
        Vector512<float> ones = Having[0], twos = Having[1], fours = Having[2], eights = Having[3];
        Span<float> none = stackalloc float[lanes];
        none.Clear();
        for (var nibble = 0; nibble < Panel; nibble++)
        {
            var bit = firstBit + BitProduct.FirstBit(nibble);
            ReadOnlySpan<float> eight = Row(dense, lanes, bit, bits, none), four = Row(dense, lanes, bit + 1, bits, none);
            ReadOnlySpan<float> two = Row(dense, lanes, bit + 2, bits, none), one = Row(dense, lanes, bit + 3, bits, none);
            var entries = table.Slice(nibble * used, used);
            for (var lane = 0; lane < entries.Length; lane++)
                entries[lane] = ((ones & Vector512.Create(one[lane])) + (twos & Vector512.Create(two[lane]))) + ((fours & Vector512.Create(four[lane])) + (eights & Vector512.Create(eight[lane])));
        }
    }

    private static ReadOnlySpan<float> Row(ReadOnlySpan<float> dense, int lanes, int bit, int bits, ReadOnlySpan<float> none) =>
        bit < bits ? dense.Slice(bit * lanes, lanes) : none;

    private static void Add(ReadOnlySpan<Vector512<int>> words, Vector512<float>[] table, int used, Vector512<float>[] sums)
    {
        var groups = words.Length / BitPanels.Width;
        for (var group = 0; group < groups; group++)
        {
            var lane = 0;
            for (; lane + AtOnce <= used; lane += AtOnce) AddEight(words, group, groups, ref table[lane], used, ref sums[group * used + lane]);
            for (; lane < used; lane += 2) AddTwo(words, group, groups, ref table[lane], used, ref sums[group * used + lane]);
        }
    }

    private static void AddEight(ReadOnlySpan<Vector512<int>> words, int group, int groups, ref Vector512<float> table, int used, ref Vector512<float> sums)
    {
        Vector512<float> a = sums, b = Unsafe.Add(ref sums, 1), c = Unsafe.Add(ref sums, 2), d = Unsafe.Add(ref sums, 3);
        Vector512<float> e = Unsafe.Add(ref sums, 4), f = Unsafe.Add(ref sums, 5), g = Unsafe.Add(ref sums, 6), h = Unsafe.Add(ref sums, 7);
        for (var word = 0; word < BitPanels.Width; word++)
        {
            var index = words[word * groups + group];
            for (var nibble = 0; nibble < BitProduct.Nibbles; nibble++, index >>>= 4, table = ref Unsafe.Add(ref table, used))
            {
                a += LookUp(ref table, 0, index);
                b += LookUp(ref table, 1, index);
                c += LookUp(ref table, 2, index);
                d += LookUp(ref table, 3, index);
                e += LookUp(ref table, 4, index);
                f += LookUp(ref table, 5, index);
                g += LookUp(ref table, 6, index);
                h += LookUp(ref table, 7, index);
            }
        }
        (sums, Unsafe.Add(ref sums, 1), Unsafe.Add(ref sums, 2), Unsafe.Add(ref sums, 3)) = (a, b, c, d);
        (Unsafe.Add(ref sums, 4), Unsafe.Add(ref sums, 5), Unsafe.Add(ref sums, 6), Unsafe.Add(ref sums, 7)) = (e, f, g, h);
    }

    private static void AddTwo(ReadOnlySpan<Vector512<int>> words, int group, int groups, ref Vector512<float> table, int used, ref Vector512<float> sums)
    {
        Vector512<float> a = sums, b = Unsafe.Add(ref sums, 1);
        for (var word = 0; word < BitPanels.Width; word++)
        {
            var index = words[word * groups + group];
            for (var nibble = 0; nibble < BitProduct.Nibbles; nibble++, index >>>= 4, table = ref Unsafe.Add(ref table, used))
            {
                a += LookUp(ref table, 0, index);
                b += LookUp(ref table, 1, index);
            }
        }
        (sums, Unsafe.Add(ref sums, 1)) = (a, b);
    }

    // The lowest four bits of an index count.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LookUp(ref Vector512<float> table, int lane, Vector512<int> index) => Avx512F.PermuteVar16x32(Unsafe.Add(ref table, lane), index);
}
