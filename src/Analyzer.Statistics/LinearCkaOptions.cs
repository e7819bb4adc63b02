namespace Analyzer.Statistics;

/// <summary>How sure a <see cref="LinearCka"/> is made.</summary>
public sealed record LinearCkaOptions
{
    /// <summary>Random halves of the samples behind the interval. Default 200.</summary>
    public int Halves { get; init => field = Require.InRange(value, 40, 100_000); } = 200;

    /// <summary>Permutations of the samples behind the null. Default 100.</summary>
    public int Permutations { get; init => field = Require.InRange(value, 20, 100_000); } = 100;

    /// <summary>Where random choices start from. Default 0.</summary>
    public ulong Seed { get; init; }
}
