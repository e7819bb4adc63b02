using System.Numerics;
using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>The product of packed bits with a dense matrix, without unpacking the bits.</summary>
/// <remarks>
/// The "method of four Russians" (Arlazarov, Dinic, Kronrod and Faradžev 1970): for each four bits the sums of all 16
/// subsets of the matching rows of the dense factor are tabled once, and a row of bits then adds one table entry for
/// each four bits. A lane (column of the dense factor) is summed in an order that threads do not change.
/// </remarks>
internal static class BitProduct
{
    /// <summary>Subsets of four bits.</summary>
    public const int Entries = 16;

    /// <summary>Nibbles of a word of 32 bits.</summary>
    public const int Nibbles = 8;

    /// <summary>Words that are summed by themselves: long sums round less if they are sums of sums.</summary>
    public const int WordsPerSum = 8 * BitPanels.Width;

    /// <summary>Adds bits × dense to <paramref name="result"/>.</summary>
    /// <param name="bits">[all rows, d].</param>
    /// <param name="rows">Which rows to multiply.</param>
    /// <param name="dense">[d, lanes], row-major.</param>
    /// <param name="lanes">A multiple of the lanes of a 512-bit vector.</param>
    /// <param name="result">[rows, lanes], row-major.</param>
    public static void MultiplyAdd<T>(BitPanels bits, RowSet rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float) && BitPermutation.IsSupported)
            BitPermutation.MultiplyAdd(bits, rows, MemoryMarshal.Cast<T, float>(dense), lanes, MemoryMarshal.Cast<T, float>(result));
        else BitLookup.MultiplyAdd(bits, rows, dense, lanes, result);
    }

    /// <summary>How many roundings touch a term of a sum over some bits: in a nibble's table, in its part's sum, and where those are added.</summary>
    public static int Roundings(int bits) => 4 + WordsPerSum * Nibbles + Blocks.Count(bits, WordsPerSum * 32) + 1;

    /// <summary>Where in the code the first of a nibble's four bits lies, the most significant in an index into the table.</summary>
    public static int FirstBit(int nibble) => (nibble >> 1) * 8 + ((nibble & 1) == 1 ? 0 : 4);
}
