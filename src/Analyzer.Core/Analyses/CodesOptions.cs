using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>How the analysis <c>codes</c> measures. Defaults are the authors' (arXiv 2101.05490) where they state one.</summary>
public sealed record CodesOptions
{
    /// <summary>k of the nearest-neighbour vote. Default 9.</summary>
    public int Neighbours { get; init => field = Require.InRange(value, 1, 1_000); } = 9;

    /// <summary>Starts of K-Means. Default 10.</summary>
    public int Restarts { get; init => field = Require.InRange(value, 1, 1_000); } = 10;

    /// <summary>C of the logistic regressions: the weight of the data against the penalty. Default 1.</summary>
    public double C { get; init => field = Require.InRange(value, 1e-6, 1e6); } = 1;

    /// <summary>Label shuffles of the null. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 2, 10_000); } = 20;

    /// <summary>
    /// Rows that each logistic fit on shuffled labels sees, drawn at random; its accuracy is chance at any number of rows.
    /// Default 2,000.
    /// </summary>
    public int LogisticNullRows { get; init => field = Require.InRange(value, 10, 1_000_000); } = 2_000;

    /// <summary>
    /// Whether each layer is probed alone too. A layer of half as many bits as samples and more costs about what the network costs. Default null: where samples
    /// times bits of the network are at most <see cref="LayerWork"/>. Distinct codes are counted in any case.
    /// </summary>
    public bool? ProbeLayers { get; init; }

    /// <summary>Samples times bits of the network up to which layers are probed unasked: minutes on two cores.</summary>
    public const long LayerWork = 4_000_000_000;

    /// <summary>R of a split above which the codes are under-expressive: our rule, the paper has no number. Default .02.</summary>
    public double UnderExpressive { get; init => field = Require.InRange(value, 0, 1); } = .02;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
