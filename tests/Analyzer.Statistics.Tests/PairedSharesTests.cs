using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Paired accuracies against `tools/reference/cka.py`, and against a published example.</summary>
public class PairedSharesTests
{
    [Fact]
    public void Intervals_and_p_values_agree_with_scipy()
    {
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "cka.json"))).RootElement.GetProperty("paired");
        foreach (var expected in reference.EnumerateArray())
        {
            int[] counts = [.. expected.GetProperty("counts").EnumerateArray().Select(c => c.GetInt32())];
            double[] interval = [.. expected.GetProperty("interval").EnumerateArray().Select(c => c.GetDouble())];
            var found = PairedShares.Of(counts[0], counts[1], counts[2], counts[3]);
            Assert.Equal(expected.GetProperty("difference").GetDouble(), found.Difference, 1e-14);
            // Roots of differences that may cancel to some 1e-17.
            Assert.Equal(interval[0], found.Interval[0], 1e-9);
            Assert.Equal(interval[1], found.Interval[1], 1e-9);
            Assert.InRange(found.PValue / expected.GetProperty("p").GetDouble(), 1 - 1e-9, 1 + 1e-9);
        }
    }

    [Fact]
    public void Newcombe_s_own_example_comes_out()
    {
        // Statistics in Medicine 17 (1998) 2635, table II, 36, 12, 2, 0 by method 10: .0569 to .3404 of first less second.
        var found = PairedShares.Of(36, 12, 2, 0);
        Assert.Equal(-.2, found.Difference, 1e-15);
        Assert.Equal((-.3404, -.0569), (Math.Round(found.Interval[0], 4), Math.Round(found.Interval[1], 4)));
    }

    [Fact]
    public void Equal_models_differ_by_0_with_a_width_that_falls_with_the_samples()
    {
        PairedShares few = PairedShares.Of(9, 0, 0, 1), many = PairedShares.Of(900, 0, 0, 100);
        Assert.Equal((0, 1), (few.Difference, few.PValue));
        Assert.True(few.Interval[0] < many.Interval[0] && many.Interval[0] < 0 && 0 < many.Interval[1] && many.Interval[1] < few.Interval[1]);
        Assert.Throws<ArgumentException>(() => PairedShares.Of(0, 0, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairedShares.Of(1, -1, 0, 0));
    }
}
