using System.Buffers.Binary;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Models;

/// <summary>Who makes and who reads each tensor of the main graph, and the values of small constants.</summary>
internal sealed class GraphIndex
{
    /// <summary>How many nodes a pattern may span: layer normalisation as JAX exports it takes some twenty.</summary>
    private const int LargestPattern = 32;

    private readonly OnnxModel _model;
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputs;

    public GraphIndex(OnnxModel model)
    {
        _model = model;
        _outputs = model.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var initializer in model.Initializers)
        {
            InitializerNames.Add(initializer.Name);
            if (!initializer.IsSparse) _constants[initializer.Name] = initializer.Proto;
        }

        foreach (var input in model.Inputs) DependsOnInput.Add(input.Name);
        foreach (var node in model.Nodes)
        {
            foreach (var input in node.Inputs.Distinct()) if (input.Length > 0 && node.Outputs.Count > 0) ReadersOf(input).Add(node);
            foreach (var output in node.Outputs) if (output.Length > 0) Makers[output] = node;
            if (node.Op == "Constant" && node.Outputs.Count > 0 && ConstantTensor(node) is { } tensor) _constants[node.Outputs[0]] = tensor;
            if (node.Op == "Identity" && node.Outputs.Count > 0 && node.Inputs.Count > 0
                && _constants.TryGetValue(node.Inputs[0], out var same))
                _constants[node.Outputs[0]] = same;
            if (node.Inputs.Concat(OuterReads(node)).Any(DependsOnInput.Contains))
                DependsOnInput.UnionWith(node.Outputs.Where(name => name.Length > 0));
        }
    }

    public Dictionary<string, Node> Makers { get; } = new(StringComparer.Ordinal);

    public HashSet<string> InitializerNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of tensors whose value depends on what the caller feeds.</summary>
    public HashSet<string> DependsOnInput { get; } = new(StringComparer.Ordinal);

    private Dictionary<string, List<Node>> Readers { get; } = new(StringComparer.Ordinal);

    public bool IsModelOutput(string name) => _outputs.Contains(name);

    public Node? MakerOf(string name) => Makers.GetValueOrDefault(name);

    public IReadOnlyList<Node> Consumers(string name) => Readers.TryGetValue(name, out var nodes) ? nodes : [];

    /// <summary>Whether the value is fixed with the model.</summary>
    public bool IsConstant(string name) => name.Length > 0 && !DependsOnInput.Contains(name);

    /// <summary>Sizes of a constant's axes, where the file states them.</summary>
    public IReadOnlyList<long>? ConstantDims(string name) => _constants.TryGetValue(name, out var tensor) ? tensor.Dims : null;

    /// <summary>Values of a constant of at most 1 KiB; null for any other tensor.</summary>
    public double[]? Values(string name)
    {
        if (!_constants.TryGetValue(name, out var tensor)) return null;
        var type = (ElementType)tensor.DataType;
        if (type.Bits() == 0 || type is ElementType.Complex64 or ElementType.Complex128) return null;
        var length = WeightReader.ByteLength(tensor.Dims, type, tensor.Name, _model.Path);
        return length > Skeleton.KeptBytes ? null
            : new Weights(type, [.. tensor.Dims], WeightReader.Count(tensor.Dims, tensor.Name, _model.Path),
                WeightReader.Read(tensor, _model.Path)).ToDoubles();
    }

    /// <summary>
    /// The stored tensor that a constant is, also behind Identity and Reshape nodes and a transposition of its two axes.
    /// </summary>
    /// <returns>
    /// Its name, its sizes before any transposition, whether it is transposed, and how its integers stand for numbers where it is
    /// dequantised at once; null where the value is computed.
    /// </returns>
    public (string Name, IReadOnlyList<long> Dims, bool Flipped, Quantization? Quantized)? StoredConstant(string name)
    {
        var flipped = false;
        Quantization? quantized = null;
        IReadOnlyList<long>? reshaped = null;
        while (!_constants.ContainsKey(name))
        {
            if (_model.Initializers.FirstOrDefault(i => i.IsSparse && i.Name == name) is { } sparse) return (name, reshaped ?? sparse.Dims, flipped, quantized);
            if (MakerOf(name) is not { } node || node.Inputs.Count == 0) return null;
            switch (node.Op)
            {
                case "Identity":
                    break;
                // Scales along an axis mean that of the stored tensor, so nothing may come between.
                case "DequantizeLinear" when quantized is null && _constants.ContainsKey(node.Inputs[0]) && QuantizedTensors.Linear(this, node) is { } how
                    && (how.Axis is null || reshaped is null):
                    quantized = how;
                    break;
                case "Transpose" when reshaped is null && node.Attribute("perm")?.Ints is null or [1, 0]:
                    flipped = !flipped;
                    break;
                // The last reshape before the reader says the sizes; open ones among them are not worth following.
                case "Reshape" when node.Inputs.Count > 1 && Values(node.Inputs[1]) is { } sizes && sizes.All(size => size > 0):
                    reshaped ??= [.. sizes.Select(size => (long)size)];
                    break;
                default:
                    return null;
            }
            name = node.Inputs[0];
        }
        return (name, reshaped ?? [.. _constants[name].Dims], flipped, quantized);
    }

    /// <summary>A constant's tensor as the file holds it, its values perhaps left there.</summary>
    public TensorProto? StoredTensor(string name) => _constants.GetValueOrDefault(name);

    /// <summary>The value of a constant of one element.</summary>
    public double? Scalar(string name) => Values(name) is [var value] ? value : null;

    /// <summary>The nodes between <paramref name="from"/> and <paramref name="x"/>, where every way up ends at x or a constant.</summary>
    public List<Node>? Between(string from, string x, HashSet<string> allowed)
    {
        var (reached, nodes, seen) = (from == x, new List<Node>(), new HashSet<string>(StringComparer.Ordinal) { x });
        var open = new Stack<string>([from]);
        while (open.TryPop(out var name))
        {
            if (name.Length == 0 || !seen.Add(name)) continue;
            // Shapes that a Reshape or Expand reads depend on x too, but are no part of the arithmetic.
            if (IsConstant(name)) continue;
            if (MakerOf(name) is not { } node || !allowed.Contains(node.Op) || nodes.Count == LargestPattern) return null;
            nodes.Add(node);
            foreach (var input in node.Op is "Reshape" or "Expand" or "Unsqueeze" or "Squeeze" ? node.Inputs.Take(1) : node.Inputs)
            {
                reached |= input == x;
                open.Push(input);
            }
        }

        return reached ? nodes : null;
    }

    /// <summary>The one reader of a tensor, if it is this operation.</summary>
    public Node? OnlyConsumer(string name, string op) =>
        Consumers(name) is [var node] && node.Op == op && node.Outputs.Count == 1 ? node : null;

    /// <summary>The other operand of an operation with two; empty where it has not.</summary>
    public static string OtherOperand(Node node, string name) =>
        node.Inputs.Count != 2 ? "" : node.Inputs[0] == name ? node.Inputs[1] : node.Inputs[0];

    /// <summary>This graph and every graph nested in it.</summary>
    public static IEnumerable<GraphProto> GraphsOf(GraphProto graph)
    {
        yield return graph;
        foreach (var nested in graph.Node.SelectMany(Bodies).SelectMany(body => GraphsOf(body.Graph))) yield return nested;
    }

    /// <summary>The graphs that a node carries, with the attribute that holds each.</summary>
    public static IEnumerable<(string Attribute, GraphProto Graph)> Bodies(NodeProto node) =>
        node.Attribute.SelectMany(attribute =>
            attribute.Graphs.Concat(attribute.G is null ? [] : [attribute.G]).Select(graph => (attribute.Name, graph)));

    /// <summary>Every name that a tensor or node has anywhere in the model.</summary>
    public static HashSet<string> AllNames(ModelProto model)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var graph in GraphsOf(model.Graph))
        {
            names.UnionWith(graph.Input.Concat(graph.Output).Concat(graph.ValueInfo).Select(value => value.Name));
            names.UnionWith(graph.Initializer.Select(tensor => tensor.Name));
            names.UnionWith(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? ""));
            foreach (var node in graph.Node)
            {
                names.Add(node.Name);
                names.UnionWith(node.Input);
                names.UnionWith(node.Output);
            }
        }

        return names;
    }

    private List<Node> ReadersOf(string name)
    {
        if (!Readers.TryGetValue(name, out var nodes)) Readers[name] = nodes = [];
        return nodes;
    }

    /// <summary>Bodies read tensors of the graph around them without listing them as inputs.</summary>
    private static IEnumerable<string> OuterReads(Node node) =>
        Bodies(node.Proto).SelectMany(body => GraphsOf(body.Graph)).SelectMany(graph => graph.Node).SelectMany(inner => inner.Input);

    private static TensorProto? ConstantTensor(Node node)
    {
        if (node.Attribute("value") is { T: { } tensor }) return tensor;
        if (node.Attribute("value_float") is { HasF: true } number) return Inline(ElementType.Float, [], Bytes(number.F));
        if (node.Attribute("value_int") is { HasI: true } integer) return Inline(ElementType.Int64, [], Bytes(integer.I));
        if (node.Attribute("value_floats") is { } numbers)
            return Inline(ElementType.Float, [numbers.Floats.Count], [.. numbers.Floats.SelectMany(Bytes)]);
        if (node.Attribute("value_ints") is { } integers)
            return Inline(ElementType.Int64, [integers.Ints.Count], [.. integers.Ints.SelectMany(Bytes)]);
        return null;
    }

    private static TensorProto Inline(ElementType type, long[] dims, byte[] bytes) =>
        new() { DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) };

    private static byte[] Bytes(float value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Bytes(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
