using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

public class CodeRedundancyTests
{
    [Fact]
    public void Three_samples_in_two_regions_have_a_third_redundant()
    {
        var codes = new PackedBits(3, 5);
        codes[1, 4] = true;
        var measured = CodeRedundancy.Measure(codes);
        Assert.Equal((3, 2), (measured.Samples, measured.Distinct));
        Assert.Equal(1 / 3.0, measured.Ratio);
        Assert.Equal([0, 1, 0], measured.Regions);
    }

    [Fact]
    public void Regions_agree_with_grouping_by_text() => Prop.ForAll<byte[]>(raw =>
    {
        if (raw.Length == 0) return true;
        var codes = new PackedBits(raw.Length, 3);
        for (var row = 0; row < raw.Length; row++) codes.SetRow(row, [(byte)(raw[row] & 0xE0)]);
        var ids = new Dictionary<int, int>();
        int[] naive = [.. raw.Select(value => ids.TryGetValue(value >> 5, out var id) ? id : ids[value >> 5] = ids.Count)];
        var measured = CodeRedundancy.Measure(codes);
        return measured.Regions.SequenceEqual(naive) && measured.Distinct == ids.Count;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_hashes_alone_never_merge_two_codes()
    {
        var codes = RandomData.Bits(100, 6, 1);
        var honest = CodeRedundancy.Measure(codes);
        var colliding = CodeRedundancy.Measure(codes, _ => 42);
        Assert.InRange(honest.Distinct, 2, 64);
        Assert.Equal(honest.Regions, colliding.Regions);
    }

    [Fact]
    public void A_set_without_rows_has_no_ratio() =>
        Assert.Equal("there are no rows, so no ratio (Parameter 'codes')",
            Assert.Throws<ArgumentException>(() => CodeRedundancy.Measure(new PackedBits(0, 4))).Message);
}
