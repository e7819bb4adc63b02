using System.Globalization;
using Analyzer.Reports;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Says what an <see cref="AnomaliesReport"/> comes to.</summary>
internal static class AnomaliesFindings
{
    private const int WorstFilters = 3;
    private const string AblationId = "anomalies.network.ablation", AblationSource = "arXiv 2412.10457, hypothesis 3: channels silenced in the graph";
    private const double Level = .05;
    // A heavy tail reaches ten; what lies at thirty is of another kind.
    private const double FarAway = 30;
    // (1 + 0)/(1 + 19) is the level.
    private const int FewestDraws = 19;

    /// <summary>All findings.</summary>
    /// <param name="report">What was measured.</param>
    /// <param name="options">How.</param>
    /// <param name="unscored">Why the model could not be scored without its anomaly filters; null where it was, or was not to be.</param>
    public static IReadOnlyList<Finding> Of(AnomaliesReport report, AnomaliesOptions options, AnalyzerException? unscored)
    {
        var count = Count(report, options);
        var findings = new List<Finding> { count };
        if (Beyond(report, options) is { } beyond) findings.Add(beyond);
        if (report.DataOutliers is { } data) findings.Add(Data(data, report.Network.Samples));
        findings.AddRange(report.Layers.SelectMany(l => l.Anomalies.Select(f => (Layer: l, Filter: f)))
            .OrderByDescending(f => f.Filter.Score ?? double.PositiveInfinity).Take(WorstFilters).Select(f => Filter(f.Layer, f.Filter, report.Network.Samples, count.Verdict, options)));
        if (report.Outliers is { } outliers)
        {
            findings.Add(Contrast("gradient", "the gradient of the last layer", "gradient norm", outliers.GradientNorm, outliers, "‖p − y‖₂ ‖h‖₂, the exact norm for softmax cross-entropy"));
            findings.Add(Contrast("loss", "their loss", "nats", outliers.Loss, outliers, "cross-entropy"));
        }
        if (report.Ablation is { Splits.Count: > 0 } ablation) findings.Add(Ablation(ablation));
        if (unscored is not null) findings.Add(Unscored(report, unscored));
        return findings;
    }

    private static Finding Count(AnomaliesReport report, AnomaliesOptions options)
    {
        var network = report.Network;
        var needed = (int)Math.Ceiling(1 / options.Minority);
        var tooFew = network.Samples < needed;
        var share = network.Judged > 0 ? network.Anomalies / (double)network.Judged : 0;
        var verdict = network.Judged == 0 || tooFew ? Verdict.Inconclusive
            : network.Anomalies > 0 && network.PValue <= Level ? Verdict.Warn : Verdict.Pass;
        return new()
        {
            Id = "anomalies.network.count",
            Analysis = Anomalies.Name,
            Title = network.Judged == 0 ? $"No layer could be judged for anomaly filters: each needs at least {Statistics.RobustScale.FewestValues} filters that vary"
                : tooFew ? $"Too few samples to tell whether filters have outliers: {network.Samples}, and a cluster of {Text.Percent(options.Minority)} needs at least {needed}"
                : network.Anomalies == 0 ? $"In no filter do groups of samples lie unusually far apart for its layer with one of them tiny ({network.Judged} filters, {network.Samples} samples)"
                : verdict == Verdict.Warn ? $"In {network.Anomalies} of {network.Judged} filters a few samples lie far from all others; {network.OutlierSamples} of {network.Samples} samples are such outliers"
                : $"In {network.Anomalies} of {network.Judged} filters a few samples lie far from all others, which Gaussian maps give too",
            // What there is too little of, where nothing could be concluded.
            Value = network.Judged == 0 ? network.Filters - network.Dead : tooFew ? network.Samples : share,
            ValueUnit = network.Judged == 0 ? "filters that vary" : tooFew ? "samples" : "fraction",
            Null = verdict == Verdict.Inconclusive ? null : network.Null,
            Interval = verdict == Verdict.Inconclusive ? null : Wilson.Interval(share, network.Judged),
            Verdict = verdict,
            Rule = string.Create(CultureInfo.InvariantCulture, $"anomaly: robust z of ln CH in its layer above {options.Score} and a cluster of at most {Text.Percent(options.Minority)}; warn where at most {Text.Percent(Level)} of draws of Gaussian maps have as many (ours; the paper's cut-offs are not known)"),
            Evidence = "SELECT tensor, count(*) AS filters, sum(anomaly) AS anomalies, count(*) FILTER (state = 'dead') AS dead FROM anomalies_filters GROUP BY tensor ORDER BY anomalies DESC",
            Source = "arXiv 2412.10457, Calinski–Harabasz of Gaussian mixtures on two principal components; our rule",
        };
    }

