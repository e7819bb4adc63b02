using Analyzer.Extraction;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>Compares the graphs of two runs' models, where the files are still what the runs were made of.</summary>
internal static class ModelDiff
{
    public static DiffGraph Of(Manifest a, Manifest b)
    {
        if (a.Model.Sha256 == b.Model.Sha256) return new(true, null, 0, []);
        try
        {
            return Compare(Open(a), Open(b));
        }
        catch (AnalyzerException e)
        {
            return new(false, e.Message, 0, []);
        }
    }

    private static OnnxModel Open(Manifest manifest)
    {
        var model = OnnxModel.Open(manifest.Model.Path);
        return model.Sha256 == manifest.Model.Sha256 && ExternalData.Sha256(model) == manifest.Model.ExternalSha256
            ? model
            : throw new AnalyzerException($"`{manifest.Model.Path}` is not the file any more that the run was made of", "put it back", Failure.BadInput);
    }

    private static DiffGraph Compare(OnnxModel a, OnnxModel b)
    {
        var (old, now) = (Keyed(a), Keyed(b));
        var nodes = new List<DiffNode>();
        foreach (var (key, node) in old)
        {
            if (!now.TryGetValue(key, out var other)) nodes.Add(new("removed", key, node.Op, null));
            else if (NodeDifference.Of(node, other) is { } difference) nodes.Add(new("changed", key, other.Op, difference));
        }
        var unchanged = old.Count - nodes.Count;
        nodes.AddRange(now.Where(n => !old.ContainsKey(n.Key)).Select(n => new DiffNode("added", n.Key, n.Value.Op, null)));
        return new(true, null, unchanged, nodes);
    }

    // By name, or by the tensor that a nameless node makes, which no other makes.
    private static Dictionary<string, Node> Keyed(OnnxModel model)
    {
        var names = model.Nodes.CountBy(n => n.Name).ToDictionary(n => n.Key, n => n.Value);
        var keyed = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var node in model.Nodes) keyed.TryAdd(node.Name.Length > 0 && names[node.Name] == 1 ? node.Name : node.Outputs.FirstOrDefault(node.Label), node);
        return keyed;
    }
}
