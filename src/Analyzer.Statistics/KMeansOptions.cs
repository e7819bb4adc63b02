namespace Analyzer.Statistics;

/// <summary>How <see cref="KMeans"/> clusters. Defaults follow scikit-learn 1.2.</summary>
public sealed record KMeansOptions
{
    /// <summary>Number of clusters, k; k ≤ rows is checked at the call.</summary>
    public required int Clusters { get; init => field = Require.InRange(value, 1, 10_000); }

    /// <summary>Independent starts; the one with least inertia wins. Not used with given centres. Default 10.</summary>
    public int Restarts { get; init => field = Require.InRange(value, 1, 1_000); } = 10;

    /// <summary>Iterations of one start at most. Default 300.</summary>
    public int MaxIterations { get; init => field = Require.InRange(value, 1, 1_000_000); } = 300;

    /// <summary>
    /// A start ends when the squared shifts of all centres sum to at most this times the mean variance of a feature. Default 1e-4.
    /// </summary>
    public double Tolerance { get; init => field = Require.InRange(value, 0, 1); } = 1e-4;

    /// <summary>Determines the starts, through <see cref="SeededRandom"/>. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Centres to start from, [k, columns], instead of k-means++; one start then. Default null.</summary>
    public double[,]? InitialCentres { get; init; }

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>What <see cref="KMeans"/> found.</summary>
/// <param name="Labels">[rows] nearest centre of each row, in [0, k); ties go to the smallest.</param>
/// <param name="Centres">[k, columns] means of the rows of each cluster; of one without rows its last centre, or the row it started from.</param>
/// <param name="Inertia">Sum of the squared Euclidean distances of rows to their centres, ≥ 0; for bits in bits.</param>
/// <param name="Iterations">Iterations of the start that won.</param>
/// <param name="Converged">Whether it ended by labels or tolerance, not by the limit of iterations.</param>
public sealed record KMeansResult(int[] Labels, double[,] Centres, double Inertia, int Iterations, bool Converged);
