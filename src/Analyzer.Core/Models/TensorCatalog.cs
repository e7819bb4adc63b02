using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>Lists a model's tensors: those that can be tapped, and those that cannot with the reason.</summary>
internal sealed class TensorCatalog
{
    private readonly OnnxModel _model;
    private readonly Dictionary<string, ModelTensor> _byName = new(StringComparer.Ordinal);

    public TensorCatalog(OnnxModel model, IReadOnlyDictionary<string, TensorType> types)
    {
        _model = model;
        var axes = new UnitAxis(model.Index, types);
        var quantized = new QuantizedTensors(model.Index);
        foreach (var node in model.Nodes)
        {
            for (var output = 0; output < node.Outputs.Count; output++)
            {
                var name = node.Outputs[output];
                if (name.Length == 0) continue;
                _byName[name] = new ModelTensor(name, node, types.GetValueOrDefault(name, TensorType.Unknown),
                    axes.Of(node, output), model.Index.IsModelOutput(name), model.Index.DependsOnInput.Contains(name), quantized.Of(node, output));
            }
        }

        Tensors = [.. _byName.Values];
        Uncovered = [.. model.Nodes.SelectMany(node => Inside(node.Proto, node.Label)), .. model.Proto.Functions.SelectMany(Inside)];
    }

    public IReadOnlyList<ModelTensor> Tensors { get; }

    public IReadOnlyList<UncoveredTensor> Uncovered { get; }

    public ModelTensor Find(string name)
    {
        if (_byName.TryGetValue(name, out var tensor)) return tensor;
        var hint = $"list them all with `analyzer inspect {_model.Path}`";
        if (Uncovered.FirstOrDefault(other => other.Name == name) is { } uncovered)
            throw new AnalyzerException($"tensor `{name}` of `{_model.Path}` cannot be tapped: {uncovered.Reason}", hint);
        if (_model.Inputs.Any(input => input.Name == name))
            throw new AnalyzerException($"`{name}` is an input of `{_model.Path}`; taps are for what its nodes make", hint);
        if (_model.Index.InitializerNames.Contains(name))
            throw new AnalyzerException($"`{name}` is an initialiser of `{_model.Path}`; taps are for what its nodes make", hint);
        var nearest = NearestNames.Quote(name, _byName.Keys);
        throw new AnalyzerException($"`{_model.Path}` has no tensor `{name}`; the nearest of its {Tensors.Count} are {nearest}", hint);
    }

    // Bodies within bodies are told by the outermost, which is what the data decide on first.
    private static IEnumerable<UncoveredTensor> Inside(NodeProto node, string label) =>
        from body in GraphIndex.Bodies(node)
        let reason = $"it lies inside `{body.Attribute}` of {node.OpType} node `{label}`, which runs {(node.OpType == "If" ? "or not" : "as often")} as the data decides"
        from name in NamesIn(body.Graph)
        select new UncoveredTensor(name, reason);

    private static IEnumerable<string> NamesIn(GraphProto graph) => graph.Node.SelectMany(node =>
        node.Output.Where(name => name.Length > 0).Concat(GraphIndex.Bodies(node).SelectMany(body => NamesIn(body.Graph))));

    private static IEnumerable<UncoveredTensor> Inside(FunctionProto function) =>
        function.Node.SelectMany(node => node.Output).Where(name => name.Length > 0)
            .Select(name => new UncoveredTensor(name,
                $"it lies inside the function `{function.Domain}:{function.Name}`, whose tensors have no names where it is called"));
}
