using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>A matrix of bits, [rows samples, bits], each row padded with zeros to whole 64-bit words.</summary>
/// <remarks>
/// The bytes of a row are those of NumPy's <c>packbits</c>: the first bit is the most significant of the first byte.
/// Codes of several taps stand side by side in one row where each begins at a whole byte; the zero bits that pad each
/// code are constant, so they change no Hamming distance and no equality, and <see cref="ConstantBits"/> drops them.
/// Up to 2³¹ − 57 words (16 GiB) in all. Different rows may be set from different threads.
/// </remarks>
public sealed class PackedBits
{
    private const int WordBits = 64;
    private readonly ulong[] _words;

    /// <summary>A matrix of zero bits.</summary>
    /// <param name="rows">Samples, at least 0.</param>
    /// <param name="bits">Bits of a row, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size out of range, or more than 16 GiB in all.</exception>
    public PackedBits(int rows, int bits)
    {
        Rows = Require.InRange(rows, 0, int.MaxValue, nameof(rows));
        Bits = Require.InRange(bits, 1, int.MaxValue - WordBits, nameof(bits));
        WordsPerRow = (bits + WordBits - 1) / WordBits;
        Require.InRange((double)rows * WordsPerRow, 0, Array.MaxLength, "rows × words");
        _words = new ulong[rows * WordsPerRow];
    }

    /// <summary>Number of rows (samples).</summary>
    public int Rows { get; }

    /// <summary>Number of bits in a row.</summary>
    public int Bits { get; }

    /// <summary>Number of 64-bit words in a row, padding included.</summary>
    public int WordsPerRow { get; }

    /// <summary>One bit.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="bit">Bit, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such row or bit.</exception>
    public bool this[int row, int bit]
    {
        get => (RowBytes(row)[Require.InRange(bit, 0, Bits - 1, nameof(bit)) >> 3] & (0x80 >> (bit & 7))) != 0;
        set
        {
            ref var place = ref Bytes(row)[Require.InRange(bit, 0, Bits - 1, nameof(bit)) >> 3];
            var mask = (byte)(0x80 >> (bit & 7));
            place = value ? (byte)(place | mask) : (byte)(place & ~mask);
        }
    }

    /// <summary>The words of one row, padding included: [<see cref="WordsPerRow"/>].</summary>
    /// <param name="row">Row, from 0.</param>
    /// <returns>A view, not a copy.</returns>
    public ReadOnlySpan<ulong> Row(int row) => Words(row);

    /// <summary>The bytes of one row as <c>packbits</c> gives them, without the padding to words: [⌈bits / 8⌉].</summary>
    /// <param name="row">Row, from 0.</param>
    /// <returns>A view, not a copy.</returns>
    public ReadOnlySpan<byte> RowBytes(int row) => Bytes(row);

    /// <summary>Sets a row, or the part of it that begins at a bit, from bytes in <c>packbits</c> order.</summary>
    /// <param name="row">Row, from 0.</param>
    /// <param name="packed">The bytes; all their bits are written.</param>
    /// <param name="bitOffset">Where the first bit goes; a multiple of 8.</param>
    /// <exception cref="ArgumentException">
    /// The offset is no multiple of 8, the bytes reach past the row's last byte, or a bit after the row's last one is set.
    /// </exception>
    public void SetRow(int row, ReadOnlySpan<byte> packed, int bitOffset = 0)
    {
        if (bitOffset < 0 || (bitOffset & 7) != 0)
            throw new ArgumentException($"`bitOffset` is {bitOffset}; it must be a multiple of 8", nameof(bitOffset));
        var bytes = Bytes(row);
        if (packed.Length > bytes.Length - (bitOffset >> 3))
            throw new ArgumentException(
                $"{packed.Length} bytes at bit {bitOffset} do not fit into a row of {bytes.Length} bytes", nameof(packed));
        var padding = (bytes.Length << 3) - Bits;
        var reachesEnd = packed.Length > 0 && (bitOffset >> 3) + packed.Length == bytes.Length;
        if (reachesEnd && (packed[^1] & ((1 << padding) - 1)) != 0)
            throw new ArgumentException($"a bit after the row's {Bits} bits is set", nameof(packed));
        packed.CopyTo(bytes[(bitOffset >> 3)..]);
    }

    /// <summary>Copies some rows, in the order asked for.</summary>
    /// <param name="rows">Row numbers; they may repeat.</param>
    /// <returns>[rows.Length, bits].</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such row.</exception>
    public PackedBits SelectRows(ReadOnlySpan<int> rows)
    {
        var selected = new PackedBits(rows.Length, Bits);
        for (var i = 0; i < rows.Length; i++) Row(rows[i]).CopyTo(selected.Words(i));
        return selected;
    }

    /// <summary>The first rows, copied.</summary>
    /// <param name="rows">How many, in [0, <see cref="Rows"/>].</param>
    /// <returns>[rows, bits].</returns>
    /// <exception cref="ArgumentOutOfRangeException">More than there are.</exception>
    public PackedBits TakeRows(int rows)
    {
        var taken = new PackedBits(Require.InRange(rows, 0, Rows, nameof(rows)), Bits);
        _words.AsSpan(0, rows * WordsPerRow).CopyTo(taken._words);
        return taken;
    }

    internal Span<ulong> Words(int row) =>
        _words.AsSpan(Require.InRange(row, 0, Rows - 1, nameof(row)) * WordsPerRow, WordsPerRow);

    private Span<byte> Bytes(int row) => MemoryMarshal.AsBytes(Words(row))[..((Bits + 7) >> 3)];
}
