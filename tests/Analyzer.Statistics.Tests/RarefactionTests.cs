using System.Text.Json;
using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

/// <summary>Agreement with SciPy's hypergeometric distribution (`tools/reference/rarefaction.py`), and what follows from the definition.</summary>
public class RarefactionTests
{
    [Fact]
    public void Expected_repeats_agree_with_scipys_hypergeometric_distribution()
    {
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "rarefaction.json"))).RootElement;
        foreach (var @case in reference.GetProperty("cases").EnumerateArray())
        {
            int[] groups = [.. Integers(@case, "sizes").Zip(Integers(@case, "counts"), Enumerable.Repeat).SelectMany(g => g)];
            var draws = Integers(@case, "draws");
            double[] found = [.. draws.Zip(Rarefaction.ExpectedRepeats(groups, draws), (n, repeats) => n - repeats)];
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
            Assert.Equal(mean, n - Rarefaction.ExpectedRepeats(groups, [n])[0], 1e-14);
        }
    }

    [Fact]
    public void One_sample_repeats_nothing_and_all_leave_each_group_one_however_they_are_grouped() => Prop.ForAll<byte[]>(raw =>
    {
        if (raw.Length == 0) return true;
        int[] groups = [.. raw.Select(size => size + 1)];
        var found = Rarefaction.ExpectedRepeats(groups, [0, 1, groups.Sum()]);
        // A rounding a group.
        return found[0] == 0 && found[1] <= 1e-15 * groups.Length && found[2] == groups.Sum() - groups.Length;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Groups_of_one_repeat_exactly_nothing() =>
        Assert.All(Rarefaction.ExpectedRepeats([.. Enumerable.Repeat(1, 600)], [.. Enumerable.Range(0, 601)]), repeats => Assert.Equal(0, repeats));

    [Fact]
    public void A_group_without_samples_and_more_draws_than_samples_are_refused()
    {
        Assert.Equal("a group has no samples (Parameter 'groups')", Assert.Throws<ArgumentException>(() => Rarefaction.ExpectedRepeats([2, 0], [1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Rarefaction.ExpectedRepeats([2, 3], [6]));
    }

    private static int[] Integers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];
}
