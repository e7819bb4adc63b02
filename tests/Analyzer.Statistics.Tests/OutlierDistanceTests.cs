using Analyzer.Statistics;

namespace Analyzer.Tests;

public class OutlierDistanceTests
{
    [Fact]
    public void Distance_counts_in_deviations_of_the_others_along_the_line_between()
    {
        // The others lie at ±1 and ±2 along x, whose variance is 2.5, and wider along y, which does not count.
        double[] x = [1, -1, 2, -2, 10, 10], y = [50, 50, -50, -50, 1, -1];
        Assert.Equal(10 / Math.Sqrt(2.5), OutlierDistance.Of(x, y, [4, 5])!.Value, 1e-12);
    }

    [Fact]
    public void Others_that_do_not_vary_give_no_unit_to_count_in()
    {
        Assert.Null(OutlierDistance.Of([0, 0, 3], [1, -1, 0], [2]));
        Assert.Null(OutlierDistance.Of([0, 0, 0], [1, -1, 0], [2]));
        Assert.Throws<ArgumentException>(() => OutlierDistance.Of([1, 2], [1, 2], []));
        Assert.Throws<ArgumentException>(() => OutlierDistance.Of([1, 2], [1, 2], [0, 1]));
    }
}
