using System.Text.RegularExpressions;

namespace Analyzer.Reports.Html;

/// <summary>
/// What figures call layers: an exporter's <c>/layer1/layer1.0/relu/Relu_output_0</c> says little in much, and an axis of a hundred has no
/// place for it. Tables have the whole names.
/// </summary>
internal static partial class LayerNames
{
    private const int Longest = 28;

    /// <summary>The names, shortened where they stay apart.</summary>
    /// <param name="names">Of tensors or nodes, in graph order.</param>
    /// <returns>As many, in the same order.</returns>
    public static string[] Short(IEnumerable<string> names)
    {
        string[] whole = [.. names];
        string[][] parts = [.. whole.Select(Parts)];
        var shared = parts.Length < 2 ? 0 : Enumerable.Range(0, parts.Min(p => p.Length) - 1).TakeWhile(i => parts.All(p => p[i] == parts[0][i])).Count();
        string[] shortened = [.. parts.Select(p => Cut(string.Join('/', p.Skip(shared))))];
        return [.. whole.Select((name, i) => shortened.Count(other => other == shortened[i]) > 1 ? name : shortened[i])];
    }

    // A module that the next part repeats (layer1/layer1.0, relu/Relu_1), and an operator that its module is named after (conv1/Conv), say nothing.
    private static string[] Parts(string name)
    {
        var parts = OutputNumber().Replace(name, "").Split('/', StringSplitOptions.RemoveEmptyEntries).ToList();
        for (var i = parts.Count - 2; i >= 0; i--)
        {
            if (Repeats(parts[i + 1], parts[i])) parts.RemoveAt(i);
            else if (i == parts.Count - 2 && parts[i].StartsWith(parts[i + 1], StringComparison.OrdinalIgnoreCase)) parts.RemoveAt(i + 1);
        }
        return parts.Count == 0 ? [name] : [.. parts];
    }

    private static bool Repeats(string part, string module) =>
        part.StartsWith(module, StringComparison.OrdinalIgnoreCase) && (part.Length == module.Length || part[module.Length] is '.' or '_');

    private static string Cut(string name) => name.Length <= Longest ? name : $"{name[..(Longest / 2 - 1)]}…{name[^(Longest / 2)..]}";

    [GeneratedRegex(@"_output_\d+$")] private static partial Regex OutputNumber();
}
