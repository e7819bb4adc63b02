namespace Analyzer.Statistics;

/// <summary>A mixture of Gaussians with full covariances over points of a plane, fitted by expectation-maximisation.</summary>
/// <remarks>
/// As scikit-learn 1.2's <c>GaussianMixture(covariance_type="full")</c> (Dempster, Laird and Rubin 1977): each start runs K-Means
/// from greedy k-means++ centres and takes its clusters as the first responsibilities; the likeliest of the starts wins.
/// O(starts · iterations · points · K).
/// </remarks>
public static class GaussianMixture
{
    /// <summary>Fits a mixture.</summary>
    /// <param name="x">[points] first coordinates, finite.</param>
    /// <param name="y">[points] second coordinates, finite.</param>
    /// <param name="options">K, starts and limits.</param>
    /// <param name="cancel">Stops the fit.</param>
    /// <returns>The likeliest fit; a component may be left without points, see <see cref="GaussianMixtureFit.Sizes"/>.</returns>
    /// <exception cref="ArgumentException">
    /// Fewer points than components, different lengths, a value that is not finite, points that all coincide (their likelihood
    /// has no bound), or initial labels outside [0, K).
    /// </exception>
    public static GaussianMixtureFit Fit(
        ReadOnlySpan<double> x, ReadOnlySpan<double> y, GaussianMixtureOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require.SameLength(y.Length, x.Length, nameof(y));
        Require.InRange(options.Components, 1, x.Length, nameof(options.Components));
        var points = new PlanarPoints(x, y);
        if (points.Variance <= 0) throw new ArgumentException("all points coincide, so no mixture has a largest likelihood", nameof(x));

        var em = new MixtureSteps(points, options);
        if (options.InitialLabels is { } given)
        {
            Require.SameLength(given.Length, x.Length, nameof(options.InitialLabels));
            foreach (var label in given) Require.InRange(label, 0, options.Components - 1, nameof(options.InitialLabels));
            return em.Run(given, cancel);
        }
        GaussianMixtureFit? best = null;
        var random = new SeededRandom(options.Seed);
        var kMeans = new PlanarKMeans(points, options.Components);
        for (var start = 0; start < (options.Components == 1 ? 1 : options.Restarts); start++)
        {
            var fit = em.Run(kMeans.Cluster(new(random.NextWord())), cancel);
            if (best is null || fit.LogLikelihood > best.LogLikelihood) best = fit;
        }
        return best!;
    }
}
