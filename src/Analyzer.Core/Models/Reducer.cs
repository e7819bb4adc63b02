namespace Analyzer.Models;

/// <summary>What a tap stores of a tensor [batch, …] for each sample.</summary>
public enum Reducer
{
    /// <summary>Mean over every axis but batch and units: [batch, units], float32.</summary>
    Mean,
    /// <summary>Maximum over every axis but batch and units: [batch, units], float32.</summary>
    Max,
    /// <summary>Population standard deviation over every axis but batch and units: [batch, units], float32.</summary>
    Std,
    /// <summary>The tensor as it is, in float32.</summary>
    None,
    /// <summary>
    /// One bit per element, set where it is above the threshold (NaN is not): the tensor flattened row-major to [batch, bits], eight to a
    /// byte, the first in the most significant bit, zeros after the last; [batch, ⌈bits/8⌉], uint8.
    /// </summary>
    Sign,
}

/// <summary>An output that a patch adds, or shares with the model.</summary>
/// <param name="Tensor">The tensor it tells of.</param>
/// <param name="Reducer">What it tells.</param>
/// <param name="Threshold">For <see cref="Reducer.Sign"/>: what an element must exceed.</param>
/// <param name="OutputName">Name to fetch it by. Where nothing needs computing it is the tensor's own, and two taps may share it.</param>
/// <param name="Type">float32, or uint8 for <see cref="Reducer.Sign"/>; float32 there too where the caller is to pack the signs.</param>
/// <param name="Shape">Expected shape; the first axis is the batch. An output of another shape is the model's doing and must not be
/// used.</param>
/// <param name="Units">Values per sample: units, elements, or bits for <see cref="Reducer.Sign"/>.</param>
public sealed record TapOutput(
    string Tensor, Reducer Reducer, double Threshold, string OutputName, ElementType Type, TensorShape Shape, long Units);
