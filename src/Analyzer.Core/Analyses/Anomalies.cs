using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Are there filters for which a few samples lie far from all others, and do those filters and samples hurt? Han et al., "Explaining
/// Model Overfitting in CNNs via GMM Clustering", arXiv 2412.10457.
/// </summary>
public static class Anomalies
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "anomalies";

    internal const string Source = "After Han et al., arXiv 2412.10457: Gaussian mixtures on each filter's feature maps in two principal components, Calinski–Harabasz index. Range of K, cut-offs and the rule are ours.";

    /// <summary>Clusters the maps of every filter, finds anomaly filters, contrasts outlier samples, and silences those filters.</summary>
    /// <param name="run">A finished run with at least one tap of maps.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="ablate">Scores the model with units silenced; null to leave that out.</param>
    /// <param name="draw">Makes small images of samples; null to leave that out.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>Findings and the record <see cref="AnomaliesReport"/>.</returns>
    /// <exception cref="AnalyzerException">The run holds no maps, or of fewer than 3 samples.</exception>
    /// <remarks>Some 20 ms a filter of 1,000 samples and as much again for every five draws of the null; memory: maps of a few filters.</remarks>
    public static AnalysisResult Analyze(
        Run run, AnomaliesOptions options, Ablate? ablate = null, DrawSamples? draw = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var taps = run.Manifest.Taps.Where(t => t.IsMaps && !t.HeadInput).ToArray();
        if (taps.Length == 0)
            throw new AnalyzerException($"the run in `{run.Path}` holds no feature maps", "extract a model with convolutions with `--maps 1000`", Failure.Inconclusive);
        var splits = run.Samples();
        var measure = new AnomaliesMeasurement(run, options, progress, cancellation);
        var samples = measure.Choose(taps[0], splits);
        if (samples.Numbers.Length < 3)
            throw new AnalyzerException($"the run in `{run.Path}` holds feature maps of {samples.Numbers.Length} samples; clusters need at least 3", "extract more with `--maps 1000`", Failure.Inconclusive);
        MeasuredLayer[] layers = [.. taps.Select(t => measure.Of(t, t == taps[0] ? samples : measure.Choose(t, splits)))];

        var outliers = OutlierScores(layers);
        var numbers = outliers.Keys.Order().ToArray();
        var (loss, gradient) = OutlierContrast.Of(run, splits, numbers, cancellation);
        var common = DataOutliers.Find(layers, options);
        bool[] outlying = [.. numbers.Select(n => outliers[n] > 0 || common?.Samples.Contains(n) == true)];
        Contrast? Contrasted(double[] values) => OutlierContrast.Between(values, outlying, options.Permutations, (ulong)options.Seed + 2);
        List<string> notes = [.. Notes(run, layers, options)];
        var report = new AnomaliesReport
        {
            Source = Source,
            Settings = new(options.Clusters, options.Restarts, options.Score, options.Minority, options.DeadVariance, options.Draws, options.Seed),
            Network = AnomaliesTables.Network(layers, outliers.Values.Count(o => o > 0), options),
            DataOutliers = common,
            Layers = AnomaliesTables.Layers(layers, options),
            Outliers = outlying.Any(o => o) ? new(outlying.Count(o => o), outlying.Count(o => !o), Contrasted(loss), Contrasted(gradient)) : null,
        };
        var (ablation, unscored) = Ablation(layers, ablate, options, progress, cancellation);
        report = report with { Ablation = ablation, Images = Pictured.Of(Name, draw, AnomaliesTables.Shown(report), notes, cancellation) };
        var result = new AnalysisResult(Name, AnomaliesFindings.Of(report, options, unscored), JsonSerializer.SerializeToNode(report, Report.Json)!, notes);
        AnomaliesTables.Store(run, layers, numbers, outliers, outlying, loss, gradient, report.Ablation, options.Minority);
        return result;
    }

    // Sample → number of anomaly filters, over all layers, in whose small clusters it lies.
    private static Dictionary<long, int> OutlierScores(IEnumerable<MeasuredLayer> layers)
    {
        var scores = new Dictionary<long, int>();
        foreach (var layer in layers)
            for (var i = 0; i < layer.Samples.Numbers.Length; i++)
                scores[layer.Samples.Numbers[i]] = scores.GetValueOrDefault(layer.Samples.Numbers[i]) + layer.Found.SampleScores[i];
        return scores;
    }

    // The model may be gone, or unlabelled, and what the run itself holds stays true: that becomes a finding, no failure.
    private static (AblationReport? Report, AnalyzerException? Unscored) Ablation(
        MeasuredLayer[] layers, Ablate? ablate, AnomaliesOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        if (ablate is null || options.AblationSamples == 0 || layers.All(l => l.Found.Filters.Length == 0)) return (null, null);
        try
        {
            return (AnomalyAblation.Run(layers, ablate, options, progress, cancellation), null);
        }
        catch (AnalyzerException e)
        {
            return (null, e);
        }
    }

    private static IEnumerable<string> Notes(Run run, MeasuredLayer[] layers, AnomaliesOptions options)
    {
        if (run.Manifest.Head is null) yield return "anomalies: the class scores come from no dense layer whose input is stored, so outliers are compared by their loss alone";
        foreach (var layer in layers)
        {
            if (AnomaliesTables.Undecided(layer) is { } reason) yield return $"anomalies: {layer.Tap.Tensor}: {reason}";
        }
        if (layers.Select(l => l.Samples.Numbers.Length).Distinct().Count() > 1) yield return "anomalies: taps hold maps of different numbers of samples, so their indices do not compare";
        if (layers.Max(l => l.Samples.Numbers.Length) is var most && most < options.Samples) yield return $"anomalies: {most} samples were clustered; {options.Samples} are usual, and the index grows with them";
    }
}
