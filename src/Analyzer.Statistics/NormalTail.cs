namespace Analyzer.Statistics;

/// <summary>The upper tail of the standard normal distribution.</summary>
internal static class NormalTail
{
    // Below, the series has no cancellation worth mentioning; above, the continued fraction converges within its terms.
    private const double Switch = 2.5;

    /// <summary>φ(x), the density.</summary>
    public static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>Q(x) = P(Z ≥ x). Relative error below 1e-13 for x ≥ 0.</summary>
    public static double Probability(double x)
    {
        if (x < 0) return 1 - Probability(-x);
        if (x >= Switch) return Density(x) * MillsFraction(x);
        // Φ(x) − ½ = φ(x) Σ x²ᵏ⁺¹ / (1 · 3 · … · (2k + 1)), all terms positive.
        double term = x, sum = x;
        for (var odd = 3; term > 1e-18 * sum; odd += 2) sum += term *= x * x / odd;
        return 0.5 - Density(x) * sum;
    }

    /// <summary>ln Q(x), also where Q is below the smallest double.</summary>
    public static double LogProbability(double x) => x >= Switch
        ? -0.5 * x * x - 0.5 * Math.Log(2 * Math.PI) + Math.Log(MillsFraction(x))
        : x < -Switch ? Transcendental.LogOnePlus(-Probability(-x)) : Math.Log(Probability(x));

    /// <summary>φ(x) / Q(x), the hazard rate.</summary>
    public static double Hazard(double x) => x >= Switch ? 1 / MillsFraction(x) : Density(x) / Probability(x);

    /// <summary>P(|Z| ≥ x) for x ≥ 0.</summary>
    public static double TwoSided(double x) => 2 * Probability(x);

    /// <summary>Q(x) / φ(x) = 1/(x + 1/(x + 2/(x + 3/…))).</summary>
    private static double MillsFraction(double x)
    {
        var fraction = x;
        for (var k = 200; k >= 1; k--) fraction = x + k / fraction;
        return 1 / fraction;
    }
}
