using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>The samples whose maps are clustered: the split they are of, numbers through all splits, and labels where there are any.</summary>
internal sealed record MapSamples(string Split, long[] Numbers, int[]? Labels);

/// <summary>One filter as measured, before its layer is judged.</summary>
/// <param name="Clusters">Null for a dead filter.</param>
/// <param name="Plane">Null with the clusters; only scores and variances are kept.</param>
/// <param name="Null">The same of Gaussian maps with the plane's two spreads, one a draw.</param>
internal sealed record MeasuredFilter(FilterClusters? Clusters, PrincipalPlane? Plane, FilterIndex?[] Null)
{
    // Beyond this many deviations of its own null a filter's groups are no accident.
    private const double FarOutside = 3;

    /// <summary>ln CH where this filter's maps are Gaussian; null for a filter that is dead, or whose null has no clusters.</summary>
    public NullDistribution? NullIndex { get; } =
        Null.OfType<FilterIndex>().Select(i => i.LogIndex).Where(double.IsFinite).ToArray() is { Length: > 1 } draws ? NullDistribution.Of(draws) : null;

    /// <summary>Whether a few samples lie apart as Gaussian maps never show, whatever the rest of the layer does.</summary>
    public bool HasOutliers(double minority) =>
        Clusters?.Index is { } index && index.SmallestShare <= minority && NullIndex is { StandardDeviation: > 0 } own && own.ZScore(index.LogIndex) > FarOutside;
}

/// <summary>One layer: its filters, which of them are anomalies, and how many are in each draw of the null.</summary>
internal sealed record MeasuredLayer(TapEntry Tap, MapSamples Samples, IReadOnlyList<MeasuredFilter> Filters, AnomalyFilters Found, int[] NullCounts)
{
    /// <summary>Filters with clusters, if the layer could be judged; else 0.</summary>
    public int Judged => Found.Decided ? Filters.Count(f => f.Clusters?.Index is not null) : 0;
}

/// <summary>Clusters the maps of every filter and judges each layer.</summary>
internal sealed class AnomaliesMeasurement(Run run, AnomaliesOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
{
    private readonly AnomalyRule _rule = new() { LeastScore = options.Score, MostMinority = options.Minority };

    /// <summary>Which samples of a tap are taken: all that it holds, or as many of each class if those are more than wanted.</summary>
    public MapSamples Choose(TapEntry tap, IReadOnlyList<SplitSamples> splits)
    {
        var numbers = run.MapSamples(tap);
        if (numbers.Length > options.Samples)
        {
            var subset = MapSubset.Choose(run.Manifest.Data.Splits, [.. splits.Select(s => s.Labels)], options.Samples)!;
            numbers = [.. subset.Rows.Select(row => splits[subset.Split].First + row).Intersect(numbers).Order()];
        }
        var split = splits.FirstOrDefault(s => numbers.Length > 0 && numbers[0] >= s.First && numbers[^1] < s.First + s.Count);
        return new(split?.Name ?? "several splits", numbers, split?.Labels is { } labels ? [.. numbers.Select(n => labels[n - split.First])] : null);
    }

    /// <summary>Clusters the filters of a tap, a few at a time so that memory holds few maps. O(filters · (draws + starts)) mixtures.</summary>
    public MeasuredLayer Of(TapEntry tap, MapSamples samples)
    {
        var units = (int)tap.Shape[tap.UnitAxis!.Value];
        var filters = new MeasuredFilter[units];
        var done = 0;
        foreach (var chunk in run.ReadMaps(tap, samples.Numbers, cancellation).Chunk(Environment.ProcessorCount * 2))
        {
            Parallel.ForEach(chunk, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                unit => filters[unit.Unit] = Measure(unit.Maps, Seed(tap, unit.Unit)));
            done += chunk.Length;
            progress?.Report(new($"anomalies, {tap.Tensor}", done, units, "filters"));
        }
        var found = AnomalyFilters.Find([.. filters.Select(f => f.Clusters)], samples.Numbers.Length, _rule);
        var nulls = Enumerable.Range(0, options.Draws)
            .Select(d => AnomalyFilters.Count([.. filters.Select(f => f.Clusters is null ? null : f.Null[d])], _rule));
        return new(tap, samples, filters, found, [.. nulls]);
    }

    private MeasuredFilter Measure(Matrix maps, ulong seed)
    {
        var plane = PrincipalPlane.Of(maps, cancellation);
        if (plane.TotalVariance / maps.Columns < options.DeadVariance || plane.ExplainedVariance[0] <= 0) return new(null, null, []);
        var how = new FilterClustersOptions { MostClusters = options.Clusters, Restarts = options.Restarts, Seed = seed };
        var clusters = FilterClusters.Of(plane.First, plane.Second, how, cancellation);
        var nulls = new FilterIndex?[options.Draws];
        var (wide, narrow) = (Spread(plane.First, plane.ExplainedVariance[0]), Spread(plane.Second, plane.ExplainedVariance[1]));
        for (var d = 0; d < nulls.Length; d++)
            nulls[d] = FilterClusters.OfGaussian(maps.Rows, Math.Max(wide, narrow), Math.Min(wide, narrow), how with { Restarts = 1, Seed = seed + (ulong)d + 1 }, cancellation).Index;
        return new(clusters, plane, nulls);
    }

    // Outliers stretch the variance along themselves, and a Gaussian so stretched would excuse them. Where half of the
    // samples coincide nothing but the variance is left.
    private static double Spread(double[] scores, double variance) => RobustScale.Of(scores).Deviation is { } deviation ? deviation * deviation : variance;

    // By the tap's place in the run, so that a layer measures the same whatever is measured beside it.
    private ulong Seed(TapEntry tap, int unit) =>
        (ulong)options.Seed * 0x9E3779B97F4A7C15 + ((ulong)run.Manifest.Taps.ToList().IndexOf(tap) << 40) + ((ulong)unit << 16);
}
