namespace Analyzer.Reports;

/// <summary>Which of two runs predicts better.</summary>
public enum DiffOutcome
{
    /// <summary>B does: the interval of the paired difference lies above 0.</summary>
    Better,
    /// <summary>A does.</summary>
    Worse,
    /// <summary>The interval holds 0.</summary>
    NoClearDifference,
    /// <summary>Nothing says so: no labels, no class scores, or not the same samples.</summary>
    Unknown,
}

/// <summary>A comparison in a sentence or two, for who reads nothing else.</summary>
/// <param name="Outcome">By accuracy on the samples of <paramref name="Split"/>.</param>
/// <param name="Split">The split it was judged on; null where there is none.</param>
/// <param name="Sentence">In words, with what became of the findings.</param>
public sealed record DiffVerdict(DiffOutcome Outcome, string? Split, string Sentence)
{
    /// <summary>The verdict of a comparison.</summary>
    public static DiffVerdict Of(DiffReport report)
    {
        // As elsewhere: what a network has learnt shows on samples that it has not seen.
        var split = report.Accuracy.FirstOrDefault(s => s.Split == "test" && s.Interval is not null) ?? report.Accuracy.LastOrDefault(s => s.Interval is not null);
        var outcome = split?.Interval is not [var low, var high] ? DiffOutcome.Unknown : low > 0 ? DiffOutcome.Better : high < 0 ? DiffOutcome.Worse : DiffOutcome.NoClearDifference;
        return new(outcome, split?.Split, $"{Accuracy(outcome, split)} {Findings(report)}");
    }

    private static string Accuracy(DiffOutcome outcome, DiffAccuracy? split) => outcome switch
    {
        DiffOutcome.Better => $"B predicts better than A on {split!.Split}: {DiffSummary.Signed(split.Difference)}.",
        DiffOutcome.Worse => $"B predicts worse than A on {split!.Split}: {DiffSummary.Signed(split.Difference)}.",
        DiffOutcome.NoClearDifference when split!.Changed == 0 => $"B predicts the same as A on every sample of {split.Split}.",
        DiffOutcome.NoClearDifference => $"Neither predicts clearly better on {split!.Split}: {DiffSummary.Signed(split.Difference)}, and the interval holds 0.",
        _ => "Which one predicts better is not known: there are no samples that both runs share and that have labels and predictions.",
    };

    private static string Findings(DiffReport report)
    {
        if (report.Findings.Count == 0) return "No findings are stored.";
        var other = report.Findings.Where(f => f.Change == FindingChange.Verdict).ToArray();
        var worse = other.Count(f => Order(f.B!.Verdict) > Order(f.A!.Verdict));
        var moved = string.Join(", ", report.Findings.Where(f => f.Change is FindingChange.Value or FindingChange.Appeared or FindingChange.Gone).CountBy(f => f.Change).Select(c => $"{Text.Count(c.Value)} {DiffSummary.Words(c.Key)}"));
        if (other.Length == 0) return moved.Length == 0 ? report.Findings.Count == 1 ? "No finding changed clearly." : $"None of {Text.Count(report.Findings.Count)} findings changed clearly." : $"No finding that both have has another verdict; of {Text.Count(report.Findings.Count)} there are {moved}.";
        return $"{Text.Count(other.Length)} of {Text.Count(report.Findings.Count)} findings {(other.Length == 1 ? "has" : "have")} another verdict, {(worse == 0 ? "none" : Text.Count(worse))} of them a worse one.";
    }

    private static int Order(Verdict verdict) => verdict switch { Verdict.Pass => 0, Verdict.Inconclusive => 1, Verdict.Warn => 2, _ => 3 };
}
