using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What stands for a unit's map: mean pooling is the authors', and hides detectors of small things.</summary>
public enum Pooling
{
    /// <summary>Its mean over positions.</summary>
    Mean,

    /// <summary>Its maximum over positions.</summary>
    Max,
}

/// <summary>
/// How the analysis <c>discriminate</c> measures. The thresholds of the embedding are the authors' (arXiv 1705.07706); what else there is
/// no source gives, and the defaults are ours.
/// </summary>
public sealed record DiscriminateOptions
{
    /// <summary>Which taps are read. Default mean.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Samples at most, drawn at random with the shares of the classes kept. Default 10,000.</summary>
    public int MostSamples { get; init => field = Require.InRange(value, 100, 10_000_000); } = 10_000;

    /// <summary>Label permutations of the null. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 2, 10_000); } = 20;

    /// <summary>τ is this quantile of the null |KS| of a class size. Default .999.</summary>
    public double Quantile { get; init => field = Require.InRange(value, .5, 1); } = .999;

    /// <summary>False discovery rate at which a layer counts as characteristic of classes. Default .05.</summary>
    public double Rate { get; init => field = Require.InRange(value, 1e-6, .5); } = .05;

    /// <summary>Signed KS from which on one unit singles out a class. Default .9.</summary>
    public double SinglesOut { get; init => field = Require.InRange(value, .1, 1); } = .9;

    /// <summary>z-score above which a unit counts as present in the embedding, +1. Default .15.</summary>
    public double Upper { get; init => field = Require.InRange(value, 0, 100); } = .15;

    /// <summary>z-score below which a unit counts as absent in the embedding, −1. Default −.25.</summary>
    public double Lower { get; init => field = Require.InRange(value, -100, 0); } = -.25;

    /// <summary>
    /// C of the linear probes: the weight of the data against the penalty. Default null: for each probe .01, 1 or 100, whichever is right most
    /// often on a fifth held out of the samples fitted on. One C for all would favour the embedding, whose rows are far longer than 1.
    /// </summary>
    public double? C { get; init => field = value is { } c ? Require.InRange(c, 1e-6, 1e6) : null; }

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
