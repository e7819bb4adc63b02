using System.Globalization;
using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Does the network encode samples as unique activation codes, and do the codes tell classes apart? He, Lei, Ji, Tao,
/// "Neural networks behave as hash encoders", arXiv 2101.05490.
/// </summary>
public static class Codes
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "codes";

    internal const string Source = "He, Lei, Ji, Tao, arXiv 2101.05490: redundancy ratio; K-Means, K-NN and logistic regression on 0/1 codes.";

    /// <summary>
    /// Measures the codes of all code taps side by side, then of each alone (<see cref="CodesOptions.ProbeLayers"/> says how far), and stores tables and
    /// findings in the run.
    /// </summary>
    /// <param name="run">A finished run with at least one tap of sign bits.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>Findings and the record <see cref="CodesReport"/>.</returns>
    /// <exception cref="AnalyzerException">The run holds no codes.</exception>
    /// <remarks>
    /// K-NN is O(fit · score · bits / 64). Where a split's bits are twice its samples, 65,536 at most, K-Means and regression rest on counts of common bits:
    /// O(samples² · bits / 64) once and O(samples²) an iteration, in samples² bytes. Elsewhere they are O(samples · bits) an iteration. Memory beside
    /// that: the codes of the network, twice.
    /// </remarks>
    public static AnalysisResult Analyze(Run run, CodesOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var taps = run.Manifest.Taps.Where(t => t.IsCode).ToArray();
        if (taps.Length == 0)
            throw new AnalyzerException($"the run in `{run.Path}` holds no codes", "extract it with `--reduce sign`", Failure.Inconclusive);
        var splits = run.Samples();
        var (probes, reason) = ProbeSplit.Choose(splits, options.Seed);
        using var untrained = run.OpenNull(NullKind.Untrained);
        using var random = run.OpenNull(NullKind.RandomInputs);
        var measure = new CodesMeasurement(run, untrained, random, splits, probes, options, progress, cancellation);

        var growth = new List<CodeGrowth>();
        var (network, samples) = measure.Of(taps, "network", probe: true, growth);
        var work = splits.Sum(s => (long)s.Count) * taps.Sum(t => (long)t.Units);
        var probed = options.ProbeLayers ?? work <= CodesOptions.LayerWork;
        CodeMeasurement[] layers = taps.Length == 1
            ? [network with { Tap = taps[0].Id, Tensor = taps[0].Tensor }]
            : [.. taps.Select(t => measure.Of([t], t.Id, probed).Measured with { Tap = t.Id, Tensor = t.Tensor })];

        var report = new CodesReport { Source = Source, Settings = new(options.Neighbours, options.Restarts, options.C, options.Draws, options.UnderExpressive, options.Seed, probes is not null && (probed || taps.Length == 1)), Network = network, Layers = layers, Growth = growth };
        List<string> notes = [.. Notes(taps, untrained, random, reason), .. measure.Notes];
        if (!probed && probes is not null && taps.Length > 1)
            notes.Add($"codes: single layers were not probed (K-Means, K-NN, logistic regression){(options.ProbeLayers is null ? string.Create(CultureInfo.InvariantCulture, $", for {work:#,0} bits of all samples are more than {CodesOptions.LayerWork:#,0}; `analyzer analyze codes RUN --layers` probes them") : "")}");
        var result = new AnalysisResult(Name, CodesFindings.Of(report, splits, probes, options), JsonSerializer.SerializeToNode(report, Report.Json)!, notes);
        Store(run, report, samples);
        return result;
    }

    private static IEnumerable<string> Notes(TapEntry[] taps, Run? untrained, Run? random, string? reason)
    {
        if (reason is not null) yield return $"codes: {reason}";
        if (untrained is null) yield return "codes: no control with re-drawn weights was stored, so R has no untrained null";
        if (random is null) yield return "codes: no control with random inputs was stored";
        foreach (var tap in taps.Where(t => t.Note is not null)) yield return $"codes: {tap.Tensor}: {tap.Note}";
    }

    private static void Store(Run run, CodesReport report, SampleCodes samples)
    {
        run.WriteTable(Name, "samples",
            Column.Of("sample", samples.Sample), Column.Of("region", samples.Region), Column.Of("region_samples", samples.RegionSamples),
            Column.Of("cluster", samples.Cluster), Column.Of("nearest", samples.Nearest),
            Column.Of("logistic", samples.Logistic));
        var rows = report.Layers.Prepend(report.Network).SelectMany(c => c.Splits.Select(s => (Codes: c, Split: s.Key, Value: s.Value))).ToArray();
        run.WriteTable(Name, "redundancy",
            Column.Of("tap", rows.Select(r => r.Codes.Tap ?? "network").ToArray()), Column.Of("tensor", rows.Select(r => r.Codes.Tensor).ToArray()),
            Column.Of("split", rows.Select(r => (string?)r.Split).ToArray()), Column.Of("bits", rows.Select(r => (int?)r.Codes.Bits).ToArray()),
            Column.Of("samples", rows.Select(r => (int?)r.Value.Samples).ToArray()), Column.Of("distinct_codes", rows.Select(r => (int?)r.Value.Distinct).ToArray()),
            Column.Of("redundancy", rows.Select(r => (double?)r.Value.Redundancy).ToArray()),
            Column.Of("untrained", rows.Select(r => r.Codes.Nulls.Untrained?.Splits[r.Split].Redundancy).ToArray()),
            Column.Of("random_inputs", rows.Select(r => r.Codes.Nulls.RandomInputs?.Splits[r.Split].Redundancy).ToArray()));
    }
}
