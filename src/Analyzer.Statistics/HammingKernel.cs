using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>Hamming distances of one code to eight codes at once, whose words lie interleaved: [word][8].</summary>
/// <remarks>
/// Population counts by nibble lookup, carry-save adders before them (Muła, Kurz and Lemire, "Faster population counts
/// using AVX2 instructions", The Computer Journal 61, 2018), on eight codes at once instead of along one.
/// </remarks>
internal static class HammingKernel
{
    /// <summary>Rows that a vector holds side by side, one 64-bit word of each.</summary>
    public const int Group = 8;

    // A byte counts at most 8 for each word: 31 words fit.
    private const int WordsPerSum = 24;

    /// <summary>Copies words of some rows to [group][word][row of the group]; rows past the end repeat whatever was there.</summary>
    public static void Interleave(PackedBits rows, RowSet of, int firstWord, int words, Span<ulong> block)
    {
        for (var row = 0; row < of.Count; row++)
        {
            var source = rows.Row(of[row]).Slice(firstWord, words);
            var target = row / Group * words * Group + row % Group;
            for (var word = 0; word < words; word++) block[target + word * Group] = source[word];
        }
    }

    /// <summary>The eight distances, by 512-bit vectors without adders, for at most 31 words; needs AVX-512BW.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Short(ref ulong query, int words, ref Vector512<ulong> group)
    {
        var bytes = Count(Difference(ref query, ref group, 0));
        for (var word = 1; word < words; word++) bytes += Count(Difference(ref query, ref group, word));
        return Avx512BW.SumAbsoluteDifferences(bytes, Vector512<byte>.Zero).AsUInt64();
    }

    /// <summary>The eight distances, by 512-bit vectors, for any number of words; needs AVX-512BW.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Long(ref ulong q, int words, ref Vector512<ulong> g)
    {
        var total = Vector512<ulong>.Zero;
        var word = 0;
        while (word < words)
        {
            var end = Math.Min(words, word + WordsPerSum);
            var eights = Vector512<byte>.Zero;
            Vector512<ulong> ones = default, twos = default, fours = default;
            for (; word + 8 <= end; word += 8)
            {
                var t0 = Add(ref ones, Difference(ref q, ref g, word), Difference(ref q, ref g, word + 1));
                var t1 = Add(ref ones, Difference(ref q, ref g, word + 2), Difference(ref q, ref g, word + 3));
                var f0 = Add(ref twos, t0, t1);
                t0 = Add(ref ones, Difference(ref q, ref g, word + 4), Difference(ref q, ref g, word + 5));
                t1 = Add(ref ones, Difference(ref q, ref g, word + 6), Difference(ref q, ref g, word + 7));
                var f1 = Add(ref twos, t0, t1);
                eights += Count(Add(ref fours, f0, f1));
            }
            var bytes = eights + eights + Count(fours);
            bytes = bytes + bytes + Count(twos);
            bytes = bytes + bytes + Count(ones);
            for (; word < end; word++) bytes += Count(Difference(ref q, ref g, word));
            total += Avx512BW.SumAbsoluteDifferences(bytes, Vector512<byte>.Zero).AsUInt64();
        }
        return total;
    }

    /// <summary>The eight distances of two codes, by 512-bit vectors, for at most 496 words; needs AVX-512BW. Two take two thirds of twice one's time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<ulong>, Vector512<ulong>) Two(ref ulong p, ref ulong q, int words, ref Vector512<ulong> g)
    {
        Counter one = default, other = default;
        var word = 0;
        for (; word + 16 <= words; word += 16)
        {
            var (a, b) = (one.Eight(ref p, ref g, word), other.Eight(ref q, ref g, word));
            one.Sixteen(a, one.Eight(ref p, ref g, word + 8));
            other.Sixteen(b, other.Eight(ref q, ref g, word + 8));
        }
        for (; word < words; word++)
        {
            one.Rest += Count(Difference(ref p, ref g, word));
            other.Rest += Count(Difference(ref q, ref g, word));
        }
        return (one.Total(), other.Total());
    }

