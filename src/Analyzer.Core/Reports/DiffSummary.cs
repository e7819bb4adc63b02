using System.Globalization;

namespace Analyzer.Reports;

/// <summary>What a comparison comes to, in sentences that a person who did not run it understands.</summary>
public static class DiffSummary
{
    private const int FarOutside = 3;

    /// <summary>The sentences: model, data, accuracy, layers, weights, findings.</summary>
    public static IEnumerable<string> Of(DiffReport report)
    {
        yield return Model(report);
        yield return Data(report);
        foreach (var split in report.Accuracy)
            if (Accuracy(split) is { } sentence) yield return sentence;
        if (report.Layers.Count > 0) yield return Layers(report);
        if (report.Weights.Count > 0) yield return Weights(report);
        yield return Findings(report);
    }

    private static string Model(DiffReport report)
    {
        var graph = report.Graph;
        if (report.A.Sha256 == report.B.Sha256)
            return report.Fields.Any(f => f is { Name: "sha256 of external data", Same: false }) ? "model: the same graph, with other weights in the files beside it" : "model: the same file";
        if (!graph.Compared) return "model: another file; whether the graph is another could not be looked at";
        return graph.Nodes.Count == 0 ? $"model: another file with the same graph of {Text.Count(graph.Unchanged)} nodes; only weights can differ"
            : $"model: another graph: {string.Join(", ", graph.Nodes.CountBy(n => n.Change).Select(c => $"{Text.Count(c.Value)} nodes {c.Key}"))}, {Text.Count(graph.Unchanged)} the same";
    }

    private static string Data(DiffReport report)
    {
        if (report.Fields.Any(f => f is { Group: "data", Name: "sha256", Same: false })) return "data: not the same, so samples cannot be compared one by one";
        return report.Fields.All(f => f.Same || f.Group != "data" || !f.Name.StartsWith("samples of ", StringComparison.Ordinal)) ? "data: the same, and the same samples of it" : "data: the same, but not all samples of it are in both runs";
    }

    private static string? Accuracy(DiffAccuracy s)
    {
        if (s is not { A: { } a, B: { } b }) return s is { Changed: { } moved, Samples: { } of } ? $"predictions on {s.Split}: {Text.Count(moved)} of {Text.Count(of)} changed ({Text.Percent(s.ChangedShare)})" : null;
        var change = $"accuracy on {s.Split}: {Text.Fraction(a)} became {Text.Fraction(b)}";
        if (s is not { Interval: [var low, var high], Difference: { } d, PValue: { } p, Samples: { } n, Changed: { } changed }) return $"{change}, on samples that are not known to be the same";
        var told = low > 0 ? "better" : high < 0 ? "worse" : "no clear difference";
        return $"{change}, {told}: {Signed(d)} (95 % {SignedInterval(s.Interval)}; McNemar p {P(p)}); {Text.Count(changed)} of {Text.Count(n)} predictions changed ({Text.Percent(s.ChangedShare)})";
    }

    private static string Layers(DiffReport report)
    {
        var measured = report.Layers.Where(l => l.Cka is not null).OrderBy(l => l.Cka).ToArray();
        var (matched, lone) = (report.Layers.Count(l => l.MatchedBy is not null), report.Layers.Count(l => l.MatchedBy is null));
        var head = $"layers: {Text.Count(matched)} matched{(lone > 0 ? $", {Text.Count(lone)} in one run only" : "")}";
        if (measured.Length == 0) return $"{head}; no activations were compared";
        var chance = measured.Where(l => l.Null!.Z is not > FarOutside).ToArray();
        return $"{head}; CKA {(measured.Length == 1 ? "" : $"from {Text.Fraction(measured[0].Cka)} ({measured[0].A}) to ")}{Text.Fraction(measured[^1].Cka)} ({measured[^1].A}) on {Text.Count(report.Settings.Samples)} samples of {report.Settings.Split}"
            + (chance.Length > 0 ? $"; {Text.Count(chance.Length)} not told from permuted samples by {FarOutside} standard deviations" : "");
    }

    private static string Weights(DiffReport report)
    {
        var compared = report.Weights.Where(w => w.BitEqual is not null).ToArray();
        var moved = compared.Where(w => w is { BitEqual: false, RelativeChange: not null }).OrderBy(w => w.RelativeChange).ToArray();
        return $"weights: {Text.Count(compared.Count(w => w.BitEqual == true))} of {Text.Count(report.Weights.Count)} layers are equal to the bit"
            + (moved.Length == 0 ? "" : $"; {Text.Count(moved.Length)} moved by {(moved.Length == 1 ? "" : $"{Text.Fraction(moved[0].RelativeChange)} to ")}{Text.Fraction(moved[^1].RelativeChange)} of their norm ({moved[^1].B}); unrelated weights: 1.4142")
            + (compared.Length < report.Weights.Count ? $"; {Text.Count(report.Weights.Count - compared.Length)} could not be compared" : "");
    }

    private static string Findings(DiffReport report)
    {
        if (report.Findings.Count == 0) return "findings: none are stored";
        var counts = report.Findings.CountBy(f => f.Change).ToDictionary(c => c.Key, c => c.Value);
        IEnumerable<string> parts = Enum.GetValues<FindingChange>().Where(counts.ContainsKey).Select(c => $"{Text.Count(counts[c])} {Words(c)}");
        return $"findings: {string.Join(", ", parts)}";
    }

    /// <summary>What became of a finding, in a few words.</summary>
    public static string Words(FindingChange change) => change switch
    {
        FindingChange.Verdict => "with another verdict", FindingChange.Value => "with another value", FindingChange.Appeared => "new",
        FindingChange.Gone => "gone", FindingChange.Open => "open", _ => "unchanged",
    };

    /// <summary>A difference with its sign.</summary>
    public static string Signed(double? value) => value is { } v ? v.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) : "–";

    /// <summary>An interval of differences; a dash where there is none.</summary>
    public static string SignedInterval(double[]? interval) => interval is [var low, var high] ? $"{Signed(low)} … {Signed(high)}" : "–";

    /// <summary>A p-value: four decimals, or its magnitude where they would all be 0.</summary>
    public static string P(double? p) => p is not { } v ? "–" : v >= .0001 ? Text.Fraction(v) : v.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
