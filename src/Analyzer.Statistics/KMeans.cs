namespace Analyzer.Statistics;

/// <summary>Lloyd's clustering by Euclidean distance.</summary>
/// <remarks>
/// As scikit-learn 1.2: greedy k-means++ starts (Arthur and Vassilvitskii, SODA 2007; 2 + ⌊ln k⌋ candidates), an empty
/// cluster takes the row farthest from its centre, a start ends when no label changes or the centres hardly move.
/// Nearest centres are exact: scores are computed in float32, and in double wherever float32's rounding could decide.
/// O(iterations · rows · columns · k).
/// </remarks>
public static class KMeans
{
    /// <summary>Clusters bits, taken as the numbers 0 and 1.</summary>
    /// <param name="codes">[rows, columns], packed.</param>
    /// <param name="options">k, starts and limits.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the clustering.</param>
    /// <returns>Labels, centres and inertia of the best start.</returns>
    /// <exception cref="ArgumentException">Fewer rows than clusters, or initial centres of another shape.</exception>
    public static KMeansResult Cluster(
        PackedBits codes, KMeansOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        return Cluster(new BitDesign(codes), options, progress, cancel);
    }

    /// <summary>Clusters rows of float32.</summary>
    /// <param name="samples">[rows, columns], finite.</param>
    /// <param name="options">k, starts and limits.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the clustering.</param>
    /// <returns>Labels, centres and inertia of the best start.</returns>
    /// <exception cref="ArgumentException">
    /// Fewer rows than clusters, initial centres of another shape, or a value that is not finite.
    /// </exception>
    public static KMeansResult Cluster(
        Matrix samples, KMeansOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RequireFinite(nameof(samples));
        return Cluster(new DenseDesign(samples), options, progress, cancel);
    }

    private static KMeansResult Cluster(Design design, KMeansOptions options, IProgress<double>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.InRange(options.Clusters, 1, design.Rows, nameof(options.Clusters));
        if (options.InitialCentres is { } given)
        {
            Require.SameLength(given.GetLength(0), options.Clusters, nameof(options.InitialCentres));
            Require.SameLength(given.GetLength(1), design.Columns, nameof(options.InitialCentres));
        }
        var lloyd = new Lloyd(design, options, cancel);
        if (options.InitialCentres is { } centres)
        {
            var result = lloyd.Run((double[,])centres.Clone());
            progress?.Report(1);
            return result;
        }

        var random = new SeededRandom(options.Seed);
        var seeds = new ulong[options.Restarts];
        for (var i = 0; i < seeds.Length; i++) seeds[i] = random.NextWord();
        var results = new KMeansResult[seeds.Length];
        var steps = new ProgressSteps(progress, seeds.Length);
        Blocks.For(seeds.Length, 1, options.Threads, (start, _) =>
        {
            results[start] = lloyd.Run(KMeansPlusPlus.Choose(design, lloyd.SquaredNorms, options.Clusters, new(seeds[start])));
            steps.Finish();
        }, cancel);
        return results.MinBy(result => result.Inertia)!;
    }
}
