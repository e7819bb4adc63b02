namespace Analyzer.Statistics;

/// <summary>How alike two features are.</summary>
public enum FeatureSimilarity
{
    /// <summary>Signed cosine, in [−1, 1]: the paper's.</summary>
    Signed,

    /// <summary>|cosine|, in [0, 1]: a feature and its negative are alike too. Ours.</summary>
    Absolute,
}

/// <summary>How <see cref="FeatureRedundancy"/> measures.</summary>
public sealed record FeatureRedundancyOptions
{
    /// <summary>The distance of two clusters. Default average, the paper's; its authors' code has complete.</summary>
    public Linkage Linkage { get; init; } = Linkage.Average;

    /// <summary>How alike two features are. Default signed cosine, the paper's.</summary>
    public FeatureSimilarity Similarity { get; init; } = FeatureSimilarity.Signed;

    /// <summary>
    /// Similarities τ at or above which clusters merge, each in [−1, 1]. Default .1 to .9, with the authors' .54 for VGG-16.
    /// </summary>
    public IReadOnlyList<double> Thresholds
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var tau in value) Require.InRange(tau, -1, 1);
            field = value;
        }
    } = [.1, .2, .3, .4, .5, .54, .6, .7, .8, .9];

    /// <summary>Similarity at or above which two features are duplicates. Default .999.</summary>
    public double Duplicate { get; init => field = Require.InRange(value, 0, 1); } = .999;

    /// <summary>Draws of a null, where its cost allows as many. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 3, 10_000); } = 20;

    /// <summary>
    /// Multiply-adds that all draws of a null may cost together: 3e10 take a second of one core or so. Fewer draws are made where
    /// this allows fewer, but never fewer than three. Default 4e11.
    /// </summary>
    public double NullOperations { get; init => field = Require.InRange(value, 0, 1e18); } = 4e11;

    /// <summary>Determines the draws, through <see cref="SeededRandom"/>. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>What a cut at one similarity leaves.</summary>
/// <param name="Tau">Clusters merge while their similarity is at least this.</param>
/// <param name="Clusters">n_f: clusters left, summed over groups.</param>
/// <param name="Redundant">n_r = n′ − n_f, n′ without the zero features.</param>
public sealed record RedundancyAtThreshold(double Tau, int Clusters, int Redundant);

/// <summary>The features of one group and how they merge.</summary>
/// <param name="Features">Rows of the matrix, [n], ascending; zero features are left out.</param>
/// <param name="Tree">Item i is <paramref name="Features"/>[i]; heights are 1 − similarity.</param>
public sealed record FeatureTree(int[] Features, Dendrogram Tree);

/// <summary>What <see cref="FeatureRedundancy"/> found.</summary>
public sealed record FeatureRedundancyResult
{
    /// <summary>Rows of the matrix.</summary>
    public required int Features { get; init; }

    /// <summary>Columns of the matrix, d.</summary>
    public required int Dimension { get; init; }

    /// <summary>Rows whose norm is 0, ascending: they have no direction and are left out of everything else.</summary>
    public required int[] Zero { get; init; }

    /// <summary>Features compared, n′: all but the zero ones.</summary>
    public int Compared => Features - Zero.Length;

    /// <summary>The groups that have a feature to compare.</summary>
    public required IReadOnlyList<FeatureTree> Groups { get; init; }

    /// <summary>Merge heights of all groups, 1 − similarity, ascending: the whole curve n_r(τ).</summary>
    public required double[] Heights { get; init; }

    /// <summary>n_f and n_r at each threshold asked for.</summary>
    public required IReadOnlyList<RedundancyAtThreshold> Thresholds { get; init; }

    /// <summary>Pairs of one group by signed cosine: bin i counts those in [−1 + i/100, −1 + (i + 1)/100), the last also 1.</summary>
    public required long[] Cosines { get; init; }

    /// <summary>Pairs at or above <see cref="FeatureRedundancyOptions.Duplicate"/>.</summary>
    public required long Duplicates { get; init; }

    /// <summary>The most similar other feature of the same group, [rows]; −1 where there is none.</summary>
    public required int[] Nearest { get; init; }

    /// <summary>Similarity with <see cref="Nearest"/>, [rows]; null where there is none.</summary>
    public required double?[] NearestSimilarity { get; init; }

    /// <summary>n_r at any similarity.</summary>
    /// <param name="tau">Clusters merge while their similarity is at least this.</param>
    /// <returns>In [0, n′ − groups]. O(log n′).</returns>
    public int Redundant(double tau) => Dendrogram.MergesAtMost(Heights, 1 - tau);
}
