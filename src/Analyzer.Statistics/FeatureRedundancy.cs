using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>How many features of a layer repeat others: n_r, by agglomerative clustering of their cosines.</summary>
/// <remarks>
/// Ayinde, Inanc and Zurada, arXiv 1901.10900: a feature is a unit's weight vector, n_r = n′ − n_f. Average linkage is the paper's,
/// complete its authors' code. Merges at similarity ≥ τ are made, as by SciPy's <c>fcluster</c>.
/// </remarks>
public static class FeatureRedundancy
{
    /// <summary>Measures how features repeat one another.</summary>
    /// <param name="features">[n′, d], finite: a feature is a row.</param>
    /// <param name="groups">Rows are this many groups of consecutive rows, and are compared within theirs only: grouped convolutions.</param>
    /// <param name="options">Linkage, similarity and thresholds.</param>
    /// <param name="cancel">Stops the measurement.</param>
    /// <returns>n_r at each threshold, merges, cosines. O(n²·d) time and 8·n² bytes, n the rows of a group.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No group, or one of more than <see cref="Agglomeration.LargestCount"/> rows.</exception>
    /// <exception cref="ArgumentException">A value that is not finite, or rows that the groups do not divide.</exception>
    public static FeatureRedundancyResult Measure(
        Matrix features, int groups = 1, FeatureRedundancyOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        options ??= new();
        features.RequireFinite(nameof(features));
        var units = Nonzero(features, groups);
        var largest = Require.InRange(units.Max(group => group.Length), 0, Agglomeration.LargestCount, "features of a group");

        var cosines = new CosineDistances(options.Similarity, options.Duplicate);
        var distances = new double[largest * largest];
        var nearest = new int[features.Rows];
        var similarity = new double?[features.Rows];
        Array.Fill(nearest, -1);
        var trees = new List<FeatureTree>();
        foreach (var group in units.Where(group => group.Length > 0))
        {
            var n = group.Length;
            cosines.Measure(Select(features, group), distances, options.Threads, cancel);
            for (var i = 0; n > 1 && i < n; i++)
            {
                var row = distances.AsSpan(i * n, n);
                row[i] = double.PositiveInfinity;
                var least = TensorPrimitives.IndexOfMin<double>(row);
                (nearest[group[i]], similarity[group[i]]) = (group[least], 1 - row[least]);
            }
            trees.Add(new(group, Agglomeration.Cluster(distances, n, options.Linkage, cancel)));
        }
        double[] heights = [.. trees.SelectMany(group => group.Tree.Heights).Order()];
        var compared = units.Sum(group => group.Length);
        return new()
        {
            Features = features.Rows,
            Dimension = features.Columns,
            Zero = [.. Enumerable.Range(0, features.Rows).Except(units.SelectMany(group => group))],
            Groups = trees,
            Heights = heights,
            Thresholds = [.. options.Thresholds.Select(tau => At(tau, compared, heights))],
            Cosines = cosines.Histogram,
            Duplicates = cosines.Duplicates,
            Nearest = nearest,
            NearestSimilarity = similarity,
        };
    }

    /// <summary>Rows of norm above 0, by group.</summary>
    internal static int[][] Nonzero(Matrix features, int groups)
    {
        Require.InRange(groups, 1, Math.Max(1, features.Rows), nameof(groups));
        if (features.Rows % groups != 0)
            throw new ArgumentException($"{features.Rows} features are not {groups} groups of one size", nameof(groups));
        var size = features.Rows / groups;
        return [.. Enumerable.Range(0, groups).Select(group => Enumerable.Range(group * size, size)
            .Where(row => features.Row(row).ContainsAnyExcept(0f)).ToArray())];
    }

    /// <summary>Some rows of a matrix, or the matrix itself where they are all.</summary>
    internal static Matrix Select(Matrix features, int[] rows) => rows.Length == features.Rows ? features : features.SelectRows(rows);

    private static RedundancyAtThreshold At(double tau, int compared, double[] heights)
    {
        var redundant = Dendrogram.MergesAtMost(heights, 1 - tau);
        return new(tau, compared - redundant, redundant);
    }
}
