using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

public sealed class UnitAxisTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_vision_transformer_keeps_its_units_in_sight()
    {
        // Patches as a convolution, flattened to tokens, normalised, split into heads, joined, and the first token picked.
        var axes = Axes([Tiny.Value("x", ElementType.Float, "n", 3, 8, 8)],
            Tiny.Node("Conv", "x patch", "conv", Tiny.Ints("strides", 4, 4)),
            Tiny.Constant("s1", 0, 12, -1), Tiny.Node("Reshape", "conv s1", "flat"),
                Tiny.Node("Transpose", "flat", "tokens", Tiny.Ints("perm", 0, 2, 1)),
            Tiny.Node("LayerNormalization", "tokens gain", "norm", Tiny.Int("axis", -1)), Tiny.Node("MatMul", "norm w", "q"),
            Tiny.Constant("s2", 0, 4, 3, 4), Tiny.Node("Reshape", "q s2", "heads"),
                Tiny.Node("Transpose", "heads", "turned", Tiny.Ints("perm", 0, 2, 1, 3)),
            Tiny.Node("Transpose", "turned", "back", Tiny.Ints("perm", 0, 2, 1, 3)), Tiny.Constant("s3", 0, 4, 12),
                Tiny.Node("Reshape", "back s3", "joined"),
            Tiny.Node("Add", "joined tokens", "sum"), Scalar("zero", 0), Tiny.Node("Gather", "sum zero", "first", Tiny.Int("axis", 1)));

        Assert.Equal((1, 1, 2, 2, 2), (axes["conv"], axes["flat"], axes["tokens"], axes["norm"], axes["q"]));
        Assert.Equal((3, 3, 3, 2, 1), (axes["heads"], axes["turned"], axes["back"], axes["sum"], axes["first"]));
    }

    [Fact]
    public void Weights_that_mix_tokens_leave_the_units_where_they_are()
    {
        var axes = Axes([Tiny.Value("x", ElementType.Float, "n", 3, 8, 8)],
            Tiny.Node("Conv", "x patch", "conv", Tiny.Ints("strides", 4, 4)), Tiny.Constant("s1", 0, 12, -1), Tiny.Node("Reshape", "conv s1", "flat"),
            Tiny.Node("Transpose", "flat", "tokens", Tiny.Ints("perm", 0, 2, 1)), Tiny.Node("Transpose", "tokens", "turned", Tiny.Ints("perm", 0, 2, 1)),
            Tiny.Node("MatMul", "turned mix", "mixed"), Tiny.Node("Transpose", "mixed", "back", Tiny.Ints("perm", 0, 2, 1)), Tiny.Node("MatMul", "back w", "dense"));

        Assert.Equal((2, 1, 1, 2, 2), (axes["tokens"], axes["turned"], axes["mixed"], axes["back"], axes["dense"]));
    }

    [Fact]
    public void Channels_last_layouts_are_followed_through_transposes()
    {
        var axes = Axes([Tiny.Value("x", ElementType.Float, "n", 8, 8, 3)],
            Tiny.Node("Transpose", "x", "nchw", Tiny.Ints("perm", 0, 3, 1, 2)), Tiny.Node("Conv", "nchw w33", "conv"),
                Tiny.Node("Transpose", "conv", "nhwc", Tiny.Ints("perm", 0, 2, 3, 1)),
            Tiny.Node("Add", "nhwc bias", "biased"), Tiny.Node("Relu", "biased", "relu"),
                Tiny.Node("ReduceMean", "relu", "pooled", Tiny.Ints("axes", 1, 2), Tiny.Int("keepdims", 0)));

        Assert.Equal((1, 3, 3, 3, 1), (axes["conv"], axes["nhwc"], axes["biased"], axes["relu"], axes["pooled"]));
    }

    [Fact]
    public void Squeezing_and_inserting_axes_moves_the_units_along()
    {
        var axes = Axes([Tiny.Value("x", ElementType.Float, "n", 3, 8, 8)],
            Tiny.Node("Conv", "x w33", "conv"), Tiny.Node("GlobalAveragePool", "conv", "pool"), Tiny.Constant("ends", 2, 3),
                Tiny.Node("Squeeze", "pool ends", "vector"),
            Tiny.Constant("front", 1L), Tiny.Node("Unsqueeze", "vector front", "row"), Tiny.Node("Flatten", "conv", "flat"));

        Assert.Equal((1, 1, 2, 1), (axes["pool"], axes["vector"], axes["row"], axes["flat"]));
    }

    [Fact]
    public void Rows_of_an_embedding_have_units_last()
    {
        var axes = Axes([Tiny.Value("ids", ElementType.Int64, "n", 5)], Tiny.Node("Gather", "table ids", "words"),
            Tiny.Node("Transpose", "words", "time_last", Tiny.Ints("perm", 0, 2, 1)));

        Assert.Equal((2, 1), (axes["words"], axes["time_last"]));
    }

    [Fact]
    public void Without_shapes_the_last_axis_is_counted_from_the_end()
    {
        var model = _folder.Open(Tiny.Model(13, [Tiny.Value("x", ElementType.Float)], ["z"], Tiny.Node("MatMul", "x x", "m"),
            Tiny.Node("Relu", "m", "r"), Tiny.Node("Neg", "r", "z")));

        Assert.Equal(-1, model.Tensor("r").UnitAxis);
        Assert.Null(model.Tensor("r").Units);
    }

    private Dictionary<string, int?> Axes(ValueInfoProto[] inputs, params NodeProto[] nodes)
    {
        var proto = Tiny.Model(17, inputs, [nodes[^1].Output[0]], nodes);
        proto.Graph.Initializer.Add(new[]
        {
            Tiny.Weight("patch", 12, 3, 4, 4), Tiny.Weight("gain", 12), Tiny.Weight("w", 12, 12), Tiny.Weight("mix", 4, 4), Tiny.Weight("w33", 5, 3, 3, 3),
                Tiny.Weight("bias", 5), Tiny.Weight("table", 100, 12),
        });
        var model = _folder.Open(proto);
        var types = TensorTypes.Infer(model);
        Assert.Null(types.Refusal);
        return model.WithTypes(types.Types).Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.UnitAxis);
    }

    private static NodeProto Scalar(string name, long value) =>
        Tiny.Node("Constant", "", name, new AttributeProto { Name = "value_int", Type = 2, I = value });
}
