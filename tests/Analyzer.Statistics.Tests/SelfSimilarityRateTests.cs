using Analyzer.Statistics;
using static Analyzer.Tests.SelfSimilarityReference;

namespace Analyzer.Tests;

public class SelfSimilarityRateTests
{
    [Theory]
    [InlineData("units"), InlineData("line"), InlineData("wide"), InlineData("hot"), InlineData("cantor"), InlineData("largeCantor")]
    public void Distances_rates_and_boxes_agree_with_numpy_and_scipy(string name)
    {
        var features = Features(name);
        var expected = Values.GetProperty("selfSimilarity").GetProperty(name);
        double Expected(string value) => expected.GetProperty(value).GetDouble();
        var distances = PairDistances.Measure(features);
        // The hot channel is ten times a float32, rounded to float32: 6e-8. The rest differs by the order of sums.
        var tolerance = name == "hot" ? 1e-7 : 1e-10;
        Assert.Equal(1, distances.Min() / Expected("smallest"), tolerance);
        Assert.Equal(1, distances.Max() / Expected("largest"), tolerance);
        Assert.Equal(1, distances.Sum() / Expected("sum"), tolerance);

        // A pair within rounding of a threshold may fall to either side of it: each moves p by 1/pairs at one of 256 thresholds.
        Assert.Equal(Expected("code"), Rate(features), 1e-6);
        Assert.Equal(Expected("printed"), Rate(features, BoxEstimate.Printed), 1e-6);
        var kept = SelfSimilarityRate.WithoutLoudest(features, 0.01);
        var trimmed = PairDistances.Select(distances, features.Rows, kept);
        Assert.Equal(Expected("codeTrimmed"), SelfSimilarityRate.Measure(trimmed, kept.Length)!.Rate, 1e-6);
        Assert.Equal(Expected("printedTrimmed"),
            SelfSimilarityRate.Measure(trimmed, kept.Length, new() { Estimate = BoxEstimate.Printed })!.Rate, 1e-6);

        var boxes = BoxCount.Measure(distances, features.Rows)!;
        Assert.Equal(Expected("boxDimension"), boxes.Dimension, 1e-6);
        Assert.Equal(Expected("boxResidualError"), boxes.ResidualError, 1e-6);
        Assert.Equal(Expected("boxSlopeError"), boxes.Fit.SlopeError, 1e-6);
        var heights = expected.GetProperty("heights").EnumerateArray().Select(height => height.GetDouble()).ToArray();
        var every = Math.Max(1, boxes.Heights.Length / 16);
        for (var i = 0; i < heights.Length; i++) Assert.Equal(1, boxes.Heights[i * every] / heights[i], tolerance);
    }

    [Fact]
    public void Independent_noise_a_line_and_a_hot_channel_score_as_measured_before()
    {
        // Measured before with two digits, of one draw each, which lies within 2.5 standard deviations of the mean over draws;
        // NumPy's means over twenty of its own draws are .225, .226 and .632, with standard errors of .003 to .006.
        AssertDraws(seed => Rate(Normal(128, 64, seed)), 0.225, 0.20);
        AssertDraws(seed => Rate(Normal(96, 64, seed)), 0.226, 0.19);
        AssertDraws(seed => Rate(Hot(Normal(96, 64, seed))), 0.632, 0.60);
        var line = Column([.. Enumerable.Range(0, 96).Select(i => i / 96f)]);
        Assert.Equal(0.07, Rate(line), 0.005);
    }

    private static void AssertDraws(Func<ulong, double> rate, double mean, double draw)
    {
        double[] rates = [.. Enumerable.Range(0, 40).Select(seed => rate((ulong)seed))];
        var found = NullDistribution.Of(rates);
        Assert.Equal(mean, found.Mean, 0.02);
        Assert.InRange(found.ZScore(draw)!.Value, -2.5, 2.5);
    }

    [Fact]
    public void The_curve_agrees_with_counting_every_pair_at_every_threshold()
    {
        var distances = PairDistances.Measure(RandomData.Dense(70, 9, 1));
        // Ties, and values that are thresholds.
        for (var i = 0; i < 200; i++) distances[i] = distances[2 * i];
        var curve = SelfSimilarityRate.Measure(distances, 70, new() { Thresholds = 40 })!;
        Assert.Equal((distances.Min(), distances.Max()), (curve.Thresholds[0], curve.Thresholds[^1]));
        var ratio = Math.Pow((1 + distances.Max()) / (1 + distances.Min()), 1 / 39.0);
        for (var k = 0; k < 40; k++)
        {
            Assert.Equal(distances.Count(c => c < curve.Thresholds[k]), curve.Shares[k] * distances.Length, 1e-9);
            Assert.Equal((1 + distances.Min()) * Math.Pow(ratio, k), 1 + curve.Thresholds[k], 1e-12);
        }
        Assert.Equal(70, curve.Boxes[0]);
    }

