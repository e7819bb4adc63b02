namespace Analyzer.Statistics;

/// <summary>How <see cref="FilterClusters"/> groups the samples of a filter. The paper names none of these; the defaults are ours.</summary>
public sealed record FilterClustersOptions
{
    /// <summary>Clusters tried at most: K = 2 … this, fewer where there are too few samples. Default 8.</summary>
    public int MostClusters { get; init => field = Require.InRange(value, 2, 64); } = 8;

    /// <summary>Starts of each mixture. Default 5.</summary>
    public int Restarts { get; init => field = Require.InRange(value, 1, 1_000); } = 5;

    /// <summary>Iterations of a start at most. Default 100.</summary>
    public int MaxIterations { get; init => field = Require.InRange(value, 1, 1_000_000); } = 100;

    /// <summary>A start ends when the mean log-likelihood changes by less, in nats. Default 1e-3.</summary>
    public double Tolerance { get; init => field = Require.InRange(value, 0, 1); } = 1e-3;

    /// <summary>Added to each component's variances, as a fraction of the mean variance per axis. Default 1e-6.</summary>
    public double Ridge { get; init => field = Require.InRange(value, 1e-12, 1); } = 1e-6;

    /// <summary>Determines the starts. Default 0.</summary>
    public ulong Seed { get; init; }
}

/// <summary>A mixture that was tried for a filter.</summary>
/// <param name="Components">K.</param>
/// <param name="CalinskiHarabasz">Of its hard clusters; null where that is not defined, also where a component has no point.</param>
/// <param name="Bic">Bayesian information criterion, in nats.</param>
public sealed record MixtureCandidate(int Components, double? CalinskiHarabasz, double Bic);

/// <summary>What the anomaly rule asks of a filter.</summary>
/// <param name="LogIndex">ln of the Calinski–Harabasz index; +∞ where the clusters are points.</param>
/// <param name="SmallestShare">Share of the samples in the smallest cluster, in [0, ½].</param>
public readonly record struct FilterIndex(double LogIndex, double SmallestShare);

/// <summary>The samples of one filter in clusters: a mixture of Gaussians over their feature maps' principal plane.</summary>
/// <remarks>
/// Han et al., arXiv 2412.10457: a filter's feature maps in two principal components, a Gaussian mixture, and the
/// Calinski–Harabasz index, which chooses the number of clusters too. It cannot say K = 1, so BIC's choice stands beside it.
/// </remarks>
public sealed record FilterClusters
{
    private FilterClusters(GaussianMixtureFit mixture, ClusterSeparation separation, MixtureCandidate[] candidates) =>
        (Mixture, Separation, Candidates) = (mixture, separation, candidates);

    /// <summary>The mixture whose clusters have the greatest index; the single Gaussian where no number of clusters has one.</summary>
    public GaussianMixtureFit Mixture { get; }

    /// <summary>How far its clusters lie apart.</summary>
    public ClusterSeparation Separation { get; }

    /// <summary>All that was tried, K = 1 first.</summary>
    public MixtureCandidate[] Candidates { get; }

    /// <summary>K*: number of clusters; 1 where no larger number left every cluster a sample.</summary>
    public int Components => Mixture.Components.Length;

    /// <summary>The number of components with the least BIC, in [1, most].</summary>
    public int BicComponents => Candidates.MinBy(candidate => candidate.Bic)!.Components;

    /// <summary>What the anomaly rule asks; null where there are no clusters.</summary>
    public FilterIndex? Index => Components == 1 ? null
        : new(Separation.ArePoints ? double.PositiveInfinity : Transcendental.Log(Math.Max(Separation.CalinskiHarabasz!.Value, 1e-300)), Separation.SmallestShare);

    /// <summary>Samples of the smallest clusters, ascending; empty where there is but one cluster.</summary>
    /// <param name="mostShare">Share of the samples that those clusters hold together at most, in [0, 1].</param>
    /// <returns>
    /// Not only the smallest cluster's: a few outliers far from one another become a cluster each. Clusters are taken from the
    /// smallest up, of equal ones that farther from the largest first, until the next would exceed the share.
    /// </returns>
    public int[] Minority(double mostShare)
    {
        if (Components == 1) return [];
        var largest = Mixture.Components[Separation.Largest];
        var small = new HashSet<int>();
        var held = 0;
        foreach (var cluster in Enumerable.Range(0, Components).OrderBy(c => Separation.Sizes[c]).ThenByDescending(c => largest.Distance(Mixture.Components[c].X, Mixture.Components[c].Y)))
        {
            held += Separation.Sizes[cluster];
            if (held > mostShare * Mixture.Labels.Length) break;
            small.Add(cluster);
        }
        return [.. Enumerable.Range(0, Mixture.Labels.Length).Where(i => small.Contains(Mixture.Labels[i]))];
    }