    // Carry-save adders over 16 words: what is counted of ones, twos, …, by bits, and of sixteens, by bytes.
    private ref struct Counter
    {
        public Vector512<byte> Rest;
        private Vector512<ulong> _ones, _twos, _fours, _eights;
        private Vector512<byte> _sixteens;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<ulong> Eight(ref ulong q, ref Vector512<ulong> g, int word)
        {
            var a = Add(ref _ones, Difference(ref q, ref g, word), Difference(ref q, ref g, word + 1));
            var b = Add(ref _ones, Difference(ref q, ref g, word + 2), Difference(ref q, ref g, word + 3));
            var four = Add(ref _twos, a, b);
            a = Add(ref _ones, Difference(ref q, ref g, word + 4), Difference(ref q, ref g, word + 5));
            b = Add(ref _ones, Difference(ref q, ref g, word + 6), Difference(ref q, ref g, word + 7));
            return Add(ref _fours, four, Add(ref _twos, a, b));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Sixteen(Vector512<ulong> a, Vector512<ulong> b) => _sixteens += Count(Add(ref _eights, a, b));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector512<ulong> Total()
        {
            var bytes = Count(_eights);
            bytes = bytes + bytes + Count(_fours);
            bytes = bytes + bytes + Count(_twos);
            bytes = bytes + bytes + Count(_ones) + Rest;
            return (Sum(_sixteens) << 4) + Sum(bytes);
        }

        private static Vector512<ulong> Sum(Vector512<byte> bytes) => Avx512BW.SumAbsoluteDifferences(bytes, Vector512<byte>.Zero).AsUInt64();
    }

    /// <summary>The eight distances, by whatever the processor has short of AVX-512.</summary>
    public static void Narrow(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> group, Span<ulong> sums)
    {
        if (Avx2.IsSupported) Halves(query, group, sums);
        else Words(query, group, sums);
    }

    /// <summary>The eight distances, by two 256-bit vectors; needs AVX2.</summary>
    internal static void Halves(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> group, Span<ulong> sums)
    {
        Vector256<ulong> low = default, high = default;
        for (var word = 0; word < query.Length; word++)
        {
            var value = Vector256.Create(query[word]);
            low += Count(Vector256.Create(group[(word * Group)..]) ^ value);
            high += Count(Vector256.Create(group[(word * Group + Group / 2)..]) ^ value);
        }
        low.CopyTo(sums);
        high.CopyTo(sums[(Group / 2)..]);
    }

    /// <summary>The eight distances, word by word.</summary>
    internal static void Words(ReadOnlySpan<ulong> query, ReadOnlySpan<ulong> group, Span<ulong> sums)
    {
        sums.Clear();
        for (var word = 0; word < query.Length; word++)
            for (var i = 0; i < Group; i++)
                sums[i] += (ulong)BitOperations.PopCount(query[word] ^ group[word * Group + i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Difference(ref ulong query, ref Vector512<ulong> group, int word) =>
        Vector512.Create(Unsafe.Add(ref query, word)) ^ Unsafe.Add(ref group, word);

    // Full adder, bit by bit: leaves the sum in place and returns the carry.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Add(ref Vector512<ulong> sum, Vector512<ulong> b, Vector512<ulong> c)
    {
        var a = sum;
        sum = Avx512F.TernaryLogic(a, b, c, 0x96);
        return Avx512F.TernaryLogic(a, b, c, 0xE8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Count(Vector512<ulong> words)
    {
        var nibble = Vector512.Create((byte)0x0F);
        var counts = Vector512.Create(Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        return Avx512BW.Shuffle(counts, words.AsByte() & nibble)
            + Avx512BW.Shuffle(counts, (words.AsUInt16() >>> 4).AsByte() & nibble);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Count(Vector256<ulong> words)
    {
        var nibble = Vector256.Create((byte)0x0F);
        var counts = Vector256.Create(Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        var bytes = Avx2.Shuffle(counts, words.AsByte() & nibble) + Avx2.Shuffle(counts, (words.AsUInt16() >>> 4).AsByte() & nibble);
        return Avx2.SumAbsoluteDifferences(bytes, Vector256<byte>.Zero).AsUInt64();
    }
}
