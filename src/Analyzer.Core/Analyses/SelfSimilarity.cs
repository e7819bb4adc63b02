using System.Globalization;
using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Are the units of a layer alike at every scale, and did training make them so? Ding et al., "Self-similarity Analysis in Deep Neural
/// Networks", arXiv 2507.17785.
/// </summary>
public static class SelfSimilarity
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "selfsimilarity";

    internal const string Source =
        "Ding et al., arXiv 2507.17785: SS_rate and box counts as in the authors' code, the paper's printed SS_rate beside them; nulls, trimming, power-law tests and the unit network are ours.";

    // A report of a hundred layers stays small: the curves of all are in the table `boxes`.
    private const int DrawnLayers = 4;

    /// <summary>Measures every tap of means on the first samples of <c>train</c>, or of the first split, and stores tables and findings in the run.</summary>
    /// <param name="run">A finished run with at least one tap of means.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="progress">Told of each layer.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>Findings and the record <see cref="SelfSimilarityReport"/>.</returns>
    /// <exception cref="AnalyzerException">The run holds no taps of means.</exception>
    /// <remarks>A layer costs some (draws + 60) · units² · samples; memory: the values of a layer and 8 · units² bytes, a few times.</remarks>
    public static AnalysisResult Analyze(Run run, SelfSimilarityOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var taps = run.Manifest.Taps.Where(t => t.IsMean && !t.HeadInput).ToArray();
        if (taps.Length == 0)
            throw new AnalyzerException($"the run in `{run.Path}` holds no means of units", "extract it with `--reduce mean`", Failure.Inconclusive);
        var splits = run.Samples();
        var split = splits.FirstOrDefault(s => s.Name == "train") ?? splits[0];
        split = split with { Count = Math.Min(split.Count, options.Samples) };
        using var untrained = run.OpenNull(NullKind.Untrained);

        var measurement = new SelfSimilarityMeasurement(options, cancellation);
        var details = new List<LayerDetail>();
        var leftOut = new List<UnmeasuredLayer>();
        UnitMap? map = null;
        for (var t = 0; t < taps.Length && split.Count >= SelfSimilarityMeasurement.FewestSamples; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new($"{Name}, {taps[t].Tensor}", t, taps.Length, "layers"));
            var values = run.ReadValues(taps[t], split, cancellation);
            var twin = untrained?.Manifest.Taps.FirstOrDefault(other => other.IsMean && other.Tensor == taps[t].Tensor) is { } same
                ? untrained.ReadValues(same, split, cancellation) : null;
            var (detail, reason) = measurement.Of(taps[t], values, twin, IsDrawn(t, taps.Length));
            if (detail is null) leftOut.Add(new(taps[t].Id, taps[t].Tensor, reason!));
            else details.Add(detail);
            if (map is null && detail is not null && twin is not null) map = SelfSimilarityMeasurement.Map(taps[t], values, twin, options.Seed);
        }

        var report = new SelfSimilarityReport
        {
            Source = Source,
            Settings = new("code", split.Name, split.Count, options.MaximumUnits, options.Draws, options.Bootstrap, options.TrimmedShare, options.MeanDegree, options.Seed),
            Layers = [.. details.Select(d => d.Layer)], LeftOut = leftOut, Network = Network(details), UnitMap = map,
        };
        var result = new AnalysisResult(Name, SelfSimilarityFindings.Of(report, details, options), JsonSerializer.SerializeToNode(report, Report.Json)!,
            [.. Notes(report, untrained is not null)]);
        SelfSimilarityTables.Store(run, details);
        return result;
    }

    /// <summary>The first and the last layer, and some evenly between.</summary>
    private static bool IsDrawn(int layer, int layers) =>
        layers <= DrawnLayers || Enumerable.Range(0, DrawnLayers).Any(k => k * (layers - 1) / (DrawnLayers - 1) == layer);

    private static SelfSimilarityNetwork? Network(List<LayerDetail> details)
    {
        if (details.Count == 0) return null;
        var rate = details.Average(d => d.Layer.SsRate);
        var draws = MeanByDraw(details, d => d.Shuffled);
        var nulls = NullDistribution.Of(draws);
        var twins = details.Select(d => d.Layer.Untrained?.SsRate).OfType<double>().ToArray();
        var gammas = details.Select(d => d.Layer.Spectrum.Gamma).OfType<double>().ToArray();
        var dimensions = details.Select(d => d.Layer.CorrelationDimension).OfType<double>().ToArray();
        return new(rate, new("shuffled-units", nulls.Mean, nulls.StandardDeviation, nulls.ZScore(rate), draws.Length),
            Deviation([.. details.Select(d => (d.Layer.SsRate, d.Shuffled))])!, Deviation([.. details.Where(d => d.Boxes is not null).Select(d => (d.Boxes!.Dimension, d.ShuffledBoxes))]),
            SelfSimilarityMeasurement.Interval(rate, MeanByDraw(details, d => d.Halves)),
            twins.Length > 0 ? twins.Average() : null,
            gammas.Length > 1 ? NullDistribution.Of(gammas).StandardDeviation : null,
            dimensions.Length > 1 && dimensions.Average() > 0 ? (dimensions.Max() - dimensions.Min()) / dimensions.Average() : null);
    }

    /// <summary>One test for all layers: signs may differ between them, so that means would cancel.</summary>
    /// <param name="layers">Value and draws of each; the same draw of two layers need not be related.</param>
    /// <returns>Null without layers.</returns>
    internal static NullDeviation? Deviation(IReadOnlyList<(double Value, double[] Draws)> layers)
    {
        if (layers.Count == 0) return null;
        var count = layers.Min(l => l.Draws.Length);
        var squares = new double[count + 1];
        foreach (var (value, draws) in layers)
        {
            // The value stands among the draws on equal terms: only so is its rank exact.
            double[] all = [value, .. draws.AsSpan(0, count)];
            var pooled = NullDistribution.Of(all);
            for (var i = 0; i < all.Length; i++) squares[i] += Math.Pow(pooled.ZScore(all[i]) ?? 0, 2) / layers.Count;
        }
        double[] roots = [.. squares.Select(Math.Sqrt)];
        var nulls = NullDistribution.Of(roots.AsSpan(1));
        return new(roots[0], new("shuffled-units", nulls.Mean, nulls.StandardDeviation, nulls.ZScore(roots[0]), count), nulls.UpperTail(roots[0]));
    }

    /// <summary>The mean over layers, draw by draw: what the network-wide mean is where every layer is drawn.</summary>
    internal static double[] MeanByDraw(IReadOnlyList<LayerDetail> details, Func<LayerDetail, double[]> values) =>
        [.. Enumerable.Range(0, details.Min(d => values(d).Length)).Select(draw => details.Average(d => values(d)[draw]))];

    private static IEnumerable<string> Notes(SelfSimilarityReport report, bool untrained)
    {
        if (!untrained) yield return $"{Name}: no control with re-drawn weights was stored, so nothing tells what training changed";
        foreach (var layer in report.LeftOut) yield return $"{Name}: {layer.Tensor} was left out: {layer.Reason}";
        foreach (var layer in report.Layers.Where(l => l.Units < l.LayerUnits))
            yield return string.Create(CultureInfo.InvariantCulture, $"{Name}: {layer.Tensor}: {layer.Units} of {layer.LayerUnits} units were measured, drawn by the seed");
        foreach (var layer in report.Layers.Where(l => 10 * l.ConstantUnits > l.Units))
            yield return string.Create(CultureInfo.InvariantCulture, $"{Name}: {layer.Tensor}: {layer.ConstantUnits} of {layer.Units} units are constant; those that coincide set the smallest distance, on which SS_rate depends");
        foreach (var layer in report.Layers.Where(l => l.BoxDimension is null))
            yield return string.Create(CultureInfo.InvariantCulture, $"{Name}: {layer.Tensor} has no box dimension: no two of its units are {SelfSimilarityMeasurement.LeastSpread} apart, and ln(1 + θ) of smaller distances is no logarithm, or all merge at one distance");
        var compact = report.Layers.Count(l => l.Network.AkaikeDifference is null);
        if (compact > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"{Name}: the unit networks of {compact} of {report.Layers.Count} layers are too compact to tell fractal from small-world: fewer than {NetworkFractalityResult.FewestLengths} box sizes");
    }
}
