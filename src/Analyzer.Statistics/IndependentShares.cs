namespace Analyzer.Statistics;

/// <summary>How two shares of different samples differ, such as the accuracies on two splits.</summary>
/// <param name="Difference">First less second, in [−1, 1].</param>
/// <param name="Interval">[low, high] at 95 %: Newcombe's score interval of independent shares.</param>
/// <param name="Error">Standard error of the difference where both are one share, of the pooled samples.</param>
public sealed record IndependentShares(double Difference, double[] Interval, double Error)
{
    /// <summary>Compares them.</summary>
    /// <param name="first">Successes among the first samples.</param>
    /// <param name="firstOf">How many those are.</param>
    /// <param name="second">Successes among the second.</param>
    /// <param name="secondOf">How many those are.</param>
    /// <returns>O(1).</returns>
    /// <exception cref="ArgumentException">No samples, or more successes than samples.</exception>
    /// <remarks>Newcombe, Statistics in Medicine 17 (1998) 873, method 10.</remarks>
    public static IndependentShares Of(int first, int firstOf, int second, int secondOf)
    {
        Require.InRange(firstOf, 1, int.MaxValue, nameof(firstOf));
        Require.InRange(secondOf, 1, int.MaxValue, nameof(secondOf));
        Require.InRange(first, 0, firstOf, nameof(first));
        Require.InRange(second, 0, secondOf, nameof(second));
        double one = first / (double)firstOf, other = second / (double)secondOf, pooled = ((double)first + second) / ((double)firstOf + secondOf);
        double[] a = Wilson.Interval(one, firstOf), b = Wilson.Interval(other, secondOf);
        return new(one - other, [one - other - double.Hypot(one - a[0], b[1] - other), one - other + double.Hypot(a[1] - one, other - b[0])],
            Math.Sqrt(pooled * (1 - pooled) * (1.0 / firstOf + 1.0 / secondOf)));
    }
}
