using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>A named row of values of a figure; null where there is none.</summary>
internal sealed record Series(string Name, IEnumerable<double?> Values)
{
    public Series(string name, IEnumerable<double> values) : this(name, values.Select(v => (double?)v)) { }
}

/// <summary>A named line or cloud of points of a figure.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">x and y.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Spread">How far above and below each point a shade reaches; null for none.</param>
internal sealed record Curve(string Name, IEnumerable<(double X, double Y)> Points, CurveStyle Style = CurveStyle.Line, IReadOnlyList<double>? Spread = null);

/// <summary>How a curve is drawn.</summary>
internal enum CurveStyle
{
    Line,
    Dashed,
    Points,
    Step,
}

/// <summary>An axis of numbers.</summary>
/// <param name="Name">What it shows, with its unit.</param>
/// <param name="Log">Whether it is logarithmic.</param>
/// <param name="Min">Where it starts; where the data starts if null.</param>
/// <param name="Max">Where it ends.</param>
/// <param name="Step">The least distance of two labels: 1 for what is counted.</param>
internal sealed record Axis(string Name, bool Log = false, double? Min = null, double? Max = null, double? Step = null);

/// <summary>Figures as ECharts options: data in, JSON out. All of a report look alike because all are made here.</summary>
internal static partial class Figure
{
    private const int MostUpright = 12;
    private const int ShortName = 4;
    private const int MostMarked = 24;

    /// <summary>Bars side by side over categories.</summary>
    public static string Bars(IReadOnlyList<string> categories, string axis, params IEnumerable<Series> series) =>
        Categories(categories, axis, series.Select(s => new JsonObject { ["type"] = "bar", ["name"] = s.Name, ["data"] = Data(s.Values), ["barMaxWidth"] = 48 }));

    /// <summary>Bars on top of one another.</summary>
    public static string Stacked(IReadOnlyList<string> categories, string axis, params IEnumerable<Series> series) =>
        Categories(categories, axis, series.Select(s => new JsonObject { ["type"] = "bar", ["stack"] = "all", ["name"] = s.Name, ["data"] = Data(s.Values), ["barMaxWidth"] = 48 }));

    /// <summary>Lines over categories, such as layers in graph order.</summary>
    public static string Lines(IReadOnlyList<string> categories, string axis, params IEnumerable<Series> series) =>
        Categories(categories, axis, series.Select(s => new JsonObject { ["type"] = "line", ["name"] = s.Name, ["data"] = Data(s.Values), ["connectNulls"] = false, ["showSymbol"] = categories.Count <= MostMarked }));

    /// <summary>Curves and clouds over an axis of numbers.</summary>
    public static string Curves(Axis x, Axis y, params IEnumerable<Curve> curves) => Option(Numbers(x, gap: 32), Numbers(y, gap: 48), curves.SelectMany(c =>
    {
        var series = new JsonObject
        {
            ["type"] = c.Style == CurveStyle.Points ? "scatter" : "line", ["name"] = c.Name, ["symbolSize"] = c.Style == CurveStyle.Points ? 6 : 4,
            ["data"] = new JsonArray([.. c.Points.Select(p => new JsonArray(Round(p.X), Round(p.Y)))]),
        };
        if (c.Style == CurveStyle.Step) (series["step"], series["showSymbol"]) = ("end", false);
        if (c.Style == CurveStyle.Dashed) (series["lineStyle"], series["showSymbol"]) = (new JsonObject { ["type"] = "dashed" }, false);
        return c.Spread is null ? [series] : new[] { series }.Concat(Shade(c));
    })).ToJsonString();

    // Two lines on top of one another, unseen: the lower edge, and from there the shade. They bear the curve's name, so that its legend takes them along.
    private static IEnumerable<JsonObject> Shade(Curve curve)
    {
        JsonObject Edge(Func<(double X, double Y), double, double> height) => new()
        {
            ["type"] = "line", ["name"] = curve.Name, ["stack"] = curve.Name, ["stackStrategy"] = "all", ["symbol"] = "none", ["silent"] = true,
            ["lineStyle"] = new JsonObject { ["opacity"] = 0 }, ["tooltip"] = new JsonObject { ["show"] = false },
            ["data"] = new JsonArray([.. curve.Points.Zip(curve.Spread!, (p, s) => new JsonArray(Round(p.X), Round(height(p, s))))]),
        };
        var shade = Edge((_, s) => 2 * s);
        shade["areaStyle"] = new JsonObject { ["opacity"] = .2 };
        return [Edge((p, s) => p.Y - s), shade];
    }

