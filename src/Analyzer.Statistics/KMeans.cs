using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>Lloyd's clustering by Euclidean distance.</summary>
/// <remarks>
/// As scikit-learn 1.2: greedy k-means++ starts (Arthur and Vassilvitskii, SODA 2007; 2 + ⌊ln k⌋ candidates), an empty
/// cluster takes the row farthest from its centre, a start ends when no label changes or the centres hardly move.
/// Nearest centres are exact: scores are computed in float32, and in double wherever float32's rounding could decide.
/// O(iterations · rows · columns · k). Each of min(<see cref="KMeansOptions.Restarts"/>, <see cref="KMeansOptions.Threads"/>) starts that run at
/// once takes 28 · columns · k bytes for centres, and 4 · rows · k for bounds of distances, of these 1 GiB at most or 64 bytes a row.
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
        ArgumentNullException.ThrowIfNull(options);
        return Cluster(new BitDesign(codes, null, options.Threads, cancel), options, progress, cancel);
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
        ArgumentNullException.ThrowIfNull(options);
        samples.RequireFinite(nameof(samples));
        return Cluster(new DenseDesign(samples), options, progress, cancel);
    }

    /// <summary>Clusters codes by the counts of what they have in common: the result of the codes, but for what rounds or ties differently.</summary>
    /// <param name="gram">The counts.</param>
    /// <param name="options">k, starts, limits and threads; no initial centres.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the clustering.</param>
    /// <returns>Labels, centres and inertia of the best start.</returns>
    /// <exception cref="ArgumentException">Fewer rows than clusters, or initial centres.</exception>
    /// <remarks>
    /// O(rows · k) an iteration and O(rows) for every row that changes its cluster, all of them in a start's first; the bits are read once, for the
    /// centres. Each of min(<see cref="KMeansOptions.Restarts"/>, <see cref="KMeansOptions.Threads"/>) starts that run at once takes 8 · rows · k bytes.
    /// </remarks>
    public static KMeansResult Cluster(CodeGram gram, KMeansOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(gram);
        ArgumentNullException.ThrowIfNull(options);
        Require.InRange(options.Clusters, 1, gram.Rows, nameof(options.Clusters));
        if (options.InitialCentres is not null) throw new ArgumentException("counts have no centres but means of rows; cluster the codes instead", nameof(options));
        var tolerance = options.Tolerance * gram.MeanVariance();
        var best = Best(options, seed => new GramLloyd(gram, Starts(seed), options, tolerance, cancel).Run(), result => result.Inertia, progress, cancel);
        return new(gram.Restored(best.Labels), Means(gram, best.Centres, options.Threads, cancel), best.Inertia, best.Iterations, best.Converged);

        int[] Starts(ulong seed) => Array.ConvertAll(KMeansPlusPlus.Choose(gram.Rows, options.Clusters, gram.SquaredDistances, new(seed), cancel), row => Array.IndexOf(gram.Order, row));
    }

    private static KMeansResult Cluster(Design design, KMeansOptions options, IProgress<double>? progress, CancellationToken cancel)
    {
        Require.InRange(options.Clusters, 1, design.Rows, nameof(options.Clusters));
        Require.InRange(design.Rows, 1, Assignment.MostRows, "rows");
        Require.InRange((double)design.Columns * Design.Padded(options.Clusters), 1, Array.MaxLength, "columns × clusters");
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
        Blocks.ForShared(seeds.Length, options.Threads, start =>
        {
            results[start] = run(seeds[start]);
            steps.Finish();
        }, cancel);
        return results.MinBy(inertia)!;
    }

    // The mean of some rows of the counts, for each cluster.
    private static double[,] Means(CodeGram gram, int[][] rows, int threads, CancellationToken cancel)
    {
        var (design, means) = (new BitDesign(gram.Codes), new double[rows.Length, gram.Codes.Bits]);
        Blocks.For(gram.Codes.Bits, ColumnBlock, threads, (first, count) =>
        {
            for (var cluster = 0; cluster < rows.Length; cluster++)
            {
                var mean = MemoryMarshal.CreateSpan(ref means[cluster, first], count);
                foreach (var row in rows[cluster]) design.AddTo(mean, gram.Order[row], 1, first);
                TensorPrimitives.Divide(mean, rows[cluster].Length, mean);
            }
        }, cancel);
        return means;
    }
}
