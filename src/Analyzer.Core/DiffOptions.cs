using Analyzer.Statistics;

namespace Analyzer;

/// <summary>How two runs are compared.</summary>
public sealed record DiffOptions
{
    /// <summary>Where <c>diff.json</c>, <c>diff.md</c> and <c>diff.html</c> go; null for nowhere. Default null.</summary>
    public string? Out { get; init; }

    /// <summary>Samples of one split whose activations are compared at most, chosen at random; the cost grows with their square. Default 1,000.</summary>
    public int Samples { get; init => field = Require.InRange(value, 16, SampleKernel.MostSamples); } = 1_000;

    /// <summary>Random halves of the samples behind an interval. Default 200.</summary>
    public int Halves { get; init => field = Require.InRange(value, 40, 100_000); } = 200;

    /// <summary>Permutations of the samples behind a null. Default 100.</summary>
    public int Permutations { get; init => field = Require.InRange(value, 20, 100_000); } = 100;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }
}
