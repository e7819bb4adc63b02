namespace Analyzer.Statistics;

/// <summary>A straight line through points, by least squares.</summary>
/// <param name="Slope">Change of y by x.</param>
/// <param name="Intercept">y at x = 0.</param>
/// <param name="SlopeError">Standard error of the slope under independent errors, which points of a curve do not have: a lower bound there.</param>
/// <param name="ResidualError">√(RSS / (n − 2)): standard deviation of the points about the line, in the unit of y.</param>
/// <param name="ResidualSum">RSS, the sum of squared residuals.</param>
/// <param name="Points">n, at least 3.</param>
public sealed record LineFit(double Slope, double Intercept, double SlopeError, double ResidualError, double ResidualSum, int Points)
{
    /// <summary>Fits y = intercept + slope · x.</summary>
    /// <param name="x">[n], finite.</param>
    /// <param name="y">[n], finite.</param>
    /// <returns>The line, or null for fewer than three points or where all x are equal: no error can be told then. O(n).</returns>
    /// <exception cref="ArgumentException">Different lengths.</exception>
    public static LineFit? Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.SameLength(y.Length, x.Length, nameof(y));
        if (x.Length < 3) return null;
        double meanX = LaneMath.Sum(x) / x.Length, meanY = LaneMath.Sum(y) / x.Length;
        double xx = 0, xy = 0, largest = 0;
        for (var i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
            largest = Math.Max(largest, Math.Abs(x[i]));
        }
        // Equal but for rounding: the slope would be noise.
        if (xx <= x.Length * Math.Pow(1e-12 * largest, 2)) return null;
        double slope = xy / xx, residuals = 0;
        for (var i = 0; i < x.Length; i++) residuals += Math.Pow(y[i] - meanY - slope * (x[i] - meanX), 2);
        var variance = residuals / (x.Length - 2);
        return new(slope, meanY - slope * meanX, Math.Sqrt(variance / xx), Math.Sqrt(variance), residuals, x.Length);
    }

    /// <summary>Akaike's criterion with normal errors, but for a constant that models of the same y share.</summary>
    /// <returns>n ln(RSS / n) + 6, in nats times two: slope, intercept and variance are fitted. Smaller is better; −∞ for a perfect fit.</returns>
    public double Akaike() => Points * Math.Log(ResidualSum / Points) + 6;
}
