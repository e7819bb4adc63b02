using Analyzer.Reports;

namespace Analyzer.Gates;

/// <summary>A named threshold on findings or on a field of the report.</summary>
public sealed record Gate
{
    /// <summary>What people call it; unique in its policy.</summary>
    public required string Name { get; init; }

    /// <summary>Id of a finding, or a glob over ids such as <c>codes.network.*</c>; null where <see cref="Field"/> is given.</summary>
    public string? Finding { get; init; }

    /// <summary>A path into <c>report.json</c>, such as <c>accuracy.test.accuracy</c>; see <see cref="FieldPath"/>.</summary>
    public string? Field { get; init; }

    /// <summary>The worst verdict of the findings that still holds: pass or warn; null where a number decides.</summary>
    public Verdict? Worst { get; init; }

    /// <summary>Bounds on the value.</summary>
    public Bounds Value { get; init; }

    /// <summary>Bounds on (value − mean of the null) in standard deviations of the null; of findings only.</summary>
    public Bounds BeyondNull { get; init; }

    /// <summary>Bounds on the change since a reference run, in the unit of the value.</summary>
    public Bounds Change { get; init; }

    /// <summary>
    /// Whether it is decided only where the whole 95 % interval lies on one side of the bound, and inconclusive else. Default false: the
    /// value decides.
    /// </summary>
    public bool Sure { get; init; }

    /// <summary>What it comes to where it does not hold: fail or warn. Default fail.</summary>
    public GateOutcome Severity { get; init; } = GateOutcome.Fail;

    /// <summary>What it comes to where there is nothing to look at: pass, inconclusive or fail. Default inconclusive.</summary>
    public GateOutcome Missing { get; init; } = GateOutcome.Inconclusive;

    /// <summary>What must hold, in words.</summary>
    public string Wanted
    {
        get
        {
            if (Worst is { } worst) return worst == Verdict.Pass ? "no verdict worse than pass" : "no verdict worse than warn";
            string[] all = [.. Value.Words("", ""), .. BeyondNull.Words("", " standard deviations beyond the null"), .. Change.Words("a change of ", "")];
            return string.Join(" and ", all) + (Sure ? ", over the whole interval" : "");
        }
    }
}

/// <summary>A lower and an upper bound, each with the bound itself allowed; null where there is none.</summary>
public readonly record struct Bounds(double? Min = null, double? Max = null)
{
    /// <summary>Whether there is neither.</summary>
    public bool None => Min is null && Max is null;

    /// <summary>Whether a number lies within.</summary>
    public bool Hold(double value) => !(value < Min) && !(value > Max) && !double.IsNaN(value);

    /// <summary>Whether a whole interval lies within, wholly without, or neither.</summary>
    public bool? Hold(double low, double high) => Hold(low) && Hold(high) ? true : high < Min || low > Max ? false : null;

    internal IEnumerable<string> Words(string before, string after)
    {
        if (Min is { } min) yield return $"at least {before}{Text.Setting(min)}{after}";
        if (Max is { } max) yield return $"at most {before}{Text.Setting(max)}{after}";
    }
}
