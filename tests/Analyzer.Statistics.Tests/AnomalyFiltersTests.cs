using Analyzer.Statistics;

namespace Analyzer.Tests;

public class AnomalyFiltersTests
{
    private static readonly FilterClustersOptions OneStart = new() { Restarts = 1 };

    [Fact]
    public void Four_outlier_maps_in_one_of_64_filters_are_found_and_nothing_else()
    {
        var layer = new FilterClusters?[64];
        for (var filter = 0; filter < layer.Length; filter++)
        {
            var maps = Maps(1000, 49, (ulong)filter);
            if (filter == 20)
                foreach (var outlier in new[] { 3, 250, 500, 999 })
                    for (var j = 0; j < 49; j++) maps.Row(outlier)[j] *= 40;
            layer[filter] = Cluster(maps);
        }
        var found = AnomalyFilters.Find(layer, 1000);
        Assert.Equal([20], found.Filters);
        Assert.Equal([3, 250, 500, 999], Enumerable.Range(0, 1000).Where(i => found.SampleScores[i] == 1));
        Assert.Equal(4, found.SampleScores.Sum());
        Assert.Equal(1, AnomalyFilters.Count([.. layer.Select(filter => filter!.Index)]));
        Assert.True(found.Scores[20] > 10);
        Assert.True(layer[20]!.MinorityDistance > 10);
    }

    [Fact]
    public void A_filter_that_tells_two_halves_of_the_data_apart_is_no_anomaly()
    {
        // The index alone takes it for one: paper 4's own pitfall. Two halves 12 deviations apart, an index far above the others'.
        var layer = Enumerable.Range(0, 16).Select(filter => FilterClusters.Of(Gauss(1000, (ulong)filter).X, Gauss(1000, (ulong)filter).Y, OneStart)).ToArray();
        var (x, y) = Gauss(1000, 99);
        for (var i = 0; i < 500; i++) x[i] += 12;
        var halves = FilterClusters.Of(x, y, OneStart);
        (x, y) = Gauss(1000, 98);
        for (var i = 0; i < 10; i++) x[i] += 30;
        var outliers = FilterClusters.Of(x, y, OneStart);
        var found = AnomalyFilters.Find([.. layer, halves, outliers], 1000);
        Assert.True(found.Scores[16] > 3);
        Assert.Equal(2, halves.Components);
        Assert.InRange(halves.Separation.SmallestShare, 0.49, 0.51);
        Assert.Equal([17], found.Filters);
    }

    [Fact]
    public void The_indices_of_the_specification_are_reproduced()
    {
        // Paper file, measured: N = 1000, halves 5 deviations apart 3,007; 10 outliers at 30 deviations 4,401 (K = 2).
        double[] halves = new double[20], outliers = new double[20];
        for (ulong seed = 0; seed < 20; seed++)
        {
            var (x, y) = Gauss(1000, seed);
            for (var i = 0; i < 500; i++) x[i] += 5;
            halves[seed] = Two(x, y);
            (x, y) = Gauss(1000, seed);
            for (var i = 0; i < 10; i++) x[i] += 30;
            outliers[seed] = Two(x, y);
        }
        // The spread between seeds of one draw is some 6 %, so of a mean of 20 some 1.5 %.
        Assert.InRange(halves.Average() / 3007, 0.93, 1.07);
        Assert.InRange(outliers.Average() / 4401, 0.93, 1.07);
        static double Two(double[] x, double[] y) =>
            ClusterSeparation.Measure(x, y, GaussianMixture.Fit(x, y, new() { Components = 2, Restarts = 1 }).Labels, 2).CalinskiHarabasz!.Value;
    }

    [Fact]
    public void Over_a_hundred_layers_of_noise_hardly_any_filter_is_called_an_anomaly()
    {
        var alarms = 0;
        const int layers = 120, filters = 12;
        Parallel.For(0, layers, layer =>
        {
            var clusters = Enumerable.Range(0, filters).Select(filter => Cluster(Maps(150, 16, (ulong)(1000 * layer + filter)))).ToArray();
            Interlocked.Add(ref alarms, AnomalyFilters.Find(clusters, 150).Filters.Length);
        });
        // Measured elsewhere on 2400 filters of such maps: 2 alarms; on independent normal maps none. A heavy tail is another matter:
        // Student's t with 3 degrees of freedom gives 5 to 6 %, and rightly, for it has outliers.
        Assert.InRange(alarms / (double)(layers * filters), 0, 0.004);
    }

    [Fact]
    public void Clusters_that_are_points_beat_any_index_and_are_said_to_have_none()
    {
        double[] x = new double[1000], y = new double[1000];
        x[7] = x[8] = 5;
        var points = FilterClusters.Of(x, y, OneStart);
        Assert.Equal((2, double.PositiveInfinity), (points.Components, points.Index!.Value.LogIndex));
        Assert.Null(points.Separation.CalinskiHarabasz);
        var others = Enumerable.Range(0, 6).Select(filter => FilterClusters.Of(Gauss(1000, (ulong)filter).X, Gauss(1000, (ulong)filter).Y, OneStart));
        var found = AnomalyFilters.Find([.. others, points], 1000);
        Assert.Equal([6], found.Filters);
        Assert.Null(found.Scores[6]);
        Assert.Equal([7, 8], Enumerable.Range(0, 1000).Where(i => found.SampleScores[i] > 0));
    }

