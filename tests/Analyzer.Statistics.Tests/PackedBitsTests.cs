using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

public class PackedBitsTests
{
    [Fact]
    public void The_first_bit_is_the_most_significant_of_the_first_byte_as_in_numpy()
    {
        // numpy.packbits([1,0,0,0,0,0,1,0, 0,1,1]) == [130, 96]
        var bits = new PackedBits(1, 11);
        bits.SetRow(0, [130, 96]);
        Assert.Equal([0, 6, 9, 10], Enumerable.Range(0, 11).Where(bit => bits[0, bit]));
        Assert.Equal([130, 96], bits.RowBytes(0).ToArray());
    }

    [Theory]
    [InlineData(1), InlineData(8), InlineData(63), InlineData(64), InlineData(65), InlineData(130)]
    public void A_bit_that_is_set_alone_changes_nothing_else_and_no_padding(int length)
    {
        var bits = new PackedBits(3, length);
        for (var bit = 0; bit < length; bit++)
        {
            bits[1, bit] = true;
            Assert.Equal(1, bits.Row(1).ToArray().Sum(word => System.Numerics.BitOperations.PopCount(word)));
            Assert.True(bits[1, bit]);
            bits[1, bit] = false;
        }
        Assert.All(bits.Row(0).ToArray().Concat(bits.Row(2).ToArray()), word => Assert.Equal(0UL, word));
    }

    [Fact]
    public void Codes_of_several_taps_stand_side_by_side_at_whole_bytes()
    {
        var bits = new PackedBits(2, 8 + 16 + 3);
        bits.SetRow(1, [0xA0]);
        bits.SetRow(1, [0x12, 0x34], bitOffset: 8);
        bits.SetRow(1, [0xE0], bitOffset: 24);
        Assert.Equal([0xA0, 0x12, 0x34, 0xE0], bits.RowBytes(1).ToArray());
        Assert.Equal([0, 0, 0, 0], bits.RowBytes(0).ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_its_sizes()
    {
        var bits = new PackedBits(1, 11);
        Assert.Equal("`bitOffset` is 4; it must be a multiple of 8 (Parameter 'bitOffset')",
            Assert.Throws<ArgumentException>(() => bits.SetRow(0, [0], 4)).Message);
        Assert.Equal("2 bytes at bit 8 do not fit into a row of 2 bytes (Parameter 'packed')",
            Assert.Throws<ArgumentException>(() => bits.SetRow(0, [0, 0], 8)).Message);
        Assert.Equal("a bit after the row's 11 bits is set (Parameter 'packed')",
            Assert.Throws<ArgumentException>(() => bits.SetRow(0, [0, 0b0001_0000])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => bits[0, 11]);
        Assert.Throws<ArgumentOutOfRangeException>(() => bits[1, 0]);
    }

    [Fact]
    public void Rows_beyond_two_gibibytes_are_reached()
    {
        // 2.2 GiB of address space, of which only the touched pages are ever backed by memory.
        const int rows = 300_000, bits = 62_000;
        var large = new PackedBits(rows, bits);
        large[rows - 1, bits - 1] = true;
        Assert.True(large[rows - 1, bits - 1]);
        Assert.False(large[rows - 2, bits - 1]);
        Assert.True((long)rows * large.WordsPerRow * sizeof(ulong) > 1L << 31);
    }

    [Fact]
    public void Selected_rows_are_the_rows_asked_for() => Prop.ForAll<byte[]>(raw =>
    {
        var source = RandomData.Bits(50, 70, 5);
        int[] wanted = [.. raw.Select(value => value % 50)];
        var selected = source.SelectRows(wanted);
        return selected.Rows == wanted.Length
            && Enumerable.Range(0, wanted.Length).All(i => selected.Row(i).SequenceEqual(source.Row(wanted[i])));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_first_rows_are_taken_as_they_are()
    {
        var source = RandomData.Bits(9, 70, 6);
        var taken = source.TakeRows(4);
        Assert.Equal(4, taken.Rows);
        Assert.All(Enumerable.Range(0, 4), row => Assert.Equal(source.Row(row).ToArray(), taken.Row(row).ToArray()));
    }
}
