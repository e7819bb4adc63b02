using System.Numerics.Tensors;
using System.Runtime.InteropServices;

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
    private const int ColumnBlock = 4096;

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

    /// <summary>Clusters codes by the counts of what they have in common: the same result, and time that bits have no part in.</summary>
    /// <param name="gram">The counts.</param>
    /// <param name="options">k, starts and limits; no initial centres.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the clustering.</param>
    /// <returns>Labels, centres and inertia of the best start.</returns>
    /// <exception cref="ArgumentException">Fewer rows than clusters, or initial centres.</exception>
    /// <remarks>O(rows²) for a start, and O(rows) for every row that changes its cluster. Memory: 8 · rows · k bytes for each of two starts.</remarks>
    public static KMeansResult Cluster(CodeGram gram, KMeansOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(gram);
        ArgumentNullException.ThrowIfNull(options);
        Require.InRange(options.Clusters, 1, gram.Rows, nameof(options.Clusters));
        if (options.InitialCentres is not null) throw new ArgumentException("counts have no centres but means of rows; cluster the codes instead", nameof(options));
        var tolerance = options.Tolerance * gram.MeanVariance();
        var best = Best(options, seed => new GramLloyd(gram, options, tolerance, cancel).Run(Places(KMeansPlusPlus.Choose(gram.Rows, options.Clusters, gram.SquaredDistances, new(seed)))),
            result => result.Inertia, progress, cancel);
        return new(gram.Restored(best.Labels), Means(gram.Codes, gram.Restored(best.Members), options.Clusters, options.Threads, cancel), best.Inertia, best.Iterations, best.Converged);

        int[] Places(int[] rows) => Array.ConvertAll(rows, row => Array.IndexOf(gram.Order, row));
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
        return Best(options, seed => lloyd.Run(lloyd.Starts(seed)), result => result.Inertia, progress, cancel);
    }

    // The start with the least inertia, the first of equals.
    private static T Best<T>(KMeansOptions options, Func<ulong, T> run, Func<T, double> inertia, IProgress<double>? progress, CancellationToken cancel)
    {
        var random = new SeededRandom(options.Seed);
        var seeds = new ulong[options.Restarts];
        for (var i = 0; i < seeds.Length; i++) seeds[i] = random.NextWord();
        var results = new T[seeds.Length];
        var steps = new ProgressSteps(progress, seeds.Length);
        Blocks.For(seeds.Length, 1, options.Threads, (start, _) =>
        {
            results[start] = run(seeds[start]);
            steps.Finish();
        }, cancel);
        return results.MinBy(inertia)!;
    }

    // The means of the rows that are members; of the rows started from where none is.
    private static double[,] Means(PackedBits codes, int[] members, int clusters, int threads, CancellationToken cancel)
    {
        var (design, centres, counts) = (new BitDesign(codes), new double[clusters, codes.Bits], new int[clusters]);
        foreach (var cluster in members) counts[cluster]++;
        Blocks.For(codes.Bits, ColumnBlock, threads, (first, count) =>
        {
            for (var row = 0; row < members.Length; row++) design.AddTo(Part(members[row], first, count), row, 1, first);
            for (var cluster = 0; cluster < clusters; cluster++) TensorPrimitives.Divide(Part(cluster, first, count), Math.Max(1, counts[cluster]), Part(cluster, first, count));
        }, cancel);
        return centres;

        Span<double> Part(int cluster, int first, int count) => MemoryMarshal.CreateSpan(ref centres[cluster, first], count);
    }
}
