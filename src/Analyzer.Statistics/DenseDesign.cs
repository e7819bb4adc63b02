namespace Analyzer.Statistics;

/// <summary>Samples whose features are float32.</summary>
internal sealed class DenseDesign(Matrix matrix) : Design
{
    private const int RowsAtOnce = 256, ColumnsAtOnce = 4096;

    /// <summary>One value.</summary>
    public float this[int row, int column] => matrix.Row(row)[column];

    public override int Rows => matrix.Rows;

    public override int Columns => matrix.Columns;

    public override int Roundings => matrix.Columns + 4;

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        DenseProduct.MultiplyAdd(Values(rows), rows.Count, dense, lanes, result);

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        DenseProduct.MultiplyAdd(Values(rows), rows.Count, dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        DenseProduct.TransposedMultiplyAdd(Values(0, Rows), Rows, dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        DenseProduct.TransposedMultiplyAdd(Values(0, Rows), Rows, dense, lanes, result);

    public override void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result)
    {
        // Rows at a time: a square of every value would be a second matrix.
        var squares = new float[Math.Min(Rows, RowsAtOnce) * Columns];
        for (var first = 0; first < Rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, Rows - first);
            var values = Values(first, count);
            for (var i = 0; i < values.Length; i++) squares[i] = values[i] * values[i];
            DenseProduct.TransposedMultiplyAdd<float>(squares.AsSpan(0, values.Length), count, dense[(first * lanes)..], lanes, result);
        }
    }

    public override double Dot(int row, ReadOnlySpan<double> vector)
    {
        double sum = 0;
        var values = matrix.Row(row);
        for (var i = 0; i < values.Length; i++) sum += values[i] * vector[i];
        return sum;
    }

    public override double SquaredNorm(int row)
    {
        double sum = 0;
        foreach (var value in matrix.Row(row)) sum += (double)value * value;
        return sum;
    }

    public override void AddTo(Span<double> sums, int row, int sign, int first)
    {
        var values = matrix.Row(row).Slice(first, sums.Length);
        for (var i = 0; i < sums.Length; i++) sums[i] += sign * (double)values[i];
    }

    public override double MeanVariance(int threads, CancellationToken cancel)
    {
        var (means, squares) = (Means(threads, cancel), new double[Columns]);
        Blocks.For(Columns, ColumnsAtOnce, threads, (first, count) =>
        {
            for (var row = 0; row < Rows; row++)
            {
                var values = matrix.Row(row);
                for (var j = first; j < first + count; j++) squares[j] += (values[j] - means[j]) * (values[j] - means[j]);
            }
        }, cancel);
        double sum = 0;
        foreach (var square in squares) sum += square / Rows;
        return sum / Columns;
    }

    public override Design Select(int[] rows)
    {
        var selected = new Matrix(rows.Length, Columns);
        for (var i = 0; i < rows.Length; i++) matrix.Row(rows[i]).CopyTo(selected.Row(i));
        return new DenseDesign(selected);
    }

    private ReadOnlySpan<float> Values(RowSet rows)
    {
        if (rows.First is { } first) return Values(first, rows.Count);
        var gathered = new float[rows.Count * Columns];
        for (var i = 0; i < rows.Count; i++) matrix.Row(rows[i]).CopyTo(gathered.AsSpan(i * Columns));
        return gathered;
    }

    private ReadOnlySpan<float> Values(int first, int count) => matrix.Values.AsSpan(first * Columns, count * Columns);
}
