using System.Globalization;
using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>The figures of the analysis <c>discriminate</c> as ECharts options: data in, JSON out.</summary>
internal static class DiscriminateCharts
{
    /// <summary>Presence and absence of each layer, stacked, beside the share under permuted labels and re-drawn weights.</summary>
    public static string Shares(IReadOnlyList<LayerDiscrimination> layers)
    {
        var series = new List<JsonNode>
        {
            Stacked("presence", layers.Select(l => l.Presence)), Stacked("absence", layers.Select(l => l.Absence)),
            Points("permuted labels", layers.Select(l => l.Null?.Mean), "diamond"),
        };
        if (layers.Any(l => l.Untrained is not null)) series.Add(Points("re-drawn weights", layers.Select(l => l.Untrained), "circle"));
        return Option(Categories([.. layers.Select(l => l.Tensor)]), series, "share of pairs");
    }

    /// <summary>Pairs of a layer by signed KS, as observed and as under permuted labels.</summary>
    public static string Histogram(LayerDiscrimination layer)
    {
        var (observed, drawn) = (layer.Histogram.Observed, layer.Histogram.Null);
        double width = 2.0 / observed.Count, all = Math.Max(1, observed.Sum());
        JsonNode Line(string name, IEnumerable<double> counts) => new JsonObject
        {
            ["type"] = "line", ["name"] = name, ["step"] = "middle", ["symbol"] = "none", ["areaStyle"] = new JsonObject { ["opacity"] = .15 },
            ["data"] = new JsonArray([.. counts.Select((c, i) => Point(-1 + (i + .5) * width, c / all))]),
        };
        return Option(Axis("signed KS", -1, 1), [Line("observed", observed.Select(c => (double)c)), Line("permuted labels", drawn)], "share of pairs");
    }

    /// <summary>What a threshold keeps of the pairs and removes of the null.</summary>
    public static string Curve(IReadOnlyList<ThresholdPoint> curve)
    {
        var axis = Axis("threshold on |KS| √(nm/(n + m))", null, null);
        axis["type"] = "log";
        return Option(axis, [Curve("noise removed", curve.Select(p => (p.Threshold, p.NoiseRemoved))), Curve("pairs kept", curve.Select(p => (p.Threshold, p.SignalKept)))], "share");
    }

    /// <summary>Distributions of a unit inside and outside a class.</summary>
    public static string Distribution(PairDistribution pair) => Option(Axis("value of the unit", pair.Values[0], pair.Values[^1]),
        [Curve("inside the class", pair.Values.Zip(pair.Inside)), Curve("outside", pair.Values.Zip(pair.Outside))], "share of samples up to it");

    private static JsonObject Stacked(string name, IEnumerable<double> values) => new()
    {
        ["type"] = "bar", ["name"] = name, ["stack"] = "characteristic", ["barMaxWidth"] = 48, ["data"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]),
    };

    private static JsonObject Points(string name, IEnumerable<double?> values, string symbol) => new()
    {
        ["type"] = "line", ["name"] = name, ["symbol"] = symbol, ["symbolSize"] = 10, ["lineStyle"] = new JsonObject { ["type"] = "dashed" },
        ["data"] = new JsonArray([.. values.Select(v => v is { } d ? JsonValue.Create(d) : null)]),
    };

    private static JsonObject Curve(string name, IEnumerable<(double X, double Y)> points) => new()
    {
        ["type"] = "line", ["name"] = name, ["symbol"] = "none", ["data"] = new JsonArray([.. points.Select(p => Point(p.X, p.Y))]),
    };

    // Five digits are more than a screen shows, and keep the page small.
    private static JsonArray Point(double x, double y) => new(Rounded(x), Rounded(y));

    private static JsonValue Rounded(double value) => JsonValue.Create(double.Parse(value.ToString("g5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private static JsonObject Categories(string[] names) => new()
    {
        ["type"] = "category", ["data"] = new JsonArray([.. names.Select(n => JsonValue.Create(n))]),
        ["axisLabel"] = new JsonObject { ["interval"] = names.Length > 12 ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
    };

    private static JsonObject Axis(string name, double? least, double? most)
    {
        var axis = new JsonObject { ["type"] = "value", ["name"] = name, ["nameLocation"] = "middle", ["nameGap"] = 28 };
        if (least is { } low) axis["min"] = Rounded(low);
        if (most is { } high) axis["max"] = Rounded(high);
        return axis;
    }

    private static string Option(JsonObject xAxis, IReadOnlyList<JsonNode> series, string axis) => new JsonObject
    {
        // Okabe and Ito's palette: told apart by the colour-blind.
        ["color"] = new JsonArray("#0072B2", "#E69F00", "#009E73", "#CC79A7"),
        ["backgroundColor"] = "transparent",
        ["animation"] = false,
        ["tooltip"] = new JsonObject { ["trigger"] = "axis" },
        ["legend"] = new JsonObject { ["top"] = 0 },
        ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 56, ["containLabel"] = false },
        ["xAxis"] = xAxis,
        ["yAxis"] = new JsonObject { ["type"] = "value", ["name"] = axis, ["min"] = 0, ["nameLocation"] = "middle", ["nameGap"] = 48 },
        ["series"] = new JsonArray([.. series]),
    }.ToJsonString();
}
