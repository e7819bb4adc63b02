namespace Analyzer.Reports;

/// <summary>A report in short: what a reader who reads nothing else should know.</summary>
/// <param name="Outcome">What the gates come to; without gates, the worst verdict.</param>
/// <param name="Headline">Whether the model is fine, in a sentence or two.</param>
/// <param name="Sure">How sure that is, in a sentence or two.</param>
/// <param name="Findings">Ids of the five to ten findings that matter most: what is odd first, then what was measured and is not.</param>
/// <param name="Next">What to do, most urgent first; empty where nothing is odd or open.</param>
public sealed record Summary(GateOutcome Outcome, string Headline, string Sure, IReadOnlyList<string> Findings, IReadOnlyList<string> Next)
{
    private const int Most = 10, Fewest = 6, MostSteps = 4;

    /// <summary>The summary of a report, whether its gates were judged or not.</summary>
    public static Summary Of(Report report)
    {
        var findings = report.Findings.OrderBy(f => Order(f.Verdict)).ThenBy(Advice.Rank).ToArray();
        Finding[] Are(Verdict verdict) => [.. findings.Where(f => f.Verdict == verdict)];
        var (failed, odd, open, passed) = (Are(Verdict.Fail), Are(Verdict.Warn), Are(Verdict.Inconclusive), Are(Verdict.Pass));
        var outcome = report.Gates?.Outcome ?? (failed.Length > 0 ? GateOutcome.Fail : Report.ExitCodeOf(findings) != 0 ? GateOutcome.Inconclusive : odd.Length > 0 ? GateOutcome.Warn : GateOutcome.Pass);
        Finding[] bad = [.. failed, .. odd];
        // Of what passed, one of each analysis before a second of any.
        var good = passed.GroupBy(f => f.Analysis).SelectMany(g => g.Select((f, i) => (f, i))).OrderBy(x => x.i).ThenBy(x => Advice.Rank(x.f)).Select(x => x.f);
        Finding[] matter = [.. bad.Concat(open).Take(Most)];
        matter = [.. matter.Concat(good.Take(Math.Max(0, Fewest - matter.Length)))];
        var next = bad.Concat(open).Select(Advice.For).OfType<string>().Distinct().Take(MostSteps);
        return new(outcome, InShort(report, outcome, bad, open, passed), HowSure(report), [.. matter.Select(f => f.Id)], [.. next]);
    }

    private static int Order(Verdict verdict) => verdict switch { Verdict.Fail => 0, Verdict.Warn => 1, Verdict.Inconclusive => 2, _ => 3 };

    private static string InShort(Report report, GateOutcome outcome, Finding[] bad, Finding[] open, Finding[] passed)
    {
        if (report.Findings.Count == 0) return "Nothing was measured yet: no analysis has been run on this run.";
        var gravest = bad.Length > 0 ? $" The gravest: {Sentence(bad[0].Title)}" : open.Length > 0 ? $" Open: {Sentence(open[0].Title)}" : "";
        return outcome switch
        {
            GateOutcome.Fail when Gates(report, GateOutcome.Fail, null) is { Length: > 0 } gates =>
                $"It does not pass: {Count(gates.Length, "gate")} failed, {string.Join(", ", gates.Take(3))}.{gravest}",
            GateOutcome.Fail => $"It does not pass.{gravest}",
            GateOutcome.Inconclusive when Report.ExitCodeOf(report.Findings) == 0 && Gates(report, GateOutcome.Inconclusive, GateOutcome.Fail) is { Length: > 0 } undecided =>
                $"It is open whether it passes: the data leave {Count(undecided.Length, "gate")} undecided, {string.Join(", ", undecided.Take(3))}.{gravest}",
            GateOutcome.Inconclusive => $"Nothing can be concluded: {(open.Length == report.Findings.Count ? "every finding is open" : $"{Count(open.Length, "finding")} of {report.Findings.Count} {(open.Length == 1 ? "is" : "are")} open, and no other is of data")}.{gravest}",
            _ when bad.Length > 0 => $"It passes, with {Count(bad.Length, "finding")} of {report.Findings.Count} that {(bad.Length == 1 ? "wants" : "want")} a look.{gravest}",
            GateOutcome.Warn when Gates(report, GateOutcome.Warn, null) is { Length: > 0 } warning =>
                $"It passes, with {Count(warning.Length, "gate")} that {(warning.Length == 1 ? "warns" : "warn")}: {string.Join(", ", warning.Take(3))}.{gravest}",
            _ => $"Nothing odd was found: {Count(passed.Length, "finding")} of {report.Findings.Count} {(passed.Length == 1 ? "is" : "are")} as one would wish{(open.Length > 0 ? $", {open.Length} {(open.Length == 1 ? "is" : "are")} open" : "")}.{(open.Length > 0 ? gravest : "")}",
        };
    }

    // Names of the gates with an outcome, in quotes; of one severity only, where it is given.
    private static string[] Gates(Report report, GateOutcome outcome, GateOutcome? severity) =>
        [.. (report.Gates?.Results ?? []).Where(g => g.Outcome == outcome && (severity is null || g.Severity == severity)).Select(g => $"“{g.Name}”")];

    private static string HowSure(Report report)
    {
        var accuracy = report.Accuracy.Select(a => $"{Text.Fraction(a.Value.Accuracy)} on {a.Key} ({Text.Interval(a.Value.Interval)} at 95 %, {Text.Count(a.Value.Samples)} samples)").ToArray();
        var nulls = report.Findings.Count(f => f.Null is not null);
        var tapping = report.NonPerturbation.BitEqual ? "Tapping left the outputs bit-equal." : $"Tapping moved the outputs {report.NonPerturbation.Difference}.";
        return $"{(accuracy.Length > 0 ? $"Accuracy is {string.Join(" and ", accuracy)}. " : "No accuracy is known. ")}{nulls} of {report.Findings.Count} findings stand beside a null, the same measurement where nothing is to be found. {tapping}";
    }

    private static string Sentence(string title) => title.EndsWith('.') ? title : $"{title}.";

    private static string Count(int value, string noun) => $"{Text.Count(value)} {noun}{(value == 1 ? "" : "s")}";
}