    /// <summary>A table of coloured cells; rows from the bottom.</summary>
    /// <param name="columns">Names along x.</param>
    /// <param name="rows">Names along y.</param>
    /// <param name="cells">Value of [row][column]; null leaves a cell empty.</param>
    /// <param name="low">Value of the darkest colour.</param>
    /// <param name="high">Value of the lightest.</param>
    /// <param name="lowest">What the darkest colour is called; its value if null.</param>
    /// <param name="highest">What the lightest colour is called.</param>
    public static string Heat(
        IReadOnlyList<string> columns, IReadOnlyList<string> rows, IReadOnlyList<IReadOnlyList<double?>> cells, double low, double high, string? lowest = null, string? highest = null)
    {
        var option = Base();
        option["xAxis"] = Names(columns);
        option["yAxis"] = Names(rows);
        Slant(option, columns);
        option["visualMap"] = new JsonObject
        {
            ["min"] = low, ["max"] = high, ["calculable"] = false, ["orient"] = "horizontal", ["left"] = "center", ["top"] = 0,
            ["text"] = new JsonArray(highest ?? Text.Number(high), lowest ?? Text.Number(low)),
            // Cividis, in short: even for the eye, and told apart by the colour-blind.
            ["inRange"] = new JsonObject { ["color"] = new JsonArray("#00224e", "#575d6d", "#a59c74", "#fee838") },
        };
        option["series"] = new JsonArray(new JsonObject
        {
            ["type"] = "heatmap",
            ["data"] = new JsonArray([.. cells.SelectMany((row, y) => row.Select((v, x) => (JsonNode?)new JsonArray(x, y, v is { } value ? Round(value) : "-")))]),
        });
        return option.ToJsonString();
    }

    private static string Categories(IReadOnlyList<string> categories, string axis, IEnumerable<JsonObject> series)
    {
        var option = Option(Names(categories), Numbers(new(axis, Min: 0), gap: 48), series);
        Slant(option, categories);
        return option.ToJsonString();
    }

    private static JsonObject Option(JsonObject x, JsonObject y, IEnumerable<JsonObject> series)
    {
        var option = Base();
        (option["legend"], option["xAxis"], option["yAxis"]) = (new JsonObject { ["top"] = 0, ["type"] = "scroll" }, x, y);
        option["series"] = new JsonArray([.. series]);
        return option;
    }

    private static JsonObject Base() => new()
    {
        // Okabe and Ito's palette: told apart by the colour-blind.
        ["color"] = new JsonArray("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442"),
        ["backgroundColor"] = "transparent",
        ["animation"] = false,
        ["tooltip"] = new JsonObject { ["trigger"] = "axis" },
        ["grid"] = new JsonObject { ["left"] = 64, ["right"] = 16, ["top"] = 40, ["bottom"] = 56, ["containLabel"] = false },
    };

    private static JsonObject Names(IReadOnlyList<string> names) => new()
    {
        ["type"] = "category", ["data"] = new JsonArray([.. names.Select(c => JsonValue.Create(c))]),
        ["axisLabel"] = new JsonObject { ["interval"] = names.Count > MostUpright ? "auto" : 0, ["overflow"] = "break", ["width"] = 90, ["lineHeight"] = 14 },
    };

    // Names of many stand slanted, or only a few of them would have a place.
    private static void Slant(JsonObject option, IReadOnlyList<string> names)
    {
        if (names.Count <= MostUpright || names.All(n => n.Length <= ShortName)) return;
        var label = option["xAxis"]!["axisLabel"]!;
        (label["rotate"], label["width"], label["overflow"]) = (45, 110, "truncate");
        option["grid"]!["bottom"] = 92;
    }

    private static JsonObject Numbers(Axis axis, int gap)
    {
        var numbers = new JsonObject
        {
            ["type"] = axis.Log ? "log" : "value", ["name"] = axis.Name, ["nameLocation"] = "middle", ["nameGap"] = gap, ["scale"] = axis.Min is null, ["axisLabel"] = new JsonObject(),
        };
        if (axis.Min is { } min) numbers["min"] = min;
        if (axis.Max is { } max) numbers["max"] = max;
        if (axis.Step is { } step) numbers["minInterval"] = step;
        return numbers;
    }

    private static JsonArray Data(IEnumerable<double?> values) => [.. values.Select(v => v is { } d ? Round(d) : null)];

    // Six digits are more than a screen shows, and a report of a hundred layers must stay small.
    private static JsonValue Round(double value) => JsonValue.Create(value is 0 ? 0 : double.Parse(value.ToString("g6", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture));
}
