using Analyzer.Statistics;

namespace Analyzer.Tests;

public class ConstantBitsTests
{
    [Theory]
    [InlineData(1), InlineData(8), InlineData(64), InlineData(65), InlineData(200), InlineData(517)]
    public void Exactly_the_bits_with_one_value_in_all_sets_are_constant(int length)
    {
        // Few rows, so that about one bit in eight is constant by chance.
        PackedBits train = RandomData.Bits(2, length, 1), test = RandomData.Bits(2, length, 2);
        var constant = ConstantBits.Of(train, test);
        var naive = Enumerable.Range(0, length).Select(bit =>
            new[] { train[0, bit], train[1, bit], test[0, bit], test[1, bit] }.Distinct().Count() == 1).ToArray();
        Assert.Equal(naive, Enumerable.Range(0, length).Select(bit => constant[bit]));
        Assert.Equal(naive.Count(value => value), constant.Count);
        Assert.Equal(length, constant.Count + constant.Varying);
    }

    [Theory]
    [InlineData(9, 0.1), InlineData(64, 0.2), InlineData(517, 0.01), InlineData(1000, 0.1), InlineData(1000, 0.5)]
    public void The_bits_kept_keep_their_order(int length, double density)
    {
        var codes = RandomData.Bits(5, length, 3, density);
        var constant = ConstantBits.Of(codes);
        var kept = constant.Without(codes);
        int[] places = [.. Enumerable.Range(0, length).Where(bit => !constant[bit])];
        Assert.Equal(Math.Max(1, places.Length), kept.Bits);
        for (var row = 0; row < codes.Rows; row++)
            Assert.Equal(places.Select(bit => codes[row, bit]), Enumerable.Range(0, places.Length).Select(bit => kept[row, bit]));
    }

    [Fact]
    public void Dropping_them_changes_neither_redundancy_nor_neighbours()
    {
        PackedBits train = RandomData.Bits(200, 300, 4, 0.01), test = RandomData.Bits(50, 300, 5, 0.01);
        var constant = ConstantBits.Of(train, test);
        PackedBits smallTrain = constant.Without(train), smallTest = constant.Without(test);
        Assert.InRange(smallTrain.Bits, 1, 299);
        Assert.Equal(CodeRedundancy.Measure(train).Regions, CodeRedundancy.Measure(smallTrain).Regions);
        var (all, small) = (KNearest.Find(train, test), KNearest.Find(smallTrain, smallTest));
        Assert.Equal(all.Indices, small.Indices);
        Assert.Equal(all.Distances, small.Distances);
    }

    [Fact]
    public void Codes_that_never_vary_keep_one_zero_bit()
    {
        var codes = new PackedBits(3, 100);
        for (var row = 0; row < 3; row++) codes[row, 7] = true;
        var kept = ConstantBits.Of(codes).Without(codes);
        Assert.Equal((3, 1), (kept.Rows, kept.Bits));
        Assert.False(kept[2, 0]);
    }

    [Fact]
    public void No_rows_and_unequal_lengths_are_refused()
    {
        Assert.Equal("there are no rows (Parameter 'sets')", Assert.Throws<ArgumentException>(() => ConstantBits.Of()).Message);
        Assert.Throws<ArgumentException>(() => ConstantBits.Of(new PackedBits(1, 8), new PackedBits(1, 9)));
        Assert.Throws<ArgumentException>(() => ConstantBits.Of(new PackedBits(1, 8)).Without(new PackedBits(1, 9)));
    }
}
