namespace Analyzer.Models;

/// <summary>A tensor that can be tapped: an output of a node of the main graph.</summary>
/// <param name="Name">Its name, unique in the model.</param>
/// <param name="Node">The node that makes it.</param>
/// <param name="Type">What the file declares of it, or what ONNX Runtime infers after <see cref="OnnxModel.WithTypes"/>.</param>
/// <param name="UnitAxis">
/// The axis whose entries are units (channels or neurons), counted from the front; −1 for the last axis where the rank is
/// not known; null where nothing says which.
/// </param>
/// <param name="IsOutput">Whether the model returns it.</param>
/// <param name="DependsOnInput">Whether it changes with what the caller feeds; if not, it has no batch axis.</param>
/// <param name="Quantized">How its integers stand for numbers; null where it holds numbers as they are, or nothing says.</param>
public sealed record ModelTensor(string Name, Node Node, TensorType Type, int? UnitAxis, bool IsOutput, bool DependsOnInput, Quantization? Quantized = null)
{
    /// <summary>Whether its elements are numbers that a tap can tell in float32: floating-point ones, or quantised integers of 8 or 16 bits.</summary>
    public bool HoldsNumbers => Type.Element.IsTappable() || (Quantized is not null && Type.Element.IsQuantizable());

    /// <summary>Number of units, where the shape and the unit axis are known.</summary>
    public long? Units => UnitAxis is { } axis && Type.Shape is { } shape && axis < shape.Rank && axis >= -shape.Rank
        ? shape.Dims[axis < 0 ? axis + shape.Rank : axis].Size
        : null;
}

/// <summary>A tensor that exists when the model runs but cannot be tapped.</summary>
/// <param name="Name">Its name, unique only within the body that holds it.</param>
/// <param name="Reason">Why not, with the node or function it lies inside.</param>
public sealed record UncoveredTensor(string Name, string Reason);
