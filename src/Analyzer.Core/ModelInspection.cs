using Analyzer.Models;

namespace Analyzer;

/// <summary>What <c>inspect</c> says of a model.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Producer">What wrote it, by its own word.</param>
/// <param name="IrVersion">Version of the file format.</param>
/// <param name="Opsets">Operator sets by domain; ONNX's own under the empty name.</param>
/// <param name="Parameters">Elements of all weights.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it returns.</param>
/// <param name="Tensors">What can be tapped, in graph order.</param>
/// <param name="NotCovered">What cannot, and why.</param>
/// <param name="Notes">What could not be found out, in words.</param>
public sealed record ModelInspection(
    string Path, string Sha256, string Producer, long IrVersion, IReadOnlyDictionary<string, long> Opsets, long Parameters,
    IReadOnlyList<InspectedValue> Inputs, IReadOnlyList<InspectedValue> Outputs, IReadOnlyList<InspectedTensor> Tensors,
    IReadOnlyList<InspectedGap> NotCovered, IReadOnlyList<string> Notes)
{
    internal static ModelInspection Of(OnnxModel model, string? refusal, IReadOnlyList<ModelTensor>? selected)
    {
        var hidden = HiddenActivations.Of(model).Select(h => h.Tensor.Name).ToHashSet(StringComparer.Ordinal);
        var chosen = selected?.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return new(model.Path, model.Sha256, model.Producer, model.IrVersion, model.Opsets, model.Parameters,
            [.. model.Inputs.Select(Value)], [.. model.Outputs.Select(Value)],
            [.. model.Tensors.Where(t => chosen?.Contains(t.Name) ?? true).Select(t => new InspectedTensor(t.Name, t.Node.Label, t.Node.Op,
                Shape(t.Type), Element(t.Type), t.Units, hidden.Contains(t.Name), t.IsOutput))],
            [.. model.Uncovered.Select(u => new InspectedGap(u.Name, u.Reason))],
            refusal is null ? [] : [$"shapes are only those that the file declares, for ONNX Runtime refused the model: {refusal}"]);
    }

    private static InspectedValue Value(Declared value) => new(value.Name, Shape(value.Type), Element(value.Type));

    private static string Shape(TensorType type) => type.Shape?.ToString() ?? "?";

    private static string Element(TensorType type) => type.Element == ElementType.Undefined ? "?" : type.Element.ToString().ToLowerInvariant();
}

/// <summary>An input or output: shape with symbolic sizes kept, such as <c>[N,3,32,32]</c>.</summary>
public sealed record InspectedValue(string Name, string Shape, string Dtype);

/// <summary>A tensor that can be tapped.</summary>
/// <param name="Name">Its name, an exact selector.</param>
/// <param name="Node">The node that makes it.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="Shape">Sizes, symbols and <c>?</c>.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Units">Channels or neurons, where known.</param>
/// <param name="Hidden">Whether the analysis <c>codes</c> taps it by itself.</param>
/// <param name="Output">Whether the model returns it.</param>
public sealed record InspectedTensor(string Name, string Node, string Op, string Shape, string Dtype, long? Units, bool Hidden, bool Output);

/// <summary>A tensor that cannot be tapped.</summary>
public sealed record InspectedGap(string Name, string Reason);
