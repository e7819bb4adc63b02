using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests;

public sealed partial class ExtractionTests : IDisposable
{
    private static readonly ExecutionOptions Cpu = new() { Device = Device.Cpu };

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stored_codes_are_the_signs_of_the_activations()
    {
        var (data, values) = Noise(300);
        Pipeline.Extract(Options(data, "run") with { Taps = ["post:relu"], Reducers = [Reducer.Sign, Reducer.None] });
        var raw = Activations(values, 300, "/relu1/Relu_output_0");

        using var run = Run.Open(_folder.At("run"));
        var split = run.Samples()[0];
        var codes = run.ReadCodes([run.Manifest.Taps[0]], split);
        Assert.Equal(10, codes.Bits - 6);
        for (var i = 0; i < 300; i++)
            for (var bit = 0; bit < 10; bit++)
                Assert.Equal(raw[i * 10 + bit] > 0, codes[i, bit]);

        using var stored = run.Query($"SELECT \"values\" FROM read_parquet('{_folder.At("run")}/activations/tap=t0001/*.parquet') ORDER BY sample");
        var read = new List<float>();
        while (stored.Read())
            for (var row = 0; row < stored.Rows; row++) read.AddRange(stored.List<float>(0, row));
        Assert.Equal(raw, read);
    }

