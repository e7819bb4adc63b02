using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Cli;

/// <summary>Lays results out for people; with <c>--json</c> prints what is stored instead.</summary>
internal static class Tables
{
    /// <summary>A number of things, in the singular for one.</summary>
    public static string Count(long value, string noun) => $"{Text.Count(value)} {noun}{(value == 1 ? "" : "s")}";

    /// <summary>After <c>extract</c>: what was stored.</summary>
    public static void PrintRun(Terminal terminal, string path, bool json)
    {
        using var run = Run.Open(path);
        if (json)
        {
            terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(run.Manifest, Report.Json));
            return;
        }
        var table = new ResultTable(["tap", "tensor", "op", "reducer", "units"], "tensor");
        foreach (var tap in run.Manifest.Taps)
            table.Add(tap.Id, tap.Tensor, tap.Op, tap.Reducer, Text.Count(tap.Units));
        table.Write(terminal);
        foreach (var note in run.Manifest.Notes) terminal.Say($"note: {note}");
        terminal.Print($"{Count(run.Manifest.Data.Splits.Sum(s => (long)s.Samples), "sample")}, {Count(run.Manifest.Taps.Count, "tap")} in {path}");
    }

    /// <summary>After <c>analyze</c>: the findings; as JSON the record of the analysis, or an object of records by name where several ran.</summary>
    public static void PrintAnalyses(Terminal terminal, IReadOnlyList<Analyses.AnalysisResult> results, bool json)
    {
        if (!json) PrintFindings(terminal, [.. results.SelectMany(r => r.Findings)], [.. results.SelectMany(r => r.Notes)]);
        else if (results is [var only]) terminal.OutputWriter.WriteLine(only.Report.ToJsonString(Report.Json));
        else terminal.OutputWriter.WriteLine(new JsonObject(results.Select(r => KeyValuePair.Create(r.Analysis, (JsonNode?)r.Report))).ToJsonString(Report.Json));
    }

    /// <summary>After <c>audit</c> and <c>report</c>: accuracy, findings and where the files are.</summary>
    public static void PrintReport(Terminal terminal, string path, Report report, bool json)
    {
        if (FigureFiles.AreOutdated(path)) terminal.Say($"note: {Path.Combine(path, "figures")} is of an earlier report; `analyzer report {path} --figures` draws this one");
        if (json)
        {
            terminal.OutputWriter.Write(report.ToJson());
            return;
        }
        foreach (var (split, accuracy) in report.Accuracy)
            terminal.Print($"accuracy on {split}: {Text.Fraction(accuracy.Accuracy)} of {Count(accuracy.Samples, "sample")}");
        terminal.Print(report.NonPerturbation.BitEqual
            ? $"tapping left the outputs bit-equal on {Count(report.NonPerturbation.Samples, "sample")}"
            : $"tapping changed the outputs {report.NonPerturbation.Difference} on {Count(report.NonPerturbation.Samples, "sample")}");
        PrintFindings(terminal, report.Findings, report.Coverage.Notes);
        if (report.Gates is { } gates) PrintGates(terminal, gates, all: false);
        terminal.Print($"report: {Path.Combine(path, "report.html")}");
    }

    /// <summary>Where figures lie, and how many.</summary>
    public static void PrintFigures(Terminal terminal, FigureFiles files, IReadOnlyList<FigureFormat> formats)
    {
        terminal.Print($"figures: {files.Folder} ({files.Figures}, as {string.Join(" and ", formats.Distinct().Select(f => f.ToString().ToLowerInvariant()))})");
        if (files.Boxes > 0) terminal.Say($"note: {Count(files.Boxes, "character")} of the figures stand as boxes in png, for the font lacks them; svg has them as text");
    }

    /// <summary>What gates come to: a table of them, or only those that did not pass, and a line with the outcome.</summary>
    public static void PrintGates(Terminal terminal, GateReport gates, bool all)
    {
        var shown = gates.Results.Where(g => all || g.Outcome is GateOutcome.Fail or GateOutcome.Inconclusive).ToArray();
        var table = new ResultTable(["gate", "name", "wanted", "is"], "name", "wanted", "is");
        foreach (var g in shown)
        {
            var color = g.Outcome switch { GateOutcome.Pass => "green", GateOutcome.Warn => "yellow", GateOutcome.Fail => "red", _ => "grey" };
            table.AddColored(color, Word(g.Outcome), g.Name, $"{g.Of}: {g.Wanted}", g.Detail);
        }
        if (shown.Length > 0) table.Write(terminal);
        var counts = gates.Results.CountBy(g => g.Outcome).OrderByDescending(c => c.Key).Select(c => $"{c.Value} {Word(c.Key)}");
        terminal.Print($"gates ({gates.Policy}{(gates.Reference is { } reference ? $", against {reference}" : "")}): {Word(gates.Outcome).ToUpperInvariant()}: {string.Join(", ", counts)}");
        static string Word(GateOutcome outcome) => outcome.ToString().ToLowerInvariant();
    }

    /// <summary>After <c>sweep</c>: the phase chart, the strongest trends, and where the files are.</summary>
    public static void PrintSweep(Terminal terminal, string folder, SweepReport report)
    {
        foreach (var factor in report.Factors)
            terminal.Print($"{factor.Name}: {string.Join(", ", factor.Values.Take(12))}{(factor.Values.Count > 12 ? ", …" : "")} (from {factor.From})");
        if (report.Phases.Count > 0)
        {
            string[] factors = [.. report.Factors.Select(f => f.Name)];
            var phases = new ResultTable([.. factors, "R", "K-NN", "logistic", "regime", "because"], "because");
            foreach (var p in report.Phases)
                phases.Add([.. factors.Select(f => p.Factors.GetValueOrDefault(f, "–")), Text.Fraction(p.Redundancy), Text.Fraction(p.KNearest), Text.Fraction(p.Logistic), p.Decided ? p.Regime : $"{p.Regime}?", p.Reason]);
            phases.Write(terminal);
        }
        if (report.Correlations.Count > 0)
        {
            var table = new ResultTable(["measurement", "against", "within", "Spearman", "p", "runs"], "measurement");
            foreach (var c in report.Correlations.OrderBy(c => c.PValue ?? 1).Take(20))
                table.Add(c.First, c.Second, c.Within.Length == 0 ? "all" : c.Within, Text.Fraction(c.Rho), Text.Fraction(c.PValue), Text.Count(c.Runs));
            table.Write(terminal);
        }
        foreach (var note in report.Notes) terminal.Say($"note: {note}");
        terminal.Print($"report: {Path.Combine(folder, "sweep.html")}");
    }

    private static void PrintFindings(Terminal terminal, IReadOnlyList<Finding> findings, IReadOnlyList<string> notes)
    {
        var table = new ResultTable(["verdict", "finding", "value", "95 %", "null"], "finding");
        foreach (var f in findings)
        {
            var color = f.Verdict switch { Verdict.Pass => "green", Verdict.Warn => "yellow", Verdict.Fail => "red", _ => "grey" };
            table.AddColored(color, f.Verdict.ToString().ToLowerInvariant(), f.Title, Text.Value(f),
                Text.Interval(f.Interval), Null(f.Null));
        }
        if (findings.Count > 0) table.Write(terminal);
        else terminal.Print("no findings: no analysis that was run had anything to say");
        foreach (var note in notes) terminal.Say($"note: {note}");
    }

    private static string Null(NullSummary? n) => n is null ? Text.Null(n) : $"{Text.Null(n)} {n.Kind}";
}
