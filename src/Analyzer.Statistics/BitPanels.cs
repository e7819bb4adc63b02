using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>Rows of bits as columns of words: the same 32 bits of all rows, then the next 32 of all rows.</summary>
/// <remarks>
/// A product goes through all rows for every few words. In rows of 20 KB those are as many pages apart as there are rows; here they
/// follow each other, and a vector loads the words of 16 rows.
/// </remarks>
internal sealed class BitPanels
{
    /// <summary>Words of 32 bits that a product takes at a time; the number of words is a multiple of it.</summary>
    public const int Width = 4;

    // Rows whose words lie in the second-level cache while they are spread.
    private const int RowsAtOnce = 64;

    private readonly uint[][] _words;

    // Takes the memory of others, of as many rows, where there is enough of it.
    private BitPanels(int rows, int bits, BitPanels? spare = null)
    {
        (Rows, Bits, Words) = (rows, bits, Blocks.Count(bits, Width * 32) * Width);
        if (spare?.Rows == rows && spare._words.Length >= Words)
        {
            _words = spare._words;
            return;
        }
        _words = new uint[Words][];
        for (var i = 0; i < _words.Length; i++) _words[i] = new uint[rows];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of bits in a row.</summary>
    public int Bits { get; }

    /// <summary>Number of words in a row, those of padding included; these may hold anything.</summary>
    public int Words { get; }

    /// <summary>
    /// Copies <see cref="Width"/> words of some rows, word by word: [width, target.Length / width], what is past the rows is left. A word's lowest
    /// nibble is the code's bits 4…7, the first the most significant, its next 0…3, then 12…15, ….
    /// </summary>
    public void CopyTo(int firstWord, RowSet rows, Span<uint> target)
    {
        var stride = target.Length / Width;
        for (var word = 0; word < Width; word++)
        {
            var source = _words[firstWord + word];
            var place = target.Slice(word * stride, rows.Count);
            if (rows.First is { } first) source.AsSpan(first, rows.Count).CopyTo(place);
            else
                for (var i = 0; i < place.Length; i++) place[i] = source[rows[i]];
        }
    }

    /// <summary>Copies rows of bits.</summary>
    /// <param name="bits">[rows, bits].</param>
    /// <param name="selected">Which rows, in this order; all when null.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="cancel">Stops the copying.</param>
    public static BitPanels Of(PackedBits bits, int[]? selected, int threads, CancellationToken cancel)
    {
        var panels = new BitPanels(selected?.Length ?? bits.Rows, bits.Bits);
        Blocks.For(panels.Rows, RowsAtOnce, threads, (first, count) =>
        {
            for (var word = 0; word < 2 * bits.WordsPerRow; word++)
            {
                var target = panels._words[word].AsSpan(first, count);
                for (var i = 0; i < count; i++) target[i] = Halves(bits, selected?[first + i] ?? first + i)[word];
            }
        }, cancel);
        return panels;
    }

    /// <summary>Copies rows of bits as columns: [bits, rows]. O(rows · bits / 64 · 6).</summary>
    /// <inheritdoc cref="Of"/>
    /// <param name="bits">[rows, bits].</param>
    /// <param name="selected">Which rows, in this order; all when null.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="cancel">Stops the copying.</param>
    /// <param name="spare">Columns that nobody needs any more: overwritten where they are as many and at least as long.</param>
    public static BitPanels Transposed(PackedBits bits, int[]? selected, int threads, CancellationToken cancel, BitPanels? spare = null)
    {
        var rows = selected?.Length ?? bits.Rows;
        var panels = new BitPanels(bits.Bits, rows, spare);
        Blocks.For(rows, BitTransposition.Tile, threads, (first, count) =>
        {
            Span<ulong> tile = stackalloc ulong[BitTransposition.Tile];
            // Rows may end within the first half of the last word.
            uint[] low = panels._words[first / 32], high = panels._words[first / 32 + 1];
            for (var word = 0; word < bits.WordsPerRow; word++)
            {
                // Bit p of a little-endian word is the code's bit p ^ 7: rows enter and leave in that order.
                for (var i = 0; i < tile.Length; i++) tile[i] = (i ^ 7) < count ? bits.Row(selected?[first + (i ^ 7)] ?? first + (i ^ 7))[word] : 0;
                BitTransposition.Transpose(tile);
                for (var i = 0; i < tile.Length; i++)
                {
                    var bit = word * BitTransposition.Tile + (i ^ 7);
                    if (bit < bits.Bits) (low[bit], high[bit]) = ((uint)tile[i], (uint)(tile[i] >> 32));
                }
            }
        }, cancel);
        return panels;
    }

    private static ReadOnlySpan<uint> Halves(PackedBits bits, int row) => MemoryMarshal.Cast<ulong, uint>(bits.Row(row));
}
