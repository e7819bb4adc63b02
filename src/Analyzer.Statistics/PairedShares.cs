namespace Analyzer.Statistics;

/// <summary>How two shares of the same samples differ, such as the accuracies of two models.</summary>
/// <param name="Difference">Share of the second less that of the first, in [−1, 1].</param>
/// <param name="Interval">[low, high] at 95 %: Newcombe's score interval of paired shares.</param>
/// <param name="PValue">Exact two-sided McNemar test, in (0, 1]: of the samples that only one has, whether both have as many.</param>
/// <param name="OnlyFirst">Samples that only the first has.</param>
/// <param name="OnlySecond">Samples that only the second has.</param>
public sealed record PairedShares(double Difference, double[] Interval, double PValue, int OnlyFirst, int OnlySecond)
{
    /// <summary>Compares them.</summary>
    /// <param name="both">Samples that both have.</param>
    /// <param name="onlyFirst">Samples that only the first has.</param>
    /// <param name="onlySecond">Samples that only the second has.</param>
    /// <param name="neither">Samples that neither has.</param>
    /// <returns>O(onlyFirst + onlySecond).</returns>
    /// <exception cref="ArgumentException">A negative count, or no samples.</exception>
    /// <remarks>Newcombe, Statistics in Medicine 17 (1998) 2635, method 10: right also where few samples or none differ, where the normal interval is of width 0.</remarks>
    public static PairedShares Of(int both, int onlyFirst, int onlySecond, int neither)
    {
        foreach (var count in new[] { both, onlyFirst, onlySecond, neither }) Require.InRange(count, 0, int.MaxValue, nameof(both));
        double n = (double)both + onlyFirst + onlySecond + neither;
        if (n == 0) throw new ArgumentException("no samples", nameof(both));
        double first = ((double)both + onlyFirst) / n, second = ((double)both + onlySecond) / n;
        double[] one = Wilson.Interval(first, n), other = Wilson.Interval(second, n);
        // The correlation of the two, continuity-corrected where it is positive.
        double product = (double)both * neither - (double)onlyFirst * onlySecond;
        var margins = Math.Sqrt(first * (1 - first) * second * (1 - second)) * n * n;
        var phi = margins == 0 ? 0 : (product > 0 ? Math.Max(product - n / 2, 0) : product) / margins;
        double Reach(double a, double b) => Math.Sqrt(Math.Max(0, a * a - 2 * phi * a * b + b * b));
        var difference = second - first;
        return new(difference, [difference - Reach(second - other[0], one[1] - first), difference + Reach(other[1] - second, first - one[0])], McNemar(onlyFirst, onlySecond), onlyFirst, onlySecond);
    }

    // P(X ≤ least) for X of a fair coin, twice.
    private static double McNemar(int b, int c)
    {
        var (tosses, least) = ((long)b + c, Math.Min(b, c));
        if (b == c) return 1;
        // Terms from the largest one down, each by the one before; below 1e-18 of the sum nothing is added any more.
        double logTerm = -tosses * Math.Log(2);
        for (long k = 1; k <= least; k++) logTerm += Math.Log((double)(tosses - k + 1) / k);
        double term = 1, sum = 1;
        for (long k = least; k > 0 && term > 1e-18 * sum; k--) sum += term *= k / (double)(tosses - k + 1);
        return Math.Clamp(2 * Math.Exp(logTerm + Math.Log(sum)), double.Epsilon, 1);
    }
}
