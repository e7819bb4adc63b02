using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Labels against those of the nearest samples, held against counting by hand and by brute force.</summary>
public class LabelAgreementTests
{
    [Fact]
    public void Votes_are_those_counted_by_hand()
    {
        var found = LabelAgreement.Of(new(new int[,] { { 1, 2, 3 }, { 0, 2, 3 }, { 0, 1, 3 }, { 0, 1, 2 } }, new int[4, 3]), [7, 7, 7, 2]);
        Assert.Equal([7, 7, 7, 7], found.Winner);
        Assert.Equal([2, 2, 2, 3], found.Votes);
        Assert.Equal([2, 2, 2, 0], found.Own);
        Assert.Equal((2, true), (found.ClearVotes, found.IsClear(0)));
    }

    [Fact]
    public void At_least_half_of_the_samples_are_clear_and_none_with_fewer_votes_than_another_that_is_not()
    {
        var random = new SeededRandom(1);
        int[] labels = [.. Enumerable.Range(0, 200).Select(_ => random.NextBelow(4))];
        var found = LabelAgreement.Of(KNearest.Others(RandomData.Bits(200, 30, 2)), labels);
        var clear = Enumerable.Range(0, 200).Where(found.IsClear).ToArray();
        Assert.InRange(clear.Length, 100, 200);
        Assert.True(clear.Min(i => found.Votes[i]) > Enumerable.Range(0, 200).Except(clear).Select(i => found.Votes[i]).DefaultIfEmpty(-1).Max());
    }

    [Theory]
    [InlineData(300, 40)]
    // Sixteen codes for 300 samples: a row is far from first among its equals.
    [InlineData(300, 4)]
    public void Others_are_those_of_brute_force_and_never_the_row_itself(int rows, int bits)
    {
        var codes = RandomData.Bits(rows, bits, 3);
        var found = KNearest.Others(codes, new() { Neighbours = 5 });
        for (var row = 0; row < rows; row++)
        {
            var expected = Enumerable.Range(0, rows).Where(other => other != row)
                .Select(other => (Other: other, Distance: Enumerable.Range(0, bits).Count(b => codes[row, b] != codes[other, b]))).OrderBy(o => o.Distance).ThenBy(o => o.Other).Take(5).ToArray();
            Assert.Equal(expected, Enumerable.Range(0, 5).Select(k => (found.Indices[row, k], found.Distances[row, k])));
        }
    }

    [Fact]
    public void Wrong_numbers_of_labels_are_refused()
    {
        var neighbours = new NearestNeighbours(new int[2, 1], new int[2, 1]);
        Assert.Throws<ArgumentException>(() => LabelAgreement.Of(neighbours, [1]));
        Assert.Throws<ArgumentException>(() => LabelAgreement.Of(new(new int[0, 1], new int[0, 1]), []));
    }

    // Statistics in Medicine 17 (1998) 873, table II, method 10.
    [Theory]
    [InlineData(56, 70, 48, 80, .0524, .3339)]
    [InlineData(9, 10, 3, 10, .1705, .8090)]
    [InlineData(6, 7, 2, 7, .0582, .8062)]
    [InlineData(5, 56, 0, 29, -.0381, .1926)]
    [InlineData(10, 10, 0, 20, .6791, 1)]
    public void Newcombe_s_published_intervals_come_out(int first, int firstOf, int second, int secondOf, double low, double high)
    {
        var found = IndependentShares.Of(first, firstOf, second, secondOf);
        // As many digits as are printed.
        Assert.Equal(low, found.Interval[0], .00005);
        Assert.Equal(high, found.Interval[1], .00005);
        Assert.Equal(first / (double)firstOf - second / (double)secondOf, found.Difference, 1e-15);
    }
}
