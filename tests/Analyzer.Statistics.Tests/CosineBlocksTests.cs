using Analyzer.Statistics;

namespace Analyzer.Tests;

public class CosineBlocksTests
{
    [Theory]
    [InlineData(12, 12), InlineData(12, 5), InlineData(30, 7), InlineData(3, 1)]
    public void Cells_are_the_mean_cosines_of_their_pairs(int count, int most)
    {
        var features = RandomData.Dense(count + 2, 9, 1);
        int[] order = [.. Enumerable.Range(1, count)];
        new SeededRandom(2).Shuffle(order.AsSpan());
        var (first, cells) = CosineBlocks.Of(features, order, most);
        Assert.Equal(Math.Min(count, most), cells.Length);
        Assert.Equal(0, first[0]);
        for (var a = 0; a < cells.Length; a++)
        {
            for (var b = 0; b < cells.Length; b++)
            {
                double[] cosines = [.. Members(a).SelectMany(i => Members(b).Where(j => j != i).Select(j => Cosine(i, j)))];
                // Sums of at most 30 unit vectors in double.
                Assert.Equal(cosines.Length == 0 ? 1 : cosines.Average(), cells[a][b], 1e-14);
            }
        }

        int[] Members(int block) => order[first[block]..(block + 1 < first.Length ? first[block + 1] : order.Length)];

        double Cosine(int i, int j)
        {
            double Dot(int a, int b) => Enumerable.Range(0, 9).Sum(k => (double)features.Row(a)[k] * features.Row(b)[k]);
            return Dot(i, j) / Math.Sqrt(Dot(i, i) * Dot(j, j));
        }
    }

    [Fact]
    public void Nothing_to_order_has_no_cells() => Assert.Empty(CosineBlocks.Of(new Matrix(0, 3), [], 5).Cells);
}
