namespace Analyzer.Models;

/// <summary>
/// Shares a model's weights out among the nodes that use them: each stored tensor counts for the first node that reads it, at once or
/// through operations on constants (dequantisation, transposition), and the weights inside a body for the node that holds it.
/// </summary>
internal static class NodeParameters
{
    /// <summary>Parameters by index of the node, those of no node left out. What no node reads is the rest up to <see cref="OnnxModel.Parameters"/>.</summary>
    public static IReadOnlyDictionary<int, long> Of(OnnxModel model)
    {
        var stored = model.Initializers.ToDictionary(i => i.Name, i => ModelReader.Weigh(i.Proto, i.Dims, model.Path), StringComparer.Ordinal);
        foreach (var constant in model.Nodes.Where(node => node.Op == "Constant" && node.Outputs.Count > 0))
            stored[constant.Outputs[0]] = ModelReader.WeighConstant(constant.Proto, model.Path);
        var parameters = new Dictionary<int, long>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in model.Nodes.Where(node => node.Outputs.Any(model.Index.DependsOnInput.Contains)))
        {
            var bodies = GraphIndex.Bodies(node.Proto).Select(body => body.Graph).ToArray();
            var inner = bodies.SelectMany(GraphIndex.GraphsOf).SelectMany(graph => graph.Node).SelectMany(n => n.Input);
            var count = bodies.Sum(body => ModelReader.CountParameters(body, model.Path));
            var open = new Stack<string>(node.Inputs.Concat(inner).Reverse());
            while (open.TryPop(out var name))
            {
                if (name.Length == 0 || !model.Index.IsConstant(name) || !taken.Add(name)) continue;
                if (stored.TryGetValue(name, out var weights)) count += weights;
                else foreach (var input in model.Index.MakerOf(name)?.Inputs ?? []) open.Push(input);
            }
            if (count > 0) parameters[node.Index] = count;
        }
        return parameters;
    }
}
