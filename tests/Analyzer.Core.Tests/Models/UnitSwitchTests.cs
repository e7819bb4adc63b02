using Analyzer.Models;
using Analyzer.Models.Onnx;
using static Analyzer.Tests.Models.Tiny;

namespace Analyzer.Tests.Models;

public sealed class UnitSwitchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_convolution_with_bias_and_normalisation_is_switched_by_filter_bias_scale_and_shift()
    {
        var found = Of(Network(Node("BatchNormalization", "c scale shift mean var", "n"), Node("Relu", "n", "h")), "h");
        Assert.Null(found.Reason);
        Assert.Equal(["bias", "scale", "shift", "w"], found.Weights.Select(w => w.Initializer.Name).Order());
        Assert.All(found.Weights, w => Assert.Equal(0, w.Axis));
    }

    [Fact]
    public void A_bias_that_broadcasts_is_switched_along_its_own_axis()
    {
        var found = Of(Network(Node("Add", "b4 c", "n"), Node("Relu", "n", "h")), "h");
        Assert.Equal([("b4", 1), ("w", 0), ("bias", 0)], found.Weights.Select(w => (w.Initializer.Name, w.Axis)));
    }

    [Theory]
    [InlineData("b1")]
    [InlineData("bw")]
    public void A_bias_that_is_shared_or_runs_along_another_axis_is_no_switch(string bias)
    {
        var found = Of(Network(Node("Add", $"c {bias}", "n"), Node("Relu", "n", "h")), "h");
        Assert.Empty(found.Weights);
        Assert.Equal(bias == "b1" ? "a weight of Conv `node/c` is shared, grouped, or no initialiser that can be fed" : "a weight of Add `node/n` is shared, grouped, or no initialiser that can be fed", found.Reason);
    }

    [Theory]
    [InlineData("Sigmoid", "Sigmoid is not zero where its input is, or is fused with its layer")]
    [InlineData("Relu", "`c`, on the way to it, is read elsewhere too")]
    public void No_weight_switches_what_is_not_zero_at_zero_or_read_twice(string op, string reason)
    {
        var nodes = op == "Relu" ? new[] { Node(op, "c", "h"), Node("Add", "h c", "g") } : [Node(op, "c", "h")];
        Assert.Equal((0, reason), (Of(Network(nodes), "h").Weights.Count, Of(Network(nodes), "h").Reason));
    }

    [Fact]
    public void No_weight_switches_a_residual_sum()
    {
        var found = Of(Network(Node("Conv", "x w2", "d"), Node("Add", "c d", "n"), Node("Relu", "n", "h")), "h");
        Assert.Equal("it follows the residual sum `node/n`", found.Reason);
    }

    [Fact]
    public void A_masked_copy_multiplies_one_tensor_and_leaves_every_other_as_it_is()
    {
        var network = Network(Node("Conv", "x w2", "d"), Node("Add", "c d", "n"), Node("Relu", "n", "h"), Node("ReduceSum", "h axes", "y"));
        network.Graph.Output.Clear();
        network.Graph.Output.Add([Value("y", ElementType.Float), Value("h", ElementType.Float), Value("c", ElementType.Float)]);
        network.Graph.Initializer.Add(new TensorProto { Name = "axes", DataType = (int)ElementType.Int64, Dims = { 2 }, Int64Data = { 2, 3 } });
        var model = _folder.Open(network);
        var typed = model.WithTypes(Analyzer.Inference.TensorTypes.Infer(model).Types);
        var copy = MaskedCopy.Of(model, [(typed.Tensor("h"), 1, 4, 4)]);

        var x = Values.Of(Numbers(2 * 5 * 5, seed: 3), 1, 2, 5, 5);
        var plain = Engine.Run(File.ReadAllBytes(model.Path), ("x", x));
        var ones = Engine.Run(copy.Bytes, ("x", x), (copy.Masks[0], Values.Of([1, 1, 1, 1], 1, 4, 1, 1)));
        Assert.Equal(plain["y"].Floats, ones["y"].Floats);
        var masked = Engine.Run(copy.Bytes, ("x", x), (copy.Masks[0], Values.Of([1, 0, 1, 1], 1, 4, 1, 1)));
        Assert.Equal(plain["c"].Floats, masked["c"].Floats);
        Assert.Equal(plain["h"].Floats.Select((v, i) => i / 9 == 1 ? 0 : v), masked["h"].Floats);
        Assert.Equal(0, masked["y"].Floats[1]);
        Assert.Equal(plain["y"].Floats[2], masked["y"].Floats[2]);
        Assert.NotEqual(0, plain["y"].Floats[1]);
    }

    private UnitSwitch Of(ModelProto network, string tensor)
    {
        var model = _folder.Open(network);
        var typed = model.WithTypes(Analyzer.Inference.TensorTypes.Infer(model).Types);
        return UnitSwitch.Of(typed, typed.Tensor(tensor));
    }

    private static ModelProto Network(params NodeProto[] after)
    {
        var model = Model(13, [Value("x", ElementType.Float, "N", 2, 5, 5)], [after[^1].Output[0]], [Node("Conv", "x w bias", "c"), .. after]);
        model.Graph.Initializer.Add([
            Weight("w", 4, 2, 3, 3), Weight("w2", 4, 2, 3, 3), Weight("bias", 4), Weight("b4", 1, 4, 1, 1), Weight("b1", 1, 1, 1), Weight("bw", 3), Weight("scale", 4), Weight("shift", 4), Weight("mean", 4),
            Weight("var", [4], [1, 2, 3, 4])]);
        return model;
    }
}
