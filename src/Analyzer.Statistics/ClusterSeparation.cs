namespace Analyzer.Statistics;

/// <summary>How far clusters of points in a plane lie apart, for their width.</summary>
public sealed record ClusterSeparation
{
    // What rounding leaves of the squares within clusters that are points.
    private const double Coincident = 1e-12;

    private ClusterSeparation(int[] sizes, double between, double within) => (Sizes, Between, Within) = (sizes, between, within);

    /// <summary>Points of each cluster, [clusters].</summary>
    public int[] Sizes { get; }

    /// <summary>SSB: squared distances of the clusters' means from the mean of all, each times the cluster's size, summed; ≥ 0.</summary>
    public double Between { get; }

    /// <summary>SSW: squared distances of the points from their cluster's mean, summed; ≥ 0.</summary>
    public double Within { get; }

    /// <summary>
    /// Calinski–Harabasz, [SSB/(K − 1)] / [SSW/(n − K)], unitless, ≥ 0; it grows with n. Null where it is not defined: one cluster,
    /// an empty one, n ≤ K, or clusters that are points (SSW below 1e-12 of all, where it is infinite; scikit-learn says 1).
    /// </summary>
    /// <remarks>Calinski and Harabasz 1974, as scikit-learn's <c>calinski_harabasz_score</c>.</remarks>
    public double? CalinskiHarabasz
    {
        get
        {
            int k = Sizes.Length, n = Sizes.Sum();
            return k < 2 || n <= k || Sizes.Contains(0) || ArePoints ? null : Between / (k - 1) / (Within / (n - k));
        }
    }

    /// <summary>Whether the clusters are points: nothing varies within them.</summary>
    public bool ArePoints => Within <= Coincident * (Between + Within);

    /// <summary>η² = SSB/(SSB + SSW), the share of the variance that the clusters explain, in [0, 1]; null where nothing varies.</summary>
    public double? EtaSquared => Between + Within > 0 ? Between / (Between + Within) : null;

    /// <summary>The cluster with the fewest points; the first of several.</summary>
    public int Smallest => Array.IndexOf(Sizes, Sizes.Min());

    /// <summary>The cluster with the most points; the first of several.</summary>
    public int Largest => Array.IndexOf(Sizes, Sizes.Max());

    /// <summary>ρ: the share of points in the smallest cluster, in [0, 1/K].</summary>
    public double SmallestShare => Sizes.Min() / (double)Sizes.Sum();

    /// <summary>Measures it.</summary>
    /// <param name="x">[n] first coordinates, finite.</param>
    /// <param name="y">[n] second coordinates, finite.</param>
    /// <param name="clusters">[n] cluster of each point, in [0, <paramref name="count"/>).</param>
    /// <param name="count">Number of clusters, K ≥ 1.</param>
    /// <returns>Sums of squares in double by two passes. O(n + K).</returns>
    /// <exception cref="ArgumentException">No points, different lengths, or a cluster outside the range.</exception>
    public static ClusterSeparation Measure(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<int> clusters, int count)
    {
        Require.SameLength(y.Length, x.Length, nameof(y));
        Require.SameLength(clusters.Length, x.Length, nameof(clusters));
        Require.InRange(count, 1, int.MaxValue, nameof(count));
        if (x.Length == 0) throw new ArgumentException("there are no points, so nothing lies apart", nameof(x));
        var sizes = new int[count];
        double[] mx = new double[count], my = new double[count];
        double allX = 0, allY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var cluster = Require.InRange(clusters[i], 0, count - 1, nameof(clusters));
            sizes[cluster]++;
            mx[cluster] += x[i];
            my[cluster] += y[i];
            allX += x[i];
            allY += y[i];
        }
        (allX, allY) = (allX / x.Length, allY / x.Length);
        double between = 0, within = 0;
        for (var k = 0; k < count; k++)
        {
            if (sizes[k] == 0) continue;
            (mx[k], my[k]) = (mx[k] / sizes[k], my[k] / sizes[k]);
            between += sizes[k] * ((mx[k] - allX) * (mx[k] - allX) + (my[k] - allY) * (my[k] - allY));
        }
        for (var i = 0; i < x.Length; i++)
        {
            double dx = x[i] - mx[clusters[i]], dy = y[i] - my[clusters[i]];
            within += dx * dx + dy * dy;
        }
        return new(sizes, between, within);
    }
}
