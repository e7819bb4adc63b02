using Analyzer.Statistics;

namespace Analyzer.Tests;

public class ClusterSeparationTests
{
    [Fact]
    public void Sums_of_squares_follow_their_closed_form()
    {
        // Clusters {0, 2} and {10, 14, 18} on a line, means 1 and 14, mean of all 8.8.
        var found = ClusterSeparation.Measure([0, 2, 10, 14, 18], [5, 5, 5, 5, 5], [0, 0, 1, 1, 1], 2);
        Assert.Equal(2 * 7.8 * 7.8 + 3 * 5.2 * 5.2, found.Between, 1e-12);
        Assert.Equal(2 + 32, found.Within, 1e-12);
        Assert.Equal(found.Between / (34 / 3.0), found.CalinskiHarabasz!.Value, 1e-12);
        Assert.Equal(found.Between / (found.Between + 34), found.EtaSquared!.Value, 1e-12);
        Assert.Equal((0, 1, 0.4), (found.Smallest, found.Largest, found.SmallestShare));
    }

    [Fact]
    public void Clusters_that_are_points_one_cluster_and_empty_ones_have_no_index()
    {
        var points = ClusterSeparation.Measure([0, 0, 3, 3], [1, 1, 1, 1], [0, 0, 1, 1], 2);
        Assert.True(points.ArePoints);
        Assert.Null(points.CalinskiHarabasz);
        Assert.Equal(1, points.EtaSquared);
        Assert.Null(ClusterSeparation.Measure([0, 1], [0, 0], [0, 0], 1).CalinskiHarabasz);
        Assert.Null(ClusterSeparation.Measure([0, 1, 2], [0, 0, 0], [0, 0, 2], 3).CalinskiHarabasz);
        Assert.Null(ClusterSeparation.Measure([0, 1], [0, 0], [0, 1], 2).CalinskiHarabasz);
        Assert.Null(ClusterSeparation.Measure([4, 4], [0, 0], [0, 0], 1).EtaSquared);
        Assert.Throws<ArgumentException>(() => ClusterSeparation.Measure([], [], [], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClusterSeparation.Measure([1], [1], [1], 1));
    }

    [Fact]
    public void Mutual_information_is_one_for_renamed_groups_and_zero_for_crossed_ones()
    {
        Assert.Equal(1, MutualInformation.Normalised([0, 0, 1, 2], [7, 7, -3, 5]), 1e-15);
        Assert.Equal(0, MutualInformation.Normalised([0, 0, 1, 1], [0, 1, 0, 1]), 1e-15);
        Assert.Equal(1, MutualInformation.Normalised([3, 3], [0, 0]));
        Assert.Equal(0, MutualInformation.Normalised([3, 3], [0, 1]));
        Assert.Throws<ArgumentException>(() => MutualInformation.Normalised([], []));
    }

    [Fact]
    public void The_robust_scale_ignores_extremes_and_is_the_deviation_of_a_normal_sample()
    {
        var scale = RobustScale.Of([1, 2, 3, 4, 1e9]);
        Assert.Equal(new RobustScale(3, 1.482602218505602), scale);
        Assert.Equal(2 / 1.482602218505602, scale.ZScore(5)!.Value, 1e-15);
        Assert.Equal(2.5, RobustScale.Of([1, 2, 3, 9]).Median);
        var random = new SeededRandom(1);
        double[] normal = [.. Enumerable.Range(0, 20000).Select(_ => 5 + 3 * GaussianMixtureTests.Normals(random).Item1)];
        // The median distance of 20,000 normal values varies by 1.17 σ/√n = 0.8 %.
        Assert.InRange(RobustScale.Of(normal).Deviation!.Value, 2.9, 3.1);
    }

    [Fact]
    public void Where_few_or_equal_values_say_nothing_of_a_scale_there_is_none()
    {
        Assert.Null(RobustScale.Of([1, 2, 3, 4]).Deviation);
        Assert.Null(RobustScale.Of([7, 7, 7, 7, 9]).ZScore(100));
        Assert.NotNull(RobustScale.Of([1, 2, 3, 4, double.PositiveInfinity]).Deviation);
        Assert.Null(RobustScale.Of([1, 2, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity]).Deviation);
        Assert.Throws<ArgumentException>(() => RobustScale.Of([]));
        Assert.Throws<ArgumentException>(() => RobustScale.Of([double.NaN]));
    }
}
