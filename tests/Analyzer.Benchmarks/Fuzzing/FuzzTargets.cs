using Analyzer.Models;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;

namespace Analyzer.Fuzzing;

/// <summary>Every reader of files that come from elsewhere. Each target works in a folder of its own.</summary>
internal static class FuzzTargets
{
    /// <summary>All of them, in <paramref name="folder"/>, which is emptied by whoever made it.</summary>
    /// <param name="folder">For the files; one a process.</param>
    /// <param name="model">A small ONNX model of MNIST's shape, for the run whose files are damaged.</param>
    /// <param name="images">A folder of small images, such as the tests' references.</param>
    public static IReadOnlyList<FuzzTarget> All(DataFolder folder, string model, string images) =>
    [
        Onnx(folder, "onnx", OneOfEverything.Model().ToByteArray()),
        Onnx(folder, "onnx-real", File.ReadAllBytes(model)),
        .. DataFuzz.Targets(folder, images),
        .. RunFuzz.Targets(folder, model),
    ];

    private static FuzzTarget Onnx(DataFolder folder, string name, byte[] sound)
    {
        // Weights are most of a real file, and damage there is no news to a reader of structure.
        var structure = sound.Length > 8_192 ? sound[..4_096].Concat(sound[^4_096..]).ToArray() : sound;
        Use(OnnxModel.Open(folder.Write($"{name}/sound.onnx", sound)));
        return new(name, random => Use(OnnxModel.Open(folder.Write($"{name}/model.onnx", Mutation.Of(random.Next(2) == 0 ? sound : structure, random)))));
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
