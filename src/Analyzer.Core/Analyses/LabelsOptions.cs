using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How the analysis <c>labels</c> measures. All of it is ours.</summary>
public sealed record LabelsOptions
{
    /// <summary>Nearest samples that are asked, k. Default 9, as the codes' vote has.</summary>
    public int Neighbours { get; init => field = Require.InRange(value, 3, 1_000); } = 9;

    /// <summary>Samples of a split at most, the shares of the classes kept; more where that would be fewer than 4 k of a class. Default 5,000.</summary>
    public int Samples { get; init => field = Require.InRange(value, 100, 1_000_000); } = 5_000;

    /// <summary>Share of contradicted labels beyond the null that is worth a warning. Default .02.</summary>
    public double Excess { get; init => field = Require.InRange(value, 0, 1); } = .02;

    /// <summary>Null above which the network knows the classes too little to contradict anybody. Default .05.</summary>
    public double MostNull { get; init => field = Require.InRange(value, 0, 1); } = .05;

    /// <summary>By how much the accuracy of the first split may exceed that of the second. Default .1.</summary>
    public double MostGap { get; init => field = Require.InRange(value, 0, 1); } = .1;

    /// <summary>By how much it may fall short of it. Default .02.</summary>
    public double LeastGap { get; init => field = Require.InRange(value, 0, 1); } = .02;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }

    // On average: with fewer, the nearest lie far away and in other classes.
    internal int LeastOfClass => 4 * Neighbours;
}
