namespace Analyzer.Statistics;

/// <summary>A dense matrix of float32, row-major: [rows samples, columns features].</summary>
public sealed class Matrix
{
    /// <summary>A matrix of zeros.</summary>
    /// <param name="rows">Samples, at least 0.</param>
    /// <param name="columns">Features, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative size, or more than <see cref="Array.MaxLength"/> values.</exception>
    public Matrix(int rows, int columns)
    {
        Rows = Require.InRange(rows, 0, int.MaxValue, nameof(rows));
        Columns = Require.InRange(columns, 1, Array.MaxLength / Math.Max(rows, 1), nameof(columns));
        Values = new float[rows * columns];
    }

    /// <summary>A matrix over values that already lie in memory; they are not copied.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="columns">Features, at least 1.</param>
    /// <param name="values">[rows × columns] values, row-major.</param>
    /// <exception cref="ArgumentException">The length is not rows × columns.</exception>
    public Matrix(int rows, int columns, float[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Rows = Require.InRange(rows, 0, int.MaxValue, nameof(rows));
        Columns = Require.InRange(columns, 1, Array.MaxLength / Math.Max(rows, 1), nameof(columns));
        Require.SameLength(values.Length, rows * columns, nameof(values));
        Values = values;
    }

    /// <summary>Number of rows (samples).</summary>
    public int Rows { get; }

    /// <summary>Number of columns (features).</summary>
    public int Columns { get; }

    /// <summary>All values, row-major.</summary>
    public float[] Values { get; }

    /// <summary>One row: [columns].</summary>
    /// <param name="row">Which, from 0.</param>
    /// <returns>A view, not a copy.</returns>
    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Some rows, in the order given: a copy, [rows.Length, columns].</summary>
    /// <param name="rows">Which, each from 0; one may come twice.</param>
    public Matrix SelectRows(ReadOnlySpan<int> rows)
    {
        var selected = new Matrix(rows.Length, Columns);
        for (var i = 0; i < rows.Length; i++) Row(rows[i]).CopyTo(selected.Row(i));
        return selected;
    }

    /// <summary>Rows and columns exchanged: a copy, [columns, rows].</summary>
    /// <returns>The transpose.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no rows: a matrix has at least one column.</exception>
    public Matrix Transpose()
    {
        var transposed = new Matrix(Columns, Rows);
        // In squares that the first-level cache holds.
        const int side = 32;
        for (var first = 0; first < Rows; first += side)
            for (var column = 0; column < Columns; column += side)
                for (var i = first; i < Math.Min(first + side, Rows); i++)
                    for (var j = column; j < Math.Min(column + side, Columns); j++)
                        transposed.Values[j * Rows + i] = Values[i * Columns + j];
        return transposed;
    }

    internal void RequireFinite(string name)
    {
        foreach (var value in Values)
            if (!float.IsFinite(value)) throw new ArgumentException($"a value is {value}; all must be finite", name);
    }
}
