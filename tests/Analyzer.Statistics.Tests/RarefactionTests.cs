using System.Text.Json;
using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

/// <summary>Agreement with SciPy's hypergeometric distribution (`tools/reference/rarefaction.py`), and what follows from the definition.</summary>
public class RarefactionTests
{
    [Fact]
    public void Expected_groups_agree_with_scipys_hypergeometric_distribution()
    {
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "rarefaction.json"))).RootElement;
        foreach (var @case in reference.GetProperty("cases").EnumerateArray())
        {
            int[] groups = [.. Integers(@case, "sizes").Zip(Integers(@case, "counts"), Enumerable.Repeat).SelectMany(g => g)];
            var found = Rarefaction.ExpectedGroups(groups, Integers(@case, "draws"));
            double[] expected = [.. @case.GetProperty("expected").EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal(expected.Length, found.Length);
            // SciPy takes logarithms of gamma functions, of size 10⁵ there.
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9 * Math.Max(1, expected[i]));
        }
    }

    [Fact]
    public void The_mean_over_all_ways_to_draw_is_the_expectation()
    {
        int[] groups = [1, 1, 2, 4];
        int[] owner = [.. groups.SelectMany((size, g) => Enumerable.Repeat(g, size))];
        for (var n = 0; n <= owner.Length; n++)
        {
            var drawn = n;
            var ways = Enumerable.Range(0, 1 << owner.Length).Where(way => int.PopCount(way) == drawn).ToArray();
            var mean = ways.Average(way => Enumerable.Range(0, owner.Length).Where(i => (way >> i & 1) == 1).Select(i => owner[i]).Distinct().Count());
            // Some ten operations on numbers of size 1.
            Assert.Equal(mean, Rarefaction.ExpectedGroups(groups, [n])[0], 1e-14);
        }
    }

    [Fact]
    public void One_sample_makes_one_group_and_all_make_all_however_they_are_grouped() => Prop.ForAll<byte[]>(raw =>
    {
        if (raw.Length == 0) return true;
        int[] groups = [.. raw.Select(size => size + 1)];
        var found = Rarefaction.ExpectedGroups(groups, [0, 1, groups.Sum()]);
        return found[0] == 0 && Math.Abs(found[1] - 1) < 1e-12 && found[2] == groups.Length;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_group_without_samples_and_more_draws_than_samples_are_refused()
    {
        Assert.Equal("a group has no samples (Parameter 'groups')", Assert.Throws<ArgumentException>(() => Rarefaction.ExpectedGroups([2, 0], [1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Rarefaction.ExpectedGroups([2, 3], [6]));
    }

    private static int[] Integers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];
}
