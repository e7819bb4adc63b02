using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

public sealed class HiddenActivationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Relu", "Relu", "a", 0.0, CodeTheory.Exact)]
    [InlineData("LeakyRelu", "LeakyRelu", "h", 0.0, CodeTheory.PreActivation)]
    [InlineData("Elu", "Elu", "a", 0.0, CodeTheory.Declared)]
    [InlineData("Sigmoid", "Sigmoid", "a", 0.5, CodeTheory.Declared)]
    [InlineData("Tanh", "Tanh", "a", 0.0, CodeTheory.Declared)]
    [InlineData("Gelu", "Gelu", "a", 0.0, CodeTheory.Declared)]
    [InlineData("HardSwish", "HardSwish", "a", 0.0, CodeTheory.Declared)]
    public void Each_nonlinearity_says_what_to_threshold_and_what_it_means(string op, string name, string tensor, double threshold,
        CodeTheory theory)
    {
        var hidden = Assert.Single(HiddenActivations.Of(Hidden(Tiny.Node(op, "h", "a"))));

        Assert.Equal((name, tensor, "a", threshold, theory),
            (hidden.Nonlinearity, hidden.Tensor.Name, hidden.Activation, hidden.Threshold, hidden.Theory));
    }

    [Fact]
    public void Prelu_is_thresholded_before_it() =>
        Assert.Equal("h", Assert.Single(HiddenActivations.Of(Hidden(Tiny.Node("PRelu", "h w", "a")))).Tensor.Name);

    [Fact]
    public void Clip_is_told_by_its_limits()
    {
        Assert.Equal(("Relu6", CodeTheory.Declared), Clip("zero", "six"));
        Assert.Equal(("Relu", CodeTheory.Exact), Clip("zero", "."));
        Assert.Equal(("HardTanh", CodeTheory.Declared), Clip("minus", "one"));

        (string, CodeTheory) Clip(string low, string high)
        {
            var found = Assert.Single(HiddenActivations.Of(Hidden(
                Tiny.Constant("zero", 0f), Tiny.Constant("six", 6f), Tiny.Constant("minus", -1f), Tiny.Constant("one", 1f),
                    Tiny.Node("Clip", $"h {low} {high}", "a"))));
            return (found.Nonlinearity, found.Theory);
        }
    }

    [Fact]
    public void A_maximum_with_zero_is_a_relu() =>
        Assert.Equal(CodeTheory.Exact,
            Assert.Single(HiddenActivations.Of(Hidden(Tiny.Constant("zero", 0f), Tiny.Node("Max", "h zero", "a")))).Theory);

    [Fact]
    public void The_output_layer_and_what_only_reshapes_it_are_out()
    {
        var model = _folder.Open(Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 4)], ["probabilities", "gate", "hidden"],
            Tiny.Node("Relu", "x", "hidden"), Tiny.Node("Neg", "hidden", "h"), Tiny.Node("Relu", "h", "last"),
                Tiny.Node("Flatten", "last", "f"),
            Tiny.Node("Softmax", "f", "probabilities"), Tiny.Node("Sigmoid", "h", "gate")));

        Assert.Equal(["hidden"], HiddenActivations.Of(model).Select(hidden => hidden.Activation));
    }

    private OnnxModel Hidden(params NodeProto[] nodes)
    {
        var proto = Tiny.Model(20, [Tiny.Value("x", ElementType.Float, "n", 4)], ["z"],
            [Tiny.Node("Neg", "x", "h"), .. nodes, Tiny.Node("Neg", "a", "z")]);
        proto.Graph.Initializer.Add(Tiny.Weight("w", 4));
        return _folder.Open(proto);
    }
}
