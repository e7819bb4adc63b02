using Analyzer.Statistics;
using static Analyzer.Tests.SelfSimilarityReference;

namespace Analyzer.Tests;

public class NetworkFractalityTests
{
    [Theory]
    [InlineData(4, 172), InlineData(5, 684)]
    public void A_flower_is_fractal_with_dimension_two(int generation, int nodes)
    {
        // Rozenfeld, Havlin and ben-Avraham, New J. Phys. 9 (2007): the (2,2)-flower has d_B = ln 4 / ln 2.
        var found = NetworkFractality.Measure(Flower(generation));
        Assert.Equal((nodes, 1 << generation, 1.0), (found.Nodes, found.Diameter, found.Share));
        Assert.InRange(found.Dimension!.Value, 1.9, 2.1);
        Assert.True(found.AkaikeDifference > 4, $"{found.AkaikeDifference}");
    }

    [Fact]
    public void A_random_graph_is_small_world()
    {
        var random = new SeededRandom(1);
        var edges = new HashSet<(int, int)>();
        while (edges.Count < 750)
        {
            int a = random.NextBelow(500), b = random.NextBelow(500);
            if (a != b) edges.Add((Math.Min(a, b), Math.Max(a, b)));
        }
        var found = NetworkFractality.Measure(NeighbourGraph.FromEdges(500, edges));
        Assert.True(found.AkaikeDifference < 0, $"{found.AkaikeDifference}");
        Assert.InRange(found.Share, 0.85, 1);
    }

    [Fact]
    public void A_path_is_covered_with_the_fewest_boxes_possible()
    {
        // 64 nodes in a row: ⌈64 / ℓ⌉ boxes at best; greedy colouring may need more, but no fewer.
        var found = NetworkFractality.Measure(NeighbourGraph.FromEdges(64, Enumerable.Range(0, 63).Select(i => (i, i + 1))),
            new() { MostLengths = 64 });
        Assert.Equal(Enumerable.Range(1, 63), found.Covers.Select(cover => cover.Length));
        Assert.All(found.Covers, cover =>
        {
            Assert.InRange(cover.Fewest, (64 + cover.Length - 1) / cover.Length, 128 / cover.Length + 1);
            Assert.InRange(cover.Mean, cover.Fewest, cover.Most);
        });
        Assert.Equal(64, found.Covers[0].Fewest);
    }

    [Theory]
    [InlineData("units"), InlineData("wide")]
    public void Threshold_graph_giant_component_and_paths_agree_with_scipy(string name)
    {
        var expected = Values.GetProperty("network").GetProperty(name);
        var features = Features(name);
        var distances = PairDistances.Measure(features);
        var epsilon = NeighbourGraph.EpsilonFor(distances, features.Rows, expected.GetProperty("degree").GetDouble());
        Assert.Equal(expected.GetProperty("epsilon").GetDouble(), epsilon, 1e-12);
        var giant = NeighbourGraph.Nearer(distances, features.Rows, epsilon).GiantComponent();
        Assert.Equal(expected.GetProperty("nodes").GetInt32(), giant.Nodes);
        Assert.Equal(expected.GetProperty("diameter").GetInt32(), giant.PathLengths().Max());
        Assert.Equal(expected.GetProperty("pathSum").GetInt32(), giant.PathLengths().Sum());
    }

    [Fact]
    public void Fewer_than_five_sizes_get_no_dimension()
    {
        // A complete graph has one size, a path of five nodes four.
        var complete = NetworkFractality.Measure(NeighbourGraph.FromEdges(4, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]));
        Assert.Equal((1, null, null), (complete.Covers.Length, complete.Dimension, complete.AkaikeDifference));
        Assert.Null(NetworkFractality.Measure(NeighbourGraph.FromEdges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])).Dimension);
        var lone = NetworkFractality.Measure(NeighbourGraph.FromEdges(3, []));
        Assert.Equal((1, 0, 0), (lone.Nodes, lone.Diameter, lone.Covers.Length));
        Assert.Throws<ArgumentException>(() => NetworkFractality.Measure(NeighbourGraph.FromEdges(0, [])));
    }

    [Fact]
    public void Covers_depend_on_the_seed_and_not_on_threads()
    {
        var graph = Flower(4);
        var one = NetworkFractality.Measure(graph, new() { Threads = 1, Orders = 5 });
        Assert.Equal(one.Covers, NetworkFractality.Measure(graph, new() { Threads = 3, Orders = 5 }).Covers);
        Assert.NotEqual(one.Covers, NetworkFractality.Measure(graph, new() { Seed = 1, Orders = 5 }).Covers);
    }

    /// <summary>A ring of four, each edge of which two paths of two edges replace, again and again.</summary>
    private static NeighbourGraph Flower(int generation)
    {
        List<(int, int)> edges = [(0, 1), (1, 2), (2, 3), (3, 0)];
        var nodes = 4;
        for (var step = 1; step < generation; step++)
        {
            List<(int, int)> next = [];
            foreach (var (a, b) in edges)
            {
                next.AddRange([(a, nodes), (nodes, b), (a, nodes + 1), (nodes + 1, b)]);
                nodes += 2;
            }
            edges = next;
        }
        return NeighbourGraph.FromEdges(nodes, edges);
    }
}
