using Analyzer.Statistics;

namespace Analyzer.Tests;

public class TernaryEmbeddingTests
{
    [Fact]
    public void Values_are_cut_at_the_thresholds_and_constant_units_are_zero()
    {
        // Mean 0, population deviation 1: z is the value. A mean of 0.1f is not 0.1f, yet its unit has no spread.
        var fit = new Matrix(2, 2, [-1, .1f, 1, .1f]);
        var embedding = TernaryEmbedding.Fit(fit);
        Assert.Equal([1, 0], embedding.StandardDeviations.ToArray());
        var embedded = embedding.Apply(new(5, 2, [.1501f, 9, .15f - 1e-6f, -9, -.25f, 0, -.2501f, 1, 0, 2]));
        Assert.Equal([1, 0, 0, 0, 0, 0, -1, 0, 0, 0], embedded.Values);
        var other = TernaryEmbedding.Fit(fit, new() { Upper = .2, Lower = -.1 }).Apply(new(2, 2, [.19f, 0, -.11f, 0]));
        Assert.Equal([0, 0, -1, 0], other.Values);
    }

    [Fact]
    public void Layers_lie_side_by_side_in_one_matrix()
    {
        Matrix first = RandomData.Dense(30, 3, 1), second = RandomData.Dense(30, 2, 2), wide = new(30, 5);
        TernaryEmbedding.Fit(first).Apply(first, wide, 0);
        TernaryEmbedding.Fit(second).Apply(second, wide, 3);
        for (var row = 0; row < 30; row++)
            Assert.Equal([.. TernaryEmbedding.Fit(first).Apply(first).Row(row), .. TernaryEmbedding.Fit(second).Apply(second).Row(row)], wide.Row(row));
    }

    [Fact]
    public void Rows_scaled_to_length_one_keep_their_direction_and_zeros_stay()
    {
        var scaled = UnitNorm.Of(new(3, 2, [3, 4, 0, 0, 1e-30f, 0]));
        Assert.Equal([.6f, .8f, 0, 0, 1, 0], scaled.Values);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        var embedding = TernaryEmbedding.Fit(new(2, 2, [1, 2, 3, 4]));
        Assert.Throws<ArgumentException>(() => TernaryEmbedding.Fit(new(0, 2)));
        Assert.Throws<ArgumentException>(() => TernaryEmbedding.Fit(new(1, 1, [float.NaN])));
        Assert.Throws<ArgumentException>(() => embedding.Apply(new(2, 3)));
        Assert.Throws<ArgumentException>(() => embedding.Apply(new(1, 2, [float.PositiveInfinity, 0])));
        Assert.Throws<ArgumentOutOfRangeException>(() => embedding.Apply(new(2, 2), new(2, 3), 2));
        Assert.Throws<ArgumentException>(() => UnitNorm.Of(new(1, 1, [float.NaN])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TernaryEmbeddingOptions { Upper = -1 });
    }
}
