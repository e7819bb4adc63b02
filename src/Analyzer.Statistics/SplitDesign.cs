namespace Analyzer.Statistics;

/// <summary>Samples whose features are float64, each the sum of two float32: products in double have both, all else the first.</summary>
internal sealed class SplitDesign : Design
{
    private readonly DenseDesign _high, _low;

    private SplitDesign(DenseDesign high, DenseDesign low) => (_high, _low) = (high, low);

    /// <summary>Splits rows, of which the first <paramref name="columns"/> values count; each is let go of once it is split.</summary>
    public static SplitDesign Take(double[]?[] rows, int columns)
    {
        Matrix first = new(rows.Length, columns), rest = new(rows.Length, columns);
        for (var i = 0; i < rows.Length; i++)
        {
            Span<float> high = first.Row(i), low = rest.Row(i);
            for (var j = 0; j < columns; j++)
            {
                high[j] = (float)rows[i]![j];
                low[j] = (float)(rows[i]![j] - high[j]);
            }
            rows[i] = null;
        }
        return new(new(first), new(rest));
    }

    /// <summary>One value, but for its last bits.</summary>
    public double this[int row, int column] => (double)_high[row, column] + _low[row, column];

    public override int Rows => _high.Rows;

    public override int Columns => _high.Columns;

    public override int Roundings => 2 * _high.Roundings;

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<float> dense, int lanes, Span<float> result) => _high.MultiplyAdd(rows, dense, lanes, result);

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<double> dense, int lanes, Span<double> result)
    {
        _high.MultiplyAdd(rows, dense, lanes, result);
        _low.MultiplyAdd(rows, dense, lanes, result);
    }

    public override void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) => _high.TransposedMultiplyAdd(dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result)
    {
        _high.TransposedMultiplyAdd(dense, lanes, result);
        _low.TransposedMultiplyAdd(dense, lanes, result);
    }

    public override void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) => _high.SquaredTransposedMultiplyAdd(dense, lanes, result);

    public override double Dot(int row, ReadOnlySpan<double> vector) => _high.Dot(row, vector) + _low.Dot(row, vector);

    public override double SquaredNorm(int row) => _high.SquaredNorm(row);

    public override void AddTo(Span<double> sums, int row, int sign, int first)
    {
        _high.AddTo(sums, row, sign, first);
        _low.AddTo(sums, row, sign, first);
    }

    public override double MeanVariance() => _high.MeanVariance();

    public override Design Select(int[] rows) => new SplitDesign((DenseDesign)_high.Select(rows), (DenseDesign)_low.Select(rows));
}
