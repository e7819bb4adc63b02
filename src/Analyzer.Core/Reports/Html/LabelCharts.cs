namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>labels</c>.</summary>
internal static class LabelCharts
{
    /// <summary>Contradicted labels of each split, and the network's own contradictions.</summary>
    public static string Splits(IReadOnlyDictionary<string, SplitLabels> splits)
    {
        var series = new List<Series> { new("labels", splits.Values.Select(s => s.Share)) };
        if (splits.Values.Any(s => s.Answers is not null)) series.Add(new("network's answers", splits.Values.Select(s => s.Answers)));
        return Figure.Bars([.. splits.Keys], "share of clear samples", series);
    }

    /// <summary>Contradicted labels by the codes of each layer.</summary>
    public static string Layers(IReadOnlyList<LayerLabels> layers) => Figure.Lines([.. layers.Select(l => l.Tensor)], "share of clear samples",
        layers[0].Splits.Keys.Select(split => new Series(split, layers.Select(l => l.Splits[split]))));
}
