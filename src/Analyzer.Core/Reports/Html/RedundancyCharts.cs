namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>redundancy</c>.</summary>
internal static class RedundancyCharts
{
    // Each comes with its null, and with its untrained twin where there is one.
    private const int MostCurves = 2;

    /// <summary>Clusters and redundant units of each layer at one τ, stacked; redundant ones apart by what chance makes of them.</summary>
    public static string Layers(IReadOnlyList<LayerRedundancy> layers, double tau)
    {
        var cuts = layers.Select(l => l.Thresholds.Single(t => t.Tau == tau)).ToArray();
        return Figure.Stacked(Names(layers), "units",
            new Series("different (n_f)", cuts.Select(c => (double)c.Clusters)),
            new Series("redundant by chance", cuts.Select(c => Math.Min(c.Redundant, c.NullMean))),
            new Series("redundant beyond chance", cuts.Select(c => Math.Max(0, c.Redundant - c.NullMean))));
    }

    /// <summary>Share of redundant units against τ: the layers farthest from their null, each beside it.</summary>
    public static string Curves(IReadOnlyList<LayerRedundancy> layers)
    {
        var curves = new List<Curve>();
        var names = layers.Zip(Names(layers)).ToDictionary(l => l.First, l => l.Second);
        foreach (var layer in Farthest(layers).Take(MostCurves))
        {
            var name = names[layer];
            IEnumerable<(double, double)> Shares(Func<ThresholdRedundancy, double> of) => layer.Thresholds.Select(t => (t.Tau, of(t) / layer.Compared));
            curves.Add(new(name, Shares(t => t.Redundant)));
            curves.Add(new($"{name}: null", Shares(t => t.NullMean), CurveStyle.Dashed));
            if (layer.Thresholds.All(t => t.Untrained is not null))
                curves.Add(new($"{name}: re-drawn weights", Shares(t => t.Untrained!.Value), CurveStyle.Points));
        }
        return Figure.Curves(new("threshold τ", Min: 0, Max: 1), new("n_r / n′", Min: 0, Max: 1), curves);
    }

    /// <summary>What chance does not explain of the share of redundant units, at every τ of every layer.</summary>
    public static string Beyond(IReadOnlyList<LayerRedundancy> layers)
    {
        LayerRedundancy[] compared = [.. layers.Where(l => l.Compared > 1)];
        IReadOnlyList<double?>[] rows = [.. compared[0].Thresholds.Select((_, t) => compared.Select(l => (double?)Math.Max(0, l.Thresholds[t].Redundant - l.Thresholds[t].NullMean) / l.Compared).ToArray())];
        return Figure.Heat(Names(compared), [.. compared[0].Thresholds.Select(t => $"τ {Text.Setting(t.Tau)}")], rows, 0, Math.Max(.01, rows.Max(r => r.Max()!.Value)), "chance or less");
    }

    /// <summary>The top of a layer's dendrogram, cut at τ.</summary>
    public static string Tree(MergeTree tree, double tau) => Figure.Tree(
        [.. tree.Leaves.Select(l => l.Units == 1 ? Text.Setting(l.FirstUnit) : $"{l.FirstUnit} ({l.Units})")],
        [.. tree.Merges.Select(m => (m.First, m.Second, m.Height))], "1 − similarity", 1 - tau, $"cut at τ = {Text.Setting(tau)}");

    /// <summary>Pairwise cosines of a layer, beside its null.</summary>
    public static string Cosines(LayerRedundancy layer)
    {
        // A step begins at its bin's left edge; the null's line passes through the middles.
        IEnumerable<(double, double)> Points(IReadOnlyList<double> shares, double at) => shares.Select((share, i) => (-1 + 2 * (i + at) / shares.Count, share));
        return Figure.Curves(new("cosine", Min: -1, Max: 1), new("share of the pairs", Min: 0),
            new Curve("measured", Points(layer.Cosines, 0), CurveStyle.Step), new Curve("null", Points(layer.NullCosines, .5), CurveStyle.Dashed));
    }

    /// <summary>Cosines of a layer's units in the order of its dendrogram.</summary>
    public static string Heat(OrderedCosines ordered)
    {
        string[] names = [.. ordered.FirstUnits.Select(u => u.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        return Figure.Heat(names, names, ordered.Cells, -1, 1);
    }

    /// <summary>Layers with units to compare, the one that exceeds its null most at any τ first.</summary>
    public static IEnumerable<LayerRedundancy> Farthest(IReadOnlyList<LayerRedundancy> layers) => layers.Where(l => l.Compared > 1).OrderByDescending(l => l.Excess);

    private static string[] Names(IEnumerable<LayerRedundancy> layers) => LayerNames.Short(layers.Select(Name));

    /// <summary>What a reader calls a layer: its node for weights, its tensor for responses.</summary>
    public static string Name(LayerRedundancy layer) => layer.NullKind == "random-weights" && layer.Node.Length > 0 ? layer.Node : layer.Tensor;
}
