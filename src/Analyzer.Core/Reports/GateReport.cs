namespace Analyzer.Reports;

/// <summary>What a gate comes to.</summary>
public enum GateOutcome
{
    /// <summary>It holds.</summary>
    Pass,
    /// <summary>It does not hold, and its policy only warns of that.</summary>
    Warn,
    /// <summary>There is too little to tell: nothing to measure it by, or an interval that leaves it open.</summary>
    Inconclusive,
    /// <summary>It does not hold.</summary>
    Fail,
}

/// <summary>What the gates of a policy come to.</summary>
/// <param name="Policy">The file of the policy, or <c>default</c>.</param>
/// <param name="Reference">The run that changes were measured against, or null.</param>
/// <param name="Outcome">
/// The worst of the gates: fail, inconclusive, warn, pass. A gate that only warns and is inconclusive counts as passed here.
/// </param>
/// <param name="Results">Each gate, in the order of the policy.</param>
public sealed record GateReport(string Policy, string? Reference, GateOutcome Outcome, IReadOnlyList<GateResult> Results)
{
    /// <summary>What a program should exit with: 0 passed, 1 failed, 4 inconclusive.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int ExitCode => Outcome switch { GateOutcome.Fail => 1, GateOutcome.Inconclusive => (int)Failure.Inconclusive, _ => 0 };
}

/// <summary>One gate.</summary>
/// <param name="Name">As the policy calls it.</param>
/// <param name="Outcome">What it comes to.</param>
/// <param name="Severity">What it comes to where it does not hold: fail or warn.</param>
/// <param name="Of">The finding or field that it looks at, as the policy writes it.</param>
/// <param name="Wanted">What must hold, in words.</param>
/// <param name="Detail">What is the case, with numbers, of the worst that it looked at.</param>
/// <param name="Violations">Findings or fields that do not hold it; empty where it passed.</param>
public sealed record GateResult(string Name, GateOutcome Outcome, GateOutcome Severity, string Of, string Wanted, string Detail, IReadOnlyList<string> Violations);
