using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;
using static Analyzer.Tests.Models.Tiny;

namespace Analyzer.Tests;

/// <summary>A network in which unit u of the hidden layer alone speaks for class u: what silencing does to accuracy is known beforehand.</summary>
public sealed class AblationTests : IDisposable
{
    private const int Samples = 40;
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, "h: zero weights, biases and BatchNorm scale and shift")]
    [InlineData(true, "h: a mask in a rewritten copy, for it follows the residual sum `node/n`")]
    public void Silencing_the_unit_of_a_class_makes_exactly_that_class_wrong(bool residual, string note)
    {
        Extract(residual);
        using var run = Run.Open(_folder.At("run"));
        var outcome = Extraction.Ablation.Run(run.Manifest, [[], [new("h", 1)], [new("h", 1), new("h", 3)], [new("h", 0)]], 1_000, null, default);
        // Class 0 wins where all scores are zero, so losing its unit costs it nothing.
        Assert.Equal([1, .75, .5, 1], outcome.Accuracy.Select(a => a["all"]));
        Assert.Equal(Samples, outcome.Samples["all"]);
        Assert.Equal([note], outcome.Notes);
    }

    [Fact]
    public void Another_model_under_the_same_path_is_refused()
    {
        Extract(residual: false);
        using var run = Run.Open(_folder.At("run"));
        File.WriteAllBytes(_folder.At("model.onnx"), Network(residual: true).ToByteArray());
        var refused = Assert.Throws<AnalyzerException>(() => Extraction.Ablation.Run(run.Manifest, [[]], 10, null, default));
        Assert.Contains("has the sha256", refused.Message, StringComparison.Ordinal);
        Assert.Equal("extract the run again", refused.Hint);
    }

    [Fact]
    public void Maps_are_stored_of_a_class_balanced_subset_and_read_filter_by_filter()
    {
        Extract(residual: false);
        using var run = Run.Open(_folder.At("run"));
        var tap = run.Manifest.Taps.Single(t => t.IsMaps);
        var samples = run.MapSamples(tap);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (long)i), samples);
        var filters = run.ReadMaps(tap, samples).ToArray();
        Assert.Equal([0, 1, 2, 3], filters.Select(f => f.Unit));
        // Sample s lights the four positions of channel s mod 4.
        foreach (var (unit, maps) in filters)
            for (var s = 0; s < 8; s++)
                Assert.Equal(Enumerable.Repeat(s % 4 == unit ? 2f : 0f, 4), maps.Row(s).ToArray());
        var means = run.ReadValues(run.Manifest.Taps.Single(t => t is { IsMean: true, Tensor: "h" }), run.Samples()[0]);
        Assert.Equal((Samples, 4), (means.Rows, means.Columns));
        Assert.Equal([0, 2, 0, 0], means.Row(5).ToArray());
    }

    [Fact]
    public void Error_norms_and_the_last_layers_input_are_stored_for_gradient_norms()
    {
        Extract(residual: false);
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal("node/y", run.Manifest.Head!.Node);
        Assert.Equal("p", run.Manifest.Taps.Single(t => t.Id == run.Manifest.Head.Tap).Tensor);
        var (loss, norm) = run.Errors(run.Samples()[0]);
        // Logits are 2 for the right class and 0 for three others.
        var right = Math.Exp(2) / (Math.Exp(2) + 3);
        var wrong = 1 / (Math.Exp(2) + 3);
        Assert.All(loss, l => Assert.Equal(-Math.Log(right), l, 1e-6));
        Assert.All(norm, n => Assert.Equal(Math.Sqrt((1 - right) * (1 - right) + 3 * wrong * wrong), n, 1e-6));
    }

    private void Extract(bool residual)
    {
        File.WriteAllBytes(_folder.At("model.onnx"), Network(residual).ToByteArray());
        var values = new float[Samples * 16];
        for (var s = 0; s < Samples; s++) values.AsSpan(s * 16 + s % 4 * 4, 4).Fill(1);
        _folder.Write("data/inputs.npy", Npy("<f4", [Samples, 4, 2, 2], MemoryMarshal.AsBytes<float>(values).ToArray()));
        _folder.Write("data/labels.npy", Npy("<i8", [Samples], MemoryMarshal.AsBytes<long>(Enumerable.Range(0, Samples).Select(i => (long)(i % 4)).ToArray()).ToArray()));
        Pipeline.Extract(new()
        {
            Model = _folder.At("model.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Reducers = [Reducer.Mean], Maps = 8, Batch = 16,
            Execution = new() { Device = Device.Cpu }, Nulls = false,
        });
    }

    // Each channel passes through, doubled; the residual branch halves the convolution and adds the input.
    private static ModelProto Network(bool residual)
    {
        var filters = new float[16];
        for (var u = 0; u < 4; u++) filters[u * 4 + u] = residual ? 1 : 2;
        var identity = new float[16];
        for (var u = 0; u < 4; u++) identity[u * 4 + u] = 1;
        NodeProto[] layer = residual ? [Node("Conv", "x w", "c"), Node("Add", "c x", "n")] : [Node("Conv", "x w", "n")];
        var model = Model(13, [Value("x", ElementType.Float, "N", 4, 2, 2)], ["y"],
            [.. layer, Node("Relu", "n", "h"), Node("GlobalAveragePool", "h", "g"), Node("Flatten", "g", "p"), Node("MatMul", "p v", "y")]);
        model.Graph.Initializer.Add([Weight("w", [4, 4, 1, 1], filters), Weight("v", [4, 4], identity)]);
        return model;
    }
}
