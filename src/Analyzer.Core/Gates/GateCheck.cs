using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Models;
using Analyzer.Reports;

namespace Analyzer.Gates;

/// <summary>Holds a report against a policy.</summary>
public static class GateCheck
{
    private const int Told = 3;

    // What a gate looks at: a finding or a number of the report.
    private sealed record Subject(string Name, double Value, double[]? Interval, Finding? Finding);

    private sealed record Judgement(GateOutcome Outcome, string Name, string Detail);

    /// <summary>What the gates come to.</summary>
    /// <param name="report">The report of a run.</param>
    /// <param name="policy">The gates.</param>
    /// <param name="reference">The report that changes are measured against, or null.</param>
    /// <param name="referencePath">Where that run lies.</param>
    /// <param name="noReference">Why there is none although one was asked for; null else.</param>
    public static GateReport Run(Report report, Policy policy, Report? reference = null, string? referencePath = null, string? noReference = null)
    {
        var (now, before) = (JsonSerializer.SerializeToNode(report, Report.Json)!, reference is null ? null : JsonSerializer.SerializeToNode(reference, Report.Json));
        GateResult[] results = [.. policy.Gates.Select(gate => Judge(gate, report, now, reference, before, noReference))];
        var counted = results.Where(r => r.Severity == GateOutcome.Fail || r.Outcome != GateOutcome.Inconclusive).Select(r => r.Outcome).DefaultIfEmpty();
        return new(policy.Name, referencePath, counted.Max(), results);
    }

    private static GateResult Judge(Gate gate, Report report, JsonNode now, Report? reference, JsonNode? before, string? noReference)
    {
        GateResult Result(GateOutcome outcome, string detail, params string[] violations) => new(gate.Name, outcome, gate.Severity, gate.Finding ?? gate.Field!, gate.Wanted, detail, violations);
        var subjects = Subjects(gate, report, now);
        if (subjects.Count == 0)
            return Result(MissingOutcome(gate), MissingDetail(gate, report));
        if (!gate.Change.None && reference is null)
            return Result(GateOutcome.Inconclusive, noReference ?? "a change is wanted and there is no reference: give `--reference RUN`");
        var old = gate.Change.None ? [] : Subjects(gate, reference!, before!).ToDictionary(s => s.Name, StringComparer.Ordinal);
        Judgement[] judged = [.. subjects.Select(s => Judge(gate, s, old))];
        var outcome = judged.Max(j => j.Outcome);
        // What data alone can tell is open only where all of it is; what weights say needs no samples.
        if (gate.Worst is not null && outcome == GateOutcome.Inconclusive && Report.ExitCodeOf([.. subjects.Select(s => s.Finding!)]) == 0)
            outcome = judged.Where(j => j.Outcome != GateOutcome.Inconclusive).Max(j => j.Outcome);
        var worst = judged.Where(j => j.Outcome == outcome).ToArray();
        if (outcome == GateOutcome.Pass && judged.Length > 1)
            return Result(outcome, $"{Text.Count(worst.Length)} of {Text.Count(judged.Length)} hold{(worst.Length < judged.Length ? ", the others are inconclusive" : "")}");
        return Result(outcome, $"{string.Join("; ", worst.Take(Told).Select(j => j.Detail))}{(worst.Length > Told ? $"; and {Text.Count(worst.Length - Told)} more" : "")}",
            outcome is GateOutcome.Fail or GateOutcome.Warn ? [.. worst.Select(j => j.Name)] : []);
    }

    // A mistyped name must not pass because there is nothing of that name.
    private static GateOutcome MissingOutcome(Gate gate) => gate.Missing == GateOutcome.Pass && IsStrange(gate) ? GateOutcome.Inconclusive : gate.Missing;

