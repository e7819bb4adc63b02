using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>What holds for every model whose weights the caller feeds.</summary>
internal static class FedWeights
{
    /// <summary>Such a model's way of running: ONNX Runtime 1.29 crashes where its last step, memory layouts, meets fed float16 weights.</summary>
    public static ExecutionOptions Execution(ExecutionOptions wanted) =>
        wanted with { Optimization = wanted.Optimization == Optimization.All ? Optimization.Extended : wanted.Optimization };

    /// <summary>Values as a tensor of this type holds them.</summary>
    public static byte[] Bytes(double[] values, ElementType type) => type switch
    {
        ElementType.Float => MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, v => (float)v)).ToArray(),
        ElementType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)).ToArray(),
        _ => MemoryMarshal.AsBytes<double>(values).ToArray(),
    };
}
