using System.Text.Json.Nodes;
using Analyzer.Gates;
using Analyzer.Reports;
using static Analyzer.Tests.Gates.Reported;

namespace Analyzer.Tests.Gates;

public sealed class GateCheckTests
{
    [Theory]
    [InlineData("field: accuracy.test.accuracy, min: 0.9", GateOutcome.Pass, "`accuracy.test.accuracy` is 0.92, 95 % 0.8900 … 0.9400")]
    [InlineData("field: accuracy.test.accuracy, min: 0.92", GateOutcome.Pass, null)]
    [InlineData("field: accuracy.test.accuracy, min: 0.93", GateOutcome.Fail, null)]
    [InlineData("field: accuracy.test.accuracy, max: 0.5, severity: warn", GateOutcome.Warn, null)]
    // Whether it is sure: the interval is .89 to .94.
    [InlineData("field: accuracy.test.accuracy, min: 0.9, sure: true", GateOutcome.Inconclusive, "`accuracy.test.accuracy` is 0.92, 95 % 0.8900 … 0.9400, which leaves it open")]
    [InlineData("field: accuracy.test.accuracy, min: 0.89, sure: true", GateOutcome.Pass, null)]
    [InlineData("field: accuracy.test.accuracy, min: 0.95, sure: true", GateOutcome.Fail, null)]
    [InlineData("field: accuracy.test.samples, min: 1, sure: true", GateOutcome.Inconclusive, "`accuracy.test.samples` is 100, and has no interval to be sure by")]
    [InlineData("field: model.parameters, max: 10, sure: true", GateOutcome.Inconclusive, "`model.parameters` is 100, and has no interval to be sure by")]
    [InlineData("field: accuracy.test.interval.0, min: 0.88", GateOutcome.Pass, "`accuracy.test.interval.0` is 0.89")]
    [InlineData("field: 'accuracy.test.interval.*', max: 0.93", GateOutcome.Fail, "`accuracy.test.interval.1` is 0.94")]
    [InlineData("field: 'findings.*', min: 0", GateOutcome.Inconclusive, "the report has no number `findings.*`")]
    [InlineData("field: analyses.things.ssRate, max: 0.5, sure: true", GateOutcome.Pass, "`analyses.things.ssRate` is 0.4, 95 % 0.3000 … 0.5000")]
    [InlineData("field: analyses.things.share, max: 0.2, sure: true", GateOutcome.Inconclusive, null)]
    [InlineData("field: nonPerturbation.bitEqual, min: 1", GateOutcome.Pass, null)]
    [InlineData("field: accuracy.none.accuracy, min: 0", GateOutcome.Inconclusive, "the report has no number `accuracy.none.accuracy`")]
    [InlineData("field: accuracy.none.accuracy, min: 0, missing: fail", GateOutcome.Fail, null)]
    [InlineData("field: 'analyses.things.layers.*.dead', max: 1", GateOutcome.Fail, "`analyses.things.layers.1.dead` is 4")]
    [InlineData("field: 'analyses.things.layers.0.dead', max: 1", GateOutcome.Pass, null)]
    [InlineData("finding: good, verdict: pass", GateOutcome.Pass, null)]
    [InlineData("finding: odd, verdict: pass", GateOutcome.Fail, "warn: odd title")]
    [InlineData("finding: odd, verdict: warn", GateOutcome.Pass, null)]
    [InlineData("finding: 'o*', verdict: pass", GateOutcome.Fail, null)]
    [InlineData("finding: open, verdict: warn", GateOutcome.Inconclusive, "inconclusive: open title")]
    // One that is open does not make the others open.
    [InlineData("finding: '*', verdict: warn", GateOutcome.Pass, "2 of 3 hold, the others are inconclusive")]
    [InlineData("finding: open, min: 0", GateOutcome.Inconclusive, "`open` is inconclusive: open title")]
    [InlineData("finding: good, beyond-null: { min: 3 }", GateOutcome.Pass, "`good` is 0.5, beyond its null (shuffled) by 4")]
    [InlineData("finding: good, beyond-null: { min: 5 }", GateOutcome.Fail, null)]
    [InlineData("finding: odd, beyond-null: { min: 3 }", GateOutcome.Inconclusive, "`odd` has no null with a spread")]
    [InlineData("finding: codes.odd, verdict: pass", GateOutcome.Inconclusive, "no finding is called `codes.odd`; the nearest are `good`, `odd`, `open`")]
    [InlineData("finding: codes.odd, verdict: pass, missing: pass", GateOutcome.Pass, "there is no `codes.odd`, as wanted")]
    // Mistyped.
    [InlineData("finding: 'preprocesing.*', verdict: pass, missing: pass", GateOutcome.Inconclusive, "no finding can be called `preprocesing.*`: such names begin with other words, the nearest with `preprocessing`")]
    [InlineData("finding: 'preprocesing.*', verdict: pass, missing: fail", GateOutcome.Fail, null)]
    [InlineData("field: accuracy.test.accuracy, change: { min: -0.05 }", GateOutcome.Pass, "`accuracy.test.accuracy` was 0.95 and is 0.92, a change of -0.03, 95 % -0.0700 … 0.0000")]
    [InlineData("field: accuracy.test.accuracy, change: { min: -0.01 }", GateOutcome.Fail, null)]
    [InlineData("field: accuracy.test.accuracy, change: { min: -0.05 }, sure: true", GateOutcome.Inconclusive, null)]
    [InlineData("field: accuracy.test.accuracy, change: { min: -0.08 }, sure: true", GateOutcome.Pass, null)]
    [InlineData("finding: odd, change: { max: 0 }", GateOutcome.Inconclusive, "`odd` is missing in the reference")]
    public void A_gate_comes_to_what_the_report_says(string gate, GateOutcome outcome, string? detail)
    {
        var reference = Report(accuracy: .95, low: .94, high: .96) with { Findings = [Report().Findings[0]] };
        var result = Assert.Single(GateCheck.Run(Report(), Parse(gate), reference, "before").Results);
        Assert.Equal(outcome, result.Outcome);
        if (detail is not null) Assert.Equal(detail, result.Detail);
        Assert.Equal(outcome is GateOutcome.Fail or GateOutcome.Warn && !result.Detail.StartsWith("the report has no number", StringComparison.Ordinal) && !result.Detail.StartsWith("no finding", StringComparison.Ordinal), result.Violations.Count > 0);
    }

