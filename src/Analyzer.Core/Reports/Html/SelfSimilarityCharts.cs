using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>selfsimilarity</c> as ECharts options: data in, JSON out.</summary>
internal static class SelfSimilarityCharts
{
    /// <summary>SS_rate by layer: trained, trimmed, re-drawn weights, shuffled units.</summary>
    public static string Rates(IReadOnlyList<SelfSimilarityLayer> layers) => ByLayer(layers, "SS_rate", 0,
        ("trained", layers.Select(l => (double?)l.SsRate)), ("re-drawn weights", layers.Select(l => l.Untrained?.SsRate)),
        ("shuffled units", layers.Select(l => (double?)l.NullMean)), ("trained, trimmed", layers.Select(l => l.SsRateTrimmed)));

    /// <summary>γ̂ by layer; with several layers the band mean ± σ_γ of the trained ones.</summary>
    public static string Gamma(IReadOnlyList<SelfSimilarityLayer> layers, double? spread)
    {
        var gammas = layers.Select(l => l.Spectrum.Gamma).OfType<double>().ToArray();
        var band = spread is { } std && gammas.Length > 1 ? (Low: gammas.Average() - std, High: gammas.Average() + std) : ((double Low, double High)?)null;
        return ByLayer(layers, "γ̂", null, band,
            ("trained", layers.Select(l => l.Spectrum.Gamma)), ("re-drawn weights", layers.Select(l => l.Untrained?.Gamma)));
    }

    /// <summary>Correlation dimension of the samples by layer.</summary>
    public static string Dimensions(IReadOnlyList<SelfSimilarityLayer> layers) => ByLayer(layers, "correlation dimension", 0,
        ("trained", layers.Select(l => l.CorrelationDimension)), ("re-drawn weights", layers.Select(l => l.Untrained?.CorrelationDimension)));

    /// <summary>ln N against ln(1 + θ) of one layer, its fit and its nulls.</summary>
    public static string Boxes(BoxCurves curves)
    {
        var series = new List<JsonNode> { Line("trained", curves.Trained, "solid") };
        if (curves.Untrained is { } untrained) series.Add(Line("re-drawn weights", untrained, "solid"));
        series.Add(Line("shuffled units", curves.Shuffled, "solid"));
        series.Add(Line("fit to trained", curves.Fit, "dashed"));
        return Option(Values("ln(1 + θ)", null), Values("ln N", 0), series);
    }

    /// <summary>Units of both networks in one plane.</summary>
    public static string Units(UnitMap map) => Option(Values("first axis", null), Values("second axis", null),
    [
        new JsonObject { ["type"] = "scatter", ["name"] = "trained", ["symbolSize"] = 7, ["data"] = Points(map.Trained) },
        new JsonObject { ["type"] = "scatter", ["name"] = "re-drawn weights", ["symbolSize"] = 7, ["symbol"] = "triangle", ["data"] = Points(map.Untrained) },
    ]);

    private static string ByLayer(IReadOnlyList<SelfSimilarityLayer> layers, string axis, double? least, params (string Name, IEnumerable<double?> Values)[] series) =>
        ByLayer(layers, axis, least, null, series);

    private static string ByLayer(
        IReadOnlyList<SelfSimilarityLayer> layers, string axis, double? least, (double Low, double High)? band, params (string Name, IEnumerable<double?> Values)[] series)
    {
        var nodes = new List<JsonNode>();
        foreach (var (name, values) in series)
        {
            var known = values.ToArray();
            if (Array.TrueForAll(known, v => v is null)) continue;
            // A line through one layer would be invisible.
            var node = new JsonObject { ["type"] = layers.Count == 1 ? "bar" : "line", ["name"] = name, ["barMaxWidth"] = 48, ["data"] = new JsonArray([.. known.Select(v => v is { } d ? JsonValue.Create(d) : null)]) };
            if (nodes.Count == 0 && band is { } shown)
                node["markArea"] = new JsonObject
                {
                    ["silent"] = true, ["itemStyle"] = new JsonObject { ["opacity"] = 0.15 },
                    ["data"] = new JsonArray(new JsonArray(new JsonObject { ["yAxis"] = shown.Low }, new JsonObject { ["yAxis"] = shown.High })),
                };
            nodes.Add(node);
        }
        var categories = new JsonObject
        {
            ["type"] = "category", ["data"] = new JsonArray([.. layers.Select(l => JsonValue.Create(l.Tensor))]),
            ["axisLabel"] = new JsonObject { ["interval"] = layers.Count > 12 ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
        };
        return Option(categories, Values(axis, least), nodes);
    }

    private static JsonObject Values(string name, double? least)
    {
        var axis = new JsonObject { ["type"] = "value", ["name"] = name, ["scale"] = least is null, ["nameLocation"] = "middle", ["nameGap"] = 40, ["axisLabel"] = new JsonObject() };
        if (least is { } from) axis["min"] = from;
        return axis;
    }

    private static JsonObject Line(string name, double[][] points, string dash) => new()
    {
        ["type"] = "line", ["name"] = name, ["showSymbol"] = false, ["lineStyle"] = new JsonObject { ["type"] = dash }, ["data"] = Points(points),
    };

    private static JsonArray Points(double[][] points) => [.. points.Select(p => (JsonNode)new JsonArray(p[0], p[1]))];

    private static string Option(JsonObject x, JsonObject y, IReadOnlyList<JsonNode> series) => new JsonObject
    {
        // Okabe and Ito's palette: told apart by the colour-blind.
        ["color"] = new JsonArray("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
        ["backgroundColor"] = "transparent",
        ["animation"] = false,
        ["tooltip"] = new JsonObject { ["trigger"] = series.All(s => s["type"]!.GetValue<string>() == "scatter") ? "item" : "axis" },
        ["legend"] = new JsonObject { ["top"] = 0 },
        ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 64, ["containLabel"] = false },
        ["xAxis"] = x,
        ["yAxis"] = y,
        ["series"] = new JsonArray([.. series]),
    }.ToJsonString();
}
