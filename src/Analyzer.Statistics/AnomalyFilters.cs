namespace Analyzer.Statistics;

/// <summary>When a filter counts as an anomaly within its layer. The paper's cut-offs are not known; the defaults are ours.</summary>
public sealed record AnomalyRule
{
    /// <summary>Robust z of ln CH within the layer above which the clusters lie unusually far apart. Default 3.</summary>
    public double LeastScore { get; init => field = Require.InRange(value, 0, 1_000); } = 3;

    /// <summary>Share of the samples that the smallest cluster holds at most, and that all outliers of a filter are together. Default .02.</summary>
    public double MostMinority { get; init => field = Require.InRange(value, 0, 0.5); } = 0.02;
}

/// <summary>The filters of a layer whose samples fall into clusters far apart, of which one holds hardly any.</summary>
/// <remarks>
/// After Han et al., arXiv 2412.10457, with a rule of ours. Both conditions are needed: by the index alone a filter that tells
/// two halves of the data apart looks like one with outliers; by the smallest cluster alone any heavy tail does.
/// </remarks>
public sealed record AnomalyFilters
{
    private AnomalyFilters(int[] filters, double?[] scores, int[] sampleScores, RobustScale? scale) =>
        (Filters, Scores, SampleScores, Scale) = (filters, scores, sampleScores, scale);

    /// <summary>Numbers of the anomaly filters, ascending.</summary>
    public int[] Filters { get; }

    /// <summary>
    /// Robust z of ln CH of each filter, [filters]; null for a dead filter, one without clusters, one whose clusters are points
    /// (its z has no bound), and where the layer has no scale.
    /// </summary>
    public double?[] Scores { get; }

    /// <summary>In how many anomaly filters each sample is an outlier (<see cref="FilterClusters.Minority"/> at the rule's share), [samples].</summary>
    public int[] SampleScores { get; }

    /// <summary>Median and spread of ln CH over the layer; null where no filter has clusters.</summary>
    public RobustScale? Scale { get; }

    /// <summary>
    /// Whether the rule could be asked at all: not where fewer than <see cref="RobustScale.FewestValues"/> filters have clusters
    /// or half of them the same index, because then nothing says what is unusual in the layer.
    /// </summary>
    public bool Decided => Scale?.Deviation is not null;

    /// <summary>Applies the rule to a layer.</summary>
    /// <param name="layer">[filters]; null for a dead one.</param>
    /// <param name="samples">Number of samples, the same in each filter.</param>
    /// <param name="rule">Null for the defaults.</param>
    /// <returns>Which filters are anomalies, and how often each sample is in one of their small clusters. O(filters · samples).</returns>
    /// <exception cref="ArgumentException">A filter with another number of samples.</exception>
    public static AnomalyFilters Find(IReadOnlyList<FilterClusters?> layer, int samples, AnomalyRule? rule = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        rule ??= new();
        foreach (var filter in layer)
            if (filter is not null) Require.SameLength(filter.Mixture.Labels.Length, samples, nameof(layer));
        var (filters, scores, scale) = Judge([.. layer.Select(filter => filter?.Index)], rule);
        var sampleScores = new int[samples];
        foreach (var filter in filters)
            foreach (var sample in layer[filter]!.Minority(rule.MostMinority)) sampleScores[sample]++;
        return new(filters, scores, sampleScores, scale);
    }

    /// <summary>Counts the anomalies of a layer of which no more is known than the rule asks for, as in the draws of a null.</summary>
    /// <param name="layer">[filters]; null for one that is dead or has no clusters.</param>
    /// <param name="rule">Null for the defaults.</param>
    /// <returns>As many as <see cref="Find"/> finds.</returns>
    public static int Count(IReadOnlyList<FilterIndex?> layer, AnomalyRule? rule = null) => Judge(layer, rule ?? new()).Filters.Length;

    private static (int[] Filters, double?[] Scores, RobustScale? Scale) Judge(IReadOnlyList<FilterIndex?> layer, AnomalyRule rule)
    {
        double[] indices = [.. layer.OfType<FilterIndex>().Select(filter => filter.LogIndex)];
        var scale = indices.Length == 0 ? null : RobustScale.Of(indices);
        var scores = new double?[layer.Count];
        var found = new List<int>();
        for (var i = 0; i < layer.Count; i++)
        {
            if (layer[i] is not { } filter || scale!.ZScore(filter.LogIndex) is not { } score) continue;
            scores[i] = double.IsFinite(score) ? score : null;
            if (score > rule.LeastScore && filter.SmallestShare <= rule.MostMinority) found.Add(i);
        }
        return ([.. found], scores, scale);
    }
}
