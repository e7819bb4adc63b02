namespace Analyzer.Statistics;

/// <summary>Where <see cref="TernaryEmbedding"/> cuts z-scores. Defaults: Garcia-Gasulla et al., arXiv 1705.07706.</summary>
public sealed record TernaryEmbeddingOptions
{
    /// <summary>z above this gives +1. Default .15.</summary>
    public double Upper { get; init => field = Require.InRange(value, 0, 100); } = .15;

    /// <summary>z below this gives −1. Default −.25.</summary>
    public double Lower { get; init => field = Require.InRange(value, -100, 0); } = -.25;
}
