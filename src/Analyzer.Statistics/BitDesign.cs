using System.Numerics;

namespace Analyzer.Statistics;

/// <summary>Samples whose features are bits, 0 or 1; they are never unpacked.</summary>
internal sealed class BitDesign(PackedBits bits) : Design
{
    private readonly Lazy<PackedBits> _transposed = new(() => BitTransposition.Transpose(bits, 0, bits.Rows));

    public override int Rows => bits.Rows;

    public override int Columns => bits.Bits;

    // Four within a nibble's table, six within a word, two for each panel of two words.
    public override int Roundings => 12 + bits.WordsPerRow;

    public override void MultiplyAdd(int first, int count, ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        BitProduct.MultiplyAdd(bits, first, count, dense, lanes, result);

    public override void MultiplyAdd(int first, int count, ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        BitProduct.MultiplyAdd(bits, first, count, dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        BitProduct.MultiplyAdd(_transposed.Value, 0, Columns, dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        BitProduct.MultiplyAdd(_transposed.Value, 0, Columns, dense, lanes, result);

    public override void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        TransposedMultiplyAdd(dense, lanes, result);

    public override double Dot(int row, ReadOnlySpan<double> vector)
    {
        double sum = 0;
        var words = bits.Row(row);
        for (var i = 0; i < words.Length; i++)
            for (var word = words[i]; word != 0; word &= word - 1)
                sum += vector[i * 64 + (BitOperations.TrailingZeroCount(word) ^ 7)];
        return sum;
    }

    public override double SquaredNorm(int row)
    {
        long count = 0;
        foreach (var word in bits.Row(row)) count += BitOperations.PopCount(word);
        return count;
    }

    public override void AddTo(Span<double> sums, int row, int sign, int first)
    {
        var words = bits.Row(row).Slice(first / 64, (sums.Length + 63) / 64);
        for (var i = 0; i < words.Length; i++)
            for (var word = words[i]; word != 0; word &= word - 1)
                sums[i * 64 + (BitOperations.TrailingZeroCount(word) ^ 7)] += sign;
    }

    public override double MeanVariance()
    {
        var counts = new double[Columns];
        for (var row = 0; row < Rows; row++) AddTo(counts, row, 1, 0);
        double sum = 0;
        foreach (var count in counts) sum += count / Rows * (1 - count / Rows);
        return sum / Columns;
    }

    public override Design Select(ReadOnlySpan<int> rows) => new BitDesign(bits.SelectRows(rows));
}
