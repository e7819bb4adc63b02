using System.Text.Json.Nodes;

namespace Analyzer.Reports.Html;

internal static partial class Figure
{
    /// <summary>A tree of merges with its leaves along x.</summary>
    /// <param name="leaves">Names, from left to right.</param>
    /// <param name="merges">What each joins, a leaf by its place or merge m as leaves + m, and how high; ascending.</param>
    /// <param name="axis">What the height is.</param>
    /// <param name="cut">Merges up to this height are made.</param>
    /// <param name="cutName">What the cut is called.</param>
    public static string Tree(IReadOnlyList<string> leaves, IReadOnlyList<(int First, int Second, double Height)> merges, string axis, double cut, string cutName)
    {
        var places = new (double X, double Height)[leaves.Count + merges.Count];
        for (var leaf = 0; leaf < leaves.Count; leaf++) places[leaf] = (leaf, 0);
        var (made, apart) = (new JsonArray(), new JsonArray());
        foreach (var (m, (first, second, height)) in merges.Index())
        {
            var (left, right) = (places[first], places[second]);
            places[leaves.Count + m] = ((left.X + right.X) / 2, height);
            var line = height <= cut ? made : apart;
            foreach (var (place, top) in new[] { left, (left.X, height), (right.X, height), right }) line.Add(new JsonArray(Round(place), Round(top)));
            // A gap: the next merge is a line of its own.
            line.Add(new JsonArray("-", "-"));
        }
        JsonObject Line(string name, JsonArray data, string color, string type = "solid") => new()
        {
            ["type"] = "line", ["name"] = name, ["showSymbol"] = false, ["data"] = data, ["itemStyle"] = new JsonObject { ["color"] = color },
            ["lineStyle"] = new JsonObject { ["color"] = color, ["type"] = type, ["width"] = 1.5 },
        };
        var names = new JsonObject
        {
            ["type"] = "scatter", ["name"] = "leaves", ["symbolSize"] = 1, ["silent"] = true,
            ["data"] = new JsonArray([.. leaves.Select((name, place) => new JsonObject { ["name"] = name, ["value"] = new JsonArray(place, 0) })]),
            ["label"] = new JsonObject { ["show"] = true, ["formatter"] = "{b}", ["position"] = "bottom", ["fontSize"] = 11, ["color"] = Quiet },
            // Where leaves are too near one another, every second or third is named.
            ["labelLayout"] = new JsonObject { ["hideOverlap"] = true },
        };
        var label = names["label"]!;
        if (leaves.Count > MostUpright) (label["rotate"], label["align"], label["verticalAlign"]) = (90, "right", "middle");
        var x = Numbers(new("", Min: -.5, Max: leaves.Count - .5), gap: 32);
        (x["axisLabel"], x["axisTick"], x["splitLine"]) = (new JsonObject { ["show"] = false }, new JsonObject { ["show"] = false }, new JsonObject { ["show"] = false });
        var option = Base();
        option["legend"] = new JsonObject { ["top"] = 0, ["type"] = "scroll", ["data"] = new JsonArray("one cluster", "apart", cutName) };
        (option["xAxis"], option["yAxis"], option["tooltip"]) = (x, Numbers(new(axis, Min: 0), gap: 48), new JsonObject { ["show"] = false });
        option["yAxis"]!["axisLine"] = new JsonObject { ["show"] = false };
        option["series"] = new JsonArray(
            Line("one cluster", made, "#0072B2"), Line("apart", apart, Quiet),
            Line(cutName, new JsonArray(new JsonArray(-.5, Round(cut)), new JsonArray(leaves.Count - .5, Round(cut))), "#D55E00", "dashed"), names);
        return option.ToJsonString();
    }

    // Read on light and on dark paper.
    private const string Quiet = "#757f8a";
}
