using Analyzer.Reports;

namespace Analyzer.Cli;

/// <summary>
/// Prints a model's tensors as a tree of modules: a line a tensor and a line a module with sums, whatever the width, so that <c>grep</c>
/// finds a tensor's whole name with all that is said of it. Numbers come first, since names may be of any length.
/// </summary>
internal static class ModelTree
{
    private static readonly string[] Header = ["op", "type", "shape", "units", "parameters", "FLOPs", "codes", "tensor"];

    private static readonly bool[] AtRight = [false, false, false, true, true, true, false, false];

    /// <summary>Prints the tree; without modules where only some tensors were asked for, since sums over others would mislead.</summary>
    public static void Print(Terminal to, IReadOnlyList<InspectedTensor> tensors, IReadOnlyList<InspectedModule> modules)
    {
        var rows = new List<string[]> { Header };
        if (modules.Count == 0) rows.AddRange(tensors.Select(t => Row(t, 0)));
        else Add(rows, "", 0, tensors, modules.ToDictionary(m => m.Path, StringComparer.Ordinal));
        var widths = Enumerable.Range(0, Header.Length).Select(c => rows.Max(row => row[c].Length)).ToArray();
        to.Print("");
        for (var r = 0; r < rows.Count; r++)
        {
            to.Print($"  {string.Join("  ", rows[r].Select((cell, c) => c == Header.Length - 1 ? cell : AtRight[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c])))}");
            if (r == 0) to.Print(new string('─', widths.Sum() + 2 * Header.Length));
        }
        to.Print("");
    }

    private static void Add(List<string[]> rows, string path, int depth, IReadOnlyList<InspectedTensor> inside, Dictionary<string, InspectedModule> modules)
    {
        // Submodules stand where the first of their tensors does.
        var begun = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in inside)
        {
            if (tensor.Module == path)
            {
                rows.Add(Row(tensor, depth));
                continue;
            }
            var end = tensor.Module.IndexOf('.', path.Length == 0 ? 0 : path.Length + 1);
            var child = end < 0 ? tensor.Module : tensor.Module[..end];
            if (!begun.Add(child)) continue;
            var within = inside.Where(t => t.Module == child || t.Module.StartsWith($"{child}.", StringComparison.Ordinal)).ToArray();
            // A module of one tensor says nothing that the tensor does not.
            if (within is [var only])
            {
                rows.Add(Row(only, depth));
                continue;
            }
            var sum = modules[child];
            rows.Add(["", "", "", "", Number(sum.Parameters), Flops(sum), "", $"{new string(' ', 2 * depth)}{child[(path.Length == 0 ? 0 : path.Length + 1)..]}/"]);
            Add(rows, child, depth + 1, within, modules);
        }
    }

    private static string[] Row(InspectedTensor t, int depth) =>
    [
        t.Op, t.Dtype, t.Shape, t.Units is { } units ? Text.Count(units) : "–", Number(t.Parameters), t.Flops is { } flops ? Number(flops) : "?", t.Hidden ? "yes" : "",
        new string(' ', 2 * depth) + Text.Line(t.Name),
    ];

    private static string Number(long value) => value == 0 ? "" : Text.Count(value);

    private static string Flops(InspectedModule module) =>
        module.FlopsUnknown == 0 ? Number(module.Flops) : module.Flops == 0 ? "?" : $"≥ {Text.Count(module.Flops)}";
}
