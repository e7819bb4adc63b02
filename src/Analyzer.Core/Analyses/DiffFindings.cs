using System.Globalization;
using System.Text.Json.Nodes;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>Holds the stored findings of two runs against each other.</summary>
internal static class DiffFindings
{
    private const double FarOutside = 2;
    private const string ByNulls = "of their nulls; more than 2 count";

    /// <summary>All findings of both, those that changed most first.</summary>
    /// <param name="a">A run.</param>
    /// <param name="b">Another.</param>
    /// <param name="ofExtraction">What the extraction of a run found itself.</param>
    /// <param name="notes">Told which analyses only one has, and which were run under other options.</param>
    public static IReadOnlyList<DiffFinding> Compare(Run a, Run b, Func<Run, IEnumerable<Finding>> ofExtraction, List<string> notes)
    {
        Dictionary<string, AnalysisResult> old = Results(a), now = Results(b);
        foreach (var (only, side) in new[] { (old.Keys.Except(now.Keys), "A"), (now.Keys.Except(old.Keys), "B") })
            if (only.ToArray() is { Length: > 0 } names) notes.Add($"only {side} holds results of {string.Join(", ", names)}");
        foreach (var name in old.Keys.Intersect(now.Keys))
            if (Difference(old[name].Options, now[name].Options) is { } difference) notes.Add($"{name} was measured under other options, A and B: {difference}");
        var before = ofExtraction(a).Concat(old.Values.SelectMany(r => r.Findings)).DistinctBy(f => f.Id).ToDictionary(f => f.Id);
        var after = ofExtraction(b).Concat(now.Values.SelectMany(r => r.Findings)).DistinctBy(f => f.Id).ToDictionary(f => f.Id);
        DiffFinding[] findings = [.. before.Keys.Union(after.Keys).Select(id => Compare(id, before.GetValueOrDefault(id), after.GetValueOrDefault(id))).OrderBy(f => f.Change)];
        if (findings.Any(f => f.Rule.EndsWith(ByNulls, StringComparison.Ordinal)))
            notes.Add("where findings have no intervals, the spread of their nulls stands in for them: it says by how much chance moves such a measurement, not how sure these values are");
        return findings;
    }

    private static DiffFinding Compare(string id, Finding? a, Finding? b)
    {
        var (change, rule) = a is null ? (FindingChange.Appeared, "only B has it") : b is null ? (FindingChange.Gone, "only A has it") : Judge(a, b);
        if (a is not null && b is not null && a.Verdict != b.Verdict) (change, rule) = (FindingChange.Verdict, $"the verdict is another; {rule}");
        return new(id, (b ?? a)!.Analysis, change, rule, a, b);
    }

    private static (FindingChange, string) Judge(Finding a, Finding b)
    {
        if (a.ValueUnit != b.ValueUnit) return (FindingChange.Open, $"A counts {a.ValueUnit} and B {b.ValueUnit}");
        if (a.Value == b.Value) return (FindingChange.Unchanged, "the values are equal");
        if (a.Interval is [var lowA, var highA] && b.Interval is [var lowB, var highB])
            return highA < lowB || highB < lowA ? (FindingChange.Value, "the intervals are disjoint") : (FindingChange.Unchanged, "the intervals overlap");
        if (a.Null?.Std is { } stdA && b.Null?.Std is { } stdB && stdA + stdB > 0)
        {
            var times = Math.Abs(a.Value - b.Value) / Math.Sqrt(stdA * stdA + stdB * stdB);
            return (times > FarOutside ? FindingChange.Value : FindingChange.Unchanged,
                string.Create(CultureInfo.InvariantCulture, $"the values differ by {times:0.0} combined standard deviations {ByNulls}"));
        }
        return (FindingChange.Open, "the values differ, and neither intervals nor nulls of both say by how much they might by chance");
    }

    private static Dictionary<string, AnalysisResult> Results(Run run) => run.Results().Select(r => AnalysisResult.FromJson(r.Key, r.Value)).ToDictionary(r => r.Analysis);

    private static string? Difference(JsonNode? a, JsonNode? b) => a is not JsonObject old || b is not JsonObject now ? null
        : string.Join(", ", old.Select(o => o.Key).Union(now.Select(o => o.Key)).Where(key => !JsonNode.DeepEquals(old[key], now[key]))
            .Select(key => $"{key} {old[key]?.ToJsonString() ?? "–"} and {now[key]?.ToJsonString() ?? "–"}")) is { Length: > 0 } text ? text : null;
}
