using System.Globalization;
using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer;

/// <summary>Puts a report together from a run and the results stored in it.</summary>
internal static class ReportBuilder
{
    // Rounding in another order moves outputs by some 1e-6; what is a thousand times that is of another kind, such as steps of a quantised model.
    private const double Visible = 1e-3;

    public static Report Build(Run run)
    {
        var manifest = run.Manifest;
        var stored = run.Results();
        var results = AllAnalyses.Names.Where(stored.ContainsKey).Select(name => AnalysisResult.FromJson(name, stored[name])).ToArray();
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
            Findings = [.. OfExtraction(run).Concat(results.SelectMany(r => r.Findings)).OrderBy(f => f.Verdict switch { Verdict.Fail => 0, Verdict.Warn => 1, Verdict.Inconclusive => 2, _ => 3 })],
            Analyses = analyses,
        };
    }

    /// <summary>What the extraction itself finds: samples whose scores are no numbers, outputs that tapping moved.</summary>
    public static IEnumerable<Finding> OfExtraction(Run run) => NotFinite(run).Concat(Moved(Tapping(run)));

    private static IEnumerable<Finding> NotFinite(Run run)
    {
        var (broken, all) = (run.NotFinite(), run.Manifest.Data.Splits.Sum(s => (long)s.Samples));
        if (broken == 0) yield break;
        yield return new()
        {
            Id = "samples.not-finite", Analysis = "extract", Title = $"The model's class scores are NaN or infinite for {broken} of {all} samples; they count as wrong",
            Value = broken / (double)all, ValueUnit = "fraction", Verdict = Verdict.Fail, Rule = "fail above 0",
            Evidence = "SELECT sample, split, source FROM samples WHERE status = 'not finite'", Source = "IEEE 754",
        };
    }

    private static ReportNonPerturbation Tapping(Run run)
    {
        var (samples, outputs, bitEqual, largest) = run.Manifest.NonPerturbation!;
        return new(samples, outputs, bitEqual, largest);
    }

    // Everything measured is then of the model with its taps, which is not quite the one that was handed in.
    private static IEnumerable<Finding> Moved(ReportNonPerturbation tapping)
    {
        if (tapping.LargestDifference <= Visible) yield break;
        var (value, unit) = tapping.LargestDifference is { } largest ? (largest, "of the output") : (tapping.Outputs.Count, "outputs");
        yield return new()
        {
            Id = "extract.outputs", Analysis = "extract", Title = $"Tapping moved the model's outputs {tapping.Difference} on {tapping.Samples} samples",
            Value = value, ValueUnit = unit, Verdict = Verdict.Warn, Rule = $"warn above {Text.Setting(Visible)}: a tensor that is asked for can no longer be fused away, so that rounding differs (ours)",
            Evidence = "SELECT tap, tensor, op FROM taps", Source = "the same samples through the model as it is and with its taps",
        };
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
