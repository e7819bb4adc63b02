using System.IO.Compression;
using System.Text;
using Analyzer.Datasets;
using Analyzer.Models;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Fuzzing;

/// <summary>Every reader of files that come from elsewhere. Each target works in a folder of its own.</summary>
internal static class FuzzTargets
{
    private const string Yaml = """
        name: tiny
        splits:
          train: { inputs: x.npy, labels: 'both.npz:labels' }
          test:
            inputs: { left: x.npy, right: "both.npz:inputs" }
        classes: [a, b, c, d]
        preprocess: { color: RGB, scale: 0.5, mean: [1, 2, 3], std: 1, layout: NCHW, dtype: float32 }
        """;

    private static readonly byte[] Values = Npy("<f4", [4, 2, 3], Bytes([.. Enumerable.Range(0, 24).Select(i => (float)i)]));
    private static readonly byte[] Labels = Npy("<i2", [4], Bytes<short>(0, 1, 2, 3));

    /// <summary>All of them, in <paramref name="folder"/>, which is emptied by whoever made it.</summary>
    /// <param name="folder">For the files; one a process.</param>
    /// <param name="model">A small ONNX model of MNIST's shape, for the run whose files are damaged.</param>
    public static IReadOnlyList<FuzzTarget> All(DataFolder folder, string model) =>
    [
        Onnx(folder, "onnx", OneOfEverything.Model().ToByteArray()),
        Onnx(folder, "onnx-real", File.ReadAllBytes(model)),
        Data(folder, "idx", "x-images-idx3-ubyte", Idx(0x0D, [4, 2, 3], [.. Enumerable.Repeat((byte)1, 96)])),
        Data(folder, "npy", "x.npy", Values),
        Data(folder, "npy-labels", "x_labels.npy", Labels),
        Data(folder, "npz", "stored.npz", Npz(CompressionLevel.NoCompression, ("inputs", Values), ("labels", Labels))),
        Data(folder, "npz-packed", "packed.npz", Npz(CompressionLevel.Optimal, ("inputs", Values), ("labels", Labels))),
        Data(folder, "yaml", "dataset.yaml", Encoding.UTF8.GetBytes(Yaml)),
        .. RunFuzz.Targets(folder, model),
    ];

    private static FuzzTarget Onnx(DataFolder folder, string name, byte[] sound)
    {
        // Weights are most of a real file, and damage there is no news to a reader of structure.
        var structure = sound.Length > 8_192 ? sound[..4_096].Concat(sound[^4_096..]).ToArray() : sound;
        return new(name, random => Use(OnnxModel.Open(folder.Write($"{name}/model.onnx", Mutation.Of(random.Next(2) == 0 ? sound : structure, random)))));
    }

    private static FuzzTarget Data(DataFolder folder, string name, string file, byte[] sound)
    {
        folder.Write($"{name}/x.npy", Values);
        folder.Write($"{name}/both.npz", Npz(CompressionLevel.Optimal, ("inputs", Values), ("labels", Labels)));
        return new(name, random =>
        {
            using var data = Dataset.Open(folder.Write($"{name}/{file}", Mutation.Of(sound, random)));
            foreach (var input in data.Splits.SelectMany(s => s.Inputs))
                input.Read(0, input.Samples, new byte[input.Samples * input.SampleBytes]);
        });
    }

    private static void Use(OnnxModel model)
    {
        foreach (var initializer in model.Initializers.Where(initializer => initializer.Count < 1_000_000)) Try(() => model.ReadWeights(initializer));
        Try(() => Selector.Select(model, "all | type:activation | post:gelu"));
        Try(() => HiddenActivations.Of(model));
        Try(() => WeightLayers.Of(model));
        Try(() => model.StructureOnly());
        var patch = new ModelPatch(model);
        foreach (var tensor in model.Tensors) Try(() => patch.AddTap(tensor, Reducer.Mean, tensor.Type.Shape ?? TensorShape.Of(1, 2)));
        Try(() => patch.Apply());
        _ = model.Uncovered;
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (AnalyzerException)
        {
            // A sentence is as good an answer as a result.
        }
    }
}
