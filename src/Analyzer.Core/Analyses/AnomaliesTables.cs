using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What was measured, as records of the report and as tables of the run.</summary>
internal static class AnomaliesTables
{
    private const int MostIndices = 64, MostPlots = 4, MostOthers = 150, MostOutliers = 50, MostShown = 8;

    private sealed record Scored(string Split, string Without, int Draw, double? Accuracy);

    /// <summary>Why a layer could not be judged; null where it was.</summary>
    public static string? Undecided(MeasuredLayer layer)
    {
        if (layer.Found.Decided) return null;
        var clustered = layer.Filters.Count(f => f.Clusters?.Index is not null);
        return clustered < RobustScale.FewestValues
            ? $"{clustered} of {layer.Filters.Count} filters have clusters; at least {RobustScale.FewestValues} must, to say what is unusual in a layer"
            : "half of the filters have the same index, so nothing says what is unusual in this layer";
    }

    /// <summary>All layers together, with the null of the share of anomalies.</summary>
    public static NetworkAnomalies Network(IReadOnlyList<MeasuredLayer> layers, int outliers, AnomaliesOptions options)
    {
        var judged = layers.Sum(l => l.Judged);
        var anomalies = layers.Sum(l => l.Found.Filters.Length);
        NullSummary? summary = null;
        double? pValue = null;
        if (judged > 0)
        {
            var share = anomalies / (double)judged;
            var counts = NullDistribution.Of([.. Enumerable.Range(0, options.Draws).Select(d => layers.Sum(l => l.NullCounts[d]) / (double)judged)]);
            summary = new("gaussian-maps", counts.Mean, counts.StandardDeviation, counts.ZScore(share), options.Draws);
            pValue = counts.UpperTail(share);
        }
        return new(layers.Max(l => l.Samples.Numbers.Length), layers.Sum(l => l.Filters.Count), judged, layers.Sum(Dead), anomalies, outliers, summary, pValue);
    }

    /// <summary>Each layer for the report; only the worst few filters of the network are drawn.</summary>
    public static IReadOnlyList<LayerAnomalies> Layers(IReadOnlyList<MeasuredLayer> layers, AnomaliesOptions options)
    {
        var drawn = layers.SelectMany((l, i) => l.Found.Filters.Select(f => (Layer: i, Filter: f, Score: Score(l, f))))
            .OrderByDescending(f => f.Score).Take(MostPlots).Select(f => (f.Layer, f.Filter)).ToHashSet();
        return [.. layers.Select((layer, l) =>
        {
            var clustered = layer.Filters.Where(f => f.Clusters is not null).ToArray();
            double[] indices = [.. clustered.Select(f => f.Clusters!.Components > 1 ? f.Clusters.Separation.CalinskiHarabasz : null).OfType<double>().Order()];
            return new LayerAnomalies
            {
                Tap = layer.Tap.Id,
                Tensor = layer.Tap.Tensor,
                Filters = layer.Filters.Count,
                Dead = Dead(layer),
                Unclustered = clustered.Count(f => f.Clusters!.Index is null),
                WithOutliers = layer.Filters.Count(f => f.HasOutliers(options.Minority)),
                Undecided = Undecided(layer),
                MedianLogIndex = layer.Found.Scale is { } scale && double.IsFinite(scale.Median) ? scale.Median : null,
                DeviationLogIndex = layer.Found.Scale?.Deviation,
                Indices = [.. Thinned(indices, MostIndices).Select(Short)],
                Components = [.. Enumerable.Range(1, options.Clusters).Select(k => clustered.Count(f => f.Clusters!.Components == k))],
                BicComponents = [.. Enumerable.Range(1, options.Clusters).Select(k => clustered.Count(f => f.Clusters!.BicComponents == k))],
                MedianExplained = clustered.Length == 0 ? null : RobustScale.Of([.. clustered.Select(f => f.Plane!.ExplainedVarianceRatio!.Sum())]).Median,
                NullMean = layer.Found.Decided ? layer.NullCounts.Average() : null,
                Outlying = [.. Outlying(layer, options.Minority)],
                Anomalies = [.. layer.Found.Filters.OrderByDescending(f => Score(layer, f)).Select(f => Anomaly(layer, f, options, drawn.Contains((l, f))))],
            };
        })];
    }

    /// <summary>Samples worth looking at: outliers of the data, and of each filter that is drawn.</summary>
    public static long[] Shown(AnomaliesReport report) =>
    [
        .. report.DataOutliers?.Samples.Take(MostShown) ?? [],
        .. report.Layers.SelectMany(l => l.Anomalies).Where(f => f.Plot is not null).SelectMany(f => f.Samples.Take(MostShown)),
    ];

