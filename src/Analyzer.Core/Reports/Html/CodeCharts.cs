using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>codes</c> as ECharts options: data in, JSON out.</summary>
internal static class CodeCharts
{
    /// <summary>Redundancy ratio by split: the network beside its controls.</summary>
    public static string Redundancy(CodeMeasurement codes)
    {
        string[] splits = [.. codes.Splits.Keys];
        var series = new List<JsonNode> { Bars("trained", splits.Select(s => codes.Splits[s].Redundancy)) };
        if (codes.Nulls.Untrained is { } untrained) series.Add(Bars("re-drawn weights", splits.Select(s => untrained.Splits[s].Redundancy)));
        if (codes.Nulls.RandomInputs is { } random) series.Add(Bars("random inputs", splits.Select(s => random.Splits[s].Redundancy)));
        return Option(splits, series, "redundancy ratio R");
    }

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
            rows.Add(("logistic, one-vs-one", logistic.Accuracy, nulls?.Logistic.Mean));
            rows.Add(("logistic, multinomial", logistic.Multinomial.Accuracy, nulls?.Logistic.Mean));
        }
        if (network is not null) rows.Add(("the network itself", network.Accuracy, null));
        return Option([.. rows.Select(r => r.Name)],
            [Bars("measured", rows.Select(r => r.Value)), Bars("shuffled labels", rows.Select(r => r.Null))], "accuracy");
    }

    /// <summary>Redundancy ratio layer by layer.</summary>
    public static string Layers(IReadOnlyList<CodeMeasurement> layers)
    {
        var splits = layers[0].Splits.Keys;
        var series = splits.Select(split => (JsonNode)new JsonObject
        {
            ["type"] = "line", ["name"] = split, ["data"] = Data(layers.Select(l => (double?)l.Splits[split].Redundancy)),
        });
        return Option([.. layers.Select(l => l.Tensor ?? l.Tap ?? "")], [.. series], "redundancy ratio R");
    }

    private static JsonObject Bars(string name, IEnumerable<double> values) => Bars(name, values.Select(v => (double?)v));

    private static JsonObject Bars(string name, IEnumerable<double?> values) =>
        new() { ["type"] = "bar", ["name"] = name, ["data"] = Data(values), ["barMaxWidth"] = 48 };

    private static JsonArray Data(IEnumerable<double?> values) => [.. values.Select(v => v is { } d ? JsonValue.Create(d) : null)];

    private static string Option(string[] categories, IReadOnlyList<JsonNode> series, string axis) => new JsonObject
    {
        // Okabe and Ito's palette: told apart by the colour-blind.
        ["color"] = new JsonArray("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
        ["backgroundColor"] = "transparent",
        ["animation"] = false,
        ["tooltip"] = new JsonObject { ["trigger"] = "axis" },
        ["legend"] = new JsonObject { ["top"] = 0 },
        ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 56, ["containLabel"] = false },
        ["xAxis"] = new JsonObject
        {
            ["type"] = "category", ["data"] = new JsonArray([.. categories.Select(c => JsonValue.Create(c))]),
            ["axisLabel"] = new JsonObject { ["interval"] = categories.Length > 12 ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
        },
        ["yAxis"] = new JsonObject { ["type"] = "value", ["name"] = axis, ["min"] = 0, ["nameLocation"] = "middle", ["nameGap"] = 48 },
        ["series"] = new JsonArray([.. series]),
    }.ToJsonString();
}