    [Fact]
    public void Both_estimates_share_their_ends_and_curve_oppositely()
    {
        var distances = PairDistances.Measure(RandomData.Dense(50, 9, 2));
        var code = SelfSimilarityRate.Measure(distances, 50)!;
        var printed = SelfSimilarityRate.Measure(distances, 50, new() { Estimate = BoxEstimate.Printed })!;
        Assert.Equal(code.Boxes[0], printed.Boxes[0]);
        // p = ½: halfway in pairs, below the chord for one, above it for the other.
        var half = Array.FindIndex(code.Shares, share => share >= 0.5);
        Assert.InRange(code.Boxes[half], 1, 20);
        Assert.InRange(printed.Boxes[half], 30, 50);
    }

    [Fact]
    public void The_rate_does_not_depend_on_threads_or_on_the_order_of_units()
    {
        var features = RandomData.Dense(300, 17, 3);
        var rate = Rate(features);
        var distances = PairDistances.Measure(features, threads: 1);
        Assert.Equal(rate, SelfSimilarityRate.Measure(distances, 300, new() { Threads = 1 })!.Rate);
        var reversed = new Matrix(300, 17);
        for (var i = 0; i < 300; i++) features.Row(i).CopyTo(reversed.Row(299 - i));
        Assert.Equal(rate, Rate(reversed));
    }

    [Fact]
    public void The_rate_depends_on_the_scale_of_the_features()
    {
        // Not a wish but a property of the definition, which measures against 1 + θ.
        var features = Features("line");
        for (var i = 0; i < 96; i++) features.Values[i] /= 96;
        Assert.InRange(Rate(features), 0.05, 0.09);
        Assert.InRange(Rate(Features("line")), 0.33, 0.36);
    }

    [Fact]
    public void A_cantor_sets_box_dimension_is_found_where_distances_are_large_against_one()
    {
        var dimension = Math.Log(2) / Math.Log(3);
        var large = BoxCount.Measure(PairDistances.Measure(Features("largeCantor")), 128)!;
        Assert.InRange(dimension, large.Dimension - large.ResidualError, large.Dimension + large.ResidualError);
        // The same set within [0, 1]: ln(1 + θ) ≈ θ there, so that no straight line is left and the slope says nothing of a dimension.
        var small = Features("cantor");
        for (var i = 0; i < 128; i++) small.Values[i] /= 2187;
        Assert.InRange(BoxCount.Measure(PairDistances.Measure(small), 128)!.Dimension, 3, 100);
    }

    [Fact]
    public void Boxes_at_a_threshold_hold_no_two_units_farther_apart()
    {
        var distances = PairDistances.Measure(Column([0, 1, 3, 7]));
        var boxes = BoxCount.Measure(distances, 4)!;
        Assert.Equal([1, 3, 7], boxes.Heights);
        Assert.Equal((4, 3, 3, 2, 1), (boxes.Boxes(0.9), boxes.Boxes(1), boxes.Boxes(2.9), boxes.Boxes(3), boxes.Boxes(7)));
    }

    [Fact]
    public void What_is_undefined_is_null()
    {
        Assert.Null(SelfSimilarityRate.Measure(Array.Empty<double>(), 0));
        Assert.Null(SelfSimilarityRate.Measure(Array.Empty<double>(), 1));
        Assert.Null(SelfSimilarityRate.Measure(new double[] { 1 }, 2));
        // Dead units, and units that are equally far from one another.
        Assert.Null(SelfSimilarityRate.Measure(PairDistances.Measure(new Matrix(20, 5)), 20));
        var identity = new Matrix(20, 20);
        for (var i = 0; i < 20; i++) identity.Row(i)[i] = 0.7f;
        Assert.Null(SelfSimilarityRate.Measure(PairDistances.Measure(identity), 20));
        Assert.Null(BoxCount.Measure(PairDistances.Measure(identity), 20));
        Assert.Null(BoxCount.Measure([1, 2, 3], 3));
        Assert.Throws<ArgumentException>(() => SelfSimilarityRate.Measure(new double[3], 4));
    }

    [Fact]
    public void Trimming_drops_the_loudest_hundredth_and_at_least_one()
    {
        var features = Features("hot");
        var kept = SelfSimilarityRate.WithoutLoudest(features, 0.01);
        Assert.Equal(126, kept.Length);
        Assert.DoesNotContain(0, kept);
        Assert.Equal([0, 1], SelfSimilarityRate.WithoutLoudest(Column([1, 2]), 0.5));
        Assert.Equal([0, 1], SelfSimilarityRate.WithoutLoudest(Column([2, 2, 2]), 0.01));
        Assert.Empty(SelfSimilarityRate.WithoutLoudest(new Matrix(0, 3), 0.01));
    }
}