    /// <summary>Stores filters, candidates, samples and ablations.</summary>
    public static void Store(
        Run run, IReadOnlyList<MeasuredLayer> layers, long[] samples, Dictionary<long, int> outliers, bool[] outlying, double[] loss, double[] gradient, AblationReport? ablation, double minority)
    {
        var rows = layers.SelectMany(l => l.Filters.Select((f, i) => (Layer: l, Index: i, Filter: f, f.Clusters))).ToArray();
        Column Number(string name, Func<FilterClusters, double?> of) => Column.Of(name, rows.Select(r => r.Clusters is null ? null : of(r.Clusters)).ToArray());
        Column Whole(string name, Func<FilterClusters, int?> of) => Column.Of(name, rows.Select(r => r.Clusters is null ? null : of(r.Clusters)).ToArray());
        run.WriteTable(Anomalies.Name, "filters",
            Column.Of("tap", rows.Select(r => (string?)r.Layer.Tap.Id).ToArray()), Column.Of("tensor", rows.Select(r => (string?)r.Layer.Tap.Tensor).ToArray()),
            Column.Of("filter", rows.Select(r => (int?)r.Index).ToArray()),
            Column.Of("state", rows.Select(r => (string?)State(r.Filter)).ToArray()),
            Column.Of("anomaly", rows.Select(r => (int?)(r.Layer.Found.Filters.Contains(r.Index) ? 1 : 0)).ToArray()),
            Number("calinski_harabasz", c => c.Components > 1 ? c.Separation.CalinskiHarabasz : null), Column.Of("score", rows.Select(r => r.Layer.Found.Scores[r.Index]).ToArray()),
            Column.Of("null_log_index", rows.Select(r => r.Filter.NullIndex?.Mean).ToArray()), Column.Of("null_log_index_std", rows.Select(r => r.Filter.NullIndex?.StandardDeviation).ToArray()),
            Column.Of("has_outliers", rows.Select(r => (int?)(r.Filter.HasOutliers(minority) ? 1 : 0)).ToArray()),
            Whole("components", c => c.Components), Whole("bic_components", c => c.BicComponents), Number("eta_squared", c => c.Separation.EtaSquared),
            Number("smallest_share", c => c.Separation.SmallestShare), Number("distance", c => c.MinorityDistance), Number("mean_responsibility", c => c.Mixture.MeanResponsibility),
            Column.Of("label_information", rows.Select(r => LabelInformation(r.Layer, r.Clusters)).ToArray()),
            Column.Of("explained_1", rows.Select(r => r.Filter.Plane?.ExplainedVarianceRatio?[0]).ToArray()), Column.Of("explained_2", rows.Select(r => r.Filter.Plane?.ExplainedVarianceRatio?[1]).ToArray()));

        var tried = rows.Where(r => r.Clusters is not null).SelectMany(r => r.Clusters!.Candidates.Select(c => (r.Layer, r.Index, Candidate: c))).ToArray();
        run.WriteTable(Anomalies.Name, "candidates",
            Column.Of("tap", tried.Select(r => (string?)r.Layer.Tap.Id).ToArray()), Column.Of("filter", tried.Select(r => (int?)r.Index).ToArray()),
            Column.Of("components", tried.Select(r => (int?)r.Candidate.Components).ToArray()),
            Column.Of("calinski_harabasz", tried.Select(r => r.Candidate.CalinskiHarabasz).ToArray()), Column.Of("bic", tried.Select(r => (double?)r.Candidate.Bic).ToArray()));

        run.WriteTable(Anomalies.Name, "samples",
            Column.Of("sample", samples), Column.Of("outlier_score", samples.Select(s => (int?)outliers[s]).ToArray()), Column.Of("outlier", outlying.Select(o => (int?)(o ? 1 : 0)).ToArray()),
            Column.Of("loss", loss.Select(Known).ToArray()), Column.Of("gradient_norm", gradient.Select(Known).ToArray()));

        var members = layers.SelectMany(l => Enumerable.Range(0, l.Filters.Count).Where(f => l.Found.Filters.Contains(f) || l.Filters[f].HasOutliers(minority))
            .SelectMany(f => Samples(l, f, minority).Select(sample => (l.Tap.Id, Filter: f, Sample: sample, Anomaly: l.Found.Filters.Contains(f))))).ToArray();
        run.WriteTable(Anomalies.Name, "outliers",
            Column.Of("sample", members.Select(m => m.Sample).ToArray()), Column.Of("tap", members.Select(m => (string?)m.Id).ToArray()), Column.Of("filter", members.Select(m => (int?)m.Filter).ToArray()), Column.Of("anomaly", members.Select(m => (int?)(m.Anomaly ? 1 : 0)).ToArray()));

        var scored = ablation?.Splits.SelectMany(s => new Scored[]
            { new(s.Key, "nothing", 0, s.Value.Whole), new(s.Key, "anomalies", 0, s.Value.WithoutAnomalies), new(s.Key, "lowest index", 0, s.Value.WithoutLowest) }
            .Concat(s.Value.WithoutRandom.Select((a, d) => new Scored(s.Key, "random", d, a)))).ToArray() ?? [];
        run.WriteTable(Anomalies.Name, "ablations",
            Column.Of("split", scored.Select(s => (string?)s.Split).ToArray()), Column.Of("silenced", scored.Select(s => (string?)s.Without).ToArray()),
            Column.Of("draw", scored.Select(s => (int?)s.Draw).ToArray()), Column.Of("accuracy", scored.Select(s => s.Accuracy).ToArray()));
    }

