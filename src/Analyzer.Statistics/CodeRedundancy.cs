using System.Numerics;

namespace Analyzer.Statistics;

/// <summary>How many samples share their activation code with another sample.</summary>
public sealed record CodeRedundancy
{
    private CodeRedundancy(int[] regions, int distinct) => (Regions, Distinct) = (regions, distinct);

    /// <summary>Number of samples, n.</summary>
    public int Samples => Regions.Length;

    /// <summary>Number of distinct codes (linear regions that hold a sample), m, in [1, n].</summary>
    public int Distinct { get; }

    /// <summary>(n − m) / n: unitless, in [0, 1); 0 where every sample has a code of its own.</summary>
    public double Ratio => (Samples - Distinct) / (double)Samples;

    /// <summary>The region of each sample, [n], in [0, m), numbered by first appearance.</summary>
    public int[] Regions { get; }

    /// <summary>Measures how many samples share their activation code with another sample.</summary>
    /// <param name="codes">[n samples, d bits], packed.</param>
    /// <returns>Counts, (n − distinct)/n and the region of each sample.</returns>
    /// <exception cref="ArgumentException">No rows.</exception>
    /// <remarks>
    /// O(n·d): rows are hashed, and rows of equal hash compared bit by bit. He et al., arXiv 2101.05490, redundancy ratio.
    /// </remarks>
    public static CodeRedundancy Measure(PackedBits codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        return Measure(codes, row => Hash(codes.Row(row)));
    }

    internal static CodeRedundancy Measure(PackedBits codes, Func<int, ulong> hash)
    {
        if (codes.Rows == 0) throw new ArgumentException("there are no rows, so no ratio", nameof(codes));
        var hashes = new ulong[codes.Rows];
        for (var row = 0; row < hashes.Length; row++) hashes[row] = hash(row);

        // Open addressing at most half full; a slot holds 1 + the first row of its region.
        var slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, codes.Rows)) * 2];
        var regions = new int[codes.Rows];
        var distinct = 0;
        for (var row = 0; row < regions.Length; row++)
        {
            var slot = (int)(hashes[row] >> 32) & (slots.Length - 1);
            while (true)
            {
                var first = slots[slot] - 1;
                if (first < 0)
                {
                    slots[slot] = row + 1;
                    regions[row] = distinct++;
                    break;
                }
                if (hashes[first] == hashes[row] && codes.Row(first).SequenceEqual(codes.Row(row)))
                {
                    regions[row] = regions[first];
                    break;
                }
                slot = (slot + 1) & (slots.Length - 1);
            }
        }
        return new(regions, distinct);
    }

    private static ulong Hash(ReadOnlySpan<ulong> words)
    {
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var word in words) hash = (BitOperations.RotateLeft(hash, 29) ^ word) * 0xD6E8FEB86659FD93;
        return (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
    }
}
