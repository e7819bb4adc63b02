using System.Globalization;
using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>One dimension: a size, or a name for a size that the input decides, or neither.</summary>
/// <param name="Size">Number of elements along the axis, where fixed.</param>
/// <param name="Symbol">The model's name for a size that is not fixed, such as `batch`.</param>
public readonly record struct Dimension(long? Size, string? Symbol = null)
{
    /// <summary>`64`, `batch` or `?`.</summary>
    public override string ToString() => Size?.ToString(CultureInfo.InvariantCulture) ?? Symbol ?? "?";
}

/// <summary>The dimensions of a tensor, outermost first.</summary>
public sealed class TensorShape : IEquatable<TensorShape>
{
    /// <summary>A shape of the given dimensions.</summary>
    public TensorShape(IEnumerable<Dimension> dims) => Dims = [.. dims];

    /// <summary>The dimensions, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<Dimension> Dims { get; }

    /// <summary>Number of axes.</summary>
    public int Rank => Dims.Count;

    /// <summary>Number of elements, where every dimension is fixed and the product fits 63 bits.</summary>
    public long? Count => Product(0);

    /// <summary>Number of elements per entry of the first axis, where all other dimensions are fixed.</summary>
    public long? CountPerSample => Product(1);

    /// <summary>A shape of sizes; a negative size is one that is not fixed.</summary>
    public static TensorShape Of(params ReadOnlySpan<long> sizes)
    {
        var dims = new Dimension[sizes.Length];
        for (var axis = 0; axis < sizes.Length; axis++) dims[axis] = new Dimension(sizes[axis] < 0 ? null : sizes[axis]);
        return new TensorShape(dims);
    }

    /// <summary>The dimensions as `[batch,64,8,8]`.</summary>
    public override string ToString() => $"[{string.Join(',', Dims)}]";

    /// <inheritdoc />
    public bool Equals(TensorShape? other) => other is not null && Dims.SequenceEqual(other.Dims);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc />
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    internal static TensorShape? From(TensorShapeProto? shape) => shape is null ? null : new TensorShape(shape.Dim.Select(dim =>
        dim.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dim.DimValue >= 0 => new Dimension(dim.DimValue),
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dim.DimParam.Length > 0 => new Dimension(null, dim.DimParam),
            _ => new Dimension(null),
        }));

    private long? Product(int from)
    {
        long product = 1;
        for (var axis = from; axis < Rank; axis++)
        {
            if (Dims[axis].Size is not { } size) return null;
            if (size != 0 && product > long.MaxValue / size) return null;
            product *= size;
        }

        return product;
    }
}

/// <summary>What is known of a tensor before any run.</summary>
/// <param name="Element">Its element type; <see cref="ElementType.Undefined"/> where not known or not a tensor.</param>
/// <param name="Shape">Its shape, where known.</param>
public sealed record TensorType(ElementType Element, TensorShape? Shape)
{
    /// <summary>Nothing is known.</summary>
    public static TensorType Unknown { get; } = new(ElementType.Undefined, null);

    internal static TensorType From(TypeProto? type) => type?.ValueCase == TypeProto.ValueOneofCase.TensorType
        ? new TensorType((ElementType)type.TensorType.ElemType, TensorShape.From(type.TensorType.Shape))
        : Unknown;
}

/// <summary>An input or output that the model declares.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its declared type, which third-party files get wrong at times.</param>
public sealed record Declared(string Name, TensorType Type);
