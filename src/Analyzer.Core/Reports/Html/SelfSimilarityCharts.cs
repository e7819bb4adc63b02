namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>selfsimilarity</c>.</summary>
internal static class SelfSimilarityCharts
{
    /// <summary>SS_rate by layer: trained, trimmed, re-drawn weights, shuffled and independent Gaussian units.</summary>
    public static string Rates(IReadOnlyList<SelfSimilarityLayer> layers) => ByLayer(layers, "SS_rate",
        new("trained", layers.Select(l => l.SsRate)), new("re-drawn weights", layers.Select(l => l.Untrained?.SsRate)),
        new("shuffled units", layers.Select(l => l.NullMean)), new("Gaussian units", layers.Select(l => l.Gaussian.Mean)), new("trained, trimmed", layers.Select(l => l.SsRateTrimmed)));

    /// <summary>γ̂ by layer; with several layers mean ± σ_γ of the trained ones.</summary>
    public static string Gamma(IReadOnlyList<SelfSimilarityLayer> layers, double? spread)
    {
        var mean = layers.Select(l => l.Spectrum.Gamma).Average();
        Series Level(string name, double? value) => new(name, layers.Select(_ => value));
        return ByLayer(layers, "γ̂", new("trained", layers.Select(l => l.Spectrum.Gamma)), new("re-drawn weights", layers.Select(l => l.Untrained?.Gamma)),
            Level("mean + σ", mean + spread), Level("mean − σ", mean - spread));
    }

    /// <summary>Correlation dimension of the samples by layer.</summary>
    public static string Dimensions(IReadOnlyList<SelfSimilarityLayer> layers) => ByLayer(layers, "correlation dimension",
        new("trained", layers.Select(l => l.CorrelationDimension)), new("re-drawn weights", layers.Select(l => l.Untrained?.CorrelationDimension)));

    /// <summary>ln N against ln(1 + θ) of one layer, its nulls and its fit.</summary>
    public static string Boxes(BoxCurves curves)
    {
        var drawn = new List<Curve> { new("trained", Points(curves.Trained)) };
        if (curves.Untrained is { } untrained) drawn.Add(new("re-drawn weights", Points(untrained)));
        drawn.Add(new("shuffled units", Points(curves.Shuffled)));
        if (curves.Gaussian is { } gaussian) drawn.Add(new("Gaussian units", Points(gaussian)));
        drawn.Add(new("fit to trained", Points(curves.Fit), CurveStyle.Dashed));
        return Figure.Curves(new("ln(1 + θ)"), new("ln N", Min: 0), drawn);
    }

    /// <summary>Units of both networks in one plane.</summary>
    public static string Units(UnitMap map) => Figure.Curves(new("first axis"), new("second axis"),
        new Curve("trained", Points(map.Trained), CurveStyle.Points), new Curve("re-drawn weights", Points(map.Untrained), CurveStyle.Points));

    private static string ByLayer(IReadOnlyList<SelfSimilarityLayer> layers, string axis, params Series[] series)
    {
        var names = LayerNames.Short(layers.Select(l => l.Tensor));
        var known = series.Where(s => s.Values.Any(v => v is not null));
        // A line through one layer would be invisible.
        return layers.Count == 1 ? Figure.Bars(names, axis, known) : Figure.Lines(names, axis, known);
    }

    private static IEnumerable<(double X, double Y)> Points(double[][] points) => points.Select(p => (p[0], p[1]));
}
