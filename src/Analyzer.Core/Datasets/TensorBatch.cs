using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Samples as an input of a model takes them.</summary>
/// <param name="Name">The model's input.</param>
/// <param name="ElementType">Type of the elements.</param>
/// <param name="Dims">Shape, [rows, …]; every axis ≥ 1.</param>
/// <param name="Data">The elements in C order, in this machine's byte order. The next batch of the same assembler overwrites them.</param>
/// <param name="Samples">Rows that are samples, in [1, Dims[0]]; where the model fixes its batch, further rows repeat the last one.</param>
public sealed record TensorBatch(string Name, ElementType ElementType, long[] Dims, Memory<byte> Data, int Samples);
