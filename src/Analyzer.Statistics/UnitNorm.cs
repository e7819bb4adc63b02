namespace Analyzer.Statistics;

/// <summary>Rows scaled to Euclidean length 1.</summary>
public static class UnitNorm
{
    /// <summary>Divides each row by its length.</summary>
    /// <param name="samples">[n, features], finite.</param>
    /// <returns>[n, features]; a row of zeros stays zero. scikit-learn's <c>normalize</c>.</returns>
    /// <exception cref="ArgumentException">A value that is not finite.</exception>
    public static Matrix Of(Matrix samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RequireFinite(nameof(samples));
        var scaled = new Matrix(samples.Rows, samples.Columns);
        for (var row = 0; row < samples.Rows; row++)
        {
            var values = samples.Row(row);
            double squares = 0;
            foreach (var value in values) squares += (double)value * value;
            if (squares == 0) continue;
            var length = Math.Sqrt(squares);
            var target = scaled.Row(row);
            for (var j = 0; j < values.Length; j++) target[j] = (float)(values[j] / length);
        }
        return scaled;
    }
}
