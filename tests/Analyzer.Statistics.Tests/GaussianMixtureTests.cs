using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

public class GaussianMixtureTests
{
    [Fact]
    public void From_the_same_labels_every_parameter_agrees_with_scikit_learn()
    {
        foreach (var (x, y, expected, k) in RealPlanes())
        {
            var given = expected.GetProperty("given");
            int[] start = [.. Enumerable.Range(0, x.Length).Select(i => i * k / x.Length)];
            var fit = GaussianMixture.Fit(x, y, new() { Components = k, InitialLabels = start });
            Assert.Equal(given.GetProperty("iterations").GetInt32(), fit.Iterations);
            // Both in double; a hundred iterations amplify the last digits.
            Assert.Equal(1, fit.LogLikelihood / given.GetProperty("logLikelihood").GetDouble(), 1e-9);
            Assert.Equal(1, fit.Bic / given.GetProperty("bic").GetDouble(), 1e-9);
            Assert.Equal(given.GetProperty("meanResponsibility").GetDouble(), fit.MeanResponsibility, 1e-7);
            Assert.Equal(given.GetProperty("sizes").EnumerateArray().Select(size => size.GetInt32()), fit.Sizes);
            var scale = Math.Sqrt(x.Sum(v => v * v) / x.Length);
            for (var c = 0; c < k; c++)
            {
                var (means, covariances) = (given.GetProperty("means")[c], given.GetProperty("covariances")[c]);
                Assert.Equal(given.GetProperty("weights")[c].GetDouble(), fit.Components[c].Weight, 1e-7);
                Assert.Equal(means[0].GetDouble(), fit.Components[c].X, 1e-6 * scale);
                Assert.Equal(means[1].GetDouble(), fit.Components[c].Y, 1e-6 * scale);
                Assert.Equal(covariances[0][0].GetDouble(), fit.Components[c].XX, 1e-6 * scale * scale);
                Assert.Equal(covariances[0][1].GetDouble(), fit.Components[c].XY, 1e-6 * scale * scale);
                Assert.Equal(covariances[1][1].GetDouble(), fit.Components[c].YY, 1e-6 * scale * scale);
            }
            var separation = ClusterSeparation.Measure(x, y, fit.Labels, k);
            Assert.Equal(given.TryGetProperty("calinskiHarabasz", out _), separation.CalinskiHarabasz is not null);
            if (separation.CalinskiHarabasz is { } index) Assert.Equal(1, index / given.GetProperty("calinskiHarabasz").GetDouble(), 1e-10);
            Assert.Equal(given.GetProperty("normalisedMutualInformation").GetDouble(), MutualInformation.Normalised(Digits(), fit.Labels), 1e-12);
        }
    }

    [Fact]
    public void Five_random_starts_are_as_likely_as_scikit_learns()
    {
        // Starts differ, and each ends within about 1e-3 nats a point of its optimum; some of either's are better.
        double worst = double.PositiveInfinity, sum = 0;
        var cases = 0;
        foreach (var (x, y, expected, k) in RealPlanes())
        {
            var fit = GaussianMixture.Fit(x, y, new() { Components = k });
            var gain = (fit.LogLikelihood - expected.GetProperty("restarts").GetProperty("logLikelihood").GetDouble()) / x.Length;
            (worst, sum, cases) = (Math.Min(worst, gain), sum + gain, cases + 1);
        }
        Assert.Equal(32, cases);
        Assert.True(worst > -0.02, $"worst {worst} nats a point");
        Assert.True(sum / cases > -0.002, $"mean {sum / cases} nats a point");
    }

    [Theory]
    [InlineData(2, 57), InlineData(5, 64), InlineData(8, 201)]
    public void Two_iterations_agree_with_the_textbook(int k, int n)
    {
        var (x, y) = Blobs(n, 3, 4, seed: 2);
        int[] start = [.. Enumerable.Range(0, n).Select(i => i % k)];
        var fit = GaussianMixture.Fit(x, y, new() { Components = k, InitialLabels = start, MaxIterations = 2, Tolerance = 0 });
        var responsibilities = new double[k, n];
        for (var i = 0; i < n; i++) responsibilities[start[i], i] = 1;
        var (components, _) = Naive(x, y, responsibilities);
        for (var step = 0; step < 2; step++) (components, _) = Naive(x, y, Shares(x, y, components).Shares);
        var (shares, logLikelihood) = Shares(x, y, components);
        Assert.Equal(logLikelihood, fit.LogLikelihood, 1e-9 * Math.Abs(logLikelihood));
        for (var c = 0; c < k; c++)
        {
            Assert.Equal(components[c].Weight, fit.Components[c].Weight, 1e-12);
            Assert.Equal(components[c].X, fit.Components[c].X, 1e-10);
            Assert.Equal(components[c].XY, fit.Components[c].XY, 1e-10);
            for (var i = 0; i < n; i++) Assert.Equal(shares[c, i], fit.Responsibilities[c * n + i], 1e-11);
        }
    }

