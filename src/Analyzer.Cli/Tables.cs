using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Reports;
using Analyzer.Runs;
using Spectre.Console;

namespace Analyzer.Cli;

/// <summary>Lays results out for people; with <c>--json</c> prints what is stored instead.</summary>
internal static class Tables
{
    /// <summary>A table without a frame, for it is read in logs too.</summary>
    public static Table New(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns) table.AddColumn(new TableColumn(Markup.Escape(column)) { NoWrap = true });
        return table;
    }

    public static string Fraction(double? value) => value is { } v ? v.ToString("0.0000", CultureInfo.InvariantCulture) : "–";

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>After <c>extract</c>: what was stored.</summary>
    public static void PrintRun(Terminal terminal, string path, bool json)
    {
        using var run = Run.Open(path);
        if (json)
        {
            terminal.OutputWriter.WriteLine(JsonSerializer.Serialize(run.Manifest, Report.Json));
            return;
        }
        var table = New("tap", "tensor", "op", "reducer", "units");
        foreach (var tap in run.Manifest.Taps)
            table.AddRow(tap.Id, Markup.Escape(tap.Tensor), tap.Op, tap.Reducer, Count(tap.Units));
        terminal.Out.Write(table);
        foreach (var note in run.Manifest.Notes) terminal.ErrorWriter.WriteLine($"note: {note}");
        terminal.OutputWriter.WriteLine($"{Count(run.Manifest.Data.Splits.Sum(s => (long)s.Samples))} samples, {run.Manifest.Taps.Count} taps in {path}");
    }

    /// <summary>After <c>analyze</c>: the findings.</summary>
    public static void PrintAnalysis(Terminal terminal, string path, string analysis, bool json)
    {
        using var run = Run.Open(path);
        var result = Analyses.AnalysisResult.FromJson(analysis, run.Results()[analysis]);
        if (json) terminal.OutputWriter.WriteLine(result.Report.ToJsonString(Report.Json));
        else PrintFindings(terminal, result.Findings, result.Notes);
    }

    /// <summary>After <c>audit</c> and <c>report</c>: accuracy, findings and where the files are.</summary>
    public static void PrintReport(Terminal terminal, string path, Report report, bool json)
    {
        if (json)
        {
            terminal.OutputWriter.Write(report.ToJson());
            return;
        }
        foreach (var (split, accuracy) in report.Accuracy)
            terminal.OutputWriter.WriteLine($"accuracy on {split}: {Fraction(accuracy.Accuracy)} of {Count(accuracy.Samples)} samples");
        terminal.OutputWriter.WriteLine(report.NonPerturbation.BitEqual
            ? $"tapping left the outputs bit-equal on {Count(report.NonPerturbation.Samples)} samples"
            : $"tapping changed the outputs by at most {report.NonPerturbation.LargestDifference.ToString("g3", CultureInfo.InvariantCulture)} on {Count(report.NonPerturbation.Samples)} samples");
        PrintFindings(terminal, report.Findings, report.Coverage.Notes);
        terminal.OutputWriter.WriteLine($"report: {Path.Combine(path, "report.html")}");
    }

    private static void PrintFindings(Terminal terminal, IReadOnlyList<Finding> findings, IReadOnlyList<string> notes)
    {
        var table = New("verdict", "finding", "value", "95 %", "null");
        foreach (var f in findings)
        {
            var color = f.Verdict switch { Verdict.Pass => "green", Verdict.Warn => "yellow", Verdict.Fail => "red", _ => "grey" };
            table.AddRow($"[{color}]{f.Verdict.ToString().ToLowerInvariant()}[/]", Markup.Escape(f.Title), Fraction(f.Value),
                f.Interval is [var low, var high] ? $"{Fraction(low)} … {Fraction(high)}" : "–", Null(f.Null));
        }
        if (findings.Count > 0) terminal.Out.Write(table);
        else terminal.OutputWriter.WriteLine("no findings: no analysis has been run on this run yet");
        foreach (var note in notes) terminal.ErrorWriter.WriteLine($"note: {note}");
    }

    private static string Null(NullSummary? n) => n is null ? "–"
        : n.Std is { } std && n.Draws > 1 ? $"{Fraction(n.Mean)} ± {Fraction(std)} {n.Kind}" : $"{Fraction(n.Mean)} {n.Kind}";
}
