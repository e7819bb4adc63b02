using Analyzer.Statistics;
using static Analyzer.Tests.SelfSimilarityReference;

namespace Analyzer.Tests;

public class PowerLawTests
{
    [Theory]
    [InlineData("units"), InlineData("pareto"), InlineData("lognormal"), InlineData("exponential")]
    public void Fits_and_likelihood_ratios_agree_with_a_search_by_scipy(string name)
    {
        var expected = Values.GetProperty("powerLaw").GetProperty(name);
        double Expected(string value) => expected.GetProperty(value).GetDouble();
        var values = Sample(name);
        var fit = PowerLaw.Fit(values)!;
        Assert.Equal(expected.GetProperty("tail").GetInt32(), fit.Tail);
        // Closed forms in double; the eigenvalues and normal quantiles differ in their last digits.
        Assert.Equal(Expected("exponent"), fit.Exponent, 1e-7);
        Assert.Equal(1, fit.Least / Expected("least"), 1e-7);
        Assert.Equal(Expected("distance"), fit.Distance, 1e-7);
        Assert.Equal(Expected("wholeSpectrumExponent"), PowerLaw.WholeSpectrumExponent(values)!.Value, 1e-7);

        var laws = PowerLawAlternatives.Compare(values, fit);
        foreach (var (law, other) in laws.Zip(["lognormal", "exponential", "truncated"]))
        {
            // SciPy's simplex ends some 1e-8 short of the maximum; p-values of ratios near 0 magnify that.
            Assert.Equal(expected.GetProperty(other).GetProperty("logRatio").GetDouble(), law.LogRatio, 1e-6);
            Assert.Equal(expected.GetProperty(other).GetProperty("p").GetDouble(), law.PValue, 1e-4);
        }
    }

    [Fact]
    public void The_p_value_accepts_a_power_law_and_rejects_an_exponential()
    {
        var options = new PowerLawOptions { Draws = 200 };
        var pareto = Draw(400, 1, u => Math.Pow(u, -1 / 1.5));
        Assert.InRange(PowerLaw.PValue(pareto, PowerLaw.Fit(pareto)!, options), 0.1, 1);
        // A tail of hundreds of exponential values is no power law; forced to begin at the least value, every draw fits better.
        var exponential = Draw(400, 2, u => 1 - Math.Log(u));
        var whole = PowerLaw.Fit(exponential)! with { Tail = 400, Least = exponential.Min(), Distance = 0.2 };
        Assert.Equal(1 / 201.0, PowerLaw.PValue(exponential, whole, options));
    }

    [Fact]
    public void P_values_of_power_laws_are_not_small_more_often_than_they_say()
    {
        var options = new PowerLawOptions { Draws = 99 };
        var rejected = Enumerable.Range(0, 100).Count(seed =>
        {
            var sample = Draw(80, 100 + (ulong)seed, u => Math.Pow(u, -1 / 1.2));
            return PowerLaw.PValue(sample, PowerLaw.Fit(sample)!, options) <= 0.1;
        });
        // Binomial(100, .1): above 20 once in a thousand.
        Assert.InRange(rejected, 0, 20);
    }

    [Fact]
    public void P_values_do_not_depend_on_threads()
    {
        var sample = Draw(120, 3, u => Math.Pow(u, -0.5));
        var fit = PowerLaw.Fit(sample)!;
        Assert.Equal(PowerLaw.PValue(sample, fit, new() { Draws = 50, Threads = 1 }), PowerLaw.PValue(sample, fit, new() { Draws = 50, Threads = 3 }));
    }

    [Fact]
    public void The_other_laws_are_recognised_where_they_hold()
    {
        // An exponential tail: the power law loses against it, and a truncated one is all but an exponential.
        var exponential = Draw(2000, 4, u => 1 - Math.Log(u));
        var fit = PowerLaw.Fit(exponential)! with { Exponent = 1 + 2000 / exponential.Sum(Math.Log), Least = 1, Tail = 2000 };
        var laws = PowerLawAlternatives.Compare(exponential, fit);
        Assert.True(laws[1].LogRatio < 0 && laws[1].PValue < 0.01);
        Assert.Equal(1, laws[1].Parameters[0], 0.1);
        // Standard errors of α and λ are about .12 and .06 with 2000 values.
        Assert.Equal(0, laws[2].Parameters[0], 0.5);
        Assert.Equal(1, laws[2].Parameters[1], 0.25);
        // A power law with x⁻³: a lognormal is no better than its limit, or hardly.
        var pareto = Draw(2000, 5, u => Math.Pow(u, -0.5));
        var best = PowerLaw.Fit(pareto)!;
        Assert.All(PowerLawAlternatives.Compare(pareto, best), law => Assert.True(law.LogRatio > -4 || law.PValue > 0.01));
        Assert.InRange(best.Exponent, 2.8, 3.2);
    }

    [Fact]
    public void Too_few_or_equal_values_have_no_law()
    {
        Assert.Null(PowerLaw.Fit([]));
        Assert.Null(PowerLaw.Fit([2]));
        Assert.Null(PowerLaw.Fit([2, 2, 2]));
        Assert.Null(PowerLaw.WholeSpectrumExponent([2, 2]));
        Assert.Null(PowerLaw.WholeSpectrumExponent([2]));
        var two = PowerLaw.Fit([1, 2])!;
        Assert.Equal((2, false), (two.Tail, two.IsLongEnough));
        Assert.All(PowerLawAlternatives.Compare([1, 2], two), law => Assert.True(double.IsFinite(law.LogRatio) && law.PValue is >= 0 and <= 1));
        Assert.InRange(PowerLaw.PValue([1, 2], two, new() { Draws = 9 }), 0.1, 1);
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, 0]));
        Assert.Throws<ArgumentException>(() => PowerLaw.Fit([1, double.NaN]));
    }

    [Theory]
    // scipy.stats.norm.sf and logsf.
    [InlineData(0, 0.5), InlineData(1, 0.15865525393145707), InlineData(2.49, 0.006387154764943147), InlineData(2.5, 0.006209665325776132)]
    [InlineData(-1.5, 0.9331927987311419), InlineData(6, 9.865876450376946e-10), InlineData(20, 2.7536241186062337e-89)]
    public void The_normal_tail_agrees_with_scipy(double x, double expected)
    {
        Assert.Equal(1, NormalTail.Probability(x) / expected, 1e-12);
        Assert.Equal(Math.Log(expected), NormalTail.LogProbability(x), 1e-12 * Math.Max(1, -Math.Log(expected)));
    }

    private static double[] Sample(string name)
    {
        double[] quantiles = [.. Enumerable.Range(0, 300).Select(i => (i + 0.5) / 300)];
        return name switch
        {
            "units" => [.. CovarianceSpectrum.Of(Features("units")).Where(value => value > 1e-9)],
            "pareto" => [.. quantiles.Select(q => Math.Pow(1 - q, -1 / 1.5))],
            "exponential" => [.. quantiles.Select(q => 1 - Math.Log(1 - q))],
            _ => [.. quantiles.Select(q => Math.Exp(Quantile(q)))],
        };
    }

    private static double Quantile(double share)
    {
        double low = -10, high = 10;
        while (high - low > 1e-15 * Math.Max(1, Math.Abs(low)))
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (NormalTail.Probability(middle) > 1 - share) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private static double[] Draw(int count, ulong seed, Func<double, double> quantile)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => quantile(1 - random.NextDouble()))];
    }
}
