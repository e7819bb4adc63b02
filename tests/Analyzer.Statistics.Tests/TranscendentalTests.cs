using System.Runtime.Intrinsics;
using Analyzer.Statistics;

namespace Analyzer.Tests;

public class TranscendentalTests
{
    [Fact]
    public void The_exponential_agrees_with_the_runtimes_to_two_units()
    {
        for (var x = -707.0; x <= 0; x += 0.00731 * (1 - x / 20))
            Assert.Equal(1, Transcendental.Exp(Vector512.Create(x))[3] / Math.Exp(x), 4.5e-16);
    }

    [Theory]
    [InlineData(0, 1), InlineData(-708.5, 0), InlineData(-1e300, 0), InlineData(double.NegativeInfinity, 0)]
    public void The_exponential_is_exact_at_its_ends(double x, double expected) =>
        Assert.Equal(expected, Transcendental.Exp(Vector512.Create(x))[0]);

    [Fact]
    public void The_logarithm_agrees_with_the_runtimes_and_with_its_series()
    {
        // Rounding 1 + x costs the runtime's value 1.1e-16, and both results a unit of theirs, 1.1e-16 at most.
        for (var x = 1.0; x > 1e-4; x *= 0.97)
            Assert.Equal(Math.Log(1 + x), Transcendental.LogOnePlus(Vector512.Create(x))[5], 3.4e-16);
        // Below, the series: the fourth term is under 1e-16 of the first from 6e-6 on.
        for (var x = 6e-6; x > 1e-300; x *= 0.97)
            Assert.Equal(1, Transcendental.LogOnePlus(Vector512.Create(x))[5] / (x - x * x / 2 + x * x * x / 3), 6e-16);
        Assert.Equal(0, Transcendental.LogOnePlus(Vector512<double>.Zero)[0]);
    }

    [Fact]
    public void The_logarithm_of_any_normal_number_agrees_with_the_runtimes()
    {
        for (var x = 1e-305; x < 1e305; x *= 1.37)
            Assert.Equal(1, Transcendental.Log(x) / Math.Log(x), 4.5e-16);
        // Around 1, where ln x is small and the error must be too.
        for (var d = 0.4; d > 1e-12; d *= 0.83)
            foreach (var x in new[] { 1 + d, 1 - d / 2 })
                Assert.Equal(1, Transcendental.Log(x) / Math.Log(x), 4.5e-16);
        Assert.Equal(0, Transcendental.Log(1));
    }

    [Fact]
    public void Sums_over_lanes_take_every_lane_once()
    {
        Assert.Equal(255, Transcendental.Sum(Vector512.Create(1.0, 2, 4, 8, 16, 32, 64, 128)));
        Assert.Equal(65535, Transcendental.Sum(Vector512.Create(1f, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)));
    }
}
