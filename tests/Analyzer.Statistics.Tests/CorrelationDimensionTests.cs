using Analyzer.Statistics;
using static Analyzer.Tests.SelfSimilarityReference;

namespace Analyzer.Tests;

public class CorrelationDimensionTests
{
    [Theory]
    [InlineData("units"), InlineData("line"), InlineData("square"), InlineData("cantor")]
    public void The_slope_agrees_with_numpy(string name)
    {
        var expected = Values.GetProperty("correlationDimension").GetProperty(name);
        var found = CorrelationDimension.Measure(PairDistances.Measure(Points(name)))!;
        Assert.Equal(expected.GetProperty("points").GetInt32(), found.Radii.Length);
        // Distances at which ranks tie but for rounding would move a point by one rank in two hundred thousand.
        Assert.Equal(expected.GetProperty("dimension").GetDouble(), found.Dimension, 1e-6);
    }

    [Theory]
    // A line loses at its ends, a square at its edges; the Cantor set oscillates about ln 2 / ln 3 with a period of ln 3.
    [InlineData("line", 0.94, 1.0), InlineData("square", 1.88, 2.0), InlineData("cantor", 0.58, 0.70)]
    public void Known_sets_have_their_dimension(string name, double least, double most) =>
        Assert.InRange(CorrelationDimension.Measure(PairDistances.Measure(Points(name)))!.Dimension, least, most);

    [Fact]
    public void Too_few_samples_or_equal_ones_have_no_dimension()
    {
        Assert.Null(CorrelationDimension.Measure([]));
        Assert.Null(CorrelationDimension.Measure([1, 2, 3]));
        Assert.Null(CorrelationDimension.Measure(new double[1000]));
        Assert.Throws<ArgumentException>(() => CorrelationDimension.Measure([1], new() { LowerShare = 0.2, UpperShare = 0.1 }));
    }

    private static Matrix Points(string name) => name switch
    {
        "units" => Features("units").Transpose(),
        "line" => Uniform(600, 1, 3),
        "square" => Uniform(600, 2, 4),
        _ => Column(Cantor(9)),
    };
}
