using Analyzer.Statistics;

namespace Analyzer.Tests;

public class GaussianDivergenceTests
{
    [Theory]
    // scipy.integrate.quad over norm.pdf · (norm.logpdf − norm.logpdf), SciPy 1.10.1; its error estimate is below 1e-9.
    [InlineData(0, 1, 0, 1, 0)]
    [InlineData(1, 1, 0, 1, .5)]
    [InlineData(.3, 2.5, -.7, 4, .1725018146)]
    [InlineData(-2, .25, 1, .5, 9.0965735903)]
    public void Divergence_agrees_with_the_integral(double mean, double variance, double expectedMean, double expectedVariance, double integral) =>
        Assert.Equal(integral, GaussianDivergence.Of(mean, variance, expectedMean, expectedVariance), 1e-9);

    [Fact]
    public void What_is_not_finite_is_infinitely_far()
    {
        Assert.Equal(double.PositiveInfinity, GaussianDivergence.Of(double.NaN, 1, 0, 1));
        Assert.Equal(double.PositiveInfinity, GaussianDivergence.Of(1e200, 1, 0, 1));
    }

    [Fact]
    public void No_variance_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => GaussianDivergence.Of(0, 0, 0, 1));
}
