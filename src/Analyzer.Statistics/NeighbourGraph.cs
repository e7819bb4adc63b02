namespace Analyzer.Statistics;

/// <summary>An undirected graph without loops.</summary>
public sealed class NeighbourGraph
{
    private readonly int[][] _neighbours;

    private NeighbourGraph(int[][] neighbours) => _neighbours = neighbours;

    /// <summary>Nodes, n.</summary>
    public int Nodes => _neighbours.Length;

    /// <summary>Mean number of neighbours of a node; 0 without nodes.</summary>
    public double MeanDegree => Nodes == 0 ? 0 : _neighbours.Average(neighbours => neighbours.Length);

    /// <summary>A graph from its edges.</summary>
    /// <param name="nodes">n.</param>
    /// <param name="edges">Pairs of different nodes, each pair at most once.</param>
    /// <returns>The graph.</returns>
    public static NeighbourGraph FromEdges(int nodes, IEnumerable<(int First, int Second)> edges)
    {
        ArgumentNullException.ThrowIfNull(edges);
        var lists = new List<int>[nodes];
        for (var i = 0; i < nodes; i++) lists[i] = [];
        foreach (var (first, second) in edges)
        {
            lists[first].Add(second);
            lists[second].Add(first);
        }
        return new([.. lists.Select(list => list.ToArray())]);
    }

    /// <summary>Joins all pairs that are nearer than ε: A_ij = 1 where ‖F_i − F_j‖ &lt; ε.</summary>
    /// <param name="distances">[n(n − 1)/2] in the order of <see cref="PairDistances.Measure"/>.</param>
    /// <param name="nodes">n.</param>
    /// <param name="epsilon">ε, in the unit of the distances.</param>
    /// <returns>The graph. O(n²).</returns>
    /// <exception cref="ArgumentException">The number of distances is not that of n nodes.</exception>
    public static NeighbourGraph Nearer(ReadOnlySpan<double> distances, int nodes, double epsilon)
    {
        Require.SameLength(distances.Length, PairDistances.Count(nodes), nameof(distances));
        var edges = new List<(int, int)>();
        for (int i = 0, next = 0; i < nodes; i++)
            for (var j = i + 1; j < nodes; j++, next++)
                if (distances[next] < epsilon)
                    edges.Add((i, j));
        return FromEdges(nodes, edges);
    }

    /// <summary>The ε at which <see cref="Nearer"/> gives a mean degree.</summary>
    /// <param name="distances">[n(n − 1)/2].</param>
    /// <param name="nodes">n.</param>
    /// <param name="meanDegree">Above 0.</param>
    /// <returns>
    /// The distance that n · degree / 2 others lie below (fewer where distances tie), or infinity where all pairs are too few. O(n² log n).
    /// </returns>
    public static double EpsilonFor(ReadOnlySpan<double> distances, int nodes, double meanDegree)
    {
        var edges = (int)Math.Round(Math.Min(nodes * meanDegree / 2, int.MaxValue));
        if (edges >= distances.Length) return double.PositiveInfinity;
        var sorted = distances.ToArray();
        Array.Sort(sorted);
        return sorted[edges];
    }

    /// <summary>The largest connected part; of equal ones that with the smallest node.</summary>
    /// <returns>The part as a graph of its own, its nodes in their order.</returns>
    public NeighbourGraph GiantComponent()
    {
        var component = new int[Nodes];
        Array.Fill(component, -1);
        var sizes = new List<int>();
        var open = new Stack<int>();
        for (var start = 0; start < Nodes; start++)
        {
            if (component[start] >= 0) continue;
            component[start] = sizes.Count;
            open.Push(start);
            var size = 0;
            while (open.TryPop(out var node))
            {
                size++;
                foreach (var next in _neighbours[node])
                {
                    if (component[next] >= 0) continue;
                    component[next] = sizes.Count;
                    open.Push(next);
                }
            }
            sizes.Add(size);
        }
        if (sizes.Count <= 1) return this;
        var giant = sizes.IndexOf(sizes.Max());
        var numbers = new int[Nodes];
        var kept = 0;
        for (var node = 0; node < Nodes; node++) numbers[node] = component[node] == giant ? kept++ : -1;
        return new([.. Enumerable.Range(0, Nodes).Where(node => numbers[node] >= 0)
            .Select(node => _neighbours[node].Select(next => numbers[next]).ToArray())]);
    }

    /// <summary>Edges on the shortest path from each node to each, [n × n] row-major; of a connected graph. O(n · edges).</summary>
    internal int[] PathLengths()
    {
        var lengths = new int[Nodes * Nodes];
        Array.Fill(lengths, -1);
        var queue = new int[Nodes];
        for (var start = 0; start < Nodes; start++)
        {
            var row = lengths.AsSpan(start * Nodes, Nodes);
            row[start] = 0;
            queue[0] = start;
            for (int head = 0, tail = 1; head < tail; head++)
                foreach (var next in _neighbours[queue[head]])
                    if (row[next] < 0)
                    {
                        row[next] = row[queue[head]] + 1;
                        queue[tail++] = next;
                    }
        }
        return lengths;
    }
}
