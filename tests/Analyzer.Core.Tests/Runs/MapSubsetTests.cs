using Analyzer.Runs;

namespace Analyzer.Tests.Runs;

public class MapSubsetTests
{
    private static readonly SplitEntry[] Splits = [new("test", 6, 6, true), new("train", 12, 12, true)];

    [Fact]
    public void As_many_of_each_class_are_taken_from_the_training_samples_first_ones_first()
    {
        var chosen = MapSubset.Choose(Splits, [new int[6], [0, 0, 0, 1, 1, 0, 2, 1, 1, 2, 2, 2]], 6)!;
        Assert.Equal(1, chosen.Split);
        Assert.Equal([0, 1, 3, 4, 6, 9], chosen.Rows);
        Assert.Equal([3, 4], chosen.In(2, 6).ToArray());
        Assert.Equal([], chosen.In(10, 12).ToArray());
    }

    [Fact]
    public void A_class_with_too_few_samples_leaves_its_place_to_the_others() =>
        Assert.Equal([0, 1, 2, 3, 4, 11], MapSubset.Choose(Splits, [new int[6], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]], 6)!.Rows);

    [Fact]
    public void A_stray_label_is_one_class_more_however_large() =>
        Assert.Equal([0, 1, 2, 3, 5], MapSubset.Choose([new("all", 6, 6, true)], [[0, 0, int.MaxValue, 1, 0, 1]], 5)!.Rows);

    [Fact]
    public void Without_labels_the_first_samples_are_taken() =>
        Assert.Equal((0, 6), (MapSubset.Choose([Splits[0]], [null], 100)!.Split, MapSubset.Choose([Splits[0]], [null], 100)!.Rows.Length));

    [Fact]
    public void Parts_hold_whole_batches_every_sample_once_and_no_more_maps_than_may_wait()
    {
        var maps = new MapSubset(1, [.. Enumerable.Range(0, 100).Select(i => i * 3)]);
        SplitEntry[] splits = [new("test", 70, 70, true), new("train", 1_000, 1_000, true)];
        var parts = PartPlan.Parts(splits, new(SamplesPerPart: 64, MapsPerPart: 8, Batch: 16), maps);
        Assert.Equal(Enumerable.Range(0, 1_070).Select(i => (long)i), parts.SelectMany(p => Enumerable.Range(0, p.Count).Select(i => p.FirstSample + i)));
        Assert.Equal(Enumerable.Range(0, parts.Count), parts.Select(p => p.Index));
        Assert.All(parts, p => Assert.True(p.First % 16 == 0 && p.Count <= 64));
        // Sixteen samples hold five or six of every third: a batch each, until the maps end at sample 300.
        Assert.All(parts.Where(p => p.Split == 1 && p.First < 288), p => Assert.Equal(16, p.Count));
        Assert.Contains(parts, p => p is { Split: 1, First: > 300, Count: 64 });
    }
}
