using Analyzer.Models;
using Analyzer.Statistics;

namespace Analyzer.Extraction;

/// <summary>
/// The untrained twin: the same graph, every weight tensor drawn anew with its own mean and spread. Tensors with two or more
/// axes are Gaussian; vectors (biases, BatchNorm's four) are shuffled, which keeps mean, spread and sign, for a variance must
/// stay positive. Constants of the graph (sizes of a Resize, bounds of a Clip, a mean to subtract) are no weights and stay.
/// </summary>
internal static class RedrawnWeights
{
    /// <summary>A twin that keeps more of the trained weights than this is no untrained network.</summary>
    public const double LeastShare = .9;

    // Operators that learn, and what a training framework leaves behind when it takes them apart (bias: Add, scale: Mul).
    private static readonly HashSet<string> Learning = new(StringComparer.Ordinal)
    {
        "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization",
        "LSTM", "GRU", "RNN", "PRelu", "Gather", "Add", "Mul", "Einsum", "Attention", "FusedMatMul",
    };

    /// <summary>The initialisers that are drawn anew: dense floats of more than one element that a learning operator reads.</summary>
    public static IReadOnlyList<Initializer> Of(OnnxModel model)
    {
        var read = model.Nodes.Where(n => Learning.Contains(n.Op)).SelectMany(n => n.Inputs).ToHashSet(StringComparer.Ordinal);
        return [.. model.Initializers.Where(i => i.Type is ElementType.Float or ElementType.Float16 or ElementType.Double
            && !i.IsSparse && i.Dims.Count > 0 && i.Count > 1 && read.Contains(i.Name))];
    }

    /// <summary>New values for one initialiser; the same for the same seed and name.</summary>
    public static TensorData Draw(OnnxModel model, Initializer initializer, long seed)
    {
        var random = new SeededRandom((ulong)seed ^ NameHash(initializer.Name));
        var values = model.ReadWeights(initializer).ToDoubles();
        if (initializer.Dims.Count == 1) random.Shuffle(values.AsSpan());
        else Gaussian(values, random);
        return new(initializer.Name, initializer.Type, [.. initializer.Dims], FedWeights.Bytes(values, initializer.Type));
    }

    private static void Gaussian(double[] values, SeededRandom random)
    {
        var mean = values.Average();
        var spread = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length);
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box and Muller 1958; 1 − u lies in (0, 1], where the logarithm is finite.
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[i] = mean + spread * radius * cos;
            if (i + 1 < values.Length) values[i + 1] = mean + spread * radius * sin;
        }
    }

    // FNV-1a: string.GetHashCode differs from one process to the next.
    private static ulong NameHash(string name) =>
        name.Aggregate(14695981039346656037UL, (hash, c) => (hash ^ c) * 1099511628211UL);
}
