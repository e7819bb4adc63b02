using System.Text;

namespace Analyzer.Models;

/// <summary>One application of a nonlinearity, whether the exporter wrote it as one node or several.</summary>
/// <param name="Op">Its name: `Relu`, `Relu6`, `Gelu`, …</param>
/// <param name="Input">The pre-activation; empty where it is fused with what comes before.</param>
/// <param name="Output">The activation.</param>
/// <param name="Node">The node that makes the activation.</param>
internal sealed record Nonlinearity(string Op, string Input, string Output, Node Node);

/// <summary>Finds a model's nonlinearities and the operations it writes as several nodes.</summary>
internal sealed class Nonlinearities
{
    private static readonly Dictionary<string, string> Elementwise = new(StringComparer.Ordinal)
    {
        ["Relu"] = "Relu", ["LeakyRelu"] = "LeakyRelu", ["PRelu"] = "PRelu", ["ThresholdedRelu"] = "ThresholdedRelu", ["Elu"] = "Elu",
        ["Selu"] = "Selu", ["Celu"] = "Celu", ["Gelu"] = "Gelu", ["FastGelu"] = "Gelu", ["BiasGelu"] = "Gelu", ["QuickGelu"] = "Gelu",
        ["Swish"] = "Silu", ["Silu"] = "Silu", ["HardSwish"] = "HardSwish", ["HardSigmoid"] = "HardSigmoid", ["Sigmoid"] = "Sigmoid",
        ["Tanh"] = "Tanh",
        ["QLinearSigmoid"] = "Sigmoid", ["QLinearLeakyRelu"] = "LeakyRelu", ["Softplus"] = "Softplus", ["Softsign"] = "Softsign", ["Mish"] = "Mish",
    };

    /// <summary>What makes values of either sign.</summary>
    private static readonly HashSet<string> Layers = new(StringComparer.Ordinal) { "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "BatchNormalization" };

    public Nonlinearities(OnnxModel model)
    {
        Composites = new Composites(model).Find();
        var inside = Composites.SelectMany(composite => composite.Nodes).ToHashSet();
        var single = model.Nodes.Where(node => !inside.Contains(node.Index)).Select(node => Of(model, node)).OfType<Nonlinearity>();
        var composed = Composites.Where(composite => Elementwise.ContainsKey(composite.Op))
            .Select(composite => new Nonlinearity(composite.Op, composite.Input, composite.Output, model.Index.Makers[composite.Output]));
        All = [.. single.Concat(composed).OrderBy(found => found.Node.Index)];
    }

    public IReadOnlyList<Composite> Composites { get; }

    /// <summary>In graph order.</summary>
    public IReadOnlyList<Nonlinearity> All { get; }

    /// <summary>Limits of a Clip node, infinite where it has none; null where the data decides them.</summary>
    public static (double Low, double High)? Bounds(OnnxModel model, Node clip)
    {
        double? Bound(int input, string attribute, double otherwise) => clip.Inputs.Count > input && clip.Inputs[input].Length > 0
            ? model.Index.Scalar(clip.Inputs[input])
            : clip.Attribute(attribute) is { HasF: true } value ? value.F : otherwise;
        return Bound(1, "min", double.NegativeInfinity) is { } low && Bound(2, "max", double.PositiveInfinity) is { } high
            ? (low, high)
            : null;
    }

    private static Nonlinearity? Of(OnnxModel model, Node node)
    {
        if (node.Outputs.Count == 0 || node.Outputs[0].Length == 0 || node.Inputs.Count == 0
            || !model.Index.DependsOnInput.Contains(node.Outputs[0])) return null;
        if (Elementwise.TryGetValue(node.Op, out var op)) return new Nonlinearity(op, node.Inputs[0], node.Outputs[0], node);
        switch (node.Op)
        {
            case "Clip" when Bounds(model, node) is var (low, high) && (double.IsFinite(low) || double.IsFinite(high)):
                var name = low != 0 ? "HardTanh" : double.IsFinite(high) ? "Relu6" : "Relu";
                return new Nonlinearity(name, node.Inputs[0], node.Outputs[0], node);
            case "Max" when node.Inputs.Count == 2 && node.Inputs.Count(input => model.Index.Scalar(input) is 0) == 1:
                return new Nonlinearity("Relu", node.Inputs.First(input => model.Index.Scalar(input) is not 0), node.Outputs[0], node);
            case "FusedConv" or "FusedGemm" or "NhwcFusedConv" when node.Attribute("activation") is { HasS: true } fused
                && Elementwise.TryGetValue(Encoding.UTF8.GetString(fused.S.Span), out var activation):
                return new Nonlinearity(activation, "", node.Outputs[0], node);
            // Quantisers drop a rectifier where the integers cannot go below zero anyway: clipping there is what it did.
            case "QuantizeLinear" when model.Index.MakerOf(node.Inputs[0]) is { } maker && Layers.Contains(maker.Op) && BeginsAtZero(model, node, node.Inputs.ElementAtOrDefault(2)):
                return new Nonlinearity("Relu", node.Inputs[0], node.Outputs[0], node);
            case "QLinearConv" or "QLinearMatMul" or "QLinearAdd" when BeginsAtZero(model, node, node.Inputs.ElementAtOrDefault(7)):
            case "QGemm" when BeginsAtZero(model, node, node.Inputs.ElementAtOrDefault(8)):
                return new Nonlinearity("Relu", "", node.Outputs[0], node);
            default:
                return null;
        }
    }

    /// <summary>Whether the zero point is the smallest of the integers, so that none stands for a number below 0.</summary>
    private static bool BeginsAtZero(OnnxModel model, Node node, string? zeroPoint)
    {
        // Left out it is 0 of a uint8.
        if (string.IsNullOrEmpty(zeroPoint)) return node.Op == "QuantizeLinear" && node.Int("output_dtype", 0) is 0 or (long)ElementType.UInt8;
        if (model.Index.StoredTensor(zeroPoint) is not { } stored || model.Index.Values(zeroPoint) is not { Length: > 0 } values) return false;
        double? smallest = (ElementType)stored.DataType switch
        {
            ElementType.UInt8 or ElementType.UInt16 => 0, ElementType.Int8 => sbyte.MinValue, ElementType.Int16 => short.MinValue, _ => null,
        };
        return values.All(value => value == smallest);
    }
}
