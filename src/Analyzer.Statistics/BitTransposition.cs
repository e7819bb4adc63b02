namespace Analyzer.Statistics;

/// <summary>Turns a square of bits over.</summary>
internal static class BitTransposition
{
    /// <summary>Words of a square, and bits of a word.</summary>
    public const int Tile = 64;

    /// <summary>Swaps off-diagonal quarters of ever smaller squares: bit j of word i becomes bit i of word j.</summary>
    public static void Transpose(Span<ulong> tile)
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
