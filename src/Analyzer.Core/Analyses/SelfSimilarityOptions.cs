using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How the analysis <c>selfsimilarity</c> measures.</summary>
public sealed record SelfSimilarityOptions
{
    /// <summary>Samples of the first split, B. SS_rates compare at one B only. Default 640.</summary>
    public int Samples { get; init => field = Require.InRange(value, 100, 100_000); } = 640;

    /// <summary>Units of a layer at most; a larger one is sub-sampled by the seed. Default 512: about a second a layer.</summary>
    public int MaximumUnits { get; init => field = Require.InRange(value, 16, Agglomeration.LargestCount); } = 512;

    /// <summary>Shuffles of the null. Default and least 39: with fewer no two-sided rank reaches .05.</summary>
    public int Draws { get; init => field = Require.InRange(value, 39, 10_000); } = 39;

    /// <summary>Bootstrap samples of a power law's p-value. Default 1,000.</summary>
    public int Bootstrap { get; init => field = Require.InRange(value, 100, 100_000); } = 1_000;

    /// <summary>Share of the units left out of the trimmed SS_rate, those with the largest norms. Default .01.</summary>
    public double TrimmedShare { get; init => field = Require.InRange(value, 0, 0.5); } = 0.01;

    /// <summary>By how much trimming may move SS_rate before the layer rests on few units, if other units do not: our rule. Default .1.</summary>
    public double LoudShift { get; init => field = Require.InRange(value, 0, 10); } = 0.1;

    /// <summary>
    /// By how much shuffling units must move the median layer's SS_rate before it tells of their relations rather than of each one's mean
    /// and variance: our rule. Default .02.
    /// </summary>
    public double SmallestShift { get; init => field = Require.InRange(value, 0, 10); } = 0.02;

    /// <summary>Mean degree at which ε of the unit network is chosen: ours, the paper gives no ε. Default 6.</summary>
    public double MeanDegree { get; init => field = Require.InRange(value, 0.1, 1_000); } = 6;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