    private static string MissingDetail(Gate gate, Report report) =>
        gate.Finding is not { } finding ? $"the report has no number `{gate.Field}`"
        : IsStrange(gate) ? $"no finding can be called `{finding}`: such names begin with other words, the nearest with `{NearestNames.Of(Family(finding), Advice.Families)}`"
        : gate.Missing == GateOutcome.Pass ? $"there is no `{finding}`, as wanted"
        : report.Findings.Count == 0 ? "the report has no findings" : $"no finding is called `{finding}`; the nearest are {NearestNames.Quote(finding, report.Findings.Select(f => f.Id))}";

    private static bool IsStrange(Gate gate) => gate.Finding is { } finding && Family(finding).IndexOfAny(['*', '?']) < 0 && !Advice.Families.Contains(Family(finding));

    private static string Family(string finding) => finding.Split('.')[0];

    private static IReadOnlyList<Subject> Subjects(Gate gate, Report report, JsonNode json) => gate.Field is { } field
        ? [.. FieldPath.Numbers(json, field).Select(f => new Subject(f.Path, f.Value, f.Interval, null))]
        : [.. report.Findings.Where(f => FileSystemName.MatchesSimpleExpression(gate.Finding, f.Id, ignoreCase: false)).Select(f => new Subject(f.Id, f.Value, f.Interval, f))];

    private static Judgement Judge(Gate gate, Subject subject, Dictionary<string, Subject> old)
    {
        Judgement Is(GateOutcome outcome, string detail) => new(outcome, subject.Name, $"`{subject.Name}` {detail}");
        if (gate.Worst is { } worst)
        {
            var verdict = subject.Finding!.Verdict;
            var outcome = verdict == Verdict.Inconclusive ? GateOutcome.Inconclusive : verdict > worst ? gate.Severity : GateOutcome.Pass;
            return new(outcome, subject.Name, $"{verdict.ToString().ToLowerInvariant()}: {subject.Finding.Title}");
        }
        if (subject.Finding?.Verdict == Verdict.Inconclusive) return Is(GateOutcome.Inconclusive, $"is inconclusive: {subject.Finding.Title}");
        var judged = new List<Judgement>();
        if (!gate.Value.None) judged.Add(Bounded(gate.Value, "is", subject.Value, subject.Interval));
        if (!gate.BeyondNull.None) judged.Add(BeyondNull());
        if (!gate.Change.None) judged.Add(Changed());
        return judged.MaxBy(j => j.Outcome)!;

        Judgement Bounded(Bounds bounds, string how, double value, double[]? interval)
        {
            var shown = $"{how} {Text.Number(value)}{(interval is null ? "" : $", 95 % {Text.Interval(interval)}")}";
            if (!gate.Sure) return Is(bounds.Hold(value) ? GateOutcome.Pass : gate.Severity, shown);
            if (interval is null) return Is(GateOutcome.Inconclusive, $"{shown}, and has no interval to be sure by");
            return bounds.Hold(interval[0], interval[1]) switch { true => Is(GateOutcome.Pass, shown), false => Is(gate.Severity, shown), null => Is(GateOutcome.Inconclusive, $"{shown}, which leaves it open") };
        }
        Judgement BeyondNull() => subject.Finding is { Null: { Z: { } z, Kind: var kind } }
            ? Bounded(gate.BeyondNull, $"is {Text.Number(subject.Value)}, beyond its null ({kind}) by", z, null)
            : Is(GateOutcome.Inconclusive, "has no null with a spread");
        Judgement Changed()
        {
            if (!old.TryGetValue(subject.Name, out var was)) return Is(GateOutcome.Inconclusive, "is missing in the reference");
            // The two ends that lie farthest apart: it errs towards saying that it is open.
            double[]? interval = subject.Interval is { } mine && was.Interval is { } its ? [mine[0] - its[1], mine[1] - its[0]] : null;
            return Bounded(gate.Change, $"was {Text.Number(was.Value)} and is {Text.Number(subject.Value)}, a change of", subject.Value - was.Value, interval);
        }
    }
}
