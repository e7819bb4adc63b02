using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>Where a run of an initialiser's values lies.</summary>
/// <param name="Path">The file: the model's own, or that of external data.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes as stored, which for typed integer fields is not the number of bytes in memory.</param>
/// <param name="Field">ONNX's name of the field that holds them (`raw_data`, `float_data`, …, or `external_data`).</param>
public sealed record StoredBytes(string Path, long Offset, long Length, string Field);

/// <summary>A tensor whose values come with the model: a weight, a bias, a shape.</summary>
public sealed class Initializer
{
    internal Initializer(TensorProto values, SparseTensorProto? sparse, IReadOnlyList<StoredBytes> places, long count)
    {
        Proto = values;
        Sparse = sparse;
        Places = places;
        Count = count;
        Dims = sparse is null ? [.. values.Dims] : [.. sparse.Dims];
    }

    /// <summary>Its name.</summary>
    public string Name => Proto.Name;

    /// <summary>Type of its elements.</summary>
    public ElementType Type => (ElementType)Proto.DataType;

    /// <summary>Sizes of its axes; empty for a scalar.</summary>
    public IReadOnlyList<long> Dims { get; }

    /// <summary>Number of elements, zeros of a sparse tensor included.</summary>
    public long Count { get; }

    /// <summary>Whether the file lists only the elements that are not zero.</summary>
    public bool IsSparse => Sparse is not null;

    /// <summary>Where the values lie; empty where the file has none or stores them one by one.</summary>
    public IReadOnlyList<StoredBytes> Places { get; }

    internal TensorProto Proto { get; }

    internal SparseTensorProto? Sparse { get; }
}
