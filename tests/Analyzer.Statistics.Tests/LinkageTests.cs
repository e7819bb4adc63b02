using Analyzer.Statistics;

namespace Analyzer.Tests;

public class LinkageTests
{
    [Theory]
    [InlineData(Linkage.Average), InlineData(Linkage.Complete), InlineData(Linkage.Single)]
    public void Merges_agree_with_the_naive_search_for_the_nearest_pair(Linkage linkage)
    {
        foreach (var n in new[] { 1, 2, 3, 15, 16, 17, 33, 90 })
        {
            var distances = RandomDistances(n, (ulong)n);
            var (heights, labels) = Naive(distances, n, linkage, clusters: (n + 2) / 3);
            var tree = Agglomeration.Cluster([.. distances], n, linkage);
            Assert.Equal(n - 1, tree.Heights.Length);
            // Means of at most n² distances of size 1, in another order.
            for (var i = 0; i < heights.Length; i++) Assert.Equal(heights[i], tree.Heights[i], 1e-13);
            var merges = n - (n + 2) / 3;
            var cut = merges == 0 ? 0 : tree.Heights[merges - 1];
            Assert.Equal((n + 2) / 3, tree.Clusters(cut));
            Assert.Equal(labels, tree.Labels(cut));
        }
    }

    [Fact]
    public void A_cut_at_a_merges_height_makes_that_merge_and_one_just_below_does_not()
    {
        var tree = Agglomeration.Cluster([0, 1, 4, 1, 0, 4, 4, 4, 0], 3, Linkage.Average);
        Assert.Equal([1, 4], tree.Heights);
        Assert.Equal((2, 3), (tree.Clusters(1), tree.Clusters(Math.BitDecrement(1))));
        Assert.Equal([0, 0, 1], tree.Labels(1));
        Assert.Equal([0, 1, 2], tree.Labels(0.5));
        Assert.Equal([0, 0, 0], tree.Labels(4));
    }

    [Fact]
    public void Leaves_are_a_permutation_in_which_every_cluster_is_one_stretch()
    {
        var tree = Agglomeration.Cluster(RandomDistances(60, 3), 60, Linkage.Average);
        var leaves = tree.LeafOrder();
        Assert.Equal(Enumerable.Range(0, 60), leaves.Order());
        foreach (var height in tree.Heights)
        {
            var labels = tree.Labels(height);
            var stretches = 1 + Enumerable.Range(1, 59).Count(i => labels[leaves[i]] != labels[leaves[i - 1]]);
            Assert.Equal(tree.Clusters(height), stretches);
        }
    }

    [Fact]
    public void The_last_merges_name_each_leaf_by_its_first_item_and_hold_all_items()
    {
        var tree = Agglomeration.Cluster(RandomDistances(60, 4), 60, Linkage.Average);
        var top = DendrogramTop.Of(tree, 12);
        // Twelve leaves are the twelve clusters that a cut between the merges leaves.
        var labels = tree.Labels(tree.Heights[^12]);
        Assert.Equal(Enumerable.Range(0, 12).Select(cluster => Array.IndexOf(labels, cluster)), top.FirstItems.Order());
        Assert.Equal(60, top.Sizes.Sum());
        for (var leaf = 0; leaf < 12; leaf++) Assert.Equal(labels.Count(l => l == labels[top.FirstItems[leaf]]), top.Sizes[leaf]);
        Assert.Throws<ArgumentOutOfRangeException>(() => DendrogramTop.Of(tree, 0));
    }

    [Fact]
    public void All_distances_equal_end_in_one_cluster()
    {
        foreach (var linkage in Enum.GetValues<Linkage>())
        {
            var distances = new double[50 * 50];
            Array.Fill(distances, 0.25);
            var tree = Agglomeration.Cluster(distances, 50, linkage);
            Assert.All(tree.Heights, height => Assert.Equal(0.25, height));
            Assert.Equal(50, tree.Sizes[^1]);
        }
    }

    [Fact]
    public void Bad_distances_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Agglomeration.Cluster([], 0, Linkage.Average));
        Assert.Throws<ArgumentException>(() => Agglomeration.Cluster(new double[8], 3, Linkage.Average));
        Assert.Throws<ArgumentException>(() => Agglomeration.Cluster([0, double.NaN, double.NaN, 0], 2, Linkage.Complete));
        Assert.Throws<ArgumentOutOfRangeException>(() => Agglomeration.Cluster([], Agglomeration.LargestCount + 1, Linkage.Single));
    }

    /// <summary>Labels renumbered by their first occurrence.</summary>
    internal static int[] Canonical(int[] labels)
    {
        var numbers = new Dictionary<int, int>();
        return [.. labels.Select(label => numbers.TryGetValue(label, out var number) ? number : numbers[label] = numbers.Count)];
    }

    private static double[] RandomDistances(int n, ulong seed)
    {
        var random = new SeededRandom(seed);
        var distances = new double[n * n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < i; j++)
                distances[i * n + j] = distances[j * n + i] = random.NextDouble();
        return distances;
    }

    // From the definition: distances of clusters are taken anew from their members for every merge.
    private static (double[] Heights, int[] Labels) Naive(double[] distances, int n, Linkage linkage, int clusters)
    {
        var parts = Enumerable.Range(0, n).Select(i => new List<int> { i }).ToList();
        var heights = new List<double>();
        int[] labels = [];
        while (true)
        {
            if (parts.Count == clusters)
                labels = Canonical([.. Enumerable.Range(0, n).Select(item => parts.FindIndex(part => part.Contains(item)))]);
            if (parts.Count == 1) return ([.. heights], labels);
            var (least, a, b) = (double.PositiveInfinity, 0, 0);
            for (var i = 0; i < parts.Count; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    var between = parts[i].SelectMany(x => parts[j].Select(y => distances[x * n + y]));
                    var distance = linkage switch { Linkage.Average => between.Average(), Linkage.Complete => between.Max(), _ => between.Min() };
                    if (distance < least) (least, a, b) = (distance, i, j);
                }
            }
            heights.Add(least);
            parts[b].AddRange(parts[a]);
            parts.RemoveAt(a);
        }
    }
}
