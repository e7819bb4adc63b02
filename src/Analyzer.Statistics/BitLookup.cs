using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary><see cref="BitProduct"/> on any processor: a table entry is a vector of lanes, and each row looks up its own.</summary>
internal static class BitLookup
{
    /// <inheritdoc cref="BitProduct.MultiplyAdd{T}"/>
    public static void MultiplyAdd<T>(BitPanels bits, RowSet rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        // The tables of a panel are 32 KiB: they stay in the first-level cache.
        var table = new Vector512<T>[BitPanels.Width * BitProduct.Nibbles * BitProduct.Entries];
        var (sums, words) = (new Vector512<T>[rows.Count], new uint[BitPanels.Width * rows.Count]);
        for (var lane = 0; lane < lanes; lane += Vector512<T>.Count)
        {
            for (var first = 0; first < bits.Words; first += BitProduct.WordsPerSum)
            {
                Array.Clear(sums);
                for (var word = first; word < Math.Min(bits.Words, first + BitProduct.WordsPerSum); word += BitPanels.Width)
                {
                    bits.CopyTo(word, rows, words);
                    Tabulate(dense[lane..], lanes, word * 32, bits.Bits, table);
                    Add(words, table, sums);
                }
                for (var i = 0; i < sums.Length; i++)
                {
                    var place = result.Slice(i * lanes + lane, Vector512<T>.Count);
                    (Vector512.Create<T>(place) + sums[i]).CopyTo(place);
                }
            }
        }
    }

    private static void Tabulate<T>(ReadOnlySpan<T> dense, int lanes, int firstBit, int bits, Span<Vector512<T>> table) where T : unmanaged, INumber<T>
    {
        for (var nibble = 0; nibble < table.Length / BitProduct.Entries; nibble++)
        {
            var entries = table.Slice(nibble * BitProduct.Entries, BitProduct.Entries);
            entries[0] = Vector512<T>.Zero;
            for (var place = 0; place < 4; place++)
            {
                var bit = firstBit + BitProduct.FirstBit(nibble) + 3 - place;
                var value = bit < bits ? Vector512.Create(dense[(bit * lanes)..]) : Vector512<T>.Zero;
                for (var below = 0; below < 1 << place; below++) entries[(1 << place) + below] = entries[below] + value;
            }
        }
    }

    private static void Add<T>(ReadOnlySpan<uint> words, Vector512<T>[] table, Vector512<T>[] sums) where T : unmanaged
    {
        ref var entries = ref MemoryMarshal.GetArrayDataReference(table);
        for (var i = 0; i < sums.Length; i++)
        {
            var sum = Vector512<T>.Zero;
            for (var word = 0; word < BitPanels.Width; word++)
                sum += Sum(words[word * sums.Length + i], ref Unsafe.Add(ref entries, word * BitProduct.Nibbles * BitProduct.Entries));
            sums[i] += sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Sum<T>(uint word, ref Vector512<T> entries) where T : unmanaged =>
        ((Entry(word, 0, ref entries) + Entry(word, 1, ref entries)) + (Entry(word, 2, ref entries) + Entry(word, 3, ref entries)))
        + ((Entry(word, 4, ref entries) + Entry(word, 5, ref entries)) + (Entry(word, 6, ref entries) + Entry(word, 7, ref entries)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Entry<T>(uint word, int nibble, ref Vector512<T> entries) where T : unmanaged =>
        Unsafe.Add(ref entries, nibble * BitProduct.Entries + (int)((word >> (4 * nibble)) & 15));
}
