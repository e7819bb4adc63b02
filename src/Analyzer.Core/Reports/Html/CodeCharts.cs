namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>codes</c>.</summary>
internal static class CodeCharts
{
    /// <summary>Redundancy ratio by split: the network beside its controls.</summary>
    public static string Redundancy(CodeMeasurement codes)
    {
        string[] splits = [.. codes.Splits.Keys];
        var series = new List<Series> { new("trained", splits.Select(s => codes.Splits[s].Redundancy)) };
        if (codes.Nulls.Untrained is { } untrained) series.Add(new("re-drawn weights", splits.Select(s => untrained.Splits[s].Redundancy)));
        if (codes.Nulls.RandomInputs is { } random) series.Add(new("random inputs", splits.Select(s => random.Splits[s].Redundancy)));
        return Figure.Bars(splits, "redundancy ratio R", series);
    }

    /// <summary>R that fewer samples would have, the network beside its controls.</summary>
    public static string Growth(IReadOnlyList<CodeGrowth> growth) => Figure.Curves(new("samples n", Log: true), new("redundancy ratio R", Min: 0), growth.OrderBy(g => g.Split, StringComparer.Ordinal).Select(g => g.Of switch
    {
        "untrained" => Drawn(g, "re-drawn weights", CurveStyle.Dashed),
        "random-inputs" => Drawn(g, "random inputs", CurveStyle.Dashed),
        _ => Drawn(g, "trained", CurveStyle.Line),
    }));

    private static Curve Drawn(CodeGrowth growth, string name, CurveStyle style) => new($"{name}, {growth.Split}", growth.Points.Select(p => ((double)p.Samples, p.Redundancy)), style);

    /// <summary>What can be read from the codes: each probe beside the same probe on shuffled labels.</summary>
    public static string Probes(CodeMeasurement codes, SplitAccuracy? network)
    {
        var rows = new List<(string Name, double Value, double? Null)>();
        var nulls = codes.Nulls.PermutedLabels;
        if (codes.KMeans is { } kMeans)
        {
            rows.Add(("K-Means purity", kMeans.Purity, nulls?.Purity.Mean));
            rows.Add(("K-Means one-to-one", kMeans.Hungarian, nulls?.Hungarian.Mean));
        }
        if (codes.KNearest is { } near) rows.Add(($"K-NN, k = {near.K}", near.Accuracy, nulls?.KNearest.Mean));
        if (codes.Logistic is { } logistic)
        {
            rows.Add(("logistic, one-vs-one", logistic.Accuracy, nulls?.Logistic?.Mean));
            rows.Add(("logistic, multinomial", logistic.Multinomial.Accuracy, nulls?.Logistic?.Mean));
        }
        if (network is not null) rows.Add(("the network itself", network.Accuracy, null));
        return Figure.Bars([.. rows.Select(r => r.Name)], "accuracy",
            new Series("measured", rows.Select(r => r.Value)), new Series("shuffled labels", rows.Select(r => r.Null)));
    }

    /// <summary>Redundancy ratio layer by layer.</summary>
    public static string Layers(IReadOnlyList<CodeMeasurement> layers) =>
        Figure.Lines(LayerNames.Short(layers.Select(l => l.Tensor ?? l.Tap ?? "")), "redundancy ratio R",
            layers[0].Splits.Keys.Select(split => new Series(split, layers.Select(l => l.Splits[split].Redundancy))));
}
