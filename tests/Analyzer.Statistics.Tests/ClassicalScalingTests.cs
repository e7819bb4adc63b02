using Analyzer.Statistics;

namespace Analyzer.Tests;

public class ClassicalScalingTests
{
    [Fact]
    public void A_plane_in_space_is_drawn_with_its_distances()
    {
        var plane = RandomData.Dense(40, 2, 1);
        // (x, y) ↦ (x, x, y, −y): distances grow by √2.
        var rows = new Matrix(40, 4);
        for (var i = 0; i < 40; i++)
            (rows.Row(i)[0], rows.Row(i)[1], rows.Row(i)[2], rows.Row(i)[3]) = (plane.Row(i)[0], plane.Row(i)[0], plane.Row(i)[1], -plane.Row(i)[1]);
        var drawn = ClassicalScaling.Embed(rows);
        for (var i = 1; i < 40; i++)
            Assert.Equal(Math.Sqrt(2) * Math.Sqrt(Math.Pow(plane.Row(i)[0] - plane.Row(0)[0], 2) + Math.Pow(plane.Row(i)[1] - plane.Row(0)[1], 2)),
                Math.Sqrt(Math.Pow(drawn.X[i] - drawn.X[0], 2) + Math.Pow(drawn.Y[i] - drawn.Y[0], 2)), 1e-6);
        Assert.Equal(1, drawn.Kept, 1e-9);
    }

    [Fact]
    public void The_share_kept_is_that_of_the_two_largest_eigenvalues()
    {
        var rows = RandomData.Dense(30, 12, 2);
        var spectrum = CovarianceSpectrum.Of(rows.Transpose());
        Assert.Equal((spectrum[0] + spectrum[1]) / spectrum.Sum(), ClassicalScaling.Embed(rows).Kept, 1e-6);
    }

    [Fact]
    public void Equal_rows_and_none_are_drawn_at_one_point()
    {
        var rows = new Matrix(5, 3);
        rows.Values.AsSpan().Fill(2.7f);
        Assert.All(ClassicalScaling.Embed(rows).X, x => Assert.Equal(0, x));
        Assert.Empty(ClassicalScaling.Embed(new Matrix(0, 3)).X);
        Assert.Equal([0], ClassicalScaling.Embed(new Matrix(1, 2, [1, 2])).Y);
    }
}
