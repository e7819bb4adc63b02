using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

public class PrincipalPlaneTests
{
    [Fact]
    public void Scores_axes_and_variances_agree_with_scikit_learn_for_more_samples_and_for_more_columns()
    {
        var values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Place("anomaly-maps.bin")));
        foreach (var expected in JsonDocument.Parse(File.ReadAllText(Place("anomaly-planes.json"))).RootElement.GetProperty("planes").EnumerateArray())
        {
            int rows = expected.GetProperty("samples").GetInt32(), columns = expected.GetProperty("columns").GetInt32();
            var plane = PrincipalPlane.Of(new Matrix(rows, columns, values[..(rows * columns)].ToArray()));
            values = values[(rows * columns)..];
            // A residual of 1e-10 turns an axis by 1e-10 over its relative distance from the next eigenvalue, here above a tenth.
            for (var axis = 0; axis < 2; axis++)
            {
                AssertClose(expected.GetProperty("axes")[axis], axis == 0 ? plane.FirstAxis : plane.SecondAxis, 1e-8);
                AssertClose(expected.GetProperty("scores")[axis], axis == 0 ? plane.First : plane.Second, 1e-8 * Math.Sqrt(plane.ExplainedVariance[axis]));
            }
            AssertClose(expected.GetProperty("explainedVariance"), plane.ExplainedVariance, 1e-10 * plane.TotalVariance);
            AssertClose(expected.GetProperty("explainedVarianceRatio"), plane.ExplainedVarianceRatio!, 1e-10);
        }
        Assert.True(values.IsEmpty);
    }

    [Theory]
    [InlineData(60, 150), InlineData(300, 60), InlineData(50, 3), InlineData(3, 50), InlineData(37, 41)]
    public void On_noise_the_axes_are_eigenvectors_of_the_covariance_that_nothing_exceeds(int rows, int columns)
    {
        // Noise has no gaps between its eigenvalues: the hardest case for an iteration.
        var samples = RandomData.Dense(rows, columns, 3);
        var plane = PrincipalPlane.Of(samples);
        var covariance = Covariance(samples);
        foreach (var (axis, variance) in new[] { (plane.FirstAxis, plane.ExplainedVariance[0]), (plane.SecondAxis, plane.ExplainedVariance[1]) })
        {
            var image = Multiply(covariance, axis);
            for (var j = 0; j < columns; j++) Assert.Equal(variance * axis[j], image[j], 1e-9 * variance);
            Assert.Equal(1, axis.Sum(loading => loading * loading), 1e-12);
        }
        Assert.Equal(0, plane.FirstAxis.Zip(plane.SecondAxis, (a, b) => a * b).Sum(), 1e-12);
        Assert.True(plane.ExplainedVariance[0] >= plane.ExplainedVariance[1]);

        // Power iteration in the complement of both finds no larger eigenvalue than the second.
        var vector = plane.FirstAxis.Zip(plane.SecondAxis, (a, b) => Math.Sin(a * 1000 + b * 333)).ToArray();
        double largest = 0;
        for (var step = 0; step < 200 && columns > 2; step++)
        {
            foreach (var axis in new[] { plane.FirstAxis, plane.SecondAxis })
            {
                var along = axis.Zip(vector, (a, b) => a * b).Sum();
                for (var j = 0; j < columns; j++) vector[j] -= along * axis[j];
            }
            var length = Math.Sqrt(vector.Sum(v => v * v));
            for (var j = 0; j < columns; j++) vector[j] /= length;
            var image = Multiply(covariance, vector);
            largest = image.Zip(vector, (a, b) => a * b).Sum();
            vector = image;
        }
        Assert.True(largest <= plane.ExplainedVariance[1] * (1 + 1e-9), $"{largest} > {plane.ExplainedVariance[1]}");
    }

    [Fact]
    public void Equal_variances_in_every_direction_are_both_found()
    {
        // Lanczos alone sees one copy of a repeated eigenvalue; the second axis is found in the first's complement.
        var samples = new Matrix(40, 20);
        for (var row = 0; row < 40; row++) samples.Row(row)[row / 2] = row % 2 == 0 ? 1 : -1;
        var plane = PrincipalPlane.Of(samples);
        Assert.Equal(2 / 39.0, plane.ExplainedVariance[0], 1e-12);
        Assert.Equal(2 / 39.0, plane.ExplainedVariance[1], 1e-12);
        Assert.Equal(20 * 2 / 39.0, plane.TotalVariance, 1e-12);
    }

    [Fact]
    public void The_largest_loading_is_positive_and_the_mean_is_removed()
    {
        var samples = new Matrix(4, 2, [1001, -5, 999, -1, 1002, -7, 998, 2]);
        var plane = PrincipalPlane.Of(samples);
        Assert.True(plane.FirstAxis[1] > 0 && plane.FirstAxis[0] < 0 && plane.SecondAxis[0] > 0);
        Assert.Equal(0, plane.First.Sum(), 1e-12);
        Assert.Equal(1, plane.ExplainedVarianceRatio!.Sum(), 1e-12);
    }

    [Fact]
    public void Samples_that_vary_in_one_direction_or_in_none_have_axes_of_zeros_and_no_nan()
    {
        var line = new Matrix(5, 3);
        for (var row = 0; row < 5; row++) line.Row(row).Fill(row);
        var plane = PrincipalPlane.Of(line);
        Assert.Equal(7.5, plane.ExplainedVariance[0], 1e-12);
        Assert.Equal(0, plane.ExplainedVariance[1]);
        Assert.All(plane.Second.Concat(plane.SecondAxis), value => Assert.Equal(0, value));

        var constant = PrincipalPlane.Of(new Matrix(5, 3));
        Assert.Null(constant.ExplainedVarianceRatio);
        Assert.All(constant.First.Concat(constant.Second).Concat(constant.FirstAxis), value => Assert.Equal(0, value));

        var column = PrincipalPlane.Of(new Matrix(3, 1, [1, 2, 6]));
        Assert.Equal(1, column.FirstAxis[0]);
        Assert.Equal(7, column.ExplainedVariance[0], 1e-12);
        Assert.All(column.Second, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Callers_errors_are_named()
    {
        Assert.StartsWith("1 samples do not vary; at least 2 may", Assert.Throws<ArgumentException>(() => PrincipalPlane.Of(new Matrix(1, 3))).Message);
        Assert.Throws<ArgumentException>(() => PrincipalPlane.Of(new Matrix(2, 1, [1, float.NaN])));
    }

    private static double[,] Covariance(Matrix samples)
    {
        var means = new double[samples.Columns];
        for (var row = 0; row < samples.Rows; row++)
            for (var j = 0; j < means.Length; j++) means[j] += samples.Row(row)[j] / (double)samples.Rows;
        var covariance = new double[means.Length, means.Length];
        for (var row = 0; row < samples.Rows; row++)
            for (var i = 0; i < means.Length; i++)
                for (var j = 0; j < means.Length; j++)
                    covariance[i, j] += (samples.Row(row)[i] - means[i]) * (samples.Row(row)[j] - means[j]) / (samples.Rows - 1);
        return covariance;
    }

    private static double[] Multiply(double[,] matrix, double[] vector) =>
        [.. Enumerable.Range(0, vector.Length).Select(i => vector.Select((value, j) => matrix[i, j] * value).Sum())];

    private static void AssertClose(JsonElement expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Length);
        for (var i = 0; i < actual.Length; i++) Assert.Equal(expected[i].GetDouble(), actual[i], tolerance);
    }

    private static string Place(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", name);
}
