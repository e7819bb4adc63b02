using Analyzer.Statistics;

namespace Analyzer.Tests;

public class GramTests
{
    // Both sides of a register tile, of a cache tile and of a depth block.
    [Theory]
    [InlineData(1, 1), InlineData(7, 3), InlineData(9, 128), InlineData(17, 129), InlineData(257, 40), InlineData(530, 300)]
    public void Products_agree_with_the_naive_sums(int rows, int columns)
    {
        var matrix = RandomData.Dense(rows, columns, 1);
        var products = Gram.Products(matrix);
        Assert.Equal(rows * rows, products.Length);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < rows; j++)
            {
                // The naive sum is the kernel's twin: the same exact products in the same order, each rounded once.
                Assert.Equal(Naive(matrix, i, j), products[i * rows + j]);
            }
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var matrix = RandomData.Dense(700, 90, 2);
        Assert.Equal(Gram.Products(matrix, threads: 1), Gram.Products(matrix, threads: 5));
    }

    [Fact]
    public void Both_vector_widths_give_the_same_bits()
    {
        double[] left = [.. RandomData.Dense(1, 8 * 50, 3).Values], right = [.. RandomData.Dense(1, 16 * 50, 4).Values];
        double[] wide = [.. RandomData.Dense(1, 8 * 20, 5).Values], narrow = [.. wide];
        GramKernel.MultiplyAdd512(left, right, 50, wide, 20);
        GramKernel.MultiplyAdd256(left, right, 50, narrow, 20);
        Assert.Equal(wide, narrow);
        var sum = (double)RandomData.Dense(1, 8 * 20, 5).Values[7 * 20 + 15];
        for (var k = 0; k < 50; k++) sum += left[k * 8 + 7] * right[k * 16 + 15];
        Assert.Equal(sum, wide[7 * 20 + 15]);
    }

    [Fact]
    public void Tiles_cover_the_upper_triangle_once()
    {
        var matrix = RandomData.Dense(600, 2, 6);
        var seen = new int[600 * 600];
        Gram.ForEachTile(matrix, (in Gram.Tile tile) =>
        {
            for (var i = 0; i < tile.Rows; i++)
                for (var j = Math.Max(0, tile.FirstRow + i - tile.FirstColumn); j < tile.Columns; j++)
                    Interlocked.Increment(ref seen[(tile.FirstRow + i) * 600 + tile.FirstColumn + j]);
        });
        for (var i = 0; i < 600; i++)
            for (var j = 0; j < 600; j++)
                Assert.Equal(j >= i ? 1 : 0, seen[i * 600 + j]);
    }

    [Fact]
    public void No_rows_have_no_products() => Assert.Empty(Gram.Products(new Matrix(0, 3)));

    private static double Naive(Matrix matrix, int i, int j)
    {
        double sum = 0;
        for (var k = 0; k < matrix.Columns; k++) sum += (double)matrix.Row(i)[k] * matrix.Row(j)[k];
        return sum;
    }
}
