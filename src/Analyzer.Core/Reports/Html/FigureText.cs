using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

/// <summary>A figure in one sentence, for who cannot see it: what it shows, how, and from where to where each of its series goes.</summary>
internal static class FigureText
{
    private const int MostSeries = 6;

    /// <summary>The sentence.</summary>
    /// <param name="label">What the figure shows.</param>
    /// <param name="option">Its ECharts option.</param>
    public static string Of(string label, string option)
    {
        // Shades and other marks that are no data of their own bear the name of what they belong to.
        JsonObject[] series = [.. (JsonNode.Parse(option)!["series"]?.AsArray() ?? []).OfType<JsonObject>().DistinctBy(s => (string?)s["name"] ?? "")];
        if (series.Length == 0) return $"Nothing to draw: {label}.";
        var kinds = string.Join(" and ", series.Select(Kind).Distinct());
        var ranges = series.Take(MostSeries).Select(Range).Append(series.Length > MostSeries ? $"and {series.Length - MostSeries} more" : "").Where(r => r.Length > 0);
        return Text.Short($"{char.ToUpperInvariant(kinds[0])}{kinds[1..]}: {label.TrimEnd('.')}; {string.Join(", ", ranges)}.");
    }

    /// <summary>An option in which control characters and turned writing are shown and not obeyed, and words that nobody could read are cut: names come from models and data.</summary>
    public static string Visible(string option)
    {
        var node = JsonNode.Parse(option)!;
        Show(node);
        return node.ToJsonString();
    }

    private static void Show(JsonNode node)
    {
        foreach (var child in node is JsonArray array ? [.. array] : node is JsonObject item ? item.Select(p => p.Value).ToArray() : [])
        {
            if (child is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String) value.ReplaceWith(Text.Short(Text.Visible(value.GetValue<string>())));
            else if (child is not null) Show(child);
        }
    }

    private static string Kind(JsonObject series) => (string?)series["type"] switch { "bar" => "bars", "line" => "lines", "scatter" => "points", "heatmap" => "coloured cells", var other => other ?? "marks" };

    private static string Range(JsonObject series)
    {
        double[] values = [.. (series["data"]?.AsArray() ?? []).SelectMany(d => Values((string?)series["type"], d))];
        var name = (string?)series["name"] ?? "values";
        if (values.Length == 0) return $"{name} without a value";
        var (low, high) = (Short(values.Min()), Short(values.Max()));
        return low == high ? $"{name} {low}" : $"{name} {low} to {high}";
    }

    // What is measured: the height of a bar, y of a point, the third number of a cell, all of a box.
    private static IEnumerable<double> Values(string? kind, JsonNode? datum) => datum switch
    {
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => [value.GetValue<double>()],
        JsonObject item => Values(kind, item["value"]),
        JsonArray point when kind == "boxplot" => point.SelectMany(p => Values(null, p)),
        JsonArray point => Values(null, point.ElementAtOrDefault(kind == "heatmap" ? 2 : 1)),
        _ => [],
    };

    private static string Short(double value) => value.ToString("g4", System.Globalization.CultureInfo.InvariantCulture);
}