    /// <summary>
    /// How far the smallest cluster's mean lies from the largest's, in the largest's standard deviations along that direction
    /// (Mahalanobis, the ridge included); null where there is but one cluster.
    /// </summary>
    public double? MinorityDistance
    {
        get
        {
            if (Components == 1) return null;
            var smallest = Mixture.Components[Separation.Smallest];
            return Mixture.Components[Separation.Largest].Distance(smallest.X, smallest.Y);
        }
    }

    /// <summary>Clusters points of a plane.</summary>
    /// <param name="x">[samples] first principal component, finite.</param>
    /// <param name="y">[samples] second principal component, finite.</param>
    /// <param name="options">Numbers of clusters, starts and limits; null for the defaults.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The clusters with the greatest index; where some are points (their index is infinite), the fewest such.</returns>
    /// <exception cref="ArgumentException">Fewer than 3 points, points that all coincide, or a value that is not finite.</exception>
    public static FilterClusters Of(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, FilterClustersOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new();
        if (x.Length < 3) throw new ArgumentException($"{x.Length} samples have no two clusters and a spread; at least 3 may", nameof(x));
        var candidates = new List<MixtureCandidate>();
        (GaussianMixtureFit Fit, ClusterSeparation Separation, double Index)? best = null;
        for (var k = 1; k <= Math.Min(options.MostClusters, x.Length - 1); k++)
        {
            var fit = GaussianMixture.Fit(x, y, new()
            {
                Components = k,
                Restarts = options.Restarts,
                MaxIterations = options.MaxIterations,
                Tolerance = options.Tolerance,
                Ridge = options.Ridge,
                Seed = options.Seed,
            }, cancel);
            var separation = ClusterSeparation.Measure(x, y, fit.Labels, k);
            candidates.Add(new(k, separation.CalinskiHarabasz, fit.Bic));
            var index = k == 1 || fit.Sizes.Contains(0) ? double.NegativeInfinity
                : separation.ArePoints ? double.PositiveInfinity
                : separation.CalinskiHarabasz!.Value;
            if (best is null || index > best.Value.Index) best = (fit, separation, index);
        }
        return new(best!.Value.Fit, best.Value.Separation, [.. candidates]);
    }

    /// <summary>The same of points that one Gaussian made, which have no clusters to be found: a null of the anomaly rule.</summary>
    /// <param name="samples">Number of points, at least 3.</param>
    /// <param name="varianceX">Variance of the first coordinate, above 0.</param>
    /// <param name="varianceY">Variance of the second coordinate.</param>
    /// <param name="options">As of the filter that it stands beside; its seed draws the points too.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Clusters of independent normal points (Marsaglia and Bray 1964, so that they are the same on every machine).</returns>
    /// <exception cref="ArgumentException">Too few points, or a variance out of range.</exception>
    public static FilterClusters OfGaussian(
        int samples, double varianceX, double varianceY, FilterClustersOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.InRange(varianceX, double.Epsilon, double.MaxValue, nameof(varianceX));
        Require.InRange(varianceY, 0, varianceX, nameof(varianceY));
        double deviationX = Math.Sqrt(varianceX), deviationY = Math.Sqrt(varianceY);
        double[] x = new double[samples], y = new double[samples];
        var random = new SeededRandom(options.Seed);
        for (var i = 0; i < samples; i++)
        {
            double a, b, square;
            do
            {
                (a, b) = (2 * random.NextDouble() - 1, 2 * random.NextDouble() - 1);
                square = a * a + b * b;
            }
            while (square is >= 1 or < 1e-300);
            var length = Math.Sqrt(-2 * Transcendental.Log(square) / square);
            (x[i], y[i]) = (deviationX * a * length, deviationY * b * length);
        }
        return Of(x, y, options, cancel);
    }
}
