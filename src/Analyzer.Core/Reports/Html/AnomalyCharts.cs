namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>anomalies</c>.</summary>
internal static class AnomalyCharts
{
    /// <summary>Layers that the figure of indices shows at most.</summary>
    public const int MostLines = 7;

    private const int EllipsePoints = 24;
    private const int Decades = 5;

    /// <summary>Anomaly filters of each layer, beside the null.</summary>
    public static string Counts(IReadOnlyList<LayerAnomalies> layers) => Figure.Bars(LayerNames.Short(layers.Select(l => l.Tensor)), "filters",
        new Series("anomalies", layers.Select(l => (double)l.Anomalies.Count)), new Series("where maps are Gaussian, mean", layers.Select(l => l.NullMean)));

    /// <summary>Sorted indices, one line a layer; a filter's place is its rank in [0, 1], so that layers of any width compare.</summary>
    public static string Indices(IReadOnlyList<LayerAnomalies> layers)
    {
        var drawn = layers.Zip(LayerNames.Short(layers.Select(l => l.Tensor)), (layer, name) => (Layer: layer, Name: name)).Where(l => l.Layer.Indices.Count > 0).OrderByDescending(l => l.Layer.Indices[^1]).Take(MostLines);
        return Figure.Curves(new("rank within the layer", Min: 0, Max: 1), new("Calinski–Harabasz index", Log: true),
            drawn.Select(l => new Curve(l.Name, l.Layer.Indices.Select((index, i) => (l.Layer.Indices.Count == 1 ? 1 : i / (l.Layer.Indices.Count - 1.0), index)))));
    }

    /// <summary>A quantity of the outliers against the rest, as cumulative distributions.</summary>
    /// <param name="values">Of both.</param>
    /// <param name="name">What it is, with its unit.</param>
    public static string Contrast(ContrastValues values, string name)
    {
        // Of samples that are learnt by heart both are next to nothing, and how little is of no account: they stand at the axis' left end.
        var largest = Math.Max(values.Outliers[^1], values.Rest[^1]);
        double? least = largest > 0 ? Math.Pow(10, Math.Floor(Math.Log10(largest)) - Decades) : null;
        Curve Steps(string part, IReadOnlyList<double> of) => new(part, of.Select((v, i) => (Math.Max(v, least ?? v), (i + 1.0) / of.Count)), CurveStyle.Step);
        return Figure.Curves(new(name, Log: least is not null, Min: least), new("share of samples up to it", Min: 0, Max: 1), Steps("outliers", values.Outliers), Steps("rest", values.Rest));
    }

    /// <summary>Histogram of the number of clusters over all filters.</summary>
    public static string Components(IReadOnlyList<LayerAnomalies> layers)
    {
        var most = layers.Max(l => l.Components.Count);
        IEnumerable<double> Sum(Func<LayerAnomalies, IReadOnlyList<int>> of) => Enumerable.Range(0, most).Select(k => (double)layers.Sum(l => of(l)[k]));
        return Figure.Bars([.. Enumerable.Range(1, most).Select(k => Text.Count(k))], "filters",
            new Series("by the index", Sum(l => l.Components)), new Series("by BIC", Sum(l => l.BicComponents)));
    }

    /// <summary>What random ablations change, as a cumulative distribution, and what the anomaly filters and the lowest do.</summary>
    public static string Ablation(SplitAblation split)
    {
        double[] random = [.. split.WithoutRandom.Order().Select(a => a - split.Whole)];
        var curves = new List<Curve>
        {
            new("random filters", random.Select((change, i) => (change, (i + 1.0) / random.Length)), CurveStyle.Step),
            Line("anomaly filters", split.WithoutAnomalies - split.Whole),
        };
        if (split.WithoutLowest is { } lowest) curves.Add(Line("filters of least index", lowest - split.Whole));
        return Figure.Curves(new("change of accuracy"), new("share of random ablations at or below", Min: 0, Max: 1), curves);
        static Curve Line(string name, double change) => new(name, [(change, 0), (change, 1)]);
    }

    /// <summary>Samples of one filter: outliers, the others, and two standard deviations around each cluster.</summary>
    public static string Plane(AnomalyPlot plot) => Figure.Curves(
        new("first principal component"), new("second principal component"),
        [
            new("others", plot.OthersX.Zip(plot.OthersY), CurveStyle.Points), new("outliers", plot.OutliersX.Zip(plot.OutliersY), CurveStyle.Points),
            .. plot.Clusters.Select(cluster => new Curve("two standard deviations", Ellipse(cluster), CurveStyle.Dashed)),
        ]);

    // The covariance's Cholesky factor turns a circle into the points two deviations away.
    private static IEnumerable<(double X, double Y)> Ellipse(PlottedCluster c)
    {
        var (first, shared) = (Math.Sqrt(c.Xx), c.Xy / Math.Sqrt(c.Xx));
        var second = Math.Sqrt(Math.Max(0, c.Yy - shared * shared));
        return Enumerable.Range(0, EllipsePoints + 1).Select(i =>
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * i / EllipsePoints);
            return (c.X + 2 * first * cos, c.Y + 2 * (shared * cos + second * sin));
        });
    }
}
