namespace Analyzer.Models;

/// <summary>How the integers of a tensor stand for numbers: (value − zero point) × scale.</summary>
/// <param name="Scale">Name of the tensor that holds the scale, a scalar or one a channel.</param>
/// <param name="ZeroPoint">Name of the tensor that holds the zero point; empty for 0.</param>
/// <param name="Axis">The axis whose entries have a scale each, below 0 from the end; null where one scale serves all.</param>
public sealed record Quantization(string Scale, string ZeroPoint, int? Axis);

/// <summary>Finds scale and zero point of a model's quantised tensors, in the formats of ONNX (QDQ and QOperator) and ONNX Runtime's own operators.</summary>
internal sealed class QuantizedTensors(GraphIndex index)
{
    /// <summary>Where an operator's inputs say how its output is quantised: places of scale and zero point.</summary>
    private static readonly Dictionary<string, (int Scale, int ZeroPoint)> OutputPlaces = new(StringComparer.Ordinal)
    {
        ["QLinearConv"] = (6, 7), ["QLinearMatMul"] = (6, 7), ["QLinearAdd"] = (6, 7), ["QLinearMul"] = (6, 7), ["QGemm"] = (7, 8), ["QLinearWhere"] = (7, 8),
        ["QLinearAveragePool"] = (3, 4), ["QLinearGlobalAveragePool"] = (3, 4), ["QLinearSigmoid"] = (3, 4), ["QLinearLeakyRelu"] = (3, 4),
        ["QLinearReduceMean"] = (3, 4), ["QLinearSoftmax"] = (3, 4), ["QLinearConcat"] = (0, 1),
    };

    /// <summary>Operators that move integers about and leave what they mean as it is.</summary>
    private static readonly HashSet<string> Movers = new(StringComparer.Ordinal)
    {
        "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "MaxPool", "Slice", "Gather", "Split", "Expand", "Tile", "DepthToSpace", "SpaceToDepth",
    };

    private readonly Dictionary<string, Quantization?> _known = new(StringComparer.Ordinal);

    /// <summary>How an output of a node is quantised; null where nothing says so. Nodes must be asked in graph order.</summary>
    public Quantization? Of(Node node, int output)
    {
        var name = node.Outputs[output];
        return _known[name] = Made(node, output) ?? Read(name) ?? Moved(node);
    }

    private Quantization? Made(Node node, int output)
    {
        if (node.Op == "QuantizeLinear" && output == 0 && node.Inputs.Count > 1) return Linear(index, node);
        if (node.Op == "DynamicQuantizeLinear" && output == 0 && node.Outputs.Count > 2) return new(node.Outputs[1], node.Outputs[2], null);
        return output == 0 && OutputPlaces.TryGetValue(node.Op, out var at) && At(node, at.Scale) is { Length: > 0 } scale
            ? new(scale, At(node, at.ZeroPoint), index.ConstantDims(scale) is { } dims && Elements(dims) > 1 ? 1 : null)
            : null;
    }

    /// <summary>By the node that turns it into numbers again.</summary>
    private Quantization? Read(string name) =>
        index.Consumers(name).FirstOrDefault(reader => reader.Op == "DequantizeLinear" && reader.Inputs[0] == name && reader.Inputs.Count > 1) is { } reader ? Linear(index, reader) : null;

    private Quantization? Moved(Node node) =>
        Movers.Contains(node.Op) && node.Inputs.Count > 0 && _known.GetValueOrDefault(node.Inputs[0]) is { Axis: null } same ? same : null;

    /// <summary>What QuantizeLinear and DequantizeLinear say; null for one scale a block of values, which would need the block's shape too.</summary>
    public static Quantization? Linear(GraphIndex index, Node node) => node.Int("block_size", 0) != 0 ? null
        : new(node.Inputs[1], At(node, 2), index.ConstantDims(node.Inputs[1]) is { } dims && Elements(dims) > 1 ? (int)node.Int("axis", 1) : null);

    private static long Elements(IReadOnlyList<long> dims) => dims.Aggregate(1L, (a, b) => a * b);

    private static string At(Node node, int input) => node.Inputs.Count > input ? node.Inputs[input] : "";
}
