using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>redundancy</c> as ECharts options: data in, JSON out.</summary>
internal static class RedundancyCharts
{
    private const int MostCurves = 4;
    // Okabe and Ito's palette: told apart by the colour-blind.
    private static readonly string[] Palette = ["#0072B2", "#E69F00", "#009E73", "#CC79A7"];

    /// <summary>Clusters and redundant units of each layer at one τ, stacked, and where the null puts the border.</summary>
    public static string Layers(IReadOnlyList<LayerRedundancy> layers, double tau)
    {
        var cuts = layers.Select(l => l.Thresholds.Single(t => t.Tau == tau)).ToArray();
        var series = new JsonArray(
            Stacked("different (n_f)", cuts.Select(c => (double)c.Clusters), Palette[0]),
            Stacked("redundant (n_r)", cuts.Select(c => (double)c.Redundant), Palette[1]),
            new JsonObject
            {
                ["type"] = "scatter", ["name"] = "n_f of the null", ["symbol"] = "rect", ["symbolSize"] = new JsonArray(24, 3), ["color"] = Palette[2],
                ["data"] = Numbers(layers.Zip(cuts, (l, c) => l.Compared - c.NullMean)),
            });
        return Option(new JsonObject
        {
            ["type"] = "category", ["data"] = new JsonArray([.. layers.Select(l => JsonValue.Create(Name(l)))]),
            ["axisLabel"] = new JsonObject { ["interval"] = layers.Count > 12 ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
        }, "units", null, series);
    }

    /// <summary>Share of redundant units against τ: the layers farthest from their null, each beside it.</summary>
    public static string Curves(IReadOnlyList<LayerRedundancy> layers)
    {
        var series = new JsonArray();
        foreach (var (i, layer) in Farthest(layers).Take(MostCurves).Index())
        {
            JsonObject Line(string name, Func<ThresholdRedundancy, double> value, string style) => new()
            {
                ["type"] = "line", ["name"] = name, ["color"] = Palette[i], ["showSymbol"] = style == "solid", ["lineStyle"] = new JsonObject { ["type"] = style },
                ["data"] = new JsonArray([.. layer.Thresholds.Select(t => (JsonNode)new JsonArray(t.Tau, value(t) / layer.Compared))]),
            };
            series.Add(Line(Name(layer), t => t.Redundant, "solid"));
            series.Add(Line($"{Name(layer)}, null", t => t.NullMean, "dashed"));
            if (layer.Thresholds.All(t => t.Untrained is not null)) series.Add(Line($"{Name(layer)}, re-drawn weights", t => t.Untrained!.Value, "dotted"));
        }
        return Option(new JsonObject
        {
            ["type"] = "value", ["name"] = "threshold τ", ["nameLocation"] = "middle", ["nameGap"] = 28, ["min"] = 0, ["max"] = 1, ["axisLabel"] = new JsonObject(),
        }, "n_r / n′", 1, series);
    }

    /// <summary>Pairwise cosines of the layer farthest from its null, beside it.</summary>
    public static string Cosines(LayerRedundancy layer)
    {
        double width = 2.0 / layer.Cosines.Count;
        JsonArray Points(IReadOnlyList<double> shares) =>
            new([.. shares.Select((share, i) => (JsonNode)new JsonArray(Math.Round(-1 + (i + .5) * width, 4), share))]);
        return Option(new JsonObject
        {
            ["type"] = "value", ["name"] = "cosine", ["nameLocation"] = "middle", ["nameGap"] = 28, ["min"] = -1, ["max"] = 1, ["axisLabel"] = new JsonObject(),
        }, "share of the pairs", null, new JsonArray(
            new JsonObject { ["type"] = "line", ["step"] = "middle", ["name"] = "measured", ["showSymbol"] = false, ["color"] = Palette[0], ["areaStyle"] = new JsonObject { ["opacity"] = .3 }, ["data"] = Points(layer.Cosines) },
            new JsonObject { ["type"] = "line", ["step"] = "middle", ["name"] = "null", ["showSymbol"] = false, ["color"] = Palette[1], ["lineStyle"] = new JsonObject { ["type"] = "dashed" }, ["data"] = Points(layer.NullCosines) }));
    }

    /// <summary>Layers with units to compare, the one that exceeds its null most at any τ first.</summary>
    public static IEnumerable<LayerRedundancy> Farthest(IReadOnlyList<LayerRedundancy> layers) =>
        layers.Where(l => l.Compared > 1).OrderByDescending(l => l.Thresholds.Max(t => (t.Redundant - t.NullMean) / l.Compared));

    /// <summary>What a reader calls a layer: its node for weights, its tensor for responses.</summary>
    public static string Name(LayerRedundancy layer) => layer.NullKind == "random-weights" && layer.Node.Length > 0 ? layer.Node : layer.Tensor;

    private static JsonObject Stacked(string name, IEnumerable<double> values, string color) =>
        new() { ["type"] = "bar", ["stack"] = "units", ["name"] = name, ["color"] = color, ["data"] = Numbers(values), ["barMaxWidth"] = 48 };

    private static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(v => JsonValue.Create(v))];

    private static string Option(JsonObject x, string y, double? most, JsonArray series)
    {
        var axis = new JsonObject { ["type"] = "value", ["name"] = y, ["min"] = 0, ["nameLocation"] = "middle", ["nameGap"] = 48 };
        if (most is { } max) axis["max"] = max;
        return new JsonObject
        {
            ["backgroundColor"] = "transparent",
            ["animation"] = false,
            ["tooltip"] = new JsonObject { ["trigger"] = "axis" },
            ["legend"] = new JsonObject { ["top"] = 0, ["type"] = "scroll" },
            ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 56, ["containLabel"] = false },
            ["xAxis"] = x,
            ["yAxis"] = axis,
            ["series"] = series,
        }.ToJsonString();
    }
}