    [Fact]
    public void Planted_blobs_are_found_with_their_sizes_and_bic_counts_them()
    {
        var (x, y) = Blobs(900, 3, 12, seed: 5);
        var fits = Enumerable.Range(1, 6).Select(k => GaussianMixture.Fit(x, y, new() { Components = k })).ToArray();
        Assert.Equal(3, 1 + Array.IndexOf(fits, fits.MinBy(fit => fit.Bic)));
        Assert.Equal([300, 300, 300], fits[2].Sizes);
        Assert.Equal(1, ClusterAgreement.Measure(fits[2].Labels, [.. Enumerable.Range(0, 900).Select(i => i % 3)]).Matched);
        Assert.True(fits[2].Converged);
        Assert.InRange(fits[2].MeanResponsibility, 0.999, 1);
        Assert.All(fits[2].Components, c => Assert.InRange(c.XX, 0.8, 1.2));
    }

    [Fact]
    public void One_component_is_the_mean_and_the_covariance_in_closed_form()
    {
        var (x, y) = Blobs(101, 2, 3, seed: 6);
        var fit = GaussianMixture.Fit(x, y, new() { Components = 1 });
        double mx = x.Average(), my = y.Average();
        double xx = x.Average(v => (v - mx) * (v - mx)), yy = y.Average(v => (v - my) * (v - my)), xy = x.Zip(y, (a, b) => (a - mx) * (b - my)).Average();
        var ridge = 1e-6 * (xx + yy) / 2;
        Assert.Equal(new PlanarGaussian(1, mx, my, xx + ridge, xy, yy + ridge).ToString()[..30], fit.Components[0].ToString()[..30]);
        Assert.Equal(xx + ridge, fit.Components[0].XX, 1e-12);
        Assert.Equal(xy, fit.Components[0].XY, 1e-12);
        Assert.Equal(5 * Math.Log(101) - 2 * fit.LogLikelihood, fit.Bic, 1e-9);
        Assert.All(fit.Responsibilities, share => Assert.Equal(1, share));
    }

    [Fact]
    public void Duplicated_points_give_finite_fits_and_components_without_points_are_reported()
    {
        double[] x = [.. Enumerable.Range(0, 50).Select(i => i < 48 ? 0.0 : i)], y = new double[50];
        for (var k = 1; k <= 8; k++)
        {
            var fit = GaussianMixture.Fit(x, y, new() { Components = k });
            Assert.True(double.IsFinite(fit.LogLikelihood) && double.IsFinite(fit.Bic));
            Assert.All(fit.Components, c => Assert.True(double.IsFinite(c.X) && c.XX > 0 && c.YY > 0));
            Assert.All(fit.Responsibilities, share => Assert.InRange(share, 0, 1 + 1e-12));
            Assert.Equal(50, fit.Sizes.Sum());
            if (k > 3) Assert.Contains(0, fit.Sizes);
        }
    }

    [Fact]
    public void The_scale_and_the_place_of_the_points_do_not_matter()
    {
        var (x, y) = Blobs(300, 3, 6, seed: 7);
        var near = GaussianMixture.Fit(x, y, new() { Components = 3 });
        // Powers of two scale without rounding.
        var small = GaussianMixture.Fit([.. x.Select(v => v / 1048576)], [.. y.Select(v => v / 1048576)], new() { Components = 3 });
        Assert.Equal(near.Labels, small.Labels);
        Assert.Equal(near.LogLikelihood + 2 * 300 * Math.Log(1048576), small.LogLikelihood, 1e-7);
    }

