namespace Analyzer.Statistics;

/// <summary>How <see cref="NetworkFractality"/> covers a network with boxes.</summary>
public sealed record NetworkFractalityOptions
{
    /// <summary>Random orders of the nodes to colour greedily; the fewest boxes count. Default 15.</summary>
    public int Orders { get; init => field = Require.InRange(value, 1, 10_000); } = 15;

    /// <summary>
    /// Box sizes ℓ at most, all small ones and a geometric choice of the larger. Default 24; each costs orders · n² / 2 steps.
    /// </summary>
    public int MostLengths { get; init => field = Require.InRange(value, 5, 10_000); } = 24;

    /// <summary>Determines the orders. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>Boxes of one size.</summary>
/// <param name="Length">ℓ: within a box all shortest paths have fewer edges.</param>
/// <param name="Fewest">Fewest boxes over the orders: an upper bound of the least number.</param>
/// <param name="Mean">Mean over the orders.</param>
/// <param name="Most">Most boxes over the orders.</param>
public sealed record BoxCover(int Length, int Fewest, double Mean, int Most);

/// <summary>How the number of boxes falls with their size.</summary>
/// <param name="Nodes">Nodes of the giant component, which alone is covered.</param>
/// <param name="Share">Its share of all nodes, in (0, 1].</param>
/// <param name="MeanDegree">Its mean degree.</param>
/// <param name="Diameter">Its longest shortest path, in edges.</param>
/// <param name="Covers">Boxes by size, ℓ from 1 (a box for each node) to the diameter.</param>
/// <param name="Dimension">d_B: minus the slope of ln N against ln ℓ; null below five sizes in the range fitted.</param>
/// <param name="DimensionError">Standard error of that slope, the sizes taken as independent; null below five sizes.</param>
/// <param name="AkaikeDifference">
/// AIC of the small-world line (ln N against ℓ) less AIC of the fractal line (ln N against ln ℓ): above 0 favours the fractal, beyond
/// ± 10 clearly; null below five sizes or where a line fits perfectly.
/// </param>
public sealed record NetworkFractalityResult(
    int Nodes, double Share, double MeanDegree, int Diameter, BoxCover[] Covers, double? Dimension, double? DimensionError,
    double? AkaikeDifference)
{
    /// <summary>Sizes in the range fitted below which a power cannot be told from an exponential.</summary>
    public const int FewestLengths = 5;
}

/// <summary>Whether a network is fractal: N(ℓ) ∝ ℓ^−d_B, or small-world: N(ℓ) ∝ e^−ℓ.</summary>
/// <remarks>
/// Song, Havlin and Makse, Nature 433 (2005); greedy colouring as in Song, Gallos, Havlin and Makse, J. Stat. Mech. (2007) P03006: nodes
/// that are ℓ or more edges apart get different colours, and a colour is a box. Our range of the fit is 2 ≤ ℓ ≤ ¾ of the diameter: at
/// ℓ = 1 every node is a box in any network, and near the diameter two to four boxes do in any.
/// </remarks>
public static class NetworkFractality
{
    /// <summary>Covers the giant component with boxes of growing size and fits both laws.</summary>
    /// <param name="graph">At least one node.</param>
    /// <param name="options">Orders and sizes; null for the defaults.</param>
    /// <param name="cancel">Stops the covering.</param>
    /// <returns>The covers and the fits. O(orders · lengths · n²); 4·n² bytes.</returns>
    /// <exception cref="ArgumentException">No nodes.</exception>
    public static NetworkFractalityResult Measure(NeighbourGraph graph, NetworkFractalityOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(graph);
        options ??= new();
        if (graph.Nodes == 0) throw new ArgumentException("there are no nodes, so no network", nameof(graph));
        var giant = graph.GiantComponent();
        var paths = giant.PathLengths();
        var diameter = paths.Max();
        var covers = Cover(paths, giant.Nodes, Lengths(diameter, options.MostLengths), options, cancel);

        LineFit? fractal = null, smallWorld = null;
        BoxCover[] fitted = [.. covers.Where(cover => cover.Length >= 2 && 4L * cover.Length <= 3L * diameter)];
        if (fitted.Length >= NetworkFractalityResult.FewestLengths)
        {
            double[] boxes = [.. fitted.Select(cover => Math.Log(cover.Fewest))];
            fractal = LineFit.Of([.. fitted.Select(cover => Math.Log(cover.Length))], boxes);
            smallWorld = LineFit.Of([.. fitted.Select(cover => (double)cover.Length)], boxes);
        }
        double? difference = smallWorld?.Akaike() - fractal?.Akaike();
        return new(giant.Nodes, giant.Nodes / (double)graph.Nodes, giant.MeanDegree, diameter, covers,
            -fractal?.Slope, fractal?.SlopeError, difference is { } finite && double.IsFinite(finite) ? finite : null);
    }

    /// <summary>All sizes up to the diameter, or the small ones and a geometric choice. Larger boxes hold everything.</summary>
    private static int[] Lengths(int diameter, int most)
    {
        if (diameter <= most) return [.. Enumerable.Range(1, diameter)];
        var lengths = new SortedSet<int>();
        for (var k = 0; k < most; k++) lengths.Add((int)Math.Round(Math.Pow(diameter, k / (most - 1.0))));
        return [.. lengths];
    }

    private static BoxCover[] Cover(int[] paths, int nodes, int[] lengths, NetworkFractalityOptions options, CancellationToken cancel)
    {
        var random = new SeededRandom(options.Seed);
        var orders = new int[options.Orders][];
        for (var order = 0; order < orders.Length; order++)
        {
            orders[order] = [.. Enumerable.Range(0, nodes)];
            random.Shuffle(orders[order].AsSpan());
        }
        var boxes = new int[lengths.Length * orders.Length];
        Blocks.For(boxes.Length, 1, options.Threads, (item, _) =>
            boxes[item] = Colours(paths, nodes, lengths[item / orders.Length], orders[item % orders.Length]), cancel);
        return [.. lengths.Select((length, at) =>
        {
            var counts = boxes.AsSpan(at * orders.Length, orders.Length).ToArray();
            return new BoxCover(length, counts.Min(), counts.Average(), counts.Max());
        })];
    }

    /// <summary>Colours in the given order: each node takes the smallest colour that no node ℓ or more away has.</summary>
    private static int Colours(int[] paths, int nodes, int length, int[] order)
    {
        if (length == 1) return nodes;
        var colours = new int[nodes];
        // The node that last found a colour taken: no clearing between nodes.
        var takenBy = new int[nodes];
        Array.Fill(takenBy, -1);
        var used = 0;
        for (var next = 0; next < nodes; next++)
        {
            var row = paths.AsSpan(order[next] * nodes, nodes);
            for (var earlier = 0; earlier < next; earlier++)
                if (row[order[earlier]] >= length)
                    takenBy[colours[order[earlier]]] = next;
            var colour = 0;
            while (colour < used && takenBy[colour] == next) colour++;
            colours[order[next]] = colour;
            used = Math.Max(used, colour + 1);
        }
        return used;
    }
}
