using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;

namespace Analyzer.Tests.Models;

/// <summary>Tokens pooled in the graph, held to what NumPy says (tools/reference/token_pools.py).</summary>
public sealed class TokenPoolingTests : IDisposable
{
    private static readonly JsonNode Reference = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "token-pools.json")))!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<long, string, Reducer, TokenPool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<long, string, Reducer, TokenPool, bool>();
            foreach (var opset in new long[] { 9, 13, 18, 21 })
            {
                cases.Add(opset, "mean", Reducer.Mean, TokenPool.Mean, false);
                cases.Add(opset, "max", Reducer.Max, TokenPool.Mean, false);
                cases.Add(opset, "std", Reducer.Std, TokenPool.Mean, false);
                cases.Add(opset, "masked mean", Reducer.Mean, TokenPool.Mean, true);
                cases.Add(opset, "masked max", Reducer.Max, TokenPool.Mean, true);
                cases.Add(opset, "masked std", Reducer.Std, TokenPool.Mean, true);
                cases.Add(opset, "cls", Reducer.Mean, TokenPool.Cls, false);
                cases.Add(opset, "cls", Reducer.None, TokenPool.Cls, true);
                cases.Add(opset, "last", Reducer.Mean, TokenPool.Last, false);
                cases.Add(opset, "masked last", Reducer.Max, TokenPool.Last, true);
                cases.Add(opset, "none", Reducer.Mean, TokenPool.None, false);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pools_agree_with_numpy(long opset, string expected, Reducer reducer, TokenPool pool, bool masked)
    {
        var model = Typed(opset);
        var patch = new ModelPatch(model);
        var tap = patch.AddTap(model.Tensor("y"), reducer, TensorShape.Of(-1, 5, 4), pooling: new(pool, masked ? "attention_mask" : null));
        var found = Run(patch)[tap.OutputName];
        var numbers = Numbers(expected);
        Assert.Equal([3L, numbers.Length / 3], found.Shape);
        Assert.Equal(numbers.Length / 3, tap.Units);
        // Sums of five float32 numbers of order one, and a quotient.
        for (var i = 0; i < numbers.Length; i++) Assert.Equal(numbers[i], found.Floats[i], 2e-6);
    }

    [Fact]
    public void Signs_of_the_last_unmasked_token_are_packed()
    {
        var model = Typed(13);
        var patch = new ModelPatch(model);
        var tap = patch.AddTap(model.Tensor("y"), Reducer.Sign, TensorShape.Of(-1, 5, 4), pooling: new(TokenPool.Last, "attention_mask"));
        byte[] expected = [.. Numbers("masked last").Chunk(4).Select(row => (byte)row.Select((value, bit) => value > 0 ? 128 >> bit : 0).Sum())];
        Assert.Equal(4, tap.Units);
        Assert.Equal(expected, Run(patch)[tap.OutputName].Bytes);
    }

    [Fact]
    public void One_token_has_no_deviation()
    {
        var model = Typed(13);
        var refusal = Assert.Throws<AnalyzerException>(() => new ModelPatch(model).AddTap(model.Tensor("y"), Reducer.Std, TensorShape.Of(-1, 5, 4), pooling: new(TokenPool.Cls, null)));
        Assert.Equal($"tensor `y` of `{model.Path}` cannot be tapped: one token has one value per unit, so there is nothing for `std` to reduce over with `--pool cls`", refusal.Message);
    }

    [Fact]
    public void A_mask_that_is_no_input_is_refused_by_name()
    {
        var model = Typed(13);
        var refusal = Assert.Throws<AnalyzerException>(() => TokenPooling.FindMask(model, "mask"));
        Assert.Equal($"`--mask mask` is no input of `{model.Path}`; its inputs are `x`, `attention_mask`", refusal.Message);
        Assert.Equal($"`--mask x` has the shape [N,5,4], and a mask of tokens is [batch, tokens]", Assert.Throws<AnalyzerException>(() => TokenPooling.FindMask(model, "x")).Message);
    }

    [Fact]
    public void A_run_heeds_the_mask_by_itself_and_its_taps_say_so()
    {
        using var data = Data(Numbers("mask"));
        Extract(data, TokenPool.Mean, Reducer.Mean, Reducer.None, Reducer.Sign);
        using var run = Run_(data.At("run"));
        Assert.Equal(["over the tokens that `attention_mask` does not mask", "of every token, those that `attention_mask` masks too", "of every token, those that `attention_mask` masks too"], run.Manifest.Taps.Select(t => t.Note));
        Assert.Contains("the control with random inputs keeps the data's mask `attention_mask`", run.Manifest.Notes);
        var values = run.ReadValues(run.Manifest.Taps[0], run.Samples()[0], default);
        var expected = Numbers("masked mean");
        for (var i = 0; i < 12; i++) Assert.Equal(expected[i], values.Row(i / 4)[i % 4], 2e-6);
    }

    [Theory]
    [InlineData(TokenPool.Mean, Reducer.Mean)]
    [InlineData(TokenPool.Last, Reducer.Sign)]
    public void A_sample_whose_tokens_are_all_masked_is_refused_by_name(TokenPool pool, Reducer reducer)
    {
        var mask = Numbers("mask");
        mask.AsSpan(5, 5).Clear();
        using var data = Data(mask);
        var refusal = Assert.Throws<AnalyzerException>(() => Extract(data, pool, reducer));
        Assert.Equal("`attention_mask` masks every token of sample 1 of test, `x.npy#1`", refusal.Message);
        Assert.Equal("leave such samples out, or keep every token apart with `--pool none`", refusal.Hint);
        // What keeps all tokens, or does not ask for the mask, asks for none that counts.
        Extract(data, TokenPool.Mean, Reducer.Sign, Reducer.None);
        Directory.Delete(data.At("run"), recursive: true);
        Extract(data, TokenPool.None, Reducer.Mean);
    }

    private static DataFolder Data(double[] mask)
    {
        var data = new DataFolder();
        data.Write("data/x.npy", DataFolder.Npy("<f4", [3, 5, 4], MemoryMarshal.AsBytes<float>([.. Numbers("x").Select(v => (float)v)]).ToArray()));
        data.Write("data/m.npy", DataFolder.Npy("<i8", [3, 5], DataFolder.Bytes([.. mask.Select(v => (long)v)])));
        data.Write("data/dataset.yaml", "name: tokens\nformat: npy\nsplits:\n  test:\n    inputs: { x: x.npy, attention_mask: m.npy }\npreprocess: {}\n");
        return data;
    }

    private void Extract(DataFolder data, TokenPool pool, params Reducer[] reducers) => Pipeline.Extract(new()
    {
        Model = Typed(13).Path, Data = data.At("data"), Out = data.At("run"), Taps = ["y"], Reducers = reducers, Pool = pool, Execution = new() { Device = Device.Cpu },
    });

    private static Run Run_(string path) => Analyzer.Runs.Run.Open(path);

    private static double[] Numbers(string name) => [.. Reference[name]!.AsArray().Select(value => (double)value!)];

    private static Dictionary<string, Values> Run(ModelPatch patch) => Engine.Run(patch.Apply(),
        ("x", Values.Of([.. Numbers("x").Select(value => (float)value)], 3, 5, 4)),
        ("attention_mask", new Values(ElementType.Int64, [3, 5], MemoryMarshal.AsBytes<long>([.. Numbers("mask").Select(value => (long)value)]).ToArray())));

    private OnnxModel Typed(long opset)
    {
        var proto = Tiny.Model(opset, [Tiny.Value("x", ElementType.Float, "N", 5, 4), Tiny.Value("attention_mask", ElementType.Int64, "N", 5)], ["z"],
            Tiny.Node("Identity", "x", "y"), Tiny.Node("Cast", "attention_mask", "m", Tiny.Int("to", (int)ElementType.Float)), Tiny.Node("Unsqueeze", opset < 13 ? "m" : "m axes", "m3", opset < 13 ? [Tiny.Ints("axes", 2)] : []),
            Tiny.Node("Mul", "y m3", "z"));
        if (opset >= 13) proto.Graph.Node.Insert(0, Tiny.Constant("axes", 2L));
        var model = _folder.Open(proto);
        return model.WithTypes(TensorTypes.Infer(model).Types);
    }
}
