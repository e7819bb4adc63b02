using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How the analysis <c>preprocessing</c> measures. All defaults are ours.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>Samples that every change is tried on first. Default 128.</summary>
    public int Screened { get; init => field = Require.InRange(value, 32, 1_000_000); } = 128;

    /// <summary>Other samples that the few best changes are judged on. Default 512.</summary>
    public int Samples { get; init => field = Require.InRange(value, 64, 1_000_000); } = 512;

    /// <summary>Divergence of the inputs of BatchNorms from training's, in nats a channel, that a change must take away to be called better. Default .05.</summary>
    public double LeastDivergence { get; init => field = Require.InRange(value, 0, 1_000); } = .05;

    /// <summary>Accuracy that a change must add to be called better. Default .02.</summary>
    public double LeastGain { get; init => field = Require.InRange(value, 0, 1); } = .02;

    /// <summary>Divergence, in nats a channel, above which the data is called unlike that of training though no change helps. Default .5.</summary>
    public double MostDivergence { get; init => field = Require.InRange(value, 0, 1_000_000); } = .5;
}
