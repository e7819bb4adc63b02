using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How the analysis <c>anomalies</c> measures. The paper's own settings are not known; these defaults are ours.</summary>
public sealed record AnomaliesOptions
{
    /// <summary>Samples whose maps are clustered at most, class-balanced; the index grows with them, so runs compare at equal numbers only. Default 1,000.</summary>
    public int Samples { get; init => field = Require.InRange(value, 3, 1_000_000); } = 1_000;

    /// <summary>Clusters tried at most. Default 8.</summary>
    public int Clusters { get; init => field = Require.InRange(value, 2, 64); } = 8;

    /// <summary>Starts of each mixture. Default 5.</summary>
    public int Restarts { get; init => field = Require.InRange(value, 1, 1_000); } = 5;

    /// <summary>Robust z of ln CH within a layer above which a filter is suspect. Default 3.</summary>
    public double Score { get; init => field = Require.InRange(value, 0, 1_000); } = 3;

    /// <summary>Share of the samples that its smallest cluster holds at most. Default .02.</summary>
    public double Minority { get; init => field = Require.InRange(value, 1e-6, 0.5); } = .02;

    /// <summary>Mean variance of a position below which a filter is dead, in the activation's unit squared. Default 1e-12.</summary>
    public double DeadVariance { get; init => field = Require.InRange(value, 0, 1); } = 1e-12;

    /// <summary>How often the null counts anomalies in layers of Gaussian maps, each fit with one start; at least 20. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 20, 10_000); } = 20;

    /// <summary>Random splits of the samples that the contrast of outliers is held against. Default 1,000.</summary>
    public int Permutations { get; init => field = Require.InRange(value, 20, 1_000_000); } = 1_000;

    /// <summary>Random ablations beside that of the anomaly filters, at least 20. Default 20.</summary>
    public int Ablations { get; init => field = Require.InRange(value, 20, 10_000); } = 20;

    /// <summary>Samples of each split that an ablated model is scored on at most; 0 ablates nothing. Default 1,000.</summary>
    public int AblationSamples { get; init => field = Require.InRange(value, 0, 10_000_000); } = 1_000;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
