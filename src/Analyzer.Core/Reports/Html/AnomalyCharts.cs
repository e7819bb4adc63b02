using System.Globalization;
using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>anomalies</c> as ECharts options: data in, JSON out.</summary>
internal static class AnomalyCharts
{
    /// <summary>Layers that the figure of indices shows at most.</summary>
    public const int MostLines = 8;

    /// <summary>Anomaly filters of each layer, beside the null.</summary>
    public static string Counts(IReadOnlyList<LayerAnomalies> layers) => Option(
        Category([.. layers.Select(l => l.Tensor)]), Value("filters"),
        [Bars("anomalies", layers.Select(l => (double?)l.Anomalies.Count)), Bars("Gaussian maps", layers.Select(l => l.NullMean))]);

    /// <summary>Sorted indices, one line a layer; a filter's place is its rank in [0, 1], so that layers of any width compare.</summary>
    public static string Indices(IReadOnlyList<LayerAnomalies> layers) => Option(
        Value("rank within the layer", 0, 1), Value("Calinski–Harabasz index", logarithmic: true),
        [.. layers.Where(l => l.Indices.Count > 0).OrderByDescending(l => l.Indices[^1]).Take(MostLines).Select(l => (JsonNode)new JsonObject
        {
            ["type"] = "line", ["name"] = l.Tensor, ["symbolSize"] = 4,
            ["data"] = Points(l.Indices.Select((index, i) => new[] { l.Indices.Count == 1 ? 1 : i / (l.Indices.Count - 1.0), index })),
        })]);

    /// <summary>Histogram of the number of clusters over all filters.</summary>
    public static string Components(IReadOnlyList<LayerAnomalies> layers)
    {
        var most = layers.Max(l => l.Components.Count);
        IEnumerable<double?> Sum(Func<LayerAnomalies, IReadOnlyList<int>> of) => Enumerable.Range(0, most).Select(k => (double?)layers.Sum(l => of(l)[k]));
        return Option(Category([.. Enumerable.Range(1, most).Select(k => k.ToString(CultureInfo.InvariantCulture))]), Value("filters"),
            [Bars("by the index", Sum(l => l.Components)), Bars("by BIC", Sum(l => l.BicComponents))]);
    }

    /// <summary>Accuracies by split with nothing, anomalies, the lowest and random filters silenced.</summary>
    public static string Ablation(AblationReport ablation)
    {
        string[] splits = [.. ablation.Splits.Keys];
        var all = ablation.Splits.Values.ToArray();
        var series = new List<JsonNode> { Bars("whole model", all.Select(s => (double?)s.Whole)), Bars("without anomalies", all.Select(s => (double?)s.WithoutAnomalies)) };
        if (all.Any(s => s.WithoutLowest is not null)) series.Add(Bars("without the least index", all.Select(s => s.WithoutLowest)));
        series.Add(Bars("without random ones", all.Select(s => (double?)s.WithoutRandom.Average())));
        for (var i = 0; i < splits.Length; i++)
        {
            var sorted = all[i].WithoutRandom.Order().ToArray();
            // Of 20 draws the range; of more, what 95 % of them span.
            var outside = (int)(sorted.Length * .025);
            series.Add(new JsonObject
            {
                ["type"] = "line", ["name"] = "band of random ones", ["symbol"] = "rect", ["symbolSize"] = new JsonArray(26, 2), ["lineStyle"] = new JsonObject { ["width"] = 2 },
                ["color"] = "#56606a", ["data"] = new JsonArray(new JsonArray(splits[i], sorted[outside]), new JsonArray(splits[i], sorted[^(1 + outside)])),
            });
        }
        return Option(Category(splits), Value("accuracy"), series);
    }

    /// <summary>Samples of one filter: outliers, the others, and the ellipses of its clusters.</summary>
    public static string Plane(AnomalyPlot plot) => Option(
        Value("first principal component"), Value("second"),
        [
            Scatter("others", plot.Others, 4), Scatter("outliers", plot.Outliers, 10),
            .. plot.Ellipses.Select(ellipse => (JsonNode)new JsonObject
            {
                ["type"] = "line", ["name"] = "two standard deviations", ["symbol"] = "none", ["silent"] = true,
                ["color"] = "#009E73", ["lineStyle"] = new JsonObject { ["width"] = 1 }, ["data"] = Points(ellipse),
            }),
        ], trigger: "item");

    private static JsonObject Scatter(string name, IEnumerable<double[]> points, int size) =>
        new() { ["type"] = "scatter", ["name"] = name, ["symbolSize"] = size, ["data"] = Points(points) };

    private static JsonObject Bars(string name, IEnumerable<double?> values) => new()
    {
        ["type"] = "bar", ["name"] = name, ["barMaxWidth"] = 48, ["data"] = new JsonArray([.. values.Select(v => v is { } d ? JsonValue.Create(d) : null)]),
    };

    private static JsonArray Points(IEnumerable<double[]> points) => new([.. points.Select(p => (JsonNode)new JsonArray([.. p.Select(v => JsonValue.Create(v))]))]);

    private static JsonObject Category(string[] names) => new()
    {
        ["type"] = "category", ["data"] = new JsonArray([.. names.Select(n => JsonValue.Create(n))]),
        ["axisLabel"] = new JsonObject { ["interval"] = names.Length > 12 ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
    };

    private static JsonObject Value(string name, double? min = null, double? max = null, bool logarithmic = false)
    {
        var axis = new JsonObject
        {
            ["type"] = logarithmic ? "log" : "value", ["name"] = name, ["nameLocation"] = "middle", ["nameGap"] = 48, ["axisLabel"] = new JsonObject(),
        };
        if (min is { } low) axis["min"] = low;
        if (max is { } high) axis["max"] = high;
        return axis;
    }

    private static string Option(JsonObject x, JsonObject y, IReadOnlyList<JsonNode> series, string trigger = "axis")
    {
        if (x["nameGap"] is not null) x["nameGap"] = 28;
        return new JsonObject
        {
            // Okabe and Ito's palette: told apart by the colour-blind.
            ["color"] = new JsonArray("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7f7f7f"),
            ["backgroundColor"] = "transparent",
            ["animation"] = false,
            ["tooltip"] = new JsonObject { ["trigger"] = trigger },
            ["legend"] = new JsonObject { ["top"] = 0, ["type"] = "scroll" },
            ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 56, ["containLabel"] = false },
            ["xAxis"] = x,
            ["yAxis"] = y,
            ["series"] = new JsonArray([.. series]),
        }.ToJsonString();
    }
}
