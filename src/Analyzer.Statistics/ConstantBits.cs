using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Analyzer.Statistics;

/// <summary>The bits that have one value in every row of every set, and the projection that drops them.</summary>
/// <remarks>Dropping them changes neither which codes are equal nor any Hamming distance (He et al., authors' code).</remarks>
public sealed class ConstantBits
{
    private readonly ulong[] _varying;

    private ConstantBits(ulong[] varying, int bits)
    {
        _varying = varying;
        Bits = bits;
        foreach (var word in varying) Varying += BitOperations.PopCount(word);
    }

    /// <summary>Bits of a row.</summary>
    public int Bits { get; }

    /// <summary>Bits that have one value throughout, in [0, <see cref="Bits"/>].</summary>
    public int Count => Bits - Varying;

    /// <summary>Bits that have both values, in [0, <see cref="Bits"/>].</summary>
    public int Varying { get; }

    /// <summary>Whether a bit has one value throughout.</summary>
    /// <param name="bit">Bit, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such bit.</exception>
    public bool this[int bit]
    {
        get
        {
            Require.InRange(bit, 0, Bits - 1, nameof(bit));
            return ((BinaryPrimitives.ReverseEndianness(_varying[bit >> 6]) >> (63 - (bit & 63))) & 1) == 0;
        }
    }

    /// <summary>Finds the bits that are constant over the union of several sets (train and test, say).</summary>
    /// <param name="sets">Sets of equally long codes with at least one row in all.</param>
    /// <returns>A mask over the bits. O(rows · bits).</returns>
    /// <exception cref="ArgumentException">No rows at all, or sets of different lengths.</exception>
    public static ConstantBits Of(params ReadOnlySpan<PackedBits> sets)
    {
        ulong[]? first = null;
        ulong[] varying = [];
        foreach (var set in sets)
        {
            for (var row = 0; row < set.Rows; row++)
            {
                var words = set.Row(row);
                if (first is null)
                {
                    first = words.ToArray();
                    varying = new ulong[first.Length];
                }
                for (var i = 0; i < words.Length; i++) varying[i] |= words[i] ^ first[i];
            }
            Require.SameLength(set.Bits, sets[0].Bits, nameof(sets));
        }
        return first is null ? throw new ArgumentException("there are no rows", nameof(sets)) : new(varying, sets[0].Bits);
    }

    /// <summary>The codes without the constant bits; the others keep their order.</summary>
    /// <param name="codes">[n, <see cref="Bits"/>].</param>
    /// <returns>[n, max(1, <see cref="Varying"/>)]: where no bit varies, one zero bit stays, so that rows keep a code.</returns>
    /// <exception cref="ArgumentException">Codes of another length.</exception>
    public PackedBits Without(PackedBits codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Require.SameLength(codes.Bits, Bits, nameof(codes));
        var kept = new PackedBits(codes.Rows, Math.Max(1, Varying));
        for (var row = 0; row < codes.Rows; row++) Compress(codes.Row(row), kept.Words(row));
        return kept;
    }

    // Read big-endian, a word holds its bits in the code's order, most significant first.
    private void Compress(ReadOnlySpan<ulong> source, Span<ulong> target)
    {
        ulong pending = 0;
        int held = 0, written = 0;
        for (var i = 0; i < source.Length; i++)
        {
            var mask = BinaryPrimitives.ReverseEndianness(_varying[i]);
            var bits = Extract(BinaryPrimitives.ReverseEndianness(source[i]), mask);
            var count = BitOperations.PopCount(mask);
            if (count == 0) continue;
            var free = 64 - held;
            if (count < free)
            {
                pending |= bits << (free - count);
                held += count;
                continue;
            }
            target[written++] = BinaryPrimitives.ReverseEndianness(pending | (bits >> (count - free)));
            held = count - free;
            pending = held == 0 ? 0 : bits << (64 - held);
        }
        if (held > 0) target[written] = BinaryPrimitives.ReverseEndianness(pending);
    }

    private static ulong Extract(ulong value, ulong mask)
    {
        if (Bmi2.X64.IsSupported) return Bmi2.X64.ParallelBitExtract(value, mask);
        ulong result = 0;
        for (var place = 0; mask != 0; place++, mask &= mask - 1)
            result |= ((value >> BitOperations.TrailingZeroCount(mask)) & 1) << place;
        return result;
    }
}
