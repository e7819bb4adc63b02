using Analyzer.Reports;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Samples that lie far from all others in most filters of a layer: outliers of the data rather than of a filter.</summary>
/// <remarks>
/// The rule for anomaly filters compares a filter with its layer, so what moves the whole layer escapes it. Here a filter is compared
/// with Gaussian maps of its own variances, and samples count that are far off in more than half of a layer's live filters. The null
/// draws as many samples for each filter, independently: that some filter has outliers is kept, that filters agree on them is not.
/// </remarks>
internal static class DataOutliers
{
    private const int Draws = 100;

    /// <summary>Finds them over all layers.</summary>
    /// <returns>Null where there are none.</returns>
    public static DataOutlierReport? Find(IReadOnlyList<MeasuredLayer> layers, AnomaliesOptions options)
    {
        var parts = layers.Select(l => (Layer: l, Live: l.Filters.Count(f => f.Clusters is not null), Far: Far(l, options))).ToArray();
        var found = parts.SelectMany(p => Common(p.Far, p.Live, p.Layer.Samples.Numbers.Length).Select(i => p.Layer.Samples.Numbers[i])).Distinct().Order().ToArray();
        if (found.Length == 0) return null;
        var random = new SeededRandom((ulong)options.Seed + 3);
        var draws = new double[Draws];
        for (var d = 0; d < Draws; d++)
            draws[d] = parts.SelectMany(p => Common([.. p.Far.Select(far => Drawn(far.Length, p.Layer.Samples.Numbers.Length, random))], p.Live, p.Layer.Samples.Numbers.Length)
                .Select(i => p.Layer.Samples.Numbers[i])).Distinct().Count() / (double)layers.Max(l => l.Samples.Numbers.Length);
        var distribution = NullDistribution.Of(draws);
        var share = found.Length / (double)layers.Max(l => l.Samples.Numbers.Length);
        return new(found, parts.Sum(p => p.Far.Length), parts.Sum(p => p.Live),
            new("permuted-samples", distribution.Mean, distribution.StandardDeviation, distribution.ZScore(share), Draws), distribution.UpperTail(share));
    }

    // For each filter with outliers, which samples those are.
    private static int[][] Far(MeasuredLayer layer, AnomaliesOptions options) =>
        [.. layer.Filters.Where(f => f.HasOutliers(options.Minority)).Select(f => f.Clusters!.Minority(options.Minority))];

    private static IEnumerable<int> Common(int[][] far, int live, int samples)
    {
        var counts = new int[samples];
        foreach (var sample in far.SelectMany(f => f)) counts[sample]++;
        return Enumerable.Range(0, samples).Where(i => counts[i] > 0 && 2 * counts[i] > live);
    }

    // Floyd's: as many different samples, each set equally likely.
    private static int[] Drawn(int count, int samples, SeededRandom random)
    {
        var chosen = new HashSet<int>();
        for (var i = samples - count; i < samples; i++)
            if (!chosen.Add(random.NextBelow(i + 1))) chosen.Add(i);
        return [.. chosen];
    }
}
