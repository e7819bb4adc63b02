using Analyzer.Statistics;

namespace Analyzer.Tests;

public class FeatureRedundancyTests
{
    // Rows past a tile; what was there before is overwritten, the diagonal too.
    [Fact]
    public void Distances_are_one_less_the_cosines_and_0_from_a_row_to_itself()
    {
        var rows = RandomData.Dense(300, 9, 20);
        var distances = new double[300 * 300];
        Array.Fill(distances, double.NaN);
        var cosines = new CosineDistances(FeatureSimilarity.Signed, .5);
        cosines.Measure(rows, distances, 3, default);
        long duplicates = 0;
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(0, distances[i * 300 + i]);
            for (var j = 0; j < i; j++)
            {
                double Dot(int a, int b) => Enumerable.Range(0, 9).Sum(k => (double)rows.Row(a)[k] * rows.Row(b)[k]);
                var cosine = Dot(i, j) / Math.Sqrt(Dot(i, i) * Dot(j, j));
                duplicates += cosine >= .5 ? 1 : 0;
                // The same sums in the same order, divided once.
                Assert.Equal(1 - cosine, distances[i * 300 + j], 1e-15);
                Assert.Equal(distances[i * 300 + j], distances[j * 300 + i]);
            }
        }
        Assert.Equal((duplicates, 300L * 299 / 2), (cosines.Duplicates, cosines.Histogram.Sum()));
        Assert.ThrowsAny<OperationCanceledException>(() => CosineDistances.SquaredNorms(rows, 1, new(true)));
    }

    [Fact]
    public void Planted_duplicates_are_counted_exactly_and_named()
    {
        // 20 directions at random in 400 dimensions, each five times at other lengths: cosines between them are below .3.
        var features = new Matrix(100, 400);
        var directions = RandomData.Dense(20, 400, 1);
        for (var row = 0; row < 100; row++)
            for (var j = 0; j < 400; j++)
                features.Row(row)[j] = (1 + row / 20) * directions.Row(row % 20)[j];
        foreach (var linkage in Enum.GetValues<Linkage>())
        {
            var found = FeatureRedundancy.Measure(features, 1, new() { Linkage = linkage, Thresholds = [.3, .5, .9, .999999] });
            Assert.All(found.Thresholds, at => Assert.Equal((20, 80), (at.Clusters, at.Redundant)));
            Assert.Equal(20 * 10, found.Duplicates);
            Assert.All(found.Nearest.Index(), pair => Assert.Equal(pair.Index % 20, pair.Item % 20));
            Assert.Equal(LinkageTests.Canonical([.. Enumerable.Range(0, 100).Select(row => row % 20)]), found.Groups.Single().Tree.Labels(.5));
            Assert.Equal(100 * 99 / 2, found.Cosines.Sum());
            Assert.Equal(200, found.Cosines[^1]);
        }
    }

    [Fact]
    public void Equal_rows_are_at_distance_zero_exactly()
    {
        var row = RandomData.Dense(1, 333, 2).Values;
        var found = FeatureRedundancy.Measure(new Matrix(3, 333, [.. row, .. row, .. row]), 1, new() { Thresholds = [1] });
        Assert.Equal([0, 0], found.Heights);
        Assert.Equal(2, found.Thresholds.Single().Redundant);
        Assert.Equal(2, found.Redundant(1));
    }

    [Fact]
    public void Opposite_rows_are_redundant_by_absolute_cosine_only()
    {
        var row = RandomData.Dense(1, 50, 3).Values;
        var features = new Matrix(2, 50, [.. row, .. row.Select(value => -2 * value)]);
        Assert.Equal(0, FeatureRedundancy.Measure(features).Redundant(-.99));
        // −2 is a power of two: all roundings are those of equal rows.
        Assert.Equal(1, FeatureRedundancy.Measure(features, 1, new() { Similarity = FeatureSimilarity.Absolute }).Redundant(1));
        Assert.Equal(1, FeatureRedundancy.Measure(features).Cosines[0]);
    }

    [Fact]
    public void Rows_without_a_norm_are_named_and_left_out()
    {
        var features = new Matrix(5, 2, [1, 0, 0, 0, 1, 0, -0f, 0, 0, 3]);
        var found = FeatureRedundancy.Measure(features);
        Assert.Equal([1, 3], found.Zero);
        Assert.Equal((3, 2), (found.Compared, found.Heights.Length));
        Assert.Equal((2, 1), (found.Thresholds[0].Clusters, found.Thresholds[0].Redundant));
        Assert.Equal([0, 2, 4], found.Groups.Single().Features);
        Assert.Equal([2, -1, 0, -1, 0], found.Nearest);
        Assert.Equal([1.0, null, 1.0, null, 0.0], found.NearestSimilarity);
    }

    [Fact]
    public void Groups_are_compared_within_themselves_and_summed()
    {
        // Both groups hold the same three rows; the second of each repeats the first.
        float[] group = [1, 2, 2, 4, -1, 1];
        var features = new Matrix(6, 2, [.. group, .. group]);
        var found = FeatureRedundancy.Measure(features, groups: 2, new() { Thresholds = [.99] });
        Assert.Equal((4, 2), (found.Thresholds.Single().Clusters, found.Thresholds.Single().Redundant));
        Assert.Equal([3, 4, 5], found.Groups[1].Features);
        Assert.Equal(4, FeatureRedundancy.Measure(features, groups: 1, new() { Thresholds = [.99] }).Thresholds.Single().Redundant);
        // Depthwise: every group holds one filter, so none can repeat another.
        var alone = FeatureRedundancy.Measure(features, groups: 6);
        Assert.All(alone.Thresholds, at => Assert.Equal((6, 0), (at.Clusters, at.Redundant)));
        Assert.All(RedundancyNull.OfRandomFeatures(alone, new()).Redundant, at => Assert.Equal(0, at.Mean));
    }

    [Fact]
    public void Layers_of_nothing_to_compare_have_nothing_redundant()
    {
        foreach (var features in new[] { new Matrix(0, 3), new Matrix(4, 3), new Matrix(1, 1, [2]) })
        {
            var found = FeatureRedundancy.Measure(features);
            Assert.All(found.Thresholds, at => Assert.Equal((found.Compared, 0), (at.Clusters, at.Redundant)));
            Assert.Equal(0, found.Duplicates);
            var random = RedundancyNull.OfRandomFeatures(found, new());
            Assert.All(random.Redundant, at => Assert.Equal((0, 0), (at.Mean, at.StandardDeviation)));
            Assert.All(random.Cosines, share => Assert.Equal(0, share));
            Assert.All(RedundancyNull.OfPermutedEntries(features, 1, new()).Redundant, at => Assert.Equal(0, at.Mean));
        }
    }

    [Fact]
    public void Permuted_entries_keep_a_common_mean_and_lose_a_common_cause()
    {
        // Non-negative rows share a mean direction: their cosines are near 3/4 by chance. Four causes make 40 rows of them.
        var random = new SeededRandom(4);
        var causes = RandomData.Dense(4, 2000, 5);
        var features = new Matrix(40, 2000);
        for (var row = 0; row < 40; row++)
            for (var j = 0; j < 2000; j++)
                features.Row(row)[j] = 1 + causes.Row(row % 4)[j] + .01f * (float)random.NextDouble();
        var options = new FeatureRedundancyOptions { Thresholds = [.7, .9] };
        Assert.Equal([39, 36], FeatureRedundancy.Measure(features, 1, options).Thresholds.Select(at => at.Redundant));
        var permuted = RedundancyNull.OfPermutedEntries(features, 1, options);
        Assert.Equal([39, 0], permuted.Redundant.Select(at => at.Mean));
        Assert.Equal(1, permuted.Cosines[170..180].Sum(), 1e-12);
    }

    [Fact]
    public void Random_features_are_no_more_redundant_than_their_null()
    {
        // The rank of a value among 19 like draws is uniform: it exceeds them all once in twenty.
        var exceeded = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            var features = new Matrix(40, 30);
            StandardNormal.Fill(new(1000 + seed), features.Values);
            var options = new FeatureRedundancyOptions { Draws = 19, Seed = seed, Thresholds = [.2], Threads = 1 };
            var found = FeatureRedundancy.Measure(features, 1, options);
            var draws = RedundancyNull.OfRandomFeatures(found, options).Redundant[0].Draws;
            exceeded += found.Redundant(.2) > draws.Max() ? 1 : 0;
        }
        // Ties count as not exceeded, so fewer than 10 are expected; 20 has a probability below 1e-3 even at a rate of .05.
        Assert.InRange(exceeded, 0, 20);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var features = RandomData.Dense(300, 40, 6);
        FeatureRedundancyOptions one = new() { Threads = 1, Draws = 5 }, five = one with { Threads = 5 };
        FeatureRedundancyResult first = FeatureRedundancy.Measure(features, 2, one), second = FeatureRedundancy.Measure(features, 2, five);
        Assert.Equal(first.Heights, second.Heights);
        Assert.Equal(first.Cosines, second.Cosines);
        RedundancyNull a = RedundancyNull.OfRandomFeatures(first, one), b = RedundancyNull.OfRandomFeatures(first, five);
        Assert.Equal(a.Redundant.Select(r => r.Draws), b.Redundant.Select(r => r.Draws));
        Assert.Equal(a.Cosines, b.Cosines);
    }

    [Fact]
    public void A_null_that_would_cost_too_much_makes_fewer_draws_and_says_so()
    {
        var measured = FeatureRedundancy.Measure(RandomData.Dense(100, 50, 7));
        // 100 × 100 × 50 / 2 products, 50 × 100² operations on distances, 10 × 100 × 50 to draw: 8e5 a draw.
        Assert.Equal(7, RedundancyNull.OfRandomFeatures(measured, new() { NullOperations = 7.5 * 8e5 }).Draws);
        Assert.Equal(3, RedundancyNull.OfRandomFeatures(measured, new() { NullOperations = 0 }).Draws);
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        var values = new float[400_003];
        StandardNormal.Fill(new(8), values);
        double[] moments = [.. Enumerable.Range(1, 4).Select(power => values.Average(value => Math.Pow(value, power)))];
        // Five standard errors: variances of x, x², x³ and x⁴ are 1, 2, 15 and 96.
        var error = 5 / Math.Sqrt(values.Length);
        Assert.Equal(0, moments[0], error);
        Assert.Equal(1, moments[1], error * Math.Sqrt(2));
        Assert.Equal(0, moments[2], error * Math.Sqrt(15));
        Assert.Equal(3, moments[3], error * Math.Sqrt(96));
        // P(|x| > 3) = .0026998; neighbours in the sequence are not correlated.
        Assert.Equal(.0026998, values.Count(value => Math.Abs(value) > 3) / (double)values.Length, error * Math.Sqrt(.0027));
        Assert.Equal(0, Enumerable.Range(1, values.Length - 1).Average(i => (double)values[i] * values[i - 1]), error);
    }

    [Fact]
    public void Bad_parameters_are_refused()
    {
        var features = RandomData.Dense(6, 2, 9);
        Assert.Throws<ArgumentException>(() => FeatureRedundancy.Measure(features, groups: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => FeatureRedundancy.Measure(features, groups: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureRedundancyOptions { Thresholds = [1.5] });
        Assert.Throws<ArgumentException>(() => FeatureRedundancy.Measure(new Matrix(1, 1, [float.PositiveInfinity])));
    }
}
