using Analyzer.Statistics;

namespace Analyzer.Tests;

public class ProductTests
{
    // Columns on both sides of a word, of a panel of four and of the words that are summed by themselves; rows that fill no tile; one to three vectors of lanes.
    [Theory]
    [InlineData(1, 1, 16), InlineData(9, 64, 16), InlineData(17, 65, 32), InlineData(40, 200, 16), InlineData(300, 321, 48)]
    [InlineData(5, 1_100, 16), InlineData(9, 3_000, 48)]
    public void Products_agree_with_the_naive_sums(int rows, int columns, int lanes)
    {
        var bits = RandomData.Bits(rows + 2, columns, 1);
        AssertProducts(new BitDesign(bits), RandomData.Unpack(bits), rows, lanes);
        var dense = RandomData.Dense(rows + 2, columns, 2);
        AssertProducts(new DenseDesign(dense), dense, rows, lanes);
        // Rows of a selection, backwards.
        int[] selected = [.. Enumerable.Range(0, rows + 2).Reverse()];
        AssertProducts(new BitDesign(bits).Select(selected), RandomData.Unpack(bits.SelectRows(selected)), rows, lanes);
    }

    // The way of other processors, and this one's with lanes that are all 0 past the first few: none, two at a time, and eight with two more.
    [Theory]
    [InlineData(1_100, 16, 0), InlineData(1_100, 16, 2), InlineData(3_000, 32, 9), InlineData(321, 16, 16)]
    public void Both_ways_to_multiply_bits_agree_with_the_naive_sums(int columns, int lanes, int used)
    {
        const int Rows = 37;
        var bits = RandomData.Bits(Rows, columns, 5);
        var right = RandomData.Dense(columns, lanes, 6).Values;
        for (var i = 0; i < right.Length; i++)
            if (i % lanes >= used) right[i] = 0;
        var product = new double[Rows * lanes];
        for (var i = 0; i < product.Length; i++)
            for (var j = 0; j < columns; j++)
                if (bits[i / lanes, j]) product[i] += right[j * lanes + i % lanes];

        var panels = BitPanels.Of(bits, null, 1, default);
        float[] looked = Ones<float>(product.Length), permuted = Ones<float>(product.Length);
        // As in AssertProducts.
        var tolerance = Math.Pow(columns + 1, 2) / (1 << 24);
        BitLookup.MultiplyAdd<float>(panels, new(0, Rows), right, lanes, looked);
        AssertClose(product, Array.ConvertAll(looked, value => value - 1.0), tolerance);
        if (!BitPermutation.IsSupported) return;
        BitPermutation.MultiplyAdd(panels, new(0, Rows), right, lanes, permuted);
        AssertClose(product, Array.ConvertAll(permuted, value => value - 1.0), tolerance);
    }

    private static void AssertProducts(Design design, Matrix plain, int rows, int lanes)
    {
        float[] right = RandomData.Dense(plain.Columns, lanes, 3).Values, left = RandomData.Dense(plain.Rows, lanes, 4).Values;
        double[] product = new double[rows * lanes];
        double[] transposed = new double[plain.Columns * lanes], squared = new double[plain.Columns * lanes];
        for (var lane = 0; lane < lanes; lane++)
        {
            for (var i = 0; i < plain.Rows; i++)
            {
                for (var j = 0; j < plain.Columns; j++)
                {
                    double x = plain.Row(i)[j];
                    if (i is > 0 && i <= rows) product[(i - 1) * lanes + lane] += x * right[j * lanes + lane];
                    transposed[j * lanes + lane] += x * left[i * lanes + lane];
                    squared[j * lanes + lane] += x * x * left[i * lanes + lane];
                }
            }
        }

        // A sum of n terms of size at most 1, and the 1 it is added to, errs by at most (n + 1)² units of rounding.
        double terms = Math.Pow(Math.Max(plain.Columns, plain.Rows) + 1, 2), single = terms / (1 << 24), exact = single / (1 << 29);
        var result = Ones<float>(product.Length);
        design.MultiplyAdd(new(1, rows), right, lanes, result);
        AssertClose(product, Array.ConvertAll(result, value => value - 1.0), single);
        // The same rows, named one by one.
        var listed = Ones<float>(product.Length);
        design.MultiplyAdd(new(Enumerable.Range(1, rows).ToArray()), right, lanes, listed);
        Assert.Equal(result, listed);
        result = Ones<float>(transposed.Length);
        design.TransposedMultiplyAdd(left, lanes, result);
        AssertClose(transposed, Array.ConvertAll(result, value => value - 1.0), single);
        result = Ones<float>(transposed.Length);
        design.SquaredTransposedMultiplyAdd(left, lanes, result);
        AssertClose(squared, Array.ConvertAll(result, value => value - 1.0), single);

        var precise = Ones<double>(product.Length);
        design.MultiplyAdd(new(1, rows), Array.ConvertAll(right, value => (double)value), lanes, precise);
        AssertClose(product, Array.ConvertAll(precise, value => value - 1), exact);
        precise = Ones<double>(transposed.Length);
        design.TransposedMultiplyAdd(Array.ConvertAll(left, value => (double)value), lanes, precise);
        AssertClose(transposed, Array.ConvertAll(precise, value => value - 1), exact);
    }

    // Products are added to what is there already.
    private static T[] Ones<T>(int length) where T : System.Numerics.INumber<T>
    {
        var ones = new T[length];
        Array.Fill(ones, T.One);
        return ones;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }
}
