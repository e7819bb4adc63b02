using Analyzer.Cli.Commands;
using Analyzer.Reports;

namespace Analyzer.Cli;

/// <summary>Lays out all that is known of one finding, from what it says to the rows behind it.</summary>
internal static class ExplanationTables
{
    public static void Print(Terminal terminal, Explanation explanation)
    {
        var f = explanation.Finding;
        terminal.Print($"{f.Id}: {f.Title}");
        terminal.Print("");
        void Line(string name, string? text)
        {
            if (text is not null) terminal.Print($"{name,-9} {text}");
        }
        Line("verdict", $"{f.Verdict.ToString().ToLowerInvariant()}: {f.Rule}");
        Line("value", $"{Text.Value(f)} {f.ValueUnit}");
        Line("95 %", f.Interval is { Length: 2 } ? Text.Interval(f.Interval) : "no interval is known");
        Line("null", f.Null is { } n ? $"{n.Kind}: {Text.Null(n)}{(n.Std is { } std && n.Draws == 1 ? $", standard error of the difference {Text.Fraction(std)}" : "")}{(n.Z is { } z ? $", z {Text.Number(Math.Round(z, 1))}" : "")}, {Tables.Count(n.Draws, "draw")}" : "none was measured");
        Line("q", f.Q is { } q ? DiffSummary.P(q) : null);
        Line("place", explanation.Place is { } p ? $"{(p.Unit is { } unit ? $"unit {unit} of " : "")}{p.Tensor}, {p.Reducer}, by {p.Op} {p.Node}" : "the whole network");
        Line("source", f.Source);
        Line("rows", explanation.Rows.Sql);
        Rows(terminal, explanation.Rows);
        if (explanation.Samples.Count > 0)
        {
            terminal.Print("samples in those rows:");
            var samples = new ResultTable(["sample", "split", "label", "predicted", "source"], "source");
            foreach (var s in explanation.Samples) samples.Add($"{s.Sample}", s.Split, Number(s.Label), Number(s.Predicted), s.Source);
            samples.Write(terminal);
        }
        if (explanation.Commands.Analysis is { } words) Line("again", SharedOptions.CommandText(words));
        if (explanation.Commands.Note is { } note) terminal.Say($"note: {note}");
        Line("run", explanation.Commands.Extraction);
    }

    private static void Rows(Terminal terminal, ExplainedRows rows)
    {
        if (rows.Failed is { } failed)
        {
            terminal.Print($"          the rows behind it cannot be shown: {failed}");
            return;
        }
        if (rows.Count == 0)
        {
            terminal.Print("          no rows");
            return;
        }
        // Long names stand in their own column, whichever that is.
        var widest = Enumerable.Range(0, rows.Columns.Count).MaxBy(c => rows.First.Max(r => r[c]?.Length ?? 0));
        var table = new ResultTable([.. rows.Columns.Select(Text.Line)], Text.Line(rows.Columns[widest]));
        foreach (var row in rows.First) table.Add([.. row.Select(cell => cell ?? "NULL")]);
        table.Write(terminal);
        terminal.Print(rows.Count > rows.First.Count ? $"the first {rows.First.Count} of {Tables.Count(rows.Count!.Value, "row")}" : Tables.Count(rows.Count!.Value, "row"));
    }

    private static string Number(int? value) => value is { } v ? $"{v}" : "–";
}
