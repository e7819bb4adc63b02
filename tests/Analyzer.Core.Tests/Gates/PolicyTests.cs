using Analyzer.Gates;
using Analyzer.Reports;

namespace Analyzer.Tests.Gates;

public sealed class PolicyTests
{
    [Fact]
    public void A_policy_says_what_it_wants_in_words()
    {
        var policy = Policy.Parse("gates.yaml", """
            gates:
              - { name: accuracy, field: accuracy.test.accuracy, min: 0.9, sure: true }
              - { name: beyond chance, finding: codes.network.knearest, beyond-null: { min: 3 } }
              - { name: no worse, field: accuracy.test.accuracy, change: { min: -0.01, max: 0.5 }, missing: fail }
              - { name: inputs, finding: preprocessing.*, verdict: pass, severity: warn, missing: pass }
            """);
        Assert.Equal(
        [
            "at least 0.9, over the whole interval", "at least 3 standard deviations beyond the null", "at least a change of -0.01 and at most a change of 0.5", "no verdict worse than pass",
        ], policy.Gates.Select(g => g.Wanted));
        Assert.Equal((GateOutcome.Fail, GateOutcome.Inconclusive), (policy.Gates[0].Severity, policy.Gates[0].Missing));
        Assert.Equal((GateOutcome.Warn, GateOutcome.Pass), (policy.Gates[3].Severity, policy.Gates[3].Missing));
        Assert.Equal(GateOutcome.Fail, policy.Gates[2].Missing);
    }

    [Theory]
    [InlineData("gates: {}", "`p.yaml` line 1: `gates` is no list")]
    [InlineData("", "`p.yaml` is empty")]
    [InlineData("gate: []", "`p.yaml` line 1: a policy has no key `gate`; the nearest is `gates`")]
    [InlineData("gates:\n  - { finding: a, min: 1 }", "`p.yaml` line 2: a gate has no `name`")]
    [InlineData("gates:\n  - { name: a, min: 1 }", "`p.yaml` line 2: the gate `a` looks at nothing")]
    [InlineData("gates:\n  - { name: a, finding: b, field: c, min: 1 }", "`p.yaml` line 2: the gate `a` looks at a finding and a field")]
    [InlineData("gates:\n  - { name: a, finding: b }", "`p.yaml` line 2: the gate `a` wants nothing")]
    [InlineData("gates:\n  - { name: a, finding: b, min: 1, verdict: pass }", "`p.yaml` line 2: the gate `a` has a `verdict` and bounds")]
    [InlineData("gates:\n  - { name: a, field: b, verdict: pass }", "`p.yaml` line 2: the gate `a` asks a field for a verdict")]
    [InlineData("gates:\n  - { name: a, field: b, beyond-null: { min: 1 } }", "`p.yaml` line 2: the gate `a` asks a field for a null")]
    [InlineData("gates:\n  - name: a\n    field: b\n    min: many", "`p.yaml` line 4: `min` is `many`, which is no number")]
    [InlineData("gates:\n  - { name: a, field: b, min: 2, max: 1 }", "`p.yaml` line 2: the gate `a` wants at least 2 and at most 1")]
    [InlineData("gates:\n  - { name: a, field: b, min: 1, severity: bad }", "`p.yaml` line 2: `severity` is `bad`")]
    [InlineData("gates:\n  - { name: a, field: b, min: 1, sure: perhaps }", "`p.yaml` line 2: `sure` is `perhaps`")]
    [InlineData("gates:\n  - { name: a, finding: b, verdict: pass, sure: true }", "`p.yaml` line 2: the gate `a` wants to be `sure` of a verdict")]
    [InlineData("gates:\n  - { name: a, finding: b, beyond-null: { min: 3 }, sure: true }", "`p.yaml` line 2: the gate `a` wants to be `sure` of a distance from a null")]
    [InlineData("gates:\n  - { name: a, field: b, min: 1 }\n  - { name: a, field: b, max: 1 }", "`p.yaml` line 2: two gates are called `a`")]
    [InlineData("gates: [ &x { name: a } ]", "`p.yaml` line 1: anchors, aliases and tags are not read")]
    public void A_policy_that_cannot_be_names_the_line(string text, string message)
    {
        var refused = Assert.Throws<AnalyzerException>(() => Policy.Parse("p.yaml", text));
        Assert.Equal((Failure.Usage, message), (refused.Kind, refused.Message));
    }

    [Fact]
    public void The_default_policy_is_a_policy()
    {
        Assert.Equal(3, Policy.Default.Gates.Count);
        Assert.Equal(Policy.Default.Gates, Policy.Parse("copy", Policy.Default.Text).Gates);
    }
}