    private static IEnumerable<OutlyingFilter> Outlying(MeasuredLayer layer, double minority) =>
        Enumerable.Range(0, layer.Filters.Count).Where(f => layer.Filters[f].HasOutliers(minority)).Except(layer.Found.Filters).Select(f =>
        {
            var (plane, clusters) = (layer.Filters[f].Plane!, layer.Filters[f].Clusters!);
            return new OutlyingFilter(f, OutlierDistance.Of(plane.First, plane.Second, clusters.Minority(minority)), Samples(layer, f, minority));
        }).OrderByDescending(f => f.Distance ?? double.PositiveInfinity);

    private static long[] Samples(MeasuredLayer layer, int filter, double minority) => [.. layer.Filters[filter].Clusters!.Minority(minority).Select(i => layer.Samples.Numbers[i])];

    private static AnomalyFilter Anomaly(MeasuredLayer layer, int filter, AnomaliesOptions options, bool draw)
    {
        var (clusters, plane) = (layer.Filters[filter].Clusters!, layer.Filters[filter].Plane!);
        var minority = clusters.Minority(options.Minority);
        return new()
        {
            Filter = filter,
            CalinskiHarabasz = clusters.Separation.CalinskiHarabasz,
            Score = layer.Found.Scores[filter],
            Components = clusters.Components,
            BicComponents = clusters.BicComponents,
            SmallestShare = clusters.Separation.SmallestShare,
            EtaSquared = clusters.Separation.EtaSquared,
            Distance = clusters.MinorityDistance,
            MeanResponsibility = clusters.Mixture.MeanResponsibility,
            LabelInformation = LabelInformation(layer, clusters),
            ExplainedVarianceRatio = plane.ExplainedVarianceRatio!,
            Samples = Samples(layer, filter, options.Minority),
            Plot = draw ? Plot(clusters, plane, minority, layer.Samples.Numbers.Length) : null,
        };
    }

    private static AnomalyPlot Plot(FilterClusters clusters, PrincipalPlane plane, int[] minority, int samples)
    {
        int[] others = [.. Thinned([.. Enumerable.Range(0, samples).Except(minority)], MostOthers)], outliers = [.. Thinned(minority, MostOutliers)];
        return new(At(plane.First, others), At(plane.Second, others), At(plane.First, outliers), At(plane.Second, outliers),
            [.. clusters.Mixture.Components.Select(c => new PlottedCluster(Short(c.X), Short(c.Y), Short(c.XX), Short(c.XY), Short(c.YY)))]);
        static double[] At(double[] scores, int[] samples) => [.. samples.Select(i => Short(scores[i]))];
    }

    private static double Short(double value) => double.Parse(value.ToString("g4", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>As many values at most, evenly, the first and the last among them.</summary>
    public static IEnumerable<T> Thinned<T>(IReadOnlyList<T> values, int most) =>
        values.Count <= most ? values : Enumerable.Range(0, most).Select(i => values[(int)((long)i * (values.Count - 1) / (most - 1))]);

    private static double Score(MeasuredLayer layer, int filter) => layer.Found.Scores[filter] ?? double.PositiveInfinity;

    private static int Dead(MeasuredLayer layer) => layer.Filters.Count(f => f.Clusters is null);

    private static string State(MeasuredFilter filter) =>
        filter.Clusters is null ? "dead" : filter.Clusters.Index is null ? "no clusters" : filter.Clusters.Separation.ArePoints ? "points" : "clustered";

    private static double? LabelInformation(MeasuredLayer layer, FilterClusters? clusters) =>
        clusters is not null && layer.Samples.Labels is { } labels ? MutualInformation.Normalised(labels, clusters.Mixture.Labels) : null;

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
