using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

public class KNearestTests
{
    // Lengths on both sides of a word, of 8 words, of the kernel's 24 words, and far past them.
    [Theory]
    [InlineData(3, 40), InlineData(64, 40), InlineData(65, 70), InlineData(513, 50), InlineData(700, 50), InlineData(1537, 40)]
    [InlineData(3300, 30), InlineData(40_000, 20), InlineData(33_000, 261)]
    public void Nearest_neighbours_agree_with_the_naive_search(int bits, int rows)
    {
        PackedBits train = RandomData.Bits(rows, bits, 1), queries = RandomData.Bits(13, bits, 2);
        AssertNaive(train, queries, KNearest.Find(train, queries), 9, Enumerable.Range(0, 13));
    }

    [Fact]
    public void Blocks_of_rows_and_queries_join_without_a_seam()
    {
        // More rows than one cache block (4096 groups of 8) and more queries than one block (256).
        PackedBits train = RandomData.Bits(33_001, 10, 3), queries = RandomData.Bits(258, 10, 4);
        AssertNaive(train, queries, KNearest.Find(train, queries, new() { Neighbours = 3 }), 3, [0, 255, 256, 257]);
    }

    [Fact]
    public void Among_rows_equally_far_the_smallest_row_numbers_are_kept() => Prop.ForAll<byte[]>(raw =>
    {
        if (raw.Length < 3) return true;
        var train = new PackedBits(raw.Length, 2);
        for (var row = 0; row < raw.Length; row++) train.SetRow(row, [(byte)(raw[row] & 0xC0)]);
        var query = new PackedBits(1, 2);
        AssertNaive(train, query, KNearest.Find(train, query, new() { Neighbours = 3 }), 3, [0]);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        PackedBits train = RandomData.Bits(500, 100, 5), queries = RandomData.Bits(700, 100, 6);
        var one = KNearest.Find(train, queries, new() { Threads = 1 });
        var seven = KNearest.Find(train, queries, new() { Threads = 7 });
        Assert.Equal(one.Indices, seven.Indices);
        Assert.Equal(one.Distances, seven.Distances);
    }

    [Theory]
    [InlineData(1), InlineData(7), InlineData(8), InlineData(9), InlineData(24), InlineData(25), InlineData(31), InlineData(61)]
    [InlineData(15), InlineData(16), InlineData(256), InlineData(496)]
    public void Every_kernel_counts_the_same(int words)
    {
        Assert.SkipUnless(Avx2.IsSupported, "without AVX2 there is one kernel only");
        var random = new SeededRandom(8);
        var query = new ulong[words];
        var group = new ulong[words * 8];
        foreach (ref var word in query.AsSpan()) word = random.NextWord();
        foreach (ref var word in group.AsSpan()) word = random.NextWord();
        // All bits differ in one lane: the largest count each byte must hold.
        for (var word = 0; word < words; word++) group[word * 8 + 5] = ~query[word];

        ulong[] plain = new ulong[8], halves = new ulong[8], wide = new ulong[8];
        HammingKernel.Words(query, group, plain);
        HammingKernel.Halves(query, group, halves);
        Assert.Equal((ulong)words * 64, plain[5]);
        Assert.Equal(plain, halves);
        if (!Avx512BW.IsSupported) return;
        ref var vectors = ref Unsafe.As<ulong, Vector512<ulong>>(ref group[0]);
        HammingKernel.Long(ref query[0], words, ref vectors).CopyTo(wide);
        Assert.Equal(plain, wide);
        // Two codes at once: the second is the first's complement, which is what lane 5 has.
        var (second, other) = (Array.ConvertAll(query, word => ~word), new ulong[8]);
        HammingKernel.Words(second, group, plain);
        var (one, two) = HammingKernel.Two(ref query[0], ref second[0], words, ref vectors);
        one.CopyTo(other);
        Assert.Equal(wide, other);
        two.CopyTo(other);
        Assert.Equal(plain, other);
        Assert.Equal(0UL, other[5]);
        HammingKernel.Words(query, group, plain);
        if (words > 31) return;
        HammingKernel.Short(ref query[0], words, ref vectors).CopyTo(wide);
        Assert.Equal(plain, wide);
    }

    [Fact]
    public void The_vote_goes_to_the_majority_and_ties_to_the_smallest_label()
    {
        var found = new NearestNeighbours(new[,] { { 0, 1, 2, 3 }, { 1, 2, 3, 4 }, { 4, 3, 0, 0 } }, new int[3, 4]);
        // Labels met: 7 5 5 7 (tie), 5 5 7 9 (5 wins), 9 7 7 7 (7 wins).
        Assert.Equal([5, 5, 7], KNearest.Vote(found, [7, 5, 5, 7, 9]));
    }

    [Fact]
    public void Accuracy_is_the_share_of_equal_labels() => Assert.Equal(0.75, Accuracy.Of([1, 2, 3, 4], [1, 2, 3, 5]));

    [Fact]
    public void Progress_rises_to_one_and_a_cancelled_search_stops()
    {
        var train = RandomData.Bits(50, 20, 9);
        var seen = new List<double>();
        KNearest.Find(train, RandomData.Bits(600, 20, 10), null, new Recorder(seen));
        Assert.Equal([1 / 3.0, 2 / 3.0, 1], seen);
        Assert.ThrowsAny<OperationCanceledException>(() => KNearest.Find(train, train, cancel: new CancellationToken(true)));
    }

    [Fact]
    public void Bad_parameters_are_refused_with_value_and_range()
    {
        Assert.Equal("`Neighbours` is 0; it must lie in [1, 10000]",
            Assert.Throws<ArgumentOutOfRangeException>(() => new KNearestOptions { Neighbours = 0 }).Message.Split(" (")[0]);
        Assert.Equal("`Neighbours` is 9; it must lie in [1, 8]", Assert.Throws<ArgumentOutOfRangeException>(
            () => KNearest.Find(new PackedBits(8, 4), new PackedBits(1, 4))).Message.Split(" (")[0]);
        Assert.Throws<ArgumentException>(() => KNearest.Find(new PackedBits(9, 4), new PackedBits(1, 5)));
    }

    private static void AssertNaive(PackedBits train, PackedBits queries, NearestNeighbours found, int k, IEnumerable<int> checkedQueries)
    {
        foreach (var query in checkedQueries)
        {
            var naive = Enumerable.Range(0, train.Rows)
                .Select(row => (Distance: RandomData.Hamming(train, row, queries, query), Row: row)).Order().Take(k).ToArray();
            Assert.Equal(naive, Enumerable.Range(0, k).Select(i => (found.Distances[query, i], found.Indices[query, i])));
        }
    }

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
