namespace Analyzer.Statistics;

/// <summary>How <see cref="KNearest"/> searches.</summary>
public sealed record KNearestOptions
{
    /// <summary>Neighbours of each query, k; k ≤ training rows is checked at the call. Default 9 (He et al., authors' code).</summary>
    public int Neighbours { get; init => field = Require.InRange(value, 1, 10_000); } = 9;

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>The nearest training rows of each query.</summary>
/// <param name="Indices">[queries, k] training rows, by ascending distance, then ascending row.</param>
/// <param name="Distances">[queries, k] Hamming distances in bits, in [0, bits].</param>
public sealed record NearestNeighbours(int[,] Indices, int[,] Distances)
{
    /// <summary>Number of queries.</summary>
    public int Queries => Indices.GetLength(0);

    /// <summary>Neighbours of each query, k.</summary>
    public int Neighbours => Indices.GetLength(1);
}
