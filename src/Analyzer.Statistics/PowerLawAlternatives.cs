namespace Analyzer.Statistics;

/// <summary>What else the tail of a power law might be.</summary>
public enum TailLaw
{
    /// <summary>Lognormal, cut off below x_min.</summary>
    Lognormal,

    /// <summary>Exponential above x_min.</summary>
    Exponential,

    /// <summary>x^−α e^−λx above x_min: a power law that ends.</summary>
    TruncatedPowerLaw,
}

/// <summary>A power law against another law on the same tail.</summary>
/// <param name="Alternative">The other law, fitted by maximum likelihood.</param>
/// <param name="LogRatio">ln of the likelihood of the power law over that of the alternative, in nats: above 0 favours the power law.</param>
/// <param name="PValue">How often a ratio so far from 0 comes by chance, in [0, 1]; where it is large neither is favoured.</param>
/// <param name="Parameters">
/// Lognormal: μ and σ of ln x. Exponential: λ. Truncated power law: α and λ. Empty where a lognormal fits no better than its limit,
/// which is the power law itself.
/// </param>
public sealed record TailComparison(TailLaw Alternative, double LogRatio, double PValue, double[] Parameters);

/// <summary>Likelihood ratios of a power law against other laws on its tail.</summary>
/// <remarks>
/// Clauset, Shalizi and Newman, SIAM Review 51 (2009), with Vuong's test (Econometrica 57, 1989) for the lognormal and the exponential.
/// The power law is a truncated one with λ = 0: there twice the ratio is χ² with one degree of freedom.
/// </remarks>
public static class PowerLawAlternatives
{
    /// <summary>Compares with all three laws.</summary>
    /// <param name="values">[m], as given to <see cref="PowerLaw.Fit"/>.</param>
    /// <param name="fit">What it returned.</param>
    /// <returns>One comparison for each <see cref="TailLaw"/>, in its order.</returns>
    public static TailComparison[] Compare(ReadOnlySpan<double> values, PowerLawFit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        // z = ln(x / x_min): exponential with rate α − 1 under the power law.
        var logs = PowerLaw.SortedLogs(values)[(values.Length - fit.Tail)..];
        var z = new double[logs.Length];
        for (var i = 0; i < z.Length; i++) z[i] = logs[i] - logs[0];
        return [Lognormal(z, logs[0], fit), Exponential(z, fit), Truncated(z, fit)];
    }

    private static TailComparison Lognormal(double[] z, double start, PowerLawFit fit)
    {
        double mean = 0, square = 0;
        foreach (var value in z) (mean, square) = (mean + value / z.Length, square + value * value / z.Length);
        // Cohen 1950: E z² / (E z)² of a normal cut off h deviations above its mean rises with h, from 1 to 2. At 2 and above the
        // likelihood rises for ever and its limit is the exponential in z: the power law.
        const double lowest = -1e4, highest = 1e3;
        var ratio = square / (mean * mean);
        if (ratio >= MomentRatio(highest)) return new(TailLaw.Lognormal, 0, 1, []);
        double low = lowest, high = highest;
        for (var step = 0; step < 200 && high - low > 1e-13 * Math.Abs(low); step++)
        {
            var middle = (low + high) / 2;
            if (MomentRatio(middle) < ratio) low = middle;
            else high = middle;
        }
        double h = (low + high) / 2, sigma = mean / (NormalTail.Hazard(h) - h);
        var constant = -Math.Log(sigma) - 0.5 * Math.Log(2 * Math.PI) - NormalTail.LogProbability(h);
        return Vuong(TailLaw.Lognormal, z, fit, value => constant - 0.5 * Math.Pow(h + value / sigma, 2), [start - h * sigma, sigma]);
    }

    private static double MomentRatio(double h)
    {
        var hazard = NormalTail.Hazard(h);
        return (1 + h * h - h * hazard) / ((hazard - h) * (hazard - h));
    }

    private static TailComparison Exponential(double[] z, PowerLawFit fit)
    {
        double mean = 0;
        foreach (var value in z) mean += Transcendental.ExpMinusOne(value) / z.Length;
        // In w = x / x_min − 1; a density of z is the density of x times x, so ln x is added and x_min drops out.
        return Vuong(TailLaw.Exponential, z, fit, value => -Math.Log(mean) - Transcendental.ExpMinusOne(value) / mean + value, [1 / (mean * fit.Least)]);
    }

    private static TailComparison Truncated(double[] z, PowerLawFit fit)
    {
        double mean = 0, excess = 0;
        foreach (var value in z) (mean, excess) = (mean + value / z.Length, excess + Transcendental.ExpMinusOne(value) / z.Length);
        var law = TruncatedPowerLaw.Fit(mean, excess, fit.Exponent);
        double rate = fit.Exponent - 1, logRatio = 0;
        foreach (var value in z) logRatio += Math.Log(rate) - rate * value - law.LogDensity(value);
        // Nested: the power law can at best tie, up to rounding.
        logRatio = Math.Min(logRatio, 0);
        return new(TailLaw.TruncatedPowerLaw, logRatio, NormalTail.TwoSided(Math.Sqrt(-2 * logRatio)), [law.Exponent, law.Decay / fit.Least]);
    }

    private static TailComparison Vuong(TailLaw law, double[] z, PowerLawFit fit, Func<double, double> logDensity, double[] parameters)
    {
        double rate = fit.Exponent - 1, sum = 0, squares = 0;
        foreach (var value in z)
        {
            var difference = Math.Log(rate) - rate * value - logDensity(value);
            (sum, squares) = (sum + difference, squares + difference * difference);
        }
        var variance = squares / z.Length - Math.Pow(sum / z.Length, 2);
        return new(law, sum, variance > 0 ? NormalTail.TwoSided(Math.Abs(sum) / Math.Sqrt(z.Length * variance)) : 1, parameters);
    }
}
