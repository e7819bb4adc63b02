namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>discriminate</c>.</summary>
internal static class DiscriminateCharts
{
    /// <summary>Share of characteristic pairs of each layer, beside permuted labels and re-drawn weights.</summary>
    public static string Shares(IReadOnlyList<LayerDiscrimination> layers)
    {
        var series = new List<Series> { new("observed", layers.Select(l => l.Presence + l.Absence)), new("permuted labels", layers.Select(l => l.Null?.Mean)) };
        if (layers.Any(l => l.Untrained is not null)) series.Add(new("re-drawn weights", layers.Select(l => l.Untrained)));
        return Figure.Lines(Names(layers), "share of pairs", series);
    }

    /// <summary>Presence and absence of each layer.</summary>
    public static string Kinds(IReadOnlyList<LayerDiscrimination> layers) => Figure.Stacked(Names(layers), "share of pairs",
        new Series("presence", layers.Select(l => l.Presence)), new Series("absence", layers.Select(l => l.Absence)));

    /// <summary>Pairs of a layer by signed KS, as observed and as under permuted labels.</summary>
    public static string Histogram(LayerDiscrimination layer)
    {
        var (observed, drawn) = (layer.Histogram.Observed, layer.Histogram.Null);
        double width = 2.0 / observed.Count, all = Math.Max(1, observed.Sum());
        // Each step starts where its bin does.
        Curve Steps(string name, IEnumerable<double> counts) => new(name, counts.Append(0).Select((c, i) => (-1 + i * width, c / all)), CurveStyle.Step);
        return Figure.Curves(new("signed KS", Min: -1, Max: 1), new("share of pairs", Min: 0), Steps("observed", observed.Select(c => (double)c)), Steps("permuted labels", drawn));
    }

    /// <summary>What a threshold keeps of the pairs and removes of the null.</summary>
    public static string Threshold(IReadOnlyList<ThresholdPoint> curve) => Figure.Curves(new("threshold on |KS| √(nm/(n + m))", Log: true), new("share", Min: 0, Max: 1),
        new Curve("pairs kept", curve.Select(p => (p.Threshold, p.SignalKept))), new Curve("noise removed", curve.Select(p => (p.Threshold, p.NoiseRemoved))));

    /// <summary>Distributions of a unit inside and outside a class.</summary>
    public static string Distribution(PairDistribution pair) => Figure.Curves(new("value of the unit"), new("share of samples up to it", Min: 0, Max: 1),
        new Curve("inside the class", pair.Values.Zip(pair.Inside)), new Curve("outside", pair.Values.Zip(pair.Outside)));

    /// <summary>The same as shares of samples by value.</summary>
    public static string Values(PairHistogram pair)
    {
        var width = (pair.High - pair.Low) / pair.Inside.Count;
        Curve Steps(string name, IReadOnlyList<double> shares) => new(name, shares.Append(0).Select((share, i) => (pair.Low + i * width, share)), CurveStyle.Step);
        return Figure.Curves(new("value of the unit"), new("share of samples", Min: 0), Steps("inside the class", pair.Inside), Steps("outside", pair.Outside));
    }

    private static string[] Names(IReadOnlyList<LayerDiscrimination> layers) => LayerNames.Short(layers.Select(l => l.Tensor));
}