    // What the rule within a layer cannot see: where classes lie apart in every filter, the index of one with outliers is nothing special.
    private static Finding? Beyond(AnomaliesReport report, AnomaliesOptions options)
    {
        var outlying = report.Layers.SelectMany(l => l.Outlying.Select(f => (Layer: l, Filter: f))).OrderByDescending(f => f.Filter.Distance ?? double.PositiveInfinity).ToArray();
        if (outlying is not [var (layer, worst), ..]) return null;
        var live = report.Network.Filters - report.Network.Dead;
        var share = outlying.Length / (double)live;
        var far = !(worst.Distance < FarAway);
        return new()
        {
            Id = "anomalies.network.beyond-gaussian",
            Analysis = Anomalies.Name,
            Tap = layer.Tap,
            Unit = worst.Filter,
            Title = $"In {outlying.Length} of {live} filters a few samples lie farther off than Gaussian maps show: {worst.Samples.Count} in filter {worst.Filter} of {layer.Tensor}{Away(worst.Distance)}",
            Value = share,
            ValueUnit = "fraction",
            Interval = Wilson.Interval(share, live),
            Verdict = far ? Verdict.Warn : Verdict.Pass,
            Rule = $"a filter counts where its index lies 3 deviations above that of Gaussian maps of its own spread, with a cluster of at most {Text.Percent(options.Minority)}; warn where those samples lie {Text.Setting(FarAway)} standard deviations of all others away, or the others do not vary (ours)",
            Evidence = $"SELECT sample, split, label, predicted, s.loss FROM anomalies_outliers JOIN samples s USING (sample) WHERE tap = '{layer.Tap}' AND filter = {worst.Filter.ToString(CultureInfo.InvariantCulture)} ORDER BY sample",
            Source = "ours, beside arXiv 2412.10457: distances of clusters instead of the index",
        };
    }

    // Points that coincide have no deviation to count in: past this the number says only that they do.
    private static string Away(double? distance) => distance is { } d
        ? string.Create(CultureInfo.InvariantCulture, $", {(d > 1_000 ? "more than 1,000" : d.ToString("0", CultureInfo.InvariantCulture))} deviations away") : "";

    private static Finding Data(DataOutlierReport data, int samples)
    {
        var share = data.Samples.Count / (double)samples;
        var beyond = data.PValue <= Level;
        return new()
        {
            Id = "anomalies.network.data-outliers",
            Analysis = Anomalies.Name,
            Title = $"{data.Samples.Count} of {samples} samples {(data.Samples.Count == 1 ? "lies" : "lie")} far from all others in most filters of a layer{(beyond ? ": outliers of the data" : ", no more than chance gives")}",
            Value = share,
            ValueUnit = "fraction",
            Null = data.Null,
            Interval = Wilson.Interval(share, samples),
            Verdict = beyond ? Verdict.Warn : Verdict.Pass,
            Rule = $"a small group 3 deviations farther off than in Gaussian maps of the filter's variances, in more than half of a layer's live filters; warn where at most {Text.Percent(Level)} of random choices of samples agree as much",
            Evidence = "SELECT s.sample, s.split, s.label, s.predicted, s.loss, a.outlier_score FROM anomalies_samples a JOIN samples s USING (sample) WHERE a.outlier = 1 ORDER BY s.loss DESC LIMIT 100",
            Source = "ours, beside arXiv 2412.10457: a rule within the layer cannot see what moves the whole layer",
        };
    }

    private static Finding Filter(LayerAnomalies layer, AnomalyFilter filter, int samples, Verdict network, AnomaliesOptions options)
    {
        var finite = filter.CalinskiHarabasz is not null && filter.Score is not null;
        return new()
        {
            Id = $"anomalies.{layer.Tap}.filter.{filter.Filter}",
            Analysis = Anomalies.Name,
            Tap = layer.Tap,
            Unit = filter.Filter,
            Title = $"Filter {filter.Filter} of {layer.Tensor}: {filter.Samples.Count} of {samples} samples lie far from all others{Away(filter.Distance)}",
            Value = finite ? Math.Log(filter.CalinskiHarabasz!.Value) : filter.SmallestShare,
            ValueUnit = finite ? "ln Calinski–Harabasz" : "fraction in the smallest cluster; the index is infinite",
            Null = finite ? new("other filters of the layer", layer.MedianLogIndex!.Value, layer.DeviationLogIndex, filter.Score, layer.Filters - layer.Dead - layer.Unclustered) : null,
            // One filter is as remarkable as there being any: where the null has as many, none is.
            Verdict = network,
            Rule = string.Create(CultureInfo.InvariantCulture, $"robust z above {options.Score} and a cluster of at most {Text.Percent(options.Minority)}; the verdict is that of their number"),
            Evidence = $"SELECT sample, split, label, predicted, s.loss FROM anomalies_outliers JOIN samples s USING (sample) WHERE tap = '{layer.Tap}' AND filter = {filter.Filter.ToString(CultureInfo.InvariantCulture)} ORDER BY sample",
            Source = "arXiv 2412.10457, anomaly filter; our rule",
        };
    }

