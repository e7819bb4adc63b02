namespace Analyzer.Models;

/// <summary>A tensor on its way into a model: contiguous, row-major, native byte order.</summary>
/// <param name="Name">The model input it is for.</param>
/// <param name="Element">What the bytes hold.</param>
/// <param name="Dims">All dimensions, the batch first.</param>
/// <param name="Data">The bytes; valid until the maker fills its buffer again.</param>
public sealed record TensorData(string Name, ElementType Element, long[] Dims, Memory<byte> Data);
