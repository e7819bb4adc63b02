using System.Globalization;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>What a model's tensors take, from the shapes they have when it runs.</summary>
internal static class ModelMemory
{
    // More than one, so that a first axis of one is not taken for the batch, and no size that networks like to have.
    private const int MostProbeRows = 7;

    // By ONNX Runtime's own Shape operator; text and types of a few bits are left out.
    private static readonly HashSet<ElementType> Probed =
    [
        ElementType.Float, ElementType.Double, ElementType.Float16, ElementType.Bool, ElementType.UInt8, ElementType.Int8, ElementType.UInt16,
        ElementType.Int16, ElementType.Int32, ElementType.UInt32, ElementType.Int64, ElementType.UInt64,
    ];

    /// <summary>Tensors whose shapes are asked for: all that hold numbers and change with the input.</summary>
    public static IEnumerable<ModelTensor> Counted(OnnxModel model) => model.Tensors.Where(t => t.DependsOnInput && Probed.Contains(t.Type.Element));

    /// <summary>
    /// Refuses a model that makes a tensor larger than the ceiling, before anything of it is run: some expand themselves to any size from
    /// a file of a few bytes. Only sizes that are declared or follow from the graph are known then; those that depend on values are not.
    /// </summary>
    /// <exception cref="AnalyzerException">A tensor of one sample is larger.</exception>
    public static void ExpectRoom(OnnxModel model, long memory)
    {
        foreach (var tensor in model.Tensors.Where(t => t.Type.Shape is { Rank: > 0 }))
        {
            var shape = tensor.Type.Shape!;
            var sizes = tensor.DependsOnInput ? shape.Dims.Skip(1) : shape.Dims;
            var bytes = sizes.Aggregate((double)Bytes(tensor.Type.Element), (b, d) => b * (d.Size ?? 1));
            if (bytes > memory)
                throw new AnalyzerException(string.Create(CultureInfo.InvariantCulture, $"tensor `{tensor.Name}` of `{model.Path}` has the shape {shape}, which takes {bytes / (1 << 20):0} MiB{(tensor.DependsOnInput ? " a sample" : "")}, and `--memory` is {memory >> 20} MiB"),
                    "give a larger `--memory`, if you trust the model", Failure.Resource);
        }
    }

    /// <summary>Samples of the batch that shapes are asked of: as few as tell them, fewer where their declared sizes would not fit.</summary>
    public static int ProbeRows(OnnxModel model, long memory)
    {
        var declared = Counted(model).Sum(t => (double)(t.Type.Shape?.CountPerSample ?? 0) * Bytes(t.Type.Element));
        return (int)Math.Clamp(memory / 4 / Math.Max(1, declared), 1, MostProbeRows);
    }

    /// <summary>The estimate that a plan starts from.</summary>
    /// <param name="model">With inferred types.</param>
    /// <param name="shapes">Of <see cref="Counted"/>, for the batch <paramref name="first"/>.</param>
    /// <param name="first">The batch that went through the model.</param>
    /// <param name="rows">Its samples.</param>
    /// <param name="taps">What is stored.</param>
    /// <param name="packed">For each tap whether the graph gives floats, whose signs are packed after it.</param>
    public static MemoryNeed Of(OnnxModel model, IReadOnlyDictionary<string, long[]> shapes, IReadOnlyList<TensorData> first, int rows, IReadOnlyList<TapEntry> taps, IReadOnlyList<bool> packed)
    {
        double[] tensors = [.. Counted(model).DistinctBy(t => t.Name).Select(t => shapes[t.Name].Aggregate((double)Bytes(t.Type.Element), (a, b) => a * b))];
        var inputs = first.Sum(i => 2.0 * i.Data.Length);
        var reducers = taps.Select((t, i) => (packed[i] ? 0 : OnTheWay(t.Reducer)) * t.Shape.Skip(1).Aggregate(1.0, (a, b) => a * b)).DefaultIfEmpty().Max();
        var external = model.Initializers.SelectMany(i => i.Places).Where(p => p.Path != model.Path).Select(p => p.Path).Distinct().Sum(p => new FileInfo(p).Length);
        var largest = model.Initializers.Select(i => (long)Math.Min(i.Count * (double)Bytes(i.Type), 1L << 40)).DefaultIfEmpty().Max();
        return new(model.FileLength + external, largest, (long)Math.Min((tensors.Sum() + inputs) / rows + reducers, long.MaxValue / (1 << 20)), LargestTensor: (long)Math.Min(tensors.DefaultIfEmpty().Max() / rows, 1L << 40),
            Fetched: taps.Select((t, i) => packed[i] ? (long)t.Units * sizeof(float) : t.BytesPerSample).DefaultIfEmpty().Max());
    }

    // Bytes an element of the tapped tensor that the nodes of a reducer make before its result: a comparison, floats of it and their
    // convolution's columns for signs that the graph packs; differences and squares for the deviation; a transposed copy for the others.
    private static int OnTheWay(string reducer) => reducer switch { "sign" => 12, "std" => 12, _ => 4 };

    private static int Bytes(ElementType type) => Math.Max(1, type.Bits() / 8);
}
