using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;

namespace Analyzer.Tests;

/// <summary>Kinds of models that an auditor is given, each from file to stored values.</summary>
public sealed class ModelKindsTests : IDisposable
{
    private const int Samples = 6;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementType.Double), InlineData(ElementType.Float16), InlineData(ElementType.BFloat16)]
    public void Floats_of_every_width_are_told_in_float32(ElementType type)
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 4)], ["y"],
            Tiny.Node("Cast", "x", "h", Tiny.Int("to", (int)type)), Tiny.Node("Cast", "h", "z", Tiny.Int("to", 1)), Tiny.Node("Relu", "z", "y"));
        var x = Floats("x", 4);
        using var run = Extract(model, "h");
        var stored = Values(run);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = type switch
            {
                ElementType.Double => x[i],
                ElementType.Float16 => (float)(Half)x[i],
                // Round to nearest even at 16 bits.
                _ => BitConverter.Int32BitsToSingle((int)((BitConverter.SingleToUInt32Bits(x[i]) + 0x7FFF + ((BitConverter.SingleToUInt32Bits(x[i]) >> 16) & 1)) & 0xFFFF0000)),
            };
            Assert.Equal(expected, stored[i]);
        }
        Assert.Equal(type.ToString().ToLowerInvariant(), run.Manifest.Taps[0].Dtype);
    }

    [Fact]
    public void A_quantised_model_is_audited_by_the_numbers_that_its_integers_stand_for()
    {
        static TensorProto Integers(string name, ElementType type, long[] dims, params int[] values) => new() { Name = name, DataType = (int)type, Dims = { dims }, Int32Data = { values } };
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 2)], ["y"],
            Tiny.Node("QuantizeLinear", "x s z", "q"), Tiny.Node("QLinearMatMul", "q s z w s0 z0 s1 z1", "h"), Tiny.Node("DequantizeLinear", "h s1 z1", "d"), Tiny.Node("Softmax", "d", "p"), Tiny.Node("Mul", "p d", "y"));
        model.Graph.Initializer.Add(
        [
            Tiny.Weight("s", [], [1 / 64f]), Integers("z", ElementType.UInt8, [], 128), Tiny.Weight("s0", [], [1 / 32f]), Integers("z0", ElementType.Int8, [], 0),
            Tiny.Weight("s1", [], [1 / 16f]), Integers("z1", ElementType.UInt8, [], 0), Integers("w", ElementType.Int8, [2, 2], 32, -32, 16, 64),
        ]);
        Floats("x", 2);
        Pipeline.Extract(Options(Save(model)) with { Reducers = [Reducer.None, Reducer.Sign] });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal([("h", "none", "uint8"), ("h", "sign", "uint8")], run.Manifest.Taps.Select(t => (t.Tensor, t.Reducer, t.Dtype)));
        Assert.Equal("uint8 in the model, told as (value − zero point) × scale, with scale `s1` and zero point `z1`", run.Manifest.Taps[0].Note);
        Assert.Contains("weights of 1 of 1 layers are quantised and told as (value − zero point) × scale", run.Manifest.Notes);
        // Whole sixteenths, and none below 0: the zero point is the smallest integer, which is how quantisers write a rectifier.
        Assert.All(Values(run), value => Assert.True(value >= 0 && value * 16 == MathF.Round(value * 16)));
        Assert.True(Values(run).Distinct().Count() > 3);
        var codes = run.ReadCodes([run.Manifest.Taps[1]], run.Samples()[0]);
        for (var n = 0; n < Samples; n++) for (var u = 0; u < 2; u++) Assert.Equal(Values(run)[2 * n + u] > 0, codes[n, u]);
    }

    [Fact]
    public void Operators_of_an_unknown_domain_are_named()
    {
        var model = Dense();
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 });
        foreach (var (op, output) in new[] { ("Warp", "y"), ("Sample", "z"), ("Warp", "w2") })
        {
            var node = Tiny.Node(op, "h", output);
            node.Domain = "com.example";
            model.Graph.Node.Add(node);
        }
        var path = Save(model);
        Floats("x", 4);
        var refusal = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(Options(path, "h")));
        Assert.Equal((Failure.BadInput, $"`{path}` uses operators that ONNX Runtime does not have: `Sample`, `Warp` of domain `com.example`"), (refusal.Kind, refusal.Message));
        Assert.Contains("the model cannot be run: ONNX Runtime does not have `Sample`, `Warp` of domain `com.example`", Pipeline.Inspect(path, []).Notes);
    }

    [Fact]
    public void Functions_run_and_what_lies_inside_them_is_named()
    {
        var model = Dense();
        model.IrVersion = 8;
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "local", Version = 1 });
        model.Functions.Add(new FunctionProto
        {
            Domain = "local", Name = "Twice", Input = { "a" }, Output = { "b" }, OpsetImport = { new OperatorSetIdProto { Version = 13 } },
            Node = { Tiny.Node("Relu", "a", "r"), Tiny.Node("Add", "r r", "b") },
        });
        var call = Tiny.Node("Twice", "h", "y");
        call.Domain = "local";
        model.Graph.Node.Add(call);
        model.Graph.Output.Add(Tiny.Value("y", ElementType.Float));
        Floats("x", 4);
        using var run = Extract(model, "y", "h");
        var (h, y) = (Values(run, 0), Values(run, 1));
        Assert.Equal(h.Select(value => 2 * Math.Max(value, 0)), y);
        Assert.Equal(["r", "b"], run.Manifest.LeftOut.Select(left => left.Tensor));
        Assert.Equal(1, Pipeline.Inspect(_folder.At("model.onnx"), []).FlopsUnknown);
    }

    [Fact]
    public void Sparse_weights_and_weights_that_are_inputs_too_run_as_they_are()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 4), Tiny.Value("w", ElementType.Float, 4, 2)], ["y"], Tiny.Node("MatMul", "x w", "h"), Tiny.Node("MatMul", "h s", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", [4, 2], [1, 0, 0, 1, 1, 0, 0, 1]));
        model.Graph.SparseInitializer.Add(new SparseTensorProto
        {
            Dims = { 2, 2 }, Values = Tiny.Weight("s", [1], [3f]),
            Indices = new TensorProto { Name = "i", DataType = (int)ElementType.Int64, Dims = { 1 }, RawData = ByteString.CopyFrom(DataFolder.Bytes(1L)) },
        });
        var x = Floats("x", 4);
        using var run = Extract(model, "y");
        // y = [0, 3·h₀]: the one entry of s stands in row 0, column 1.
        for (var n = 0; n < Samples; n++) Assert.Equal([0f, 3 * (x[n * 4] + x[n * 4 + 2])], Values(run)[(2 * n)..(2 * n + 2)]);
    }

    [Fact]
    public void Several_inputs_one_with_its_batch_second_and_one_without_any()
    {
        var rate = Scalar("rate", ElementType.Float);
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 4), Tiny.Value("state", ElementType.Float, 2, "N", 4), rate], ["y"],
            Tiny.Node("ReduceSum", "state zero", "s", Tiny.Int("keepdims", 0)), Tiny.Node("Add", "x s", "a"), Tiny.Node("Mul", "a rate", "y"));
        model.Graph.Initializer.Add(new TensorProto { Name = "zero", DataType = (int)ElementType.Int64, Dims = { 1 }, RawData = ByteString.CopyFrom(DataFolder.Bytes(0L)) });
        var (x, state) = (Floats("x", 4), Floats("state", 2, 4));
        _folder.Write("data/rate.npy", DataFolder.Npy("<f4", [Samples], DataFolder.Bytes([.. Enumerable.Repeat(4f, Samples)])));
        using (var run = Extract(model, "y"))
            for (var n = 0; n < Samples; n++)
                for (var u = 0; u < 4; u++)
                    Assert.Equal((x[n * 4 + u] + (state[n * 8 + u] + state[n * 8 + 4 + u])) * 4, Values(run)[n * 4 + u]);

        _folder.Write("data/rate.npy", DataFolder.Npy("<f4", [Samples], DataFolder.Bytes(4f, 4, 5, 4, 4, 4)));
        var refusal = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(Options(_folder.At("model.onnx"), "y") with { Out = _folder.At("other") }));
        Assert.Equal("the model's input `rate` has no batch axis, and samples 0 and 2 have different values for it", refusal.Message);
    }

    [Fact]
    public void Open_height_and_width_are_bound_by_the_data_or_by_the_user()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 1, "height", "width")], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Node("GlobalAveragePool", "h", "y"));
        Floats("x", 1, 4, 6);
        using (var run = Extract(model, "h")) Assert.Equal([-1L, 1, 4, 6], run.Manifest.Taps[0].Shape);

        Floats("x", 24);
        var flat = Options(_folder.At("model.onnx"), "h") with { Out = _folder.At("flat") };
        var refusal = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(flat));
        Assert.Equal("`height` and `width` are open in the model: give their sizes with `--bind height=…,width=…`", refusal.Hint);
        Pipeline.Extract(flat with { Bind = new Dictionary<string, long> { ["height"] = 4, ["width"] = 6 } });
        using var bound = Run.Open(_folder.At("flat"));
        Assert.Equal([-1L, 1, 4, 6], bound.Manifest.Taps[0].Shape);
        Assert.Equal(["height", "width"], bound.Manifest.Bind!.Keys);
    }

    [Fact]
    public void A_loop_that_never_ends_can_be_interrupted()
    {
        var model = Doubling(1L << 62);
        using var interrupt = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Assert.ThrowsAny<OperationCanceledException>(() => Extract(model, interrupt.Token, "y", "h"));
    }

    [Fact]
    public void A_loop_runs_and_what_lies_inside_it_is_named()
    {
        var model = Doubling(3);
        using var run = Extract(model, "y", "h");
        Assert.Equal(Values(run, 0).Select(value => 8 * value), Values(run, 1));
        Assert.Equal([("on", "it lies inside `body` of Loop node `node/y`, which runs as often as the data decides"), ("doubled", "it lies inside `body` of Loop node `node/y`, which runs as often as the data decides")],
            run.Manifest.LeftOut.Select(left => (left.Tensor, left.Reason)));
    }

    [Fact]
    public void Two_gigabytes_and_more_of_external_weights_stay_on_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the file is a hole, which needs a file system that has them");
        const long Rows = 300_000_000;
        var model = Tiny.Model(13, [Tiny.Value("ids", ElementType.Int64, "N", 3)], ["y"], Tiny.Node("Gather", "table ids", "h"), Tiny.Node("Relu", "h", "y"));
        model.Graph.Initializer.Add(new TensorProto
        {
            Name = "table", DataType = (int)ElementType.Float, Dims = { Rows, 2 }, DataLocation = 1,
            ExternalData = { new StringStringEntryProto { Key = "location", Value = "table.bin" } },
        });
        // All zeros but for two rows; the file takes two blocks of disk and 2.4 GB of address space.
        using (var table = File.OpenHandle(_folder.At("table.bin"), FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(table, Rows * 8);
            RandomAccess.Write(table, DataFolder.Bytes(1f, -2f), 0);
            RandomAccess.Write(table, DataFolder.Bytes(3f, 4f), (Rows - 1) * 8);
        }
        var path = Save(model);
        var before = GC.GetTotalMemory(true);
        Assert.Equal(600_000_000, Pipeline.Inspect(path, []).Parameters);
        Assert.InRange(GC.GetTotalMemory(true) - before, long.MinValue, 64 << 20);

        var opened = OnnxModel.Open(path);
        using var runner = new ModelRunner(new ModelPatch(opened).Apply(), path, new() { Device = Device.Cpu });
        using var outputs = runner.Run([new TensorData("ids", ElementType.Int64, [1, 3], DataFolder.Bytes(0L, 150_000_000, Rows - 1))]);
        Assert.Equal([1f, 0, 0, 0, 3, 4], outputs.Floats(0).ToArray());
    }

    private static ValueInfoProto Scalar(string name, ElementType type)
    {
        var value = Tiny.Value(name, type);
        value.Type.TensorType.Shape = new TensorShapeProto();
        return value;
    }

    private static ModelProto Dense()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 4)], ["h"], Tiny.Node("MatMul", "x w", "h"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 4, 3));
        return model;
    }

    private float[] Floats(string input, params int[] shape)
    {
        var values = Tiny.Numbers(Samples * shape.Aggregate(1, (a, b) => a * b), seed: input.Length + shape.Length);
        _folder.Write($"data/{input}.npy", DataFolder.Npy("<f4", [Samples, .. shape], MemoryMarshal.AsBytes<float>(values).ToArray()));
        return values;
    }

    private string Save(ModelProto model) => _folder.Write("model.onnx", model.ToByteArray());

    private ExtractOptions Options(string model, params string[] taps)
    {
        var inputs = Directory.GetFiles(_folder.At("data"), "*.npy").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);
        _folder.Write("data/dataset.yaml", $"name: kinds\nformat: npy\nsplits:\n  test:\n    inputs: {{ {string.Join(", ", inputs.Select(name => $"{name}: {name}.npy"))} }}\n");
        return new() { Model = model, Data = _folder.At("data"), Out = _folder.At("run"), Taps = taps, Reducers = [Reducer.None], Nulls = false, Execution = new() { Device = Device.Cpu } };
    }

    // `h`, doubled in a loop as often as said, is `y`.
    private ModelProto Doubling(long times)
    {
        var body = new GraphProto
        {
            Name = "body", Input = { Scalar("i", ElementType.Int64), Scalar("go", ElementType.Bool), Tiny.Value("v", ElementType.Float) },
            Node = { Tiny.Node("Identity", "go", "on"), Tiny.Node("Add", "v v", "doubled") }, Output = { Scalar("on", ElementType.Bool), Tiny.Value("doubled", ElementType.Float) },
        };
        var model = Dense();
        model.Graph.Node.Add([Tiny.Constant("times", times), Tiny.Node("Squeeze", "times", "count"), Tiny.Node("Loop", "count . h", "y", new AttributeProto { Name = "body", Type = 5, G = body })]);
        model.Graph.Output.Add(Tiny.Value("y", ElementType.Float));
        Floats("x", 4);
        return model;
    }

    private Run Extract(ModelProto model, params string[] taps) => Extract(model, default, taps);

    private Run Extract(ModelProto model, CancellationToken cancellation, params string[] taps)
    {
        Pipeline.Extract(Options(Save(model), taps), cancellation: cancellation);
        return Run.Open(_folder.At("run"));
    }

    private static float[] Values(Run run, int tap = 0)
    {
        var values = run.ReadValues(run.Manifest.Taps[tap], run.Samples()[0], default);
        return [.. Enumerable.Range(0, Samples).SelectMany(n => values.Row(n).ToArray())];
    }
}
