namespace Analyzer.Statistics;

/// <summary>How <see cref="GaussianMixture"/> fits. Defaults are scikit-learn 1.2's, but for five starts and a ridge in the data's own scale.</summary>
public sealed record GaussianMixtureOptions
{
    /// <summary>Number of Gaussians, K; K ≤ points is checked at the call.</summary>
    public required int Components { get; init => field = Require.InRange(value, 1, 256); }

    /// <summary>Independent starts; the one with the greatest likelihood wins. One suffices for K = 1. Default 5.</summary>
    public int Restarts { get; init => field = Require.InRange(value, 1, 1_000); } = 5;

    /// <summary>Iterations of one start at most. Default 100.</summary>
    public int MaxIterations { get; init => field = Require.InRange(value, 1, 1_000_000); } = 100;

    /// <summary>A start ends when the mean log-likelihood of a point changes by less than this, in nats. Default 1e-3.</summary>
    public double Tolerance { get; init => field = Require.InRange(value, 0, 1); } = 1e-3;

    /// <summary>
    /// Added to the variances of each component, as a fraction of the data's mean variance per axis (trace / 2), so that
    /// duplicated points leave no component singular. Default 1e-6.
    /// </summary>
    public double Ridge { get; init => field = Require.InRange(value, 1e-12, 1); } = 1e-6;

    /// <summary>Determines the starts, through <see cref="SeededRandom"/>. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>[points] the component of each point to start from, instead of K-Means; one start then. Default null.</summary>
    public int[]? InitialLabels { get; init; }
}

/// <summary>One Gaussian of a mixture in the plane.</summary>
/// <param name="Weight">Share of the mixture, in [0, 1].</param>
/// <param name="X">Mean, first coordinate.</param>
/// <param name="Y">Mean, second coordinate.</param>
/// <param name="XX">Variance of the first coordinate, the ridge included.</param>
/// <param name="XY">Covariance.</param>
/// <param name="YY">Variance of the second coordinate, the ridge included.</param>
public readonly record struct PlanarGaussian(double Weight, double X, double Y, double XX, double XY, double YY)
{
    /// <summary>How far a point lies from the mean, in standard deviations along its direction (Mahalanobis).</summary>
    /// <param name="x">First coordinate.</param>
    /// <param name="y">Second coordinate.</param>
    /// <returns>≥ 0.</returns>
    public double Distance(double x, double y)
    {
        double dx = x - X, dy = y - Y;
        return Math.Sqrt(Math.Max(0, (YY * dx * dx - 2 * XY * dx * dy + XX * dy * dy) / (XX * YY - XY * XY)));
    }
}

/// <summary>What <see cref="GaussianMixture"/> found.</summary>
/// <param name="Components">[K].</param>
/// <param name="Labels">[points] the likeliest component of each point; ties go to the smallest.</param>
/// <param name="Sizes">[K] points of each label; 0 where a component is nobody's likeliest.</param>
/// <param name="Responsibilities">[K, points] row-major: the probability that the component made the point; they sum to 1.</param>
/// <param name="LogLikelihood">Sum over the points of the log density, in nats.</param>
/// <param name="Iterations">Iterations of the start that won.</param>
/// <param name="Converged">Whether it ended by the tolerance, not by the limit of iterations.</param>
public sealed record GaussianMixtureFit(
    PlanarGaussian[] Components, int[] Labels, int[] Sizes, double[] Responsibilities, double LogLikelihood, int Iterations, bool Converged)
{
    /// <summary>Bayesian information criterion, −2 log L + (6K − 1) ln n, in nats: the smaller, the better.</summary>
    /// <remarks>Schwarz 1978; free parameters as scikit-learn counts them: K − 1 weights, 2K means, 3K covariances.</remarks>
    public double Bic => (6 * Components.Length - 1) * Transcendental.Log(Labels.Length) - 2 * LogLikelihood;

    /// <summary>Mean over the points of the probability of their likeliest component, in [1/K, 1]: near 1, the clusters are clear.</summary>
    public double MeanResponsibility
    {
        get
        {
            double sum = 0;
            for (var i = 0; i < Labels.Length; i++) sum += Responsibilities[Labels[i] * Labels.Length + i];
            return sum / Labels.Length;
        }
    }
}
