using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Debiased linear CKA against NumPy, closed forms, and what its interval and null promise.</summary>
public class LinearCkaTests
{
    private static readonly JsonElement Reference =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "cka.json"))).RootElement;

    public static TheoryData<string> Cases => [.. Reference.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_agree_with_numpy_by_units_and_by_samples(string name)
    {
        var expected = Reference.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        var rows = expected.GetProperty("rows").GetInt32();
        Matrix x = Read(expected, "x", rows), y = Read(expected, "y", rows);
        // Of centred values NumPy loses nothing; of those far from 0 it loses five digits to their mean, which drops out.
        Assert.Equal(expected.GetProperty("centred").GetDouble(), LinearCka.Measure(x, y)!.Value, 1e-12);
        Assert.Equal(expected.GetProperty("centred").GetDouble(), LinearCka.Measure(SampleKernel.Of(x), SampleKernel.Of(y))!.Value, 1e-12);
        Assert.Equal(expected.GetProperty("cka").GetDouble(), LinearCka.Measure(x, y)!.Value, 1e-5);
    }

    [Theory]
    [InlineData(30, 4, 9), InlineData(30, 200, 3), InlineData(4, 5, 5)]
    public void A_layer_is_alike_to_itself_however_its_units_are_rotated_and_scaled(int samples, int units, ulong seed)
    {
        var x = Gaussian(samples, units, seed);
        Assert.Equal(1, LinearCka.Measure(x, x)!.Value, 1e-12);
        // Rotations of pairs of units, then all times −3 and moved; float32 rounds both, to 6e-8 of their size.
        var turned = new Matrix(samples, units);
        for (var i = 0; i < samples; i++)
        {
            x.Row(i).CopyTo(turned.Row(i));
            for (var j = 0; j + 1 < units; j++)
            {
                double angle = j + 1, a = turned.Row(i)[j], b = turned.Row(i)[j + 1];
                (turned.Row(i)[j], turned.Row(i)[j + 1]) = ((float)(Math.Cos(angle) * a - Math.Sin(angle) * b), (float)(Math.Sin(angle) * a + Math.Cos(angle) * b));
            }
            for (var j = 0; j < units; j++) turned.Row(i)[j] = -3 * turned.Row(i)[j] + 2;
        }
        Assert.Equal(1, LinearCka.Measure(x, turned)!.Value, 1e-5);
        var y = Gaussian(samples, 6, seed + 1);
        Assert.Equal(LinearCka.Measure(x, y)!.Value, LinearCka.Measure(turned, y)!.Value, 1e-5);
        Assert.Equal(LinearCka.Measure(x, y)!.Value, LinearCka.Measure(y, x)!.Value, 1e-12);
    }

    [Theory]
    [InlineData(20, 5), InlineData(20, 400)]
    public void Unrelated_layers_have_0_on_average_however_many_units_they_have(int samples, int units)
    {
        var values = Enumerable.Range(0, 400).Select(s => LinearCka.Measure(Gaussian(samples, units, (ulong)s), Gaussian(samples, units, 10_000 + (ulong)s))!.Value).ToArray();
        var of = NullDistribution.Of(values);
        // Four standard errors of the mean of 400. The plain CKA of 400 units on 20 samples is near 1.
        Assert.InRange(of.Mean, -4 * of.StandardDeviation / 20, 4 * of.StandardDeviation / 20);
        Assert.True(of.StandardDeviation < .3, $"{of.StandardDeviation}");
    }

    [Fact]
    public void The_interval_holds_the_truth_about_as_often_as_it_says()
    {
        // Rows of six units with falling spread, seen with noise; the truth is that of 3,000 samples.
        var truth = LinearCka.Measure(Related(3_000, 1).X, Related(3_000, 1).Y)!.Value;
        var held = 0;
        for (var s = 0; s < 200; s++)
        {
            var (x, y) = Related(60, 100 + (ulong)s);
            var found = LinearCka.Measure(SampleKernel.Of(x), SampleKernel.Of(y), new() { Halves = 100, Permutations = 20, Seed = (ulong)s })!;
            if (found.Interval![0] <= truth && truth <= found.Interval[1]) held++;
        }
        // 95 % of 200 is 190 ± 3; skewed estimates of 60 samples cost some. Drawn with replacement it held a third of them.
        Assert.InRange(held, 168, 200);
    }

    [Fact]
    public void The_null_of_permuted_samples_lies_about_0_and_a_related_layer_far_above()
    {
        var (x, y) = Related(100, 3);
        var found = LinearCka.Measure(SampleKernel.Of(x), SampleKernel.Of(y), new() { Seed = 2 })!;
        Assert.Equal(LinearCka.Measure(x, y)!.Value, found.Value, 1e-12);
        Assert.InRange(found.Null.Mean, -4 * found.Null.StandardDeviation / 10, 4 * found.Null.StandardDeviation / 10);
        Assert.True(found.Null.ZScore(found.Value) > 10);
        Assert.Equal(100, found.Null.Draws.Length);
        // Equal seeds, equal draws.
        Assert.Equal(found.Null.Draws, LinearCka.Measure(SampleKernel.Of(x, threads: 1), SampleKernel.Of(y, threads: 3), new() { Seed = 2 })!.Null.Draws);
    }

    [Fact]
    public void What_does_not_vary_has_no_value_and_what_cannot_be_measured_is_refused()
    {
        var (x, constant) = (Gaussian(20, 3, 1), new Matrix(20, 2));
        Assert.Null(LinearCka.Measure(x, constant));
        Assert.Null(LinearCka.Measure(SampleKernel.Of(x), SampleKernel.Of(constant), new()));
        Assert.Equal("`y` has 19 entries; it must have 20 (Parameter 'y')", Assert.Throws<ArgumentException>(() => LinearCka.Measure(x, Gaussian(19, 3, 1))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearCka.Measure(Gaussian(3, 3, 1), Gaussian(3, 3, 2)));
        x.Values[4] = float.NaN;
        Assert.Throws<ArgumentException>(() => SampleKernel.Of(x));
        var few = LinearCka.Measure(SampleKernel.Of(Gaussian(12, 3, 1)), SampleKernel.Of(Gaussian(12, 3, 1)), new())!;
        Assert.Equal(1, few.Value, 1e-12);
        Assert.Null(few.Interval);
    }

    private static (Matrix X, Matrix Y) Related(int samples, ulong seed)
    {
        var (x, noise) = (Gaussian(samples, 6, seed), Gaussian(samples, 6, seed + 500_000));
        for (var i = 0; i < samples; i++)
            for (var j = 0; j < 6; j++)
            {
                x.Row(i)[j] /= j + 1;
                noise.Row(i)[j] = x.Row(i)[5 - j] + .5f * noise.Row(i)[j];
            }
        return (x, noise);
    }

    private static Matrix Gaussian(int rows, int columns, ulong seed)
    {
        var matrix = new Matrix(rows, columns);
        StandardNormal.Fill(new SeededRandom(seed), matrix.Values);
        return matrix;
    }

    private static Matrix Read(JsonElement @case, string name, int rows)
    {
        float[] values = [.. @case.GetProperty(name).EnumerateArray().Select(v => v.GetSingle())];
        return new(rows, values.Length / rows, values);
    }
}
