namespace Analyzer.Statistics;

/// <summary>How many distinct codes fewer samples would have had.</summary>
public static class Rarefaction
{
    // 1 less this is 1 in double.
    private const double Negligible = 1e-17;

    /// <summary>How many of some samples, drawn without replacement, are expected to be of a group that another of them is of already.</summary>
    /// <param name="groups">Samples of each group, c, at least 1 each; N is their sum.</param>
    /// <param name="draws">Samples drawn, n, in [0, N] each.</param>
    /// <returns>
    /// [draws] n less the expected number of groups, Σ over groups of 1 − C(N − c, n)/C(N, n): in [0, n), exact but for rounding; N less the
    /// number of groups for n = N, and 0 where every group is of one.
    /// </returns>
    /// <exception cref="ArgumentException">A group without samples, or more draws than samples.</exception>
    /// <remarks>Hurlbert, "The nonconcept of species diversity", Ecology 52, 1971. O(draws · N) at most; groups of one size are reckoned once.</remarks>
    public static double[] ExpectedRepeats(IReadOnlyCollection<int> groups, IReadOnlyList<int> draws)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(draws);
        if (groups.Any(size => size < 1)) throw new ArgumentException("a group has no samples", nameof(groups));
        var total = groups.Sum();
        foreach (var drawn in draws) Require.InRange(drawn, 0, total, nameof(draws));
        // A group of one repeats nothing; of the others c·n/N samples are expected, and the first of them is no repeat.
        var sizes = groups.Where(size => size > 1).CountBy(size => size).OrderBy(size => size.Key).ToArray();
        return [.. draws.Select(drawn => sizes.Sum(size => size.Value * Math.Max(0, (double)size.Key * drawn / total - 1 + Missed(total, size.Key, drawn))))];
    }

    // C(N − c, n)/C(N, n), the chance that none of c is among n: a product of c factors or, c and n exchanged, of n.
    private static double Missed(int total, int size, int drawn)
    {
        var (few, many) = size < drawn ? (size, drawn) : (drawn, size);
        double missed = 1;
        for (var i = 0; i < few && missed > Negligible; i++) missed *= Math.Max(0, total - many - i) / (double)(total - i);
        return missed;
    }
}
