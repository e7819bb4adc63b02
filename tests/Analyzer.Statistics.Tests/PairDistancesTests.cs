using Analyzer.Statistics;

namespace Analyzer.Tests;

public class PairDistancesTests
{
    [Fact]
    public void Distances_agree_with_differences_column_by_column_in_the_order_of_pdist()
    {
        // More than one tile of rows, and a length that no vector divides.
        var rows = RandomData.Dense(300, 37, 1);
        var distances = PairDistances.Measure(rows);
        for (int i = 0, next = 0; i < 300; i++)
            for (var j = i + 1; j < 300; j++, next++)
            {
                Assert.Equal(next, PairDistances.Index(300, i, j));
                Assert.Equal(1, distances[next] / Naive(rows, i, j), 1e-7);
            }
    }

    [Fact]
    public void Near_duplicates_keep_their_digits_and_duplicates_are_at_zero()
    {
        var rows = RandomData.Dense(3, 1000, 2);
        for (var k = 0; k < 1000; k++) rows.Row(0)[k] += 100;
        rows.Row(0).CopyTo(rows.Row(1));
        rows.Row(0).CopyTo(rows.Row(2));
        rows.Row(2)[7] = MathF.BitIncrement(rows.Row(2)[7]);
        var distances = PairDistances.Measure(rows);
        Assert.Equal(0, distances[0]);
        // One unit in the last place among a thousand numbers of 100: the norms would leave nothing of it.
        Assert.Equal(1, distances[1] / Naive(rows, 0, 2), 1e-12);
        Assert.Equal(distances[1], distances[2]);
    }

    [Fact]
    public void One_row_or_none_has_no_pairs_and_infinite_values_are_refused()
    {
        Assert.Empty(PairDistances.Measure(new Matrix(1, 4)));
        Assert.Empty(PairDistances.Measure(new Matrix(0, 4)));
        Assert.Throws<ArgumentException>(() => PairDistances.Measure(new Matrix(2, 1, [1, float.PositiveInfinity])));
    }

    private static double Naive(Matrix rows, int i, int j)
    {
        double sum = 0;
        for (var k = 0; k < rows.Columns; k++) sum += Math.Pow((double)rows.Row(i)[k] - rows.Row(j)[k], 2);
        return Math.Sqrt(sum / rows.Columns);
    }
}
