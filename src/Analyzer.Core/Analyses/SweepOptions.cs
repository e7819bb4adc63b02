using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How runs of one family are compared.</summary>
public sealed record SweepOptions
{
    /// <summary>
    /// Factors read from the model's file name: a name, and a regular expression whose first group is the value. They come before what
    /// the model's metadata says.
    /// </summary>
    public IReadOnlyDictionary<string, string> Factors { get; init; } = new Dictionary<string, string>();

    /// <summary>R on the fitted split above which codes are under-expressive. Default .02, ours.</summary>
    public double UnderExpressive { get; init => field = Require.InRange(value, 0, 1); } = .02;

    /// <summary>Accuracy below the plateau, or moved at the next step, that makes a place critical. Default .01, ours.</summary>
    public double Plateau { get; init => field = Require.InRange(value, 0, 1); } = .01;
}
