using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer;

/// <summary>Puts a report together from a run and the results stored in it.</summary>
internal static class ReportBuilder
{
    public static Report Build(Run run)
    {
        var manifest = run.Manifest;
        var results = Results(run);
        var analyses = new JsonObject();
        foreach (var result in results) analyses[result.Analysis] = result.Report.DeepClone();
        return new()
        {
            Model = new(manifest.Model.Path, manifest.Model.Sha256, manifest.Model.ExternalSha256, manifest.Model.Parameters, manifest.Model.Opset, manifest.Model.Producer),
            Data = new(manifest.Data.Name, manifest.Data.Path, manifest.Data.Sha256, manifest.Data.Splits.ToDictionary(s => s.Name, s => s.Samples), manifest.Data.Classes),
            Provenance = new(manifest.CommandLine, manifest.Execution.Device, manifest.Execution.Provider, manifest.Execution.OptimizationLevel,
                manifest.Execution.Threads, manifest.Execution.Batch, manifest.Execution.Seed, manifest.ClassScores, manifest.Versions),
            NonPerturbation = Tapping(run),
            Coverage = new([.. manifest.Taps.Select(t => new CoveredTap(t.Id, t.Tensor, t.Node, t.Op, t.Shape, t.Dtype, t.Reducer, t.Units, t.Note))],
                manifest.Data.Splits.Sum(s => (long)s.Samples), manifest.Data.Splits.Sum(s => (long)s.Available), [.. manifest.Notes, .. results.SelectMany(r => r.Notes)]),
            Accuracy = Accuracy(run),
            Findings = Findings(run, results),
            Analyses = analyses,
        };
    }

    /// <summary>What analyses stored in a run, in the order of <see cref="AllAnalyses.Names"/>.</summary>
    public static AnalysisResult[] Results(Run run)
    {
        var stored = run.Results();
        return [.. AllAnalyses.Names.Where(stored.ContainsKey).Select(name => AnalysisResult.FromJson(name, stored[name]))];
    }

    /// <summary>All findings, the gravest first.</summary>
    public static IReadOnlyList<Finding> Findings(Run run, IReadOnlyList<AnalysisResult> results) =>
        [.. ExtractionFindings.Of(run).Concat(results.SelectMany(r => r.Findings)).OrderBy(f => f.Verdict switch { Verdict.Fail => 0, Verdict.Warn => 1, Verdict.Inconclusive => 2, _ => 3 })];

    public static ReportNonPerturbation Tapping(Run run)
    {
        var (samples, outputs, bitEqual, largest) = run.Manifest.NonPerturbation!;
        return new(samples, outputs, bitEqual, largest);
    }

    private static Dictionary<string, SplitAccuracy> Accuracy(Run run)
    {
        var result = new Dictionary<string, SplitAccuracy>();
        foreach (var split in run.Samples())
        {
            if (split is not { Right: { } right, Count: > 0 }) continue;
            var accuracy = right / (double)split.Count;
            result.Add(split.Name, new(split.Count, accuracy, Wilson.Interval(accuracy, split.Count), run.MeanLoss(split)));
        }
        return result;
    }
}
