using Analyzer.Statistics;

namespace Analyzer.Tests;

public class FeatureNullTests
{
    [Fact]
    public void A_shuffle_keeps_each_units_values_and_breaks_their_relation()
    {
        var units = new Matrix(2, 2000);
        RandomData.Dense(1, 2000, 1).Values.CopyTo(units.Row(0));
        units.Row(0).CopyTo(units.Row(1));
        var shuffled = FeatureNull.Shuffle(units, 2);
        for (var i = 0; i < 2; i++) Assert.Equal(units.Row(i).ToArray().Order(), shuffled.Row(i).ToArray().Order());
        // Correlation of independent values: standard deviation 1/√2000 = .022.
        double product = 0;
        for (var k = 0; k < 2000; k++) product += shuffled.Row(0)[k] * shuffled.Row(1)[k];
        Assert.InRange(product / 2000 * 3, -0.1, 0.1);
    }

    [Fact]
    public void Normal_values_have_each_units_mean_and_variance()
    {
        var units = new Matrix(3, 20_000);
        units.Row(0).Fill(4);
        for (var k = 0; k < 20_000; k++) (units.Row(1)[k], units.Row(2)[k]) = (k % 2 == 0 ? 9 : 11, k % 2 == 0 ? -2 : 2);
        var drawn = FeatureNull.Gaussian(units, 3);
        Assert.All(drawn.Row(0).ToArray(), value => Assert.Equal(4, value));
        // Standard errors: 1/141 and 2/141 of means, 1/200 of a deviation.
        Assert.InRange(drawn.Row(1).ToArray().Average(), 9.97, 10.03);
        Assert.InRange(drawn.Row(2).ToArray().Average(), -0.06, 0.06);
        Assert.InRange(drawn.Row(2).ToArray().Average(value => value * value), 3.88, 4.12);
    }

    [Fact]
    public void Draws_depend_on_the_seed_and_not_on_threads()
    {
        var units = RandomData.Dense(50, 30, 4);
        Assert.Equal(FeatureNull.Shuffle(units, 5, 1).Values, FeatureNull.Shuffle(units, 5, 4).Values);
        Assert.NotEqual(FeatureNull.Shuffle(units, 5).Values, FeatureNull.Shuffle(units, 6).Values);
        Assert.Equal(FeatureNull.Gaussian(units, 5, 1).Values, FeatureNull.Gaussian(units, 5, 4).Values);
    }
}
