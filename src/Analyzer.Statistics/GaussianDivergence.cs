namespace Analyzer.Statistics;

/// <summary>How far one normal distribution lies from another.</summary>
public static class GaussianDivergence
{
    /// <summary>Kullback–Leibler divergence of N(mean, variance) from N(expectedMean, expectedVariance).</summary>
    /// <param name="mean">Mean of what is there.</param>
    /// <param name="variance">Its variance, above 0.</param>
    /// <param name="expectedMean">Mean of what was expected.</param>
    /// <param name="expectedVariance">Its variance, above 0.</param>
    /// <returns>½((variance + (mean − expectedMean)²)/expectedVariance − 1 − ln(variance/expectedVariance)) in nats, at least 0; +∞ where an argument is not finite.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A variance is 0 or less.</exception>
    public static double Of(double mean, double variance, double expectedMean, double expectedVariance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(variance, 0);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expectedVariance, 0);
        var shift = mean - expectedMean;
        var ratio = variance / expectedVariance;
        var divergence = .5 * (ratio + shift * shift / expectedVariance - 1 - Transcendental.Log(ratio));
        return double.IsFinite(divergence) ? Math.Max(0, divergence) : double.PositiveInfinity;
    }
}
