using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>The product of packed bits with a dense matrix, without unpacking the bits.</summary>
/// <remarks>
/// The "method of four Russians" (Arlazarov, Dinic, Kronrod and Faradžev 1970): for each four bits the sums of all 16
/// subsets of the matching rows of the dense factor are tabled once, and a row of bits then adds one table entry for
/// each four bits. A lane (column of the dense factor) is summed in an order that neither threads nor vector width change.
/// </remarks>
internal static class BitProduct
{
    private const int NibblesPerWord = 16;
    private const int Entries = 16;
    // Two words' tables of one vector each are 32 KiB: they stay in the first-level cache.
    private const int WordsPerPanel = 2;

    /// <summary>Adds bits × dense to <paramref name="result"/>.</summary>
    /// <param name="bits">[rows, d].</param>
    /// <param name="firstRow">First row to multiply.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="dense">[d, lanes], row-major.</param>
    /// <param name="lanes">A multiple of the lanes of a 512-bit vector.</param>
    /// <param name="result">[rows, lanes], row-major.</param>
    public static void MultiplyAdd<T>(PackedBits bits, int firstRow, int rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        if (rows == 0) return;
        var words = bits.Words(firstRow, rows);
        var table = new Vector512<T>[WordsPerPanel * NibblesPerWord * Entries];
        for (var lane = 0; lane < lanes; lane += Vector512<T>.Count)
        {
            for (var word = 0; word < bits.WordsPerRow; word += WordsPerPanel)
            {
                var width = Math.Min(WordsPerPanel, bits.WordsPerRow - word);
                Tabulate(dense[lane..], lanes, word * 64, Math.Min(bits.Bits - word * 64, width * 64), table);
                if (width == 2) AddTwoWords(words[word..], bits.WordsPerRow, rows, table, result[lane..], lanes);
                else AddOneWord(words[word..], bits.WordsPerRow, rows, table, result[lane..], lanes);
            }
        }
    }

    // Nibble t of a little-endian word holds the code's bits 8⌊t/2⌋ + (t odd ? 0 : 4) + 0…3, the first as the most significant.
    private static void Tabulate<T>(ReadOnlySpan<T> dense, int lanes, int firstBit, int count, Span<Vector512<T>> table)
        where T : unmanaged, INumber<T>
    {
        for (var nibble = 0; nibble < table.Length / Entries; nibble++)
        {
            var entries = table.Slice(nibble * Entries, Entries);
            var bit = (nibble >> 1) * 8 + ((nibble & 1) == 1 ? 0 : 4);
            entries[0] = Vector512<T>.Zero;
            for (var place = 0; place < 4; place++)
            {
                var value = bit + 3 - place < count
                    ? Load(dense, (firstBit + bit + 3 - place) * lanes)
                    : Vector512<T>.Zero;
                for (var below = 0; below < 1 << place; below++) entries[(1 << place) + below] = entries[below] + value;
            }
        }
    }

    private static void AddTwoWords<T>(
        ReadOnlySpan<ulong> words, int stride, int rows, Vector512<T>[] table, Span<T> result, int lanes) where T : unmanaged
    {
        ref var entries = ref MemoryMarshal.GetArrayDataReference(table);
        for (var row = 0; row < rows; row++)
        {
            var low = Sum(words[row * stride], ref entries);
            var high = Sum(words[row * stride + 1], ref Unsafe.Add(ref entries, NibblesPerWord * Entries));
            var place = result.Slice(row * lanes, Vector512<T>.Count);
            (Vector512.Create<T>(place) + (low + high)).CopyTo(place);
        }
    }

    private static void AddOneWord<T>(
        ReadOnlySpan<ulong> words, int stride, int rows, Vector512<T>[] table, Span<T> result, int lanes) where T : unmanaged
    {
        ref var entries = ref MemoryMarshal.GetArrayDataReference(table);
        for (var row = 0; row < rows; row++)
        {
            var place = result.Slice(row * lanes, Vector512<T>.Count);
            (Vector512.Create<T>(place) + Sum(words[row * stride], ref entries)).CopyTo(place);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Sum<T>(ulong word, ref Vector512<T> entries) where T : unmanaged
    {
        var a = Entry(word, 0, ref entries) + Entry(word, 1, ref entries);
        var b = Entry(word, 2, ref entries) + Entry(word, 3, ref entries);
        var c = Entry(word, 4, ref entries) + Entry(word, 5, ref entries);
        var d = Entry(word, 6, ref entries) + Entry(word, 7, ref entries);
        a += Entry(word, 8, ref entries);
        b += Entry(word, 9, ref entries);
        c += Entry(word, 10, ref entries);
        d += Entry(word, 11, ref entries);
        a += Entry(word, 12, ref entries);
        b += Entry(word, 13, ref entries);
        c += Entry(word, 14, ref entries);
        d += Entry(word, 15, ref entries);
        return (a + b) + (c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Entry<T>(ulong word, int nibble, ref Vector512<T> entries) where T : unmanaged
    {
        // A table entry is 64 bytes, so the nibble's value is shifted to bits 6…9: its offset in bytes.
        var shift = 4 * nibble - 6;
        var offset = (nuint)((shift < 0 ? word << -shift : word >> shift) & 0x3C0);
        return Unsafe.AddByteOffset(ref Unsafe.Add(ref entries, nibble * Entries), offset);
    }

    private static Vector512<T> Load<T>(ReadOnlySpan<T> values, int index) where T : unmanaged => Vector512.Create(values[index..]);
}
