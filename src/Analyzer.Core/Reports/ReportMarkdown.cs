using System.Text;

namespace Analyzer.Reports;

/// <summary>Turns a report into Markdown short enough for a comment on a change.</summary>
public static class ReportMarkdown
{
    /// <summary>Renders the text.</summary>
    public static string Render(Report report)
    {
        var text = new StringBuilder();
        text.Append($"# {Escape(Path.GetFileName(report.Model.Path))}\n\n");
        var summary = report.Summary;
        text.Append($"**{summary.Outcome.ToString().ToUpperInvariant()}**: {Escape(summary.Headline)}\n\n");
        if (report.Gates is { } gates && gates.Results.Where(g => g.Outcome != GateOutcome.Pass).ToArray() is { Length: > 0 } open)
        {
            text.Append("| gate | outcome | wanted | is |\n|---|---|---|---|\n");
            foreach (var gate in open) text.Append($"| {Escape(gate.Name)} | {Text.Word(gate.Outcome)} | {Escape(gate.Wanted)} | {Escape(gate.Detail)} |\n");
            text.Append('\n');
        }
        foreach (var step in summary.Next) text.Append($"- next: {Escape(step)}\n");
        if (summary.Next.Count > 0) text.Append('\n');
        text.Append($"{Text.Count(report.Model.Parameters)} parameters, {Escape(report.Data.Name)}, {Text.Count(report.Coverage.Samples)} samples, {report.Coverage.Taps.Count} taps. ");
        text.Append(report.NonPerturbation.BitEqual ? $"Tapping left the outputs bit-equal on {Text.Count(report.NonPerturbation.Samples)} samples.\n" : $"Tapping changed the outputs {report.NonPerturbation.Difference}.\n");
        if (report.Accuracy.Count > 0)
        {
            text.Append("\n| split | samples | accuracy | 95 % |\n|---|---|---|---|\n");
            foreach (var (split, a) in report.Accuracy)
                text.Append($"| {Escape(split)} | {Text.Count(a.Samples)} | {Text.Fraction(a.Accuracy)} | {Text.Interval(a.Interval)} |\n");
        }
        if (report.Findings.Count > 0)
        {
            text.Append("\n| verdict | finding | value | null |\n|---|---|---|---|\n");
            foreach (var f in report.Findings)
                text.Append($"| {f.Verdict.ToString().ToLowerInvariant()} | {Escape(f.Title)} | {Text.Value(f)} | {Text.Null(f.Null)} |\n");
        }
        foreach (var note in report.Coverage.Notes)
            text.Append($"\n- {Escape(note)}");
        return text.ToString().TrimEnd('\n') + "\n";
    }

    // Names come from models nobody here made: no markup, no new table cells, no HTML, nobody called upon, no link, and none that fills the comment alone.
    internal static string Escape(string text) =>
        string.Concat(Text.Line(Text.Short(text.ReplaceLineEndings(" "))).Select(c => "\\`*_{}[]<>#|!".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : c == '@' ? "&#64;" : c.ToString())).Replace("://", "&#58;//", StringComparison.Ordinal);
}