    [Fact]
    public void Small_and_dead_layers_are_undecided_not_wrong()
    {
        var (x, y) = Gauss(100, 1);
        var filter = FilterClusters.Of(x, y, OneStart);
        foreach (FilterClusters?[] layer in new[] { [], [null], [filter], [filter, null, filter, filter, filter], new FilterClusters?[64] })
        {
            var found = AnomalyFilters.Find(layer, 100);
            Assert.False(found.Decided);
            Assert.Empty(found.Filters);
            Assert.All(found.Scores, Assert.Null);
            Assert.Equal(0, found.SampleScores.Sum());
        }
        Assert.Throws<ArgumentException>(() => AnomalyFilters.Find([filter], 99));
    }

    [Fact]
    public void Outliers_of_several_small_clusters_stay_together_within_the_share()
    {
        // 100 points around 0, and clusters of one, two and two far off, the last farthest.
        var (x, y) = Gauss(100, 3);
        double[] xs = [.. x, 500, 900, 900.1, 2_000, 2_000.1], ys = [.. y, 500, 0, .1, 0, .1];
        var filter = FilterClusters.Of(xs, ys);
        Assert.Equal([1, 2, 2], filter.Separation.Sizes.Order().Take(3));
        Assert.Equal([100, 101, 102, 103, 104], filter.Minority(.05));
        // Two of the clusters of two and one would be five in a hundred and five: the nearer one waits.
        Assert.Equal([100, 103, 104], filter.Minority(.03));
        Assert.Equal([100], filter.Minority(.02));
    }

    [Fact]
    public void Three_samples_cluster_and_two_are_refused()
    {
        var three = FilterClusters.Of([0, 1, 9], [0, 0, 0]);
        Assert.Equal(2, three.Components);
        Assert.Equal([2], three.Minority(0.34));
        Assert.Equal(2, three.Candidates.Length);
        Assert.StartsWith("2 samples have no two clusters", Assert.Throws<ArgumentException>(() => FilterClusters.Of([0, 1], [0, 1])).Message);
    }

    [Fact]
    public void The_choice_of_clusters_is_the_greatest_index_and_the_least_bic()
    {
        var (x, y) = GaussianMixtureTests.Blobs(600, 4, 9, seed: 3);
        var found = FilterClusters.Of(x, y);
        Assert.Equal((4, 4), (found.Components, found.BicComponents));
        Assert.Equal(8, found.Candidates.Length);
        Assert.Null(found.Candidates[0].CalinskiHarabasz);
        Assert.Equal(found.Separation.CalinskiHarabasz, found.Candidates.Max(candidate => candidate.CalinskiHarabasz));
    }

    [Fact]
    public void Gaussian_points_are_drawn_with_their_variances_and_a_seed()
    {
        var one = FilterClusters.OfGaussian(20_000, 9, 0.25, OneStart with { MostClusters = 2, Seed = 4 });
        // A single Gaussian by BIC; half of its variance along the first axis is between the two halves, at most 2/π.
        Assert.Equal(1, one.BicComponents);
        Assert.InRange(one.Separation.EtaSquared!.Value, 0.55, 2 / Math.PI);
        // 20,000 draws: a standard error of 1 % of the variance.
        Assert.InRange((one.Separation.Between + one.Separation.Within) / 20_000, 9.25 * 0.96, 9.25 * 1.04);
        Assert.Equal(one.Mixture.Labels, FilterClusters.OfGaussian(20_000, 9, 0.25, OneStart with { MostClusters = 2, Seed = 4 }).Mixture.Labels);
        Assert.Throws<ArgumentOutOfRangeException>(() => FilterClusters.OfGaussian(10, 0, 0, OneStart));
    }

    private static FilterClusters Cluster(Matrix maps)
    {
        var plane = PrincipalPlane.Of(maps);
        return FilterClusters.Of(plane.First, plane.Second, OneStart);
    }

    // Noise smoothed over neighbours, so that a plane explains some of it, and rectified as feature maps are.
    private static Matrix Maps(int samples, int positions, ulong seed)
    {
        var random = new SeededRandom(seed * 7919 + 1);
        var maps = new Matrix(samples, positions);
        for (var i = 0; i < samples; i++)
        {
            double state = 0;
            for (var j = 0; j < positions; j++)
            {
                state = 0.8 * state + GaussianMixtureTests.Normals(random).Item1;
                maps.Row(i)[j] = (float)Math.Max(0, state + 1);
            }
        }
        return maps;
    }

    private static (double[] X, double[] Y) Gauss(int n, ulong seed) => GaussianMixtureTests.Blobs(n, 1, 0, seed + 1);
}
