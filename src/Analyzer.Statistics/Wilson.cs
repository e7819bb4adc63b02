namespace Analyzer.Statistics;

/// <summary>The score interval of a proportion (Wilson 1927): right at the ends of [0, 1], where the normal one is not.</summary>
public static class Wilson
{
    /// <summary>The 95 % interval of <paramref name="share"/> seen in <paramref name="n"/> independent samples.</summary>
    /// <param name="share">In [0, 1].</param>
    /// <param name="n">Samples, above 0.</param>
    /// <returns>[low, high], both in [0, 1].</returns>
    public static double[] Interval(double share, double n)
    {
        const double z = 1.959963984540054;
        var centre = (share + z * z / (2 * n)) / (1 + z * z / n);
        var half = z * Math.Sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
        return [Math.Max(0, centre - half), Math.Min(1, centre + half)];
    }
}