    private static Finding Contrast(string name, string what, string unit, Contrast? contrast, OutlierReport outliers, string variant)
    {
        var larger = contrast is not null && contrast.PValue <= Level;
        var difference = contrast?.OutlierMean - contrast?.RestMean ?? 0;
        return new()
        {
            Id = $"anomalies.network.{name}",
            Analysis = Anomalies.Name,
            Title = contrast is null
                ? outliers.Outliers < OutlierContrast.FewestOutliers
                    ? $"Too few outlier samples to compare {what}: {outliers.Outliers}, at least {OutlierContrast.FewestOutliers} are needed"
                    : $"The run does not tell {what} of enough outlier samples to compare them"
                : string.Create(CultureInfo.InvariantCulture, $"Outlier samples: {what} is {contrast.OutlierMean:g3} on average against {contrast.RestMean:g3} of the rest{(larger ? "" : ", no more than random samples differ")}"),
            Value = contrast is null ? outliers.Outliers : difference,
            ValueUnit = contrast is null ? "outlier samples" : unit,
            Null = contrast?.Null,
            Interval = contrast is null ? null : [difference - 1.96 * contrast.Error, difference + 1.96 * contrast.Error],
            Verdict = contrast is null ? Verdict.Inconclusive : larger ? Verdict.Warn : Verdict.Pass,
            Rule = $"warn where at most {Text.Percent(Level)} of random choices of as many samples differ as much; interval: 1.96 standard errors of two samples of their own variances (Welch)",
            Evidence = "SELECT outlier, count(*) AS samples, avg(loss) AS loss, avg(gradient_norm) AS gradient_norm FROM anomalies_samples GROUP BY ALL",
            Source = $"arXiv 2412.10457, hypothesis 2: {variant}",
        };
    }

    private static Finding Unscored(AnomaliesReport report, AnalyzerException reason) => new()
    {
        Id = AblationId,
        Analysis = Anomalies.Name,
        Title = $"The model could not be scored without its {Filters(report.Network.Anomalies)}: {reason.Message}",
        Value = report.Network.Anomalies,
        ValueUnit = "anomaly filters",
        Verdict = Verdict.Inconclusive,
        Rule = reason.Hint,
        Evidence = "SELECT tensor, filter, score, smallest_share FROM anomalies_filters WHERE anomaly = 1 ORDER BY score DESC",
        Source = AblationSource,
    };

    private static string Filters(int count) => $"{count} anomaly filter{(count == 1 ? "" : "s")}";

    private static Finding Ablation(AblationReport ablation)
    {
        // Filters are chosen on one split; another says what that is worth.
        var (name, split) = ablation.Splits.TryGetValue("test", out var test) ? ("test", test) : (ablation.Splits.Last().Key, ablation.Splits.Last().Value);
        double[] random = [.. split.WithoutRandom.Select(a => a - split.Whole)];
        var control = random.Length > 1 ? Statistics.NullDistribution.Of(random) : null;
        var change = split.WithoutAnomalies - split.Whole;
        // Layers with hardly any other filters give too few different random sets for the rank among them to be below the level.
        var few = split.WithoutRandom.Count < FewestDraws;
        var circular = name == ablation.ChosenOn;
        double Rank(Func<double, bool> reaches) => (1 + random.Count(reaches)) / (1.0 + random.Length);
        var (better, worse) = (!few && Rank(r => r >= change) <= Level, !few && Rank(r => r <= change) <= Level);
        var spread = Math.Sqrt((split.Whole * (1 - split.Whole) + split.WithoutAnomalies * (1 - split.WithoutAnomalies)) / split.Samples);
        return new()
        {
            Id = AblationId,
            Analysis = Anomalies.Name,
            Title = string.Create(CultureInfo.InvariantCulture, $"Without its {Filters(ablation.Silenced)} accuracy on {name} is {split.WithoutAnomalies:0.0000} instead of {split.Whole:0.0000}: ")
                + (few ? $"their layers have so few others that only {split.WithoutRandom.Count} random set{(split.WithoutRandom.Count == 1 ? "" : "s")} can be compared with, and {FewestDraws} are needed"
                : better && change > 0 ? $"the model is better without them{(circular ? ", but on the split they were chosen on" : "")}" : better ? "they matter less than random filters" : worse ? "they matter more than random filters" : "as without random filters of the same layers"),
            Value = change,
            ValueUnit = "accuracy",
            Null = random.Length == 0 ? null : new("random-ablations", random.Average(), control?.StandardDeviation, control?.ZScore(change), random.Length),
            Interval = [change - 1.96 * spread, change + 1.96 * spread],
            Verdict = few || (circular && better) ? Verdict.Inconclusive : better && change > 0 ? Verdict.Warn : Verdict.Pass,
            Rule = $"warn where accuracy rises and at most {Text.Percent(Level)} of ablations of as many random filters of the same layers do as well; {(circular ? $"filters were chosen on {name} too, so that no gain there proves anything" : $"filters were chosen on {ablation.ChosenOn}, not on {name}")}; interval: as of independent samples, which is wider than need be",
            Evidence = "SELECT split, silenced, count(*) AS draws, avg(accuracy) AS accuracy, min(accuracy), max(accuracy) FROM anomalies_ablations GROUP BY ALL ORDER BY ALL",
            Source = AblationSource,
        };
    }
}
