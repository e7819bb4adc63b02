namespace Analyzer.Analyses;

/// <summary>The score interval of a proportion (Wilson 1927): right at the ends of [0, 1], where the normal one is not.</summary>
internal static class Wilson
{
    /// <summary>The 95 % interval of <paramref name="share"/> seen in <paramref name="n"/> independent samples.</summary>
    public static double[] Interval(double share, int n)
    {
        const double z = 1.959963984540054;
        var centre = (share + z * z / (2 * n)) / (1 + z * z / n);
        var half = z * Math.Sqrt(share * (1 - share) / n + z * z / (4.0 * n * n)) / (1 + z * z / n);
        return [Math.Max(0, centre - half), Math.Min(1, centre + half)];
    }
}
