using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What of a unit's responses is compared.</summary>
public enum Responses
{
    /// <summary>Their deviations from the unit's mean, so that the cosine is Pearson's correlation. Ours.</summary>
    Centred,

    /// <summary>The responses as they are: after a ReLU all cosines are positive, unrelated units' too.</summary>
    Raw,
}

/// <summary>How the analysis <c>redundancy</c> measures. Defaults are the paper's (arXiv 1901.10900) where it states one.</summary>
public sealed record RedundancyOptions
{
    /// <summary>The distance of two clusters. Default average, the paper's; its authors' code has complete.</summary>
    public Linkage Linkage { get; init; } = Linkage.Average;

    /// <summary>Whether a feature and its negative are alike. Default signed cosine, the paper's.</summary>
    public FeatureSimilarity Cosine { get; init; } = FeatureSimilarity.Signed;

    /// <summary>What of responses is compared; weights are always taken as they are. Default centred.</summary>
    public Responses Responses { get; init; } = Responses.Centred;

    /// <summary>Similarities τ to cut at. Default .1 to .9.</summary>
    public IReadOnlyList<double> Thresholds { get; init; } = [.1, .2, .3, .4, .5, .6, .7, .8, .9];

    /// <summary>The τ that verdicts are about; it joins <see cref="Thresholds"/>. Default .54, the authors' for VGG-16 on CIFAR-10.</summary>
    public double Tau { get; init => field = Require.InRange(value, -1, 1); } = .54;

    /// <summary>Similarity at or above which two units are duplicates. Default .999.</summary>
    public double Duplicate { get; init => field = Require.InRange(value, 0, 1); } = .999;

    /// <summary>Share of redundant units beyond the null that is worth a warning: our rule, the paper has no number. Default .1.</summary>
    public double Excess { get; init => field = Require.InRange(value, 0, 1); } = .1;

    /// <summary>Draws of the nulls; layers where they cost too much make fewer, and say so. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 3, 10_000); } = 20;

    /// <summary>Samples whose responses are compared, evenly spaced over the split; unrelated units' correlations are 1/√samples. Default 4,096.</summary>
    public int Samples { get; init => field = Require.InRange(value, 2, 1_000_000); } = 4_096;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