    [Fact]
    public void Predictions_and_losses_are_those_of_the_logits()
    {
        var (data, values) = Noise(50, labelled: true);
        Pipeline.Extract(Options(data, "run"));
        var logits = Activations(values, 50, "logits");
        using var run = Run.Open(_folder.At("run"));
        var samples = run.Samples()[0];
        var losses = new double[50];
        for (var i = 0; i < 50; i++)
        {
            var row = logits.AsSpan(i * 10, 10);
            Assert.Equal(row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max<float>(row)), samples.Predicted![i]);
            losses[i] = Math.Log(row.ToArray().Sum(l => Math.Exp(l))) - row[i % 10];
        }
        // The sum of exponentials is taken in another order than in the product, both in double.
        Assert.Equal(losses.Average(), run.MeanLoss(samples)!.Value, 1e-12);
    }

    [Fact]
    public void A_model_of_fixed_batch_runs_and_its_padding_is_not_stored()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, 4, 3)], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Node("Neg", "h", "y"));
        _folder.Write("fixed.onnx", model.ToByteArray());
        var values = Enumerable.Range(0, 30).Select(i => i - 15f).ToArray();
        _folder.Write("fixed/inputs.npy", Npy("<f4", [10, 3], MemoryMarshal.AsBytes<float>(values).ToArray()));
        Pipeline.Extract(new() { Model = _folder.At("fixed.onnx"), Data = _folder.At("fixed"), Out = _folder.At("run"), Execution = Cpu, Batch = 256 });

        using var run = Run.Open(_folder.At("run"));
        var codes = run.ReadCodes(run.Manifest.Taps, run.Samples()[0]);
        Assert.Equal(10, codes.Rows);
        for (var i = 0; i < 30; i++) Assert.Equal(values[i] > 0, codes[i / 3, i % 3]);
        Assert.Contains(run.Manifest.Notes, n => n.Contains("fixes its batch at 4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Reducer.Sign), InlineData(Reducer.None)]
    public void A_tensor_whose_width_goes_by_the_data_is_told_with_the_sample_from_which_on(Reducer reducer)
    {
        // As many of the largest values as the largest of the batch says.
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 4)], ["y"], Tiny.Node("ReduceMax", "x", "most", Tiny.Int("keepdims", 0)), Tiny.Node("Cast", "most", "count", Tiny.Int("to", 7)),
            Tiny.Constant("one", 1L), Tiny.Node("Reshape", "count one", "k"), Tiny.Node("TopK", "x k", "top places"), Tiny.Node("Relu", "top", "h"), Tiny.Node("ReduceSum", "h", "y"));
        _folder.Write("width.onnx", model.ToByteArray());
        _folder.Write("width/inputs.npy", Npy("<f4", [6, 4], MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 24).Select(i => i < 16 ? i % 3 : i % 4)]).ToArray()));
        var error = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(new() { Model = _folder.At("width.onnx"), Data = _folder.At("width"), Out = _folder.At("run"), Taps = ["name:h"], Reducers = [reducer], Execution = Cpu, Batch = 2 }));
        Assert.Equal((Failure.BadInput, "tensor `h` has another shape from sample 4 on: 2 values a sample before, [2,3] now"), (error.Kind, error.Message));
    }

    [Fact]
    public void Samples_of_no_name_are_not_fed_to_two_inputs()
    {
        var model = Tiny.Model(13, [Tiny.Value("a", ElementType.Float, -1, 3), Tiny.Value("b", ElementType.Float, -1, 3)], ["y"], Tiny.Node("Add", "a b", "s"), Tiny.Node("Relu", "s", "h"), Tiny.Node("Neg", "h", "y"));
        _folder.Write("two.onnx", model.ToByteArray());
        _folder.Write("two/inputs.npy", Npy("<f4", [2, 3], new byte[24]));
        var error = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(new() { Model = _folder.At("two.onnx"), Data = _folder.At("two"), Out = _folder.At("run"), Execution = Cpu }));
        Assert.Equal((Failure.BadInput, $"`{_folder.At("two.onnx")}` has the inputs `a`, `b`, and nothing says of which the samples of the split `all` are"), (error.Kind, error.Message));
    }

    [Fact]
    public void A_sample_whose_scores_are_not_finite_has_no_prediction_and_fails_the_report()
    {
        // log(x) of a negative number is NaN.
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Node("Log", "x", "y"));
        _folder.Write("log.onnx", model.ToByteArray());
        float[] values = [1, 2, 3, -1, 2, 3, 5, 4, 3];
        _folder.Write("log/inputs.npy", Npy("<f4", [3, 3], MemoryMarshal.AsBytes<float>(values).ToArray()));
        _folder.Write("log/labels.npy", Npy("<i8", [3], MemoryMarshal.AsBytes<long>([2L, 1, 0]).ToArray()));
        var report = Pipeline.Audit(new() { Model = _folder.At("log.onnx"), Data = _folder.At("log"), Out = _folder.At("run"), Execution = Cpu }, new());

        using var run = Run.Open(_folder.At("run"));
        Assert.Equal([2, Run.NoPrediction, 0], run.Samples()[0].Predicted!);
        Assert.Equal(2 / 3.0, report.Accuracy["all"].Accuracy);
        Assert.Equal(("samples.not-finite", Reports.Verdict.Fail, 1 / 3.0), (report.Findings[0].Id, report.Findings[0].Verdict, report.Findings[0].Value));
    }

    [Theory]
    [InlineData("Softmax", "probabilities")]
    [InlineData("LogSoftmax", "log-probabilities")]
    [InlineData("Identity", "logits")]
    public void Class_scores_are_known_for_what_they_are_behind_a_cast_too(string op, string kind)
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Node("Neg", "h", "n"),
            Tiny.Node(op, "n", op == "Softmax" ? "s" : "y"), Tiny.Node("Identity", op == "Softmax" ? "s" : "n", op == "Softmax" ? "y" : "unused"));
        _folder.Write("scores.onnx", model.ToByteArray());
        _folder.Write("scores/inputs.npy", Npy("<f4", [2, 3], MemoryMarshal.AsBytes<float>([1f, 2, 4, 0, 3, 1]).ToArray()));
        _folder.Write("scores/labels.npy", Npy("<i8", [2], MemoryMarshal.AsBytes<long>([0L, 1]).ToArray()));
        Pipeline.Extract(new() { Model = _folder.At("scores.onnx"), Data = _folder.At("scores"), Out = _folder.At("run"), Execution = Cpu });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal($"output `y` as {kind}", run.Manifest.ClassScores);
        double LogSumExp(params double[] v) => Math.Log(v.Sum(Math.Exp));
        var expected = (LogSumExp(-1, -2, -4) + 1 + LogSumExp(0, -3, -1) + 3) / 2;
        // The model computes its softmax in float32.
        Assert.Equal(expected, run.MeanLoss(run.Samples()[0])!.Value, 1e-6);
    }

    [Fact]
    public void A_network_whose_weights_cannot_be_redrawn_has_no_untrained_control_and_says_so()
    {
        // The weight is a Constant node: no caller can feed another value for it.
        var weight = new Analyzer.Models.Onnx.TensorProto { DataType = 1, Dims = { 3, 2 }, FloatData = { 1, -1, 2, 0, 1, 1 } };
        var constant = Tiny.Node("Constant", "", "w", new Analyzer.Models.Onnx.AttributeProto { Name = "value", Type = 4, T = weight });
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], constant, Tiny.Node("MatMul", "x w", "m"), Tiny.Node("Relu", "m", "h"), Tiny.Node("Neg", "h", "y"));
        _folder.Write("constant.onnx", model.ToByteArray());
        _folder.Write("constant/inputs.npy", Npy("<f4", [2, 3], MemoryMarshal.AsBytes<float>([1f, 2, 4, 0, 3, 1]).ToArray()));
        Pipeline.Extract(new() { Model = _folder.At("constant.onnx"), Data = _folder.At("constant"), Out = _folder.At("run"), Execution = Cpu });
        using var run = Run.Open(_folder.At("run"));
        Assert.Null(run.OpenNull(NullKind.Untrained));
        Assert.NotNull(run.OpenNull(NullKind.RandomInputs));
        Assert.Contains(run.Manifest.Notes, n => n.StartsWith("no control with re-drawn weights: only 0% of the weights", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tensor_that_two_nonlinearities_read_is_tapped_once()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], Tiny.Node("Neg", "x", "h"),
            Tiny.Node("LeakyRelu", "h", "a"), Tiny.Node("LeakyRelu", "h", "b"), Tiny.Node("Add", "a b", "y"));
        _folder.Write("shared.onnx", model.ToByteArray());
        _folder.Write("two/inputs.npy", Npy("<f4", [1, 3], MemoryMarshal.AsBytes<float>([1f, -2, 4]).ToArray()));
        ExtractOptions Into(string run) => new() { Model = _folder.At("shared.onnx"), Data = _folder.At("two"), Out = _folder.At(run), Execution = Cpu, Nulls = false };
        Pipeline.Extract(Into("run"));
        Pipeline.Extract(Into("chosen") with { Taps = ["h"] });
        using var run = Run.Open(_folder.At("run"));
        using var chosen = Run.Open(_folder.At("chosen"));
        Assert.Equal("h", Assert.Single(run.Manifest.Taps).Tensor);
        Assert.Equal(run.Manifest.Taps[0].Note, Assert.Single(chosen.Manifest.Taps).Note);
    }

    [Theory]
    [InlineData("Gemm", "no hidden activation to tap, so only weights and predictions are looked at")]
    [InlineData("Neg", null)]
    public void A_model_without_hidden_activations_is_looked_at_by_its_weights(string op, string? note)
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], op == "Gemm" ? Tiny.Node(op, "x w", "y") : Tiny.Node(op, "x", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", [3, 4], [.. Enumerable.Range(0, 12).Select(i => (float)Math.Sin(i))]));
        _folder.Write("linear.onnx", model.ToByteArray());
        _folder.Write("linear/inputs.npy", Npy("<f4", [3, 3], MemoryMarshal.AsBytes<float>([1f, 2, 4, 0, 3, 1, 5, 5, 6]).ToArray()));
        _folder.Write("linear/labels.npy", Npy("<i8", [3], MemoryMarshal.AsBytes<long>([2L, 1, 0]).ToArray()));
        ExtractOptions options = new() { Model = _folder.At("linear.onnx"), Data = _folder.At("linear"), Out = _folder.At("run"), Execution = Cpu };
        if (note is null)
        {
            var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Audit(options, new()));
            Assert.EndsWith("no hidden activation to tap, and no weights that an analysis reads", refused.Message, StringComparison.Ordinal);
            Assert.Equal(Failure.Inconclusive, refused.Kind);
            return;
        }
        var report = Pipeline.Audit(options, new());
        Assert.Contains(report.Coverage.Notes, n => n.Contains(note, StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Analysis == "redundancy");
        using var run = Run.Open(_folder.At("run"));
        Assert.Empty(run.Manifest.Taps);
        Assert.Single(run.Manifest.Weights);
        Assert.NotNull(run.Samples()[0].Predicted);
        Assert.Equal(1, Pipeline.Plan(options with { Out = _folder.At("plan") }, new()).Passes);
    }

    [Fact]
    public void A_model_whose_only_tap_is_the_last_layers_input_has_no_control()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3)], ["y"], Tiny.Node("Gemm", "x v", "h"), Tiny.Node("Gemm", "h w", "y"));
        model.Graph.Initializer.Add([Tiny.Weight("v", [3, 2], [1, 2, 3, 4, 5, 6]), Tiny.Weight("w", [2, 4], [1, 2, 3, 4, 5, 6, 7, 9])]);
        _folder.Write("two.onnx", model.ToByteArray());
        _folder.Write("two/inputs.npy", Npy("<f4", [2, 3], MemoryMarshal.AsBytes<float>([1f, 2, 4, 0, 3, 1]).ToArray()));
        _folder.Write("two/labels.npy", Npy("<i8", [2], MemoryMarshal.AsBytes<long>([2L, 1]).ToArray()));
        Pipeline.Extract(new() { Model = _folder.At("two.onnx"), Data = _folder.At("two"), Out = _folder.At("run"), Execution = Cpu, Reducers = [Reducer.Sign, Reducer.Mean] });
        using var run = Run.Open(_folder.At("run"));
        Assert.True(Assert.Single(run.Manifest.Taps).HeadInput);
        Assert.Null(run.OpenNull(NullKind.Untrained));
    }

    [Fact]
    public void A_model_that_makes_more_than_the_ceiling_is_refused_before_it_runs()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 1024)], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Constant("times", 1, 1L << 20), Tiny.Node("Tile", "h times", "t"), Tiny.Node("ReduceMean", "t", "y", Tiny.Ints("axes", 1)));
        _folder.Write("tile.onnx", model.ToByteArray());
        _folder.Write("tile/inputs.npy", Npy("<f4", [1, 1024], new byte[4096]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Extract(new() { Model = _folder.At("tile.onnx"), Data = _folder.At("tile"), Out = _folder.At("run"), Execution = Cpu, Taps = ["h"] }));
        Assert.Equal(Failure.Resource, refused.Kind);
        Assert.StartsWith($"tensor `t` of `{_folder.At("tile.onnx")}` has the shape [", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(",1073741824], which takes 4096 MiB a sample, and `--memory` is 2048 MiB", refused.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    [Fact]
    public void What_cannot_be_tapped_is_left_out_by_name()
    {
        var (data, _) = Noise(10);
        Pipeline.Extract(Options(data, "run") with { Taps = ["all"], Reducers = [Reducer.Std, Reducer.Sign] });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal(4, run.Manifest.Taps.Count);
        Assert.Equal(4, run.Manifest.Notes.Count(n => n.StartsWith("left out: tensor `", StringComparison.Ordinal) && n.Contains("nothing for `std` to reduce over", StringComparison.Ordinal)));
        using var rows = run.Query($"SELECT count(*)::BIGINT FROM read_parquet('{_folder.At("run")}/taps.parquet') WHERE coverage = 0 AND tap IS NULL AND reason LIKE '%std%'");
        Assert.True(rows.Read());
        Assert.Equal(4, rows.Values<long>(0)[0]);
    }

    [Fact]
    public void Tapping_leaves_the_outputs_bit_equal()
    {
        var (data, _) = Noise(100);
        Pipeline.Extract(Options(data, "run") with { Taps = ["all"], Reducers = [Reducer.Sign] });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal((100, true, 0.0), (run.Manifest.NonPerturbation!.Samples, run.Manifest.NonPerturbation.BitEqual, run.Manifest.NonPerturbation.LargestDifference ?? -1));
    }

    [Fact]
    public void Random_inputs_lie_in_the_range_of_the_data_and_do_not_depend_on_the_batch()
    {
        var (data, values) = Noise(100);
        Pipeline.Extract(Options(data, "one") with { Batch = 7 });
        Pipeline.Extract(Options(data, "other") with { Batch = 64 });
        using var one = Run.Open(_folder.At("one"));
        using var other = Run.Open(_folder.At("other"));
        // Of a hundred samples the four that reach lowest are left out, and the four that reach highest.
        var samples = values.Chunk(values.Length / 100).ToArray();
        Assert.Equal((samples.Select(s => s.Min()).Order().ElementAt(4), samples.Select(s => s.Max()).OrderDescending().ElementAt(4)), ((float)one.Manifest.InputRanges!["input"].Min, (float)one.Manifest.InputRanges["input"].Max));
        using var a = one.OpenNull(NullKind.RandomInputs)!;
        using var b = other.OpenNull(NullKind.RandomInputs)!;
        var (left, right) = (a.ReadCodes(a.Manifest.Taps, a.Samples()[0]), b.ReadCodes(b.Manifest.Taps, b.Samples()[0]));
        for (var i = 0; i < 100; i++) Assert.True(left.Row(i).SequenceEqual(right.Row(i)));
    }

    [Fact]
    public void Redrawn_weights_keep_mean_and_spread_and_nothing_else()
    {
        var model = OnnxModel.Open(Path.Combine(Repository.Root, "models", "mnist-mlp-w100.onnx"));
        var weight = model.Initializers.Single(i => i.Dims is [100, 784]);
        var trained = model.ReadWeights(weight).ToDoubles();
        var drawn = MemoryMarshal.Cast<byte, float>(Analyzer.Extraction.RedrawnWeights.Draw(model, weight, seed: 3).Data.Span).ToArray().Select(v => (double)v).ToArray();
        double Mean(double[] v) => v.Average();
        double Std(double[] v)
        {
            var mean = Mean(v);
            return Math.Sqrt(v.Select(x => (x - mean) * (x - mean)).Average());
        }
        // Five standard errors of a mean and of a standard deviation over 78,400 Gaussian draws.
        Assert.Equal(Mean(trained), Mean(drawn), 5 * Std(trained) / Math.Sqrt(trained.Length));
        Assert.Equal(Std(trained), Std(drawn), 5 * Std(trained) / Math.Sqrt(2 * trained.Length));
        var (one, other) = (Mean(trained), Mean(drawn));
        var correlation = trained.Zip(drawn).Select(p => (p.First - one) * (p.Second - other)).Average() / (Std(trained) * Std(drawn));
        Assert.InRange(correlation, -5 / Math.Sqrt(trained.Length), 5 / Math.Sqrt(trained.Length));

        var variance = model.Initializers.Where(i => i.Dims is [100]).ToArray();
        Assert.NotEmpty(variance);
        foreach (var vector in variance)
            Assert.Equal(model.ReadWeights(vector).ToFloats().Order(), MemoryMarshal.Cast<byte, float>(Analyzer.Extraction.RedrawnWeights.Draw(model, vector, 3).Data.Span).ToArray().Order());
    }

    private ExtractOptions Options(string data, string run) => new()
    {
        Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), Data = data, Out = _folder.At(run), Execution = Cpu,
    };

    private (string Data, float[] Values) Noise(int samples, bool labelled = false)
    {
        var random = new Statistics.SeededRandom(1);
        var values = new float[samples * 784];
        foreach (ref var value in values.AsSpan()) value = (float)random.NextDouble();
        _folder.Write("noise/test_inputs.npy", Npy("<f4", [samples, 784], MemoryMarshal.AsBytes<float>(values).ToArray()));
        if (labelled) _folder.Write("noise/test_labels.npy", Npy("<i8", [samples], MemoryMarshal.AsBytes<long>(Enumerable.Range(0, samples).Select(i => (long)(i % 10)).ToArray()).ToArray()));
        return (_folder.At("noise"), values);
    }

    private static float[] Activations(float[] values, int samples, string tensor)
    {
        var model = OnnxModel.Open(Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"));
        var patch = new ModelPatch(model);
        patch.AddTap(model.WithTypes(TensorTypes.Infer(model).Types).Tensor(tensor), Reducer.None, TensorShape.Of(-1, 10));
        using var runner = new ModelRunner(patch.Apply(), model.Path, Cpu, [tensor]);
        using var outputs = runner.Run([new TensorData("input", ElementType.Float, [samples, 784], MemoryMarshal.AsBytes<float>(values).ToArray())]);
        return outputs.Floats(0).ToArray();
    }

    private IEnumerable<(string, string)> Contents(string run) => Directory.EnumerateFiles(_folder.At(run), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(f => (Path.GetRelativePath(_folder.At(run), f), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))));

    private sealed class Watch(Action<ProgressUpdate> look) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => look(value);
    }
}
