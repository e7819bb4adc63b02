using System.Text.Json.Nodes;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

/// <summary>What `inspect` says: cost, modules, what selectors take, what cannot be covered. Costs are held to tools/reference/cost.py.</summary>
public sealed class InspectionTests : IDisposable
{
    private static readonly JsonNode Reference = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "cost.json")))!;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("akamaster-resnet20-cifar10.onnx"), InlineData("akamaster-resnet56-cifar10.onnx"), InlineData("winml-squeezenet-fp16.onnx")]
    public void Cost_of_third_party_networks_agrees_with_torch(string file)
    {
        var inspection = Pipeline.Inspect(ThirdPartyModels.Find(file), []);
        Assert.Equal(((long)Reference["networks"]![file]!["parameters"]!, (long)Reference["networks"]![file]!["flops"]!, 0), (inspection.Parameters, inspection.Flops, inspection.FlopsUnknown));
        Assert.Equal(inspection.Parameters, inspection.Modules[0].Parameters);
    }

    [Theory]
    [InlineData("cifar10-lenet5-plain-s1-epoch128.onnx"), InlineData("cifar10-vit-s1-epoch015.onnx"), InlineData("cifar10-resmlp-s1-epoch015.onnx")]
    public void Cost_of_bundled_networks_agrees_with_torch(string file)
    {
        var inspection = Pipeline.Inspect(Path.Combine(Repository.Root, "models", file), []);
        // Mean and standard deviation of three colours are constants of the file and no parameters of the module.
        Assert.Equal(((long)Reference["networks"]![file]!["parameters"]! + 6, (long)Reference["networks"]![file]!["flops"]!, 0), (inspection.Parameters, inspection.Flops, inspection.FlopsUnknown));
    }

    public static TheoryData<string> Layers => ["conv", "grouped", "transposed", "gemm", "tokens", "product", "lstm"];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Cost_of_a_layer_agrees_with_torch(string layer)
    {
        TensorProto Weights(params long[] dims) => Tiny.Weight("w", dims, new float[dims.Aggregate(1L, (a, b) => a * b)]);
        var strided = new[] { Tiny.Ints("strides", 2, 2), Tiny.Ints("pads", 1, 1, 1, 1) };
        var (node, input, weights) = layer switch
        {
            "conv" => (Tiny.Node("Conv", "x w", "y", strided), Tiny.Value("x", ElementType.Float, "N", 4, 15, 15), [Weights(8, 4, 3, 3)]),
            "grouped" => (Tiny.Node("Conv", "x w", "y", [.. strided, Tiny.Int("group", 2)]), Tiny.Value("x", ElementType.Float, "N", 4, 15, 15), [Weights(8, 2, 3, 3)]),
            "transposed" => (Tiny.Node("ConvTranspose", "x w", "y", Tiny.Int("group", 2)), Tiny.Value("x", ElementType.Float, "N", 4, 15, 15), [Weights(4, 4, 3, 3)]),
            "gemm" => (Tiny.Node("Gemm", "x w", "y", Tiny.Int("transB", 1)), Tiny.Value("x", ElementType.Float, "N", 5), [Weights(7, 5)]),
            "tokens" => (Tiny.Node("MatMul", "x w", "y"), Tiny.Value("x", ElementType.Float, "N", 6, 5), [Weights(5, 7)]),
            "product" => (Tiny.Node("MatMul", "x z", "y"), Tiny.Value("x", ElementType.Float, "N", 2, 6, 5), Array.Empty<TensorProto>()),
            _ => (new NodeProto { OpType = "LSTM", Input = { "x", "w", "r" }, Output = { "y" }, Attribute = { Tiny.Int("hidden_size", 7), Text("direction", "bidirectional") } },
                Tiny.Value("x", ElementType.Float, 6, "N", 5), new[] { Weights(2, 28, 5), Tiny.Weight("r", [2, 28, 7], new float[392]) }),
        };
        var model = Tiny.Model(13, layer == "product" ? [input, Tiny.Value("z", ElementType.Float, "N", 2, 5, 7)] : [input], ["y"], node);
        model.Graph.Initializer.Add(weights);
        // An LSTM takes time first, and the first axis is what the analyzer takes for the batch: it divides by the six steps, and a note says so.
        var inspection = Pipeline.Inspect(Save(model), [], layer == "lstm" ? new Dictionary<string, long> { ["N"] = 1 } : null);
        var expected = Reference["layers"]![layer]!;
        Assert.Equal(((long)expected["parameters"]!, (long)expected["flops"]! / (layer == "lstm" ? 6 : 1)), (inspection.Parameters, inspection.Flops));
    }

    [Fact]
    public void Open_sizes_make_counts_unknown_and_bound_ones_known()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 1, "height", "width")], ["y"], Tiny.Node("Conv", "x w", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", [2, 1, 3, 3], new float[18]));
        var path = Save(model);
        var open = Pipeline.Inspect(path, []);
        Assert.Equal((0, 1), (open.Flops, open.FlopsUnknown));
        Assert.Equal(["height", "width"], open.OpenSizes);
        var bound = Pipeline.Inspect(path, [], new Dictionary<string, long> { ["height"] = 10, ["width"] = 6 });
        Assert.Equal((2 * 8 * 4 * 2 * 9, 0), (bound.Flops, bound.FlopsUnknown));
        Assert.Equal("[N,2,8,4]", bound.Tensors[0].Shape);
    }

    [Fact]
    public void A_fixed_batch_is_divided_out()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, 8, 5)], ["y"], Tiny.Node("MatMul", "x w", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", [5, 7], new float[35]));
        var inspection = Pipeline.Inspect(Save(model), []);
        Assert.Equal(70, inspection.Flops);
        Assert.Equal(["the model fixes its batch at 8: FLOPs are those of a batch divided by it"], inspection.Notes);
    }

    [Theory]
    [InlineData("/layer1/layer1.0/conv1/Conv", "layer1.0.conv1")]
    [InlineData("/blocks.0/mlp/mlp.1/Erf", "blocks.0.mlp.1")]
    [InlineData("model/conv2d_3/Conv2D", "model.conv2d_3")]
    [InlineData("/Reshape", "")]
    [InlineData("Conv_3", "")]
    [InlineData("//a//b", "a")]
    public void Names_spell_modules(string name, string path) => Assert.Equal(path, string.Join('.', ModulePath.OfName(name)));

    [Theory]
    [InlineData("cifar10-vit-s1-epoch015.onnx", 4, 12, 9, 8, 25), InlineData("cifar10-resmlp-s1-epoch015.onnx", 0, 0, 0, 8, 13)]
    public void Blocks_of_token_networks_are_found_by_kind(string file, int attended, int attention, int norms, int residual, int dense)
    {
        // Four blocks: in the vision transformer each has query, key, value, output and two dense layers, two norms and two sums, and three tensors of attention.
        var counts = Pipeline.Inspect(Path.Combine(Repository.Root, "models", file), []).Selectors.ToDictionary(s => s.Selector, s => s.Tensors);
        Assert.Equal((attended, attention, norms, residual, dense), (counts["type:attended"], counts["type:attention"], counts["type:norm"], counts["type:residual"], counts["type:dense"]));
    }

    [Fact]
    public void Flat_names_take_their_modules_from_weights()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 5)], ["y"],
            Named("MatMul_0", "MatMul", "x layer1.0.fc1.weight", "a"), Named("Relu_1", "Relu", "a", "b"), Named("MatMul_2", "MatMul", "b layer1.1.fc.weight", "y"));
        model.Graph.Initializer.Add([Tiny.Weight("layer1.0.fc1.weight", [5, 5], new float[25]), Tiny.Weight("layer1.1.fc.weight", [5, 2], new float[10])]);
        var inspection = Pipeline.Inspect(Save(model), []);
        Assert.Equal(["layer1.0.fc1", "layer1.0", "layer1.1.fc"], inspection.Tensors.Select(t => t.Module));
        Assert.Equal([("", 35L), ("layer1", 35L), ("layer1.0", 25L), ("layer1.0.fc1", 25L), ("layer1.1", 10L), ("layer1.1.fc", 10L)], inspection.Modules.Select(m => (m.Path, m.Parameters)));
    }

    [Fact]
    public void TorchDynamo_leaves_modules_in_metadata()
    {
        var node = Named("node_relu", "Relu", "x", "y");
        node.MetadataProps.Add(new StringStringEntryProto { Key = "pkg.torch.onnx.name_scopes", Value = "['', 'encoder', 'encoder.layers.0', 'relu']" });
        var inspection = Pipeline.Inspect(Save(Tiny.Model(18, [Tiny.Value("x", ElementType.Float, "N", 5)], ["y"], node)), []);
        Assert.Equal("encoder.layers.0", inspection.Tensors.Single().Module);
    }

    [Fact]
    public void Weights_are_shared_out_once_and_through_operations_on_constants()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 5)], ["y"],
            Tiny.Node("Transpose", "w", "wt"), Tiny.Node("MatMul", "x wt", "a"), Tiny.Node("MatMul", "a wt", "y"));
        model.Graph.Initializer.Add([Tiny.Weight("w", [5, 5], new float[25]), Tiny.Weight("stray", [3], new float[3])]);
        var inspection = Pipeline.Inspect(Save(model), []);
        Assert.Equal([("wt", 0L), ("a", 25L), ("y", 0L)], inspection.Tensors.Select(t => (t.Name, t.Parameters)));
        Assert.Equal((28, 25), (inspection.Parameters, inspection.Modules[0].Parameters));
    }

    [Fact]
    public void What_cannot_be_tapped_is_named_with_its_reason_before_anything_runs()
    {
        GraphProto Branch(string name, string op) => new() { Name = name, Node = { Tiny.Node(op, "x", name) }, Output = { Tiny.Value(name, ElementType.Float) } };
        var which = Tiny.Value("which", ElementType.Bool);
        which.Type.TensorType.Shape = new TensorShapeProto();
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 5), which], ["y"],
            Tiny.Node("If", "which", "y", Graph("then_branch", Branch("relu", "Relu")), Graph("else_branch", Branch("tanh", "Tanh"))),
            Tiny.Node("Shape", "x", "shape"), Tiny.Node("ReduceMax", "x", "largest", Tiny.Int("keepdims", 0)), Tiny.Node("Transpose", "x", "flipped"));
        Assert.Equal(
        [
            ("relu", "it lies inside `then_branch` of If node `node/y`, which runs or not as the data decides"),
            ("tanh", "it lies inside `else_branch` of If node `node/y`, which runs or not as the data decides"),
            ("shape", "its elements are Int64, and taps are for floating-point tensors"),
            ("flipped", "its first axis always has 5 entries, so it is not the batch"),
        ], Pipeline.Inspect(Save(model), []).NotCovered.Select(gap => (gap.Name, gap.Reason)));
    }

    [Fact]
    public void Selectors_are_counted_before_anything_runs()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 5)], ["y"],
            Tiny.Node("MatMul", "x w", "a"), Tiny.Node("Relu", "a", "b"), Tiny.Node("Add", "b x", "c"), Tiny.Node("MatMul", "c w", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", [5, 5], new float[25]));
        Assert.Equal(
        [
            ("(default)", 1), ("all", 4), ("type:conv", 0), ("type:dense", 2), ("type:norm", 0), ("type:activation", 1), ("type:pool", 0), ("type:attention", 0), ("type:attended", 0),
            ("type:recurrent", 0), ("type:embedding", 0), ("type:residual", 1), ("post:relu", 1), ("pre:relu", 1),
        ], Pipeline.Inspect(Save(model), []).Selectors.Select(s => (s.Selector, s.Tensors)));
    }

    [Fact]
    public void Selectors_say_how_many_of_their_tensors_cannot_be_tapped()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 5)], ["y"],
            Tiny.Node("Relu", "x", "a"), Tiny.Node("Transpose", "a", "flipped"), Tiny.Node("Relu", "flipped", "b"), Tiny.Node("Transpose", "b", "y"));
        var selectors = Pipeline.Inspect(Save(model), []).Selectors.ToDictionary(s => s.Selector);
        Assert.Equal(((4, 2), (2, 1)), ((selectors["all"].Tensors, selectors["all"].NotCovered), (selectors["post:relu"].Tensors, selectors["post:relu"].NotCovered)));
    }

    [Fact]
    public void Many_reasons_are_told_shortly_and_the_most_common_first()
    {
        var gaps = Enumerable.Range(0, 12).SelectMany(reason => Enumerable.Range(0, reason + 1).Select(i => new UncoveredTensor($"t{i}", $"reason {reason}")));
        var lines = Gaps.InShort(gaps, "see there").ToArray();
        Assert.Equal("`t0`, `t1`, `t2` and 9 more: reason 11", lines[0]);
        Assert.Equal("10 more for 4 other reasons: see there", lines[^1]);
        Assert.Equal(9, lines.Length);
        Assert.Equal(["`a`: b"], Gaps.InShort([new("a", "b")], ""));
    }

    private static AttributeProto Graph(string name, GraphProto graph) => new() { Name = name, Type = 5, G = graph };

    private static AttributeProto Text(string name, string value) => new() { Name = name, Type = 3, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };

    private static NodeProto Named(string name, string op, string inputs, string output)
    {
        var node = Tiny.Node(op, inputs, output);
        node.Name = name;
        return node;
    }

    private string Save(ModelProto model) => _folder.Write(model);
}
