using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Data that a seed determines, and the plain form in which the naive twins read it.</summary>
internal static class RandomData
{
    public static PackedBits Bits(int rows, int bits, ulong seed, double density = 0.5)
    {
        var random = new SeededRandom(seed);
        var packed = new PackedBits(rows, bits);
        for (var row = 0; row < rows; row++)
            for (var bit = 0; bit < bits; bit++)
                packed[row, bit] = random.NextDouble() < density;
        return packed;
    }

    /// <summary>Bits around one prototype for each class, flipped at a rate: labels can be learnt, but not without error.</summary>
    public static (PackedBits Codes, int[] Labels) Classes(int rows, int bits, int classes, double flips, ulong seed)
    {
        var prototypes = Bits(classes, bits, seed + 1000);
        var noise = Bits(rows, bits, seed, flips);
        var random = new SeededRandom(seed + 2000);
        var labels = new int[rows];
        var codes = new PackedBits(rows, bits);
        for (var row = 0; row < rows; row++)
        {
            labels[row] = random.NextBelow(classes);
            for (var bit = 0; bit < bits; bit++) codes[row, bit] = prototypes[labels[row], bit] ^ noise[row, bit];
        }
        return (codes, labels);
    }

    public static Matrix Dense(int rows, int columns, ulong seed)
    {
        var random = new SeededRandom(seed);
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++) matrix.Values[i] = (float)(2 * random.NextDouble() - 1);
        return matrix;
    }

    public static Matrix Unpack(PackedBits bits)
    {
        var matrix = new Matrix(bits.Rows, bits.Bits);
        for (var row = 0; row < bits.Rows; row++)
            for (var bit = 0; bit < bits.Bits; bit++)
                matrix.Row(row)[bit] = bits[row, bit] ? 1 : 0;
        return matrix;
    }

    public static int Hamming(PackedBits a, int rowA, PackedBits b, int rowB) =>
        Enumerable.Range(0, a.Bits).Count(bit => a[rowA, bit] != b[rowB, bit]);
}