    [Theory]
    [InlineData("finding: good, verdict: pass", GateOutcome.Pass, 0)]
    [InlineData("finding: odd, verdict: pass, severity: warn", GateOutcome.Warn, 0)]
    [InlineData("finding: odd, verdict: pass", GateOutcome.Fail, 1)]
    [InlineData("finding: open, verdict: pass", GateOutcome.Inconclusive, 4)]
    [InlineData("finding: open, verdict: pass, severity: warn", GateOutcome.Pass, 0)]
    [InlineData("field: accuracy.test.accuracy, change: { min: 0 }", GateOutcome.Inconclusive, 4)]
    public void The_whole_is_as_its_worst_gate(string gate, GateOutcome outcome, int exitCode)
    {
        var gates = GateCheck.Run(Report(), Policy.Parse("p", $"gates:\n  - {{ name: one, {gate} }}\n  - {{ name: two, finding: good, verdict: pass }}"));
        Assert.Equal((outcome, exitCode), (gates.Outcome, gates.ExitCode));
    }

    [Fact]
    public void Names_with_dots_are_found_in_a_path()
    {
        var json = JsonNode.Parse("""{ "a.b": { "c": 1 }, "a": { "b": 2, "d.e": 3 }, "interval": [0, 1], "n": "text" }""")!;
        double? Of(string path) => FieldPath.Numbers(json, path) is [var only] ? only.Value : null;
        Assert.Equal([1, null, 3, null, null], [Of("a.b.c"), Of("a.b"), Of("a.d.e"), Of("n"), Of("a.x")]);
    }

    private static Policy Parse(string gate) => Policy.Parse("p", $"gates:\n  - {{ name: one, {gate} }}");
}
