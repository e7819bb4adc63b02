namespace Analyzer.Reports;

/// <summary>A part of a comparison as a table of text, for the terminal and for Markdown.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">Headers.</param>
/// <param name="Wrapping">The column that may give way where room is short.</param>
/// <param name="Rows">Cells, as many a row as there are columns.</param>
public sealed record DiffTable(string Title, IReadOnlyList<string> Columns, string Wrapping, IReadOnlyList<string[]> Rows)
{
    /// <summary>The tables that have rows: what differs around the models, nodes, accuracy, layers, weights, findings that changed.</summary>
    public static IReadOnlyList<DiffTable> All(DiffReport report) => [.. new[] { Fields(report), Nodes(report), Accuracy(report), Layers(report), Weights(report), Findings(report) }.Where(t => t.Rows.Count > 0)];

    private static DiffTable Fields(DiffReport report) => new("what differs around the models", ["of", "what", "A", "B"], "what",
        [.. report.Fields.Where(f => !f.Same).Select(f => new[] { f.Group, f.Name, Shown(f, f.A), Shown(f, f.B) })]);

    private static DiffTable Nodes(DiffReport report) => new("nodes of the graph", ["change", "op", "node", "what"], "node",
        [.. report.Graph.Nodes.Select(n => new[] { n.Change, n.Op, n.Node, n.Detail ?? "–" })]);

    private static DiffTable Accuracy(DiffReport report) => new("accuracy", ["split", "samples", "A", "B", "difference", "95 % of it", "McNemar p", "only A right", "only B right", "predictions changed"], "split",
        [.. report.Accuracy.Select(s => new[]
        {
            s.Split, Count(s.Samples), Text.Fraction(s.A), Text.Fraction(s.B), DiffSummary.Signed(s.Difference),
            DiffSummary.SignedInterval(s.Interval),
            DiffSummary.P(s.PValue), Count(s.OnlyA), Count(s.OnlyB), s.Changed is { } changed ? $"{Text.Count(changed)} ({Text.Percent(s.ChangedShare)})" : "–",
        })]);

    private static DiffTable Layers(DiffReport report) => new("layers: how alike they see the same samples", ["A", "B", "matched by", "CKA", "95 %", "permuted", "z"], "A",
        [.. report.Layers.Select(l => new[]
        {
            l.A ?? "–", l.A == l.B ? "the same" : l.B ?? "–", l.MatchedBy ?? "–", l.Cka is { } cka ? Text.Fraction(cka) : l.MatchedBy is null ? "–" : l.Reason!, Text.Interval(l.Interval), Text.Null(l.Null),
            l.Null?.Z is { } z ? Text.Number(Math.Round(z, 1)) : "–",
        })]);

    private static DiffTable Weights(DiffReport report) => new("weights: ‖B − A‖ / ‖A‖", ["A", "B", "op", "size", "matched by", "change", "cosine"], "A",
        [.. report.Weights.Select(w => new[]
        {
            w.A ?? "–", w.A == w.B ? "the same" : w.B ?? "–", w.Op, w.SizeA == w.SizeB || w.SizeB is null ? w.SizeA! : w.SizeA is null ? w.SizeB : $"{w.SizeA}, {w.SizeB}", w.MatchedBy ?? "–",
            w.BitEqual == true ? "bit-equal" : w.RelativeChange is { } change ? Text.Fraction(change) : w.MatchedBy is null ? "–" : w.Reason!, Text.Fraction(w.Cosine),
        })]);

    private static DiffTable Findings(DiffReport report) => new("findings that changed", ["change", "id", "A", "B", "because"], "because",
        [.. report.Findings.Where(f => f.Change is not FindingChange.Unchanged).Select(f => new[] { Word(f.Change), f.Id, Shown(f.A), Shown(f.B), Because(f) })]);

    private static string Shown(DiffField field, string? value) => value is null ? "–" : field.Name.StartsWith("sha256", StringComparison.Ordinal) && value.Length == 64 ? $"{value[..12]}…" : value;

    private static string Shown(Finding? finding) => finding is null ? "–"
        : $"{finding.Verdict.ToString().ToLowerInvariant()} {Text.Value(finding)}{(finding.Interval is { Length: 2 } ? $" ({Text.Interval(finding.Interval)})" : finding.Null is { Std: not null } n ? $" (null {Text.Null(n)})" : "")}";

    // What a finding says in words matters most where it is new, gone, or says something else.
    private static string Because(DiffFinding f) => f.Change switch
    {
        FindingChange.Appeared => f.B!.Title, FindingChange.Gone => $"it was: {f.A!.Title}", FindingChange.Verdict => $"{f.B!.Title} ({f.Rule})", _ => f.Rule,
    };

    private static string Word(FindingChange change) => change.ToString().ToLowerInvariant();

    private static string Count(int? count) => count is { } c ? Text.Count(c) : "–";
}
