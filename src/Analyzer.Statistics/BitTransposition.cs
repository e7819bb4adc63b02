namespace Analyzer.Statistics;

/// <summary>Turns rows of bits into columns.</summary>
internal static class BitTransposition
{
    private const int Tile = 64;

    /// <summary>Transposes some rows: [rows, bits] to [bits, rows]. O(rows · bits / 64 · 6).</summary>
    public static PackedBits Transpose(PackedBits source, int firstRow, int rows)
    {
        var result = new PackedBits(source.Bits, Math.Max(1, rows));
        Span<ulong> tile = stackalloc ulong[Tile];
        for (var rowTile = 0; rowTile < rows; rowTile += Tile)
        {
            for (var word = 0; word < source.WordsPerRow; word++)
            {
                // Bit p of a little-endian word is the code's bit p ^ 7: rows enter and leave in that order.
                for (var i = 0; i < Tile; i++)
                {
                    var row = rowTile + (i ^ 7);
                    tile[i] = row < rows ? source.Row(firstRow + row)[word] : 0;
                }
                TransposeTile(tile);
                for (var i = 0; i < Tile; i++)
                {
                    var bit = word * Tile + (i ^ 7);
                    if (bit < source.Bits) result.Words(bit)[rowTile / Tile] = tile[i];
                }
            }
        }
        return result;
    }

    // Swaps off-diagonal quarters of ever smaller squares; bit j of word i becomes bit i of word j.
    private static void TransposeTile(Span<ulong> tile)
    {
        var mask = 0x00000000FFFFFFFFUL;
        for (var size = Tile / 2; size > 0; size >>= 1, mask ^= mask << size)
        {
            for (var i = 0; i < Tile; i = (i + size + 1) & ~size)
            {
                var swapped = ((tile[i] >> size) ^ tile[i + size]) & mask;
                tile[i] ^= swapped << size;
                tile[i + size] ^= swapped;
            }
        }
    }
}
