using System.Globalization;
using System.Text.Json.Nodes;

namespace Analyzer.Gates;

/// <summary>
/// A path into a JSON document: names joined by dots, entries of lists by their number or <c>*</c> for each, as in
/// <c>analyses.anomalies.layers.*.dead</c>. A name that holds dots itself is found where it is the rest of the path or its longest part.
/// </summary>
internal static class FieldPath
{
    private static readonly HashSet<string> Measured = ["accuracy", "redundancy", "ssRate", "value", "share", "difference"];

    /// <summary>The numbers that a path leads to, each with its own path and, where one lies beside it, its interval; true counts as 1, false as 0.</summary>
    /// <remarks>An interval is a list of two numbers in the same object, called <c>interval</c> or as the number and <c>Interval</c>; the former is that of what the object measures, not of its counts.</remarks>
    public static IReadOnlyList<(string Path, double Value, double[]? Interval)> Numbers(JsonNode root, string path) =>
        [.. Find(root, path.Split('.'), 0, "").Select(found => (found.Path, Number(found.Node), Interval(found.Node))).Where(f => f.Item2 is not null).Select(f => (f.Path, f.Item2!.Value, f.Item3))];

    private static IEnumerable<(string Path, JsonNode Node)> Find(JsonNode? at, string[] parts, int next, string path)
    {
        if (at is null) yield break;
        if (next == parts.Length)
        {
            yield return (path, at);
            yield break;
        }
        var found = at switch
        {
            JsonArray list when parts[next] == "*" => list.SelectMany((entry, i) => Find(entry, parts, next + 1, Joined(path, $"{i}"))),
            JsonArray list when int.TryParse(parts[next], NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < list.Count => Find(list[i], parts, next + 1, Joined(path, parts[next])),
            JsonObject members when parts[next] == "*" => members.SelectMany(m => Find(m.Value, parts, next + 1, Joined(path, m.Key))),
            JsonObject members => Named(members, parts, next, path),
            _ => [],
        };
        foreach (var f in found) yield return f;
    }

    private static IEnumerable<(string, JsonNode)> Named(JsonObject members, string[] parts, int next, string path)
    {
        for (var end = parts.Length; end > next; end--)
        {
            var name = string.Join('.', parts[next..end]);
            if (members.TryGetPropertyValue(name, out var value)) return Find(value, parts, end, Joined(path, name));
        }
        return [];
    }

    private static string Joined(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static double? Number(JsonNode node) => node is not JsonValue value ? null
        : value.TryGetValue<bool>(out var yes) ? (yes ? 1 : 0)
        : value.TryGetValue<double>(out var number) ? number : null;

    private static double[]? Interval(JsonNode node)
    {
        if (node.Parent is not JsonObject beside) return null;
        var name = node.GetPropertyName();
        return (beside[$"{name}Interval"] ?? (Measured.Contains(name) ? beside["interval"] : null)) is JsonArray { Count: 2 } two && two.All(n => n is JsonValue v && v.TryGetValue<double>(out _)) ? [(double)two[0]!, (double)two[1]!] : null;
    }
}
