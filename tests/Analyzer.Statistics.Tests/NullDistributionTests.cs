using Analyzer.Statistics;

namespace Analyzer.Tests;

public class NullDistributionTests
{
    [Fact]
    public void Mean_deviation_z_and_tail_follow_their_formulas()
    {
        var null3 = NullDistribution.Of([1, 2, 3]);
        Assert.Equal((2.0, 1.0), (null3.Mean, null3.StandardDeviation));
        Assert.Equal(3, null3.ZScore(5));
        Assert.Equal(0.25, null3.UpperTail(4));
        Assert.Equal(0.75, null3.UpperTail(2));
        Assert.Equal(1, null3.UpperTail(1));
        Assert.Equal([1, 2, 3], null3.Draws);
    }

    [Fact]
    public void A_large_offset_costs_no_digits()
    {
        // The one-pass formula would give 0 here: squares of 1e9 leave no room for the deviations.
        Assert.Equal(1, NullDistribution.Of([1e9 + 1, 1e9 + 2, 1e9 + 3]).StandardDeviation);
    }

    [Fact]
    public void Without_spread_z_is_undefined() => Assert.Null(NullDistribution.Of([0.5, 0.5]).ZScore(0.6));

    [Fact]
    public void Too_few_or_infinite_draws_are_refused()
    {
        Assert.Equal("1 draws have no standard deviation; at least 2 do (Parameter 'draws')",
            Assert.Throws<ArgumentException>(() => NullDistribution.Of([1])).Message);
        Assert.Throws<ArgumentException>(() => NullDistribution.Of([1, double.NaN]));
    }
}
