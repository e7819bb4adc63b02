namespace Analyzer.Statistics;

/// <summary>What <see cref="FeatureRedundancy"/> measures where features have nothing to do with one another.</summary>
/// <remarks>
/// Directions at random have cosines of standard deviation 1/√d, so n_r at a low τ is large by chance alone: an n_r says nothing
/// without this.
/// </remarks>
public sealed record RedundancyNull
{
    private const int FewestDraws = 3;
    // What draws that run at the same time may take together.
    private const double MemoryLimit = 1L << 30;

    /// <summary>n_r at each threshold of the options, in their order.</summary>
    public required IReadOnlyList<NullDistribution> Redundant { get; init; }

    /// <summary>Share of the pairs by signed cosine, in the bins of <see cref="FeatureRedundancyResult.Cosines"/>; 0 throughout for no pair.</summary>
    public required double[] Cosines { get; init; }

    /// <summary>Draws made.</summary>
    public required int Draws { get; init; }

    /// <summary>Features of independent Gaussian entries, with the numbers of features and the dimension of those measured.</summary>
    /// <param name="measured">Whose null.</param>
    /// <param name="options">As for the measurement; seed, draws and their cost.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>n_r at each threshold.</returns>
    /// <remarks>
    /// Where d exceeds a group's features, the cosines of n Gaussian rows are drawn from the Bartlett factor of their Wishart
    /// matrix, [n, n]: the same distribution at the cost of d = n.
    /// </remarks>
    public static RedundancyNull OfRandomFeatures(
        FeatureRedundancyResult measured, FeatureRedundancyOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(measured);
        ArgumentNullException.ThrowIfNull(options);
        int[] sizes = [.. measured.Groups.Select(group => group.Features.Length)];
        var d = measured.Dimension;
        return Draw(sizes, group => Math.Min(d, sizes[group]), (group, random) => RandomFeatures(sizes[group], d, random), options, progress, cancel);
    }

    /// <summary>The features themselves, the entries of each in an order of their own: what is common to them at one sample is lost.</summary>
    /// <param name="features">The matrix that was measured: a feature's responses to samples.</param>
    /// <param name="groups">As for the measurement.</param>
    /// <param name="options">As for the measurement; seed, draws and their cost.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>n_r at each threshold.</returns>
    public static RedundancyNull OfPermutedEntries(
        Matrix features, int groups, FeatureRedundancyOptions options, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(options);
        features.RequireFinite(nameof(features));
        int[][] rows = [.. FeatureRedundancy.Nonzero(features, groups).Where(group => group.Length > 0)];
        return Draw([.. rows.Select(group => group.Length)], _ => features.Columns, (group, random) =>
            FeatureNull.Shuffle(FeatureRedundancy.Select(features, rows[group]), random.NextWord(), 1), options, progress, cancel);
    }

    private static RedundancyNull Draw(
        int[] sizes, Func<int, int> dimension, Func<int, SeededRandom, Matrix> draw,
        FeatureRedundancyOptions options, IProgress<double>? progress, CancellationToken cancel)
    {
        double n = sizes.DefaultIfEmpty(0).Max();
        Require.InRange((int)n, 0, Agglomeration.LargestCount, "features of a group");
        // Products, then some fifty operations a distance for cosines, histogram and linkage, and ten to draw an entry.
        var cost = sizes.Select((size, group) => .5 * size * size * dimension(group) + 50.0 * size * size + 10.0 * size * dimension(group)).Sum();
        var draws = (int)Math.Clamp(options.NullOperations / Math.Max(cost, 1), FewestDraws, options.Draws);
        var atOnce = (int)Math.Clamp(MemoryLimit / (8 * n * n + 1), 1, Math.Min(draws, options.Threads));

        var random = new SeededRandom(options.Seed);
        var seeds = new ulong[draws];
        for (var i = 0; i < draws; i++) seeds[i] = random.NextWord();
        var redundant = new double[options.Thresholds.Count][];
        for (var i = 0; i < redundant.Length; i++) redundant[i] = new double[draws];
        var cosines = new CosineDistances(options.Similarity, options.Duplicate);
        var steps = new ProgressSteps(progress, draws);
        var perWorker = Blocks.Count(draws, atOnce);
        Blocks.For(draws, perWorker, atOnce, (first, count) =>
        {
            var distances = new double[(int)n * (int)n];
            for (var i = first; i < first + count; i++)
            {
                var own = new SeededRandom(seeds[i]);
                for (var group = 0; group < sizes.Length; group++)
                {
                    cosines.Measure(draw(group, own), distances, Math.Max(1, options.Threads / atOnce), cancel);
                    var tree = Agglomeration.Cluster(distances, sizes[group], options.Linkage, cancel);
                    for (var t = 0; t < redundant.Length; t++)
                        redundant[t][i] += tree.Items - tree.Clusters(1 - options.Thresholds[t]);
                }
                steps.Finish();
            }
        }, cancel);
        double pairs = Math.Max(1, cosines.Histogram.Sum());
        return new()
        {
            Draws = draws,
            Redundant = [.. redundant.Select(values => NullDistribution.Of(values))],
            Cosines = [.. cosines.Histogram.Select(count => count / pairs)],
        };
    }

    private static Matrix RandomFeatures(int count, int dimension, SeededRandom random)
    {
        if (dimension <= count)
        {
            var plain = new Matrix(count, dimension);
            StandardNormal.Fill(random, plain.Values);
            return plain;
        }
        // Bartlett: below the diagonal normal, on it the norm of the d − i entries that a rotation turns onto one axis.
        var factor = new Matrix(count, count);
        var entries = new float[dimension];
        for (var i = 0; i < count; i++)
        {
            StandardNormal.Fill(random, entries);
            entries.AsSpan(0, i).CopyTo(factor.Row(i));
            double sum = 0;
            foreach (double entry in entries.AsSpan(i)) sum += entry * entry;
            factor.Row(i)[i] = (float)Math.Sqrt(sum);
        }
        return factor;
    }
}
