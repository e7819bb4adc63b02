using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

public class RankCorrelationTests
{
    [Fact]
    public void Correlations_and_p_values_agree_with_scipy_with_and_without_ties()
    {
        var cases = GaussianMixtureTests.Expected().GetProperty("spearman").EnumerateArray().ToArray();
        Assert.Equal(15, cases.Length);
        foreach (var @case in cases)
        {
            var found = RankCorrelation.Of(Values(@case, "a"), Values(@case, "b"));
            Assert.Equal(@case.GetProperty("rho").GetDouble(), found.Rho!.Value, 1e-12);
            // SciPy's p passes through 1 − ρ², where a rounding of ρ near 1 is amplified by n/(1 − ρ²).
            Assert.Equal(1, found.PValue!.Value / @case.GetProperty("p").GetDouble(), 1e-9);
            Assert.Equal("t", found.Method);
        }
    }

    [Fact]
    public void Few_pairs_count_every_order()
    {
        var five = RankCorrelation.Of([1, 2, 3, 4, 5], [10, 20, 30, 40, 1000]);
        Assert.Equal((1.0, 2 / 120.0, "exact"), (five.Rho!.Value, five.PValue!.Value, five.Method));
        Assert.Equal(-1, RankCorrelation.Of([1, 2, 3], [3, 2, 1]).Rho);
        // Of 24 orders of 1 2 3 4 against themselves, ρ = 0.8 is reached three times and 1 once; as often with the sign turned.
        Assert.Equal(8 / 24.0, RankCorrelation.Of([1, 2, 3, 4], [1, 2, 4, 3]).PValue!.Value, 1e-15);
        // With ties an order counts as often as there are ways to it: 2 of 6 with the single value at either end.
        Assert.Equal(4 / 6.0, RankCorrelation.Of([1, 2, 3], [5, 5, 9]).PValue!.Value, 1e-15);
    }

    [Fact]
    public void A_quantity_that_does_not_vary_has_no_correlation()
    {
        Assert.Equal(new RankCorrelation(null, null, 3, "exact"), RankCorrelation.Of([1, 1, 1], [1, 2, 3]));
        Assert.Null(RankCorrelation.Of([], []).Rho);
        Assert.Null(RankCorrelation.Of([1], [2]).PValue);
        Assert.Throws<ArgumentException>(() => RankCorrelation.Of([1, double.NaN], [1, 2]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Of([1, 2], [1]));
    }

    [Fact]
    public void Perfect_order_of_many_pairs_has_a_positive_p_value()
    {
        double[] rising = [.. Enumerable.Range(0, 50).Select(i => (double)i)];
        Assert.Equal(1, RankCorrelation.Of(rising, rising).Rho!.Value, 1e-15);
        Assert.InRange(RankCorrelation.Of(rising, rising).PValue!.Value, double.Epsilon, 1e-100);
    }

    private static double[] Values(JsonElement @case, string name) => [.. @case.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
}