    [Fact]
    public void Callers_errors_are_named()
    {
        double[] three = [1, 2, 3];
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianMixture.Fit(three, three, new() { Components = 4 }));
        Assert.Throws<ArgumentException>(() => GaussianMixture.Fit(three, [1, 2], new() { Components = 1 }));
        Assert.Throws<ArgumentException>(() => GaussianMixture.Fit(three, [1, 2, double.NaN], new() { Components = 1 }));
        Assert.StartsWith("all points coincide", Assert.Throws<ArgumentException>(() => GaussianMixture.Fit([1, 1], [2, 2], new() { Components = 1 })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianMixture.Fit(three, three, new() { Components = 2, InitialLabels = [0, 1, 2] }));
    }

    /// <summary>Unit Gaussians around points on a circle, in turn.</summary>
    internal static (double[] X, double[] Y) Blobs(int n, int blobs, double radius, ulong seed)
    {
        var random = new SeededRandom(seed);
        double[] x = new double[n], y = new double[n];
        for (var i = 0; i < n; i++)
        {
            var angle = 2 * Math.PI * (i % blobs) / blobs;
            var (a, b) = Normals(random);
            (x[i], y[i]) = (radius * Math.Cos(angle) + a, radius * Math.Sin(angle) + b);
        }
        return (x, y);
    }

    internal static (double, double) Normals(SeededRandom random)
    {
        double length = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
        return (length * Math.Cos(angle), length * Math.Sin(angle));
    }

    private static (PlanarGaussian[] Components, double[,] Shares) Naive(double[] x, double[] y, double[,] shares)
    {
        var ridge = 1e-6 * (x.Average(v => Math.Pow(v - x.Average(), 2)) + y.Average(v => Math.Pow(v - y.Average(), 2))) / 2;
        var components = new PlanarGaussian[shares.GetLength(0)];
        for (var k = 0; k < components.Length; k++)
        {
            double[] r = [.. Enumerable.Range(0, x.Length).Select(i => shares[k, i])];
            double n = r.Sum(), mx = Weighted(r, i => x[i]), my = Weighted(r, i => y[i]);
            components[k] = new(n / x.Length, mx, my, Weighted(r, i => Math.Pow(x[i] - mx, 2)) + ridge,
                Weighted(r, i => (x[i] - mx) * (y[i] - my)), Weighted(r, i => Math.Pow(y[i] - my, 2)) + ridge);
        }
        return (components, shares);
        static double Weighted(double[] r, Func<int, double> value) => r.Select((share, i) => share * value(i)).Sum() / r.Sum();
    }

    private static (double[,] Shares, double LogLikelihood) Shares(double[] x, double[] y, PlanarGaussian[] components)
    {
        var shares = new double[components.Length, x.Length];
        double logLikelihood = 0;
        for (var i = 0; i < x.Length; i++)
        {
            double[] densities = [.. components.Select(c => c.Weight * Math.Exp(-Math.Pow(c.Distance(x[i], y[i]), 2) / 2)
                / (2 * Math.PI * Math.Sqrt(c.XX * c.YY - c.XY * c.XY)))];
            for (var k = 0; k < densities.Length; k++) shares[k, i] = densities[k] / densities.Sum();
            logLikelihood += Math.Log(densities.Sum());
        }
        return (shares, logLikelihood);
    }

    /// <summary>The principal planes of four filters of 1000 real maps, each with scikit-learn's mixtures of 1 to 8.</summary>
    internal static IEnumerable<(double[] X, double[] Y, JsonElement Expected, int Components)> RealPlanes()
    {
        var filters = Expected().GetProperty("filters");
        var scores = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Place("anomaly-planes.bin"))).ToArray();
        for (var filter = 0; filter < filters.GetArrayLength(); filter++)
            foreach (var mixture in filters[filter].EnumerateArray())
                yield return (Values(scores, 2 * filter), Values(scores, 2 * filter + 1), mixture, mixture.GetProperty("components").GetInt32());
        static double[] Values(float[] scores, int row) => [.. scores[(1000 * row)..(1000 * row + 1000)].Select(value => (double)value)];
    }

    internal static JsonElement Expected() => JsonDocument.Parse(File.ReadAllText(Place("anomaly-mixtures.json"))).RootElement;

    private static int[] Digits() => [.. File.ReadAllBytes(Place("mnist-labels.bin")).Take(1000).Select(label => (int)label)];

    private static string Place(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", name);
}
