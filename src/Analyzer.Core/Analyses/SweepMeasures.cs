using System.Globalization;
using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>The numbers of a run that a sweep compares, by name.</summary>
internal static class SweepMeasures
{
    /// <summary>What R of the codes on a split is called: this and the split's name.</summary>
    public const string Redundancy = "codes.redundancy.";

    /// <summary>Accuracy of K-NN on the codes.</summary>
    public const string KNearest = "codes.knearest";

    /// <summary>Accuracy of the regression on the codes.</summary>
    public const string Logistic = "codes.logistic";

    /// <summary>What the names of all that is counted of anomaly filters begin with.</summary>
    public const string Anomalies = "anomalies.";

    /// <summary>Accuracy on the fitted split less accuracy on the other.</summary>
    public const string Gap = "accuracy.gap";

    /// <summary>Every number of a run.</summary>
    public static IEnumerable<SweepMeasurement> Of(int run, Run opened, IReadOnlyList<AnalysisResult> results) =>
        Accuracies(opened).Concat(results.SelectMany(r => OfAnalysis(r))).Select(m => m with { Run = run });

    private static SweepMeasurement Whole(string measure, double value, double? @null = null, double[]? interval = null) => new(0, measure, null, null, value, @null, interval);

    private static IEnumerable<SweepMeasurement> Accuracies(Run run)
    {
        var splits = run.Samples().Where(s => s is { Labels: not null, Predicted: not null, Count: > 0 }).ToArray();
        var accuracy = splits.ToDictionary(s => s.Name, s => s.Right!.Value / (double)s.Count);
        foreach (var (split, value) in accuracy) yield return Whole($"accuracy.{split}", value);
        if (splits.Length < 2) yield break;
        var fitted = splits.FirstOrDefault(s => s.Name == "train") ?? splits[0];
        var other = splits.FirstOrDefault(s => s.Name == "test") ?? splits.Last(s => s != fitted);
        yield return Whole(Gap, accuracy[fitted.Name] - accuracy[other.Name]);
    }

    private static IEnumerable<SweepMeasurement> OfAnalysis(AnalysisResult result) => result.Analysis switch
    {
        "codes" => Codes(result.Report.Deserialize<CodesReport>(Report.Json)!, result.Findings),
        "redundancy" => Redundant(result.Report.Deserialize<RedundancyReport>(Report.Json)!),
        "anomalies" => OfFilters(result.Report.Deserialize<AnomaliesReport>(Report.Json)!),
        "discriminate" => OfUnits(result.Report.Deserialize<DiscriminateReport>(Report.Json)!),
        "selfsimilarity" => OfScales(result.Report.Deserialize<SelfSimilarityReport>(Report.Json)!),
        _ => [],
    };

    private static IEnumerable<SweepMeasurement> OfUnits(DiscriminateReport discriminate)
    {
        var network = discriminate.Network;
        yield return Whole("discriminate.characteristic", network.Presence + network.Absence, network.Null?.Mean);
        yield return Whole("discriminate.embedding", discriminate.Embedding.Accuracy, discriminate.Embedding.Commonest);
        yield return Whole("discriminate.embedding-gain", discriminate.Embedding.Gain);
        foreach (var (layer, of) in discriminate.Layers.Index())
            yield return new(0, "discriminate.characteristic", layer, of.Tensor, of.Presence + of.Absence, of.Null?.Mean);
    }

    private static IEnumerable<SweepMeasurement> OfScales(SelfSimilarityReport similarity)
    {
        if (similarity.Network is { } network) yield return Whole("selfsimilarity.ss-rate", network.SsRate, network.Null.Mean);
        foreach (var (layer, of) in similarity.Layers.Index())
        {
            yield return new(0, "selfsimilarity.ss-rate", layer, of.Tensor, of.SsRate, of.NullMean);
            if (of.BoxDimension is { } dimension) yield return new(0, "selfsimilarity.box-dimension", layer, of.Tensor, dimension, of.BoxNull?.Mean);
        }
    }

    // Shares of redundant units at the authors' two thresholds: .1 for the MLP, and the one that verdicts are about.
    private static IEnumerable<SweepMeasurement> Redundant(RedundancyReport redundancy)
    {
        foreach (var (kind, total, layers) in new[] { ("weights", redundancy.Weights, redundancy.Layers), ("responses", redundancy.Responses, redundancy.Activations) })
        {
            foreach (var tau in new[] { .1, redundancy.Settings.Tau }.Distinct())
            {
                var measure = string.Create(CultureInfo.InvariantCulture, $"redundancy.{kind}.{tau}");
                if (total?.Curve.FirstOrDefault(at => at.Tau == tau) is { } whole) yield return Whole(measure, whole.Share, whole.NullMean);
                foreach (var (place, layer) in layers.Index())
                    if (layer.Compared > 1 && layer.Thresholds.FirstOrDefault(at => at.Tau == tau) is { } cut)
                        yield return new(0, measure, place, layer.Tensor, cut.Redundant / (double)layer.Compared, cut.NullMean / layer.Compared);
            }
        }
    }

    private static IEnumerable<SweepMeasurement> Codes(CodesReport codes, IReadOnlyList<Finding> findings)
    {
        double[]? Interval(string name) => findings.FirstOrDefault(f => f.Id == $"codes.network.{name}")?.Interval;
        var network = codes.Network;
        foreach (var (split, measured) in network.Splits)
            yield return Whole(Redundancy + split, measured.Redundancy, network.Nulls.Untrained?.Splits[split].Redundancy, measured.Interval);
        if (network.KNearest is { } near) yield return Whole(KNearest, near.Accuracy, network.Nulls.PermutedLabels?.KNearest.Mean, Interval("knearest"));
        if (network.Logistic is { } logistic) yield return Whole(Logistic, logistic.Accuracy, network.Nulls.PermutedLabels?.Logistic?.Mean, Interval("logistic"));
        if (network.KMeans is { } kMeans) yield return Whole("codes.kmeans", kMeans.Purity, network.Nulls.PermutedLabels?.Purity.Mean);
        if (codes.Layers.Count < 2) yield break;
        foreach (var (layer, of) in codes.Layers.Index())
            foreach (var (split, measured) in of.Splits)
                yield return new(0, Redundancy + split, layer, of.Tensor, measured.Redundancy, of.Nulls.Untrained?.Splits[split].Redundancy);
    }

    private static IEnumerable<SweepMeasurement> OfFilters(AnomaliesReport anomalies)
    {
        yield return Whole(Anomalies + "filters", anomalies.Network.Anomalies, anomalies.Network.Null?.Mean * anomalies.Network.Judged);
        // Outliers beyond what Gaussian maps show, however the filter compares with its layer.
        yield return Whole(Anomalies + "with-outliers", anomalies.Layers.Sum(l => l.WithOutliers));
        foreach (var (layer, of) in anomalies.Layers.Index())
        {
            yield return new(0, Anomalies + "filters", layer, of.Tensor, of.Anomalies.Count, of.NullMean);
            if (of.MedianLogIndex is { } median) yield return new(0, Anomalies + "median-ln-ch", layer, of.Tensor, median, null);
        }
    }
}
