using Analyzer.Models;
using Analyzer.Models.Onnx;
using static Analyzer.Tests.Models.Tiny;

namespace Analyzer.Tests.Models;

/// <summary>A row of weights is right if its product with the inputs is what ONNX Runtime computes for the unit.</summary>
public sealed class WeightLayersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gemm_has_units_first_when_B_is_transposed() => RowsMakeTheOutput(Node("Gemm", "x w", "y", Int("transB", 1)), [5, 12]);

    [Fact]
    public void Gemm_has_units_last_when_B_is_not() => RowsMakeTheOutput(Node("Gemm", "x w", "y"), [12, 5]);

    [Fact]
    public void MatMul_has_units_last() => RowsMakeTheOutput(Node("MatMul", "x w", "y"), [12, 5]);

    [Fact]
    public void Weights_behind_a_transposition_are_read_the_other_way_round() =>
        RowsMakeTheOutput([Node("Transpose", "w", "wt"), Node("MatMul", "x wt", "y")], [5, 12], [1, 12], "MatMul");

    [Fact]
    public void Weights_behind_a_reshape_have_the_new_sizes() =>
        RowsMakeTheOutput([Constant("s", 12, 5), Node("Reshape", "w s", "wr"), Node("MatMul", "x wr", "y")], [3, 4, 5], [1, 12], "MatMul");

    [Fact]
    public void MatMul_with_weights_on_the_left_has_units_first() => RowsMakeTheOutput([Node("MatMul", "w x", "y")], [5, 12], [12, 1], "MatMul");

    [Fact]
    public void Conv_has_a_filter_a_row() => RowsMakeTheOutput([Node("Conv", "x w", "y")], [5, 3, 2, 2], [1, 3, 2, 2], "Conv");

    [Fact]
    public void A_grouped_convolution_compares_within_its_groups()
    {
        var (layer, rows, x, y) = Run([Node("Conv", "x w", "y", Int("group", 3))], [6, 2, 2, 2], [1, 6, 2, 2], "Conv");
        Assert.Equal((6, 8, 3), (layer.Units, layer.Dimension, layer.Groups));
        for (var unit = 0; unit < 6; unit++)
            Assert.Equal(Dot(rows.AsSpan(unit * 8, 8), x.AsSpan(unit / 2 * 8, 8)), y[unit], 1e-5);
    }

    [Fact]
    public void A_grouped_transposed_convolution_gathers_each_units_kernels()
    {
        // With one input position, output [unit, position] is the sum over the group's inputs of input × kernel.
        var (layer, rows, x, y) = Run([Node("ConvTranspose", "x w", "y", Int("group", 2))], [6, 4, 2, 2], [1, 6, 1, 1], "ConvTranspose");
        Assert.Equal((8, 12, 2), (layer.Units, layer.Dimension, layer.Groups));
        for (var unit = 0; unit < 8; unit++)
            for (var position = 0; position < 4; position++)
            {
                double sum = 0;
                for (var input = 0; input < 3; input++) sum += rows[unit * 12 + input * 4 + position] * x[unit / 4 * 3 + input];
                Assert.Equal(sum, y[unit * 4 + position], 1e-5);
            }
    }

    [Fact]
    public void A_recurrent_layer_has_its_gates_as_units_and_its_directions_as_groups()
    {
        var model = Open([Node("LSTM", "x w r", "y", Int("hidden_size", 4), new AttributeProto { Name = "direction", Type = 3, S = Google.Protobuf.ByteString.CopyFromUtf8("bidirectional") })],
            [Weight("w", 2, 16, 3), Weight("r", 2, 16, 4)], [5, 1, 3]);
        var (layers, leftOut) = WeightLayers.Of(model);
        Assert.Equal([("w", 32, 3, 2), ("r", 32, 4, 2)], layers.Select(l => (l.Tensor, l.Units, l.Dimension, l.Groups)));
        Assert.Empty(leftOut);
    }

    [Fact]
    public void The_product_of_two_activations_has_no_weights()
    {
        var (layers, leftOut) = WeightLayers.Of(Open([Node("Identity", "x", "a"), Node("MatMul", "a x", "y")], [], [4, 4]));
        Assert.Empty(layers);
        Assert.Empty(leftOut);
    }

    [Fact]
    public void Weights_that_are_computed_are_left_out_with_the_reason()
    {
        var (layers, leftOut) = WeightLayers.Of(Open([Node("Mul", "w w", "w2"), Node("MatMul", "x w2", "y")], [Weight("w", 4, 4)], [1, 4]));
        Assert.Empty(layers);
        Assert.Equal("the weights of MatMul `node/y` are computed from constants (quantised, or built in the graph), not stored as they are used", Assert.Single(leftOut).Reason);
    }

    private void RowsMakeTheOutput(NodeProto node, long[] dims) => RowsMakeTheOutput([node], dims, [1, 12], node.OpType);

    private void RowsMakeTheOutput(NodeProto[] nodes, long[] dims, long[] input, string op)
    {
        var (layer, rows, x, y) = Run(nodes, dims, input, op);
        Assert.Equal((5, 12, 1), (layer.Units, layer.Dimension, layer.Groups));
        // Twelve products in float32, in another order.
        for (var unit = 0; unit < 5; unit++) Assert.Equal(Dot(rows.AsSpan(unit * 12, 12), x), y[unit], 1e-5);
    }

    private (WeightLayer Layer, float[] Rows, float[] X, float[] Y) Run(NodeProto[] nodes, long[] dims, long[] input, string op)
    {
        var model = Open(nodes, [Weight("w", dims)], input);
        var layer = Assert.Single(WeightLayers.Of(model).Layers);
        Assert.Equal(op, layer.Node.Op);
        var x = Numbers((int)input.Aggregate(1L, (a, b) => a * b), seed: 7);
        return (layer, model.ReadWeights(layer), x, Engine.Run(File.ReadAllBytes(model.Path), ("x", Values.Of(x, input)))["y"].Floats);
    }

    private OnnxModel Open(NodeProto[] nodes, TensorProto[] weights, long[] input)
    {
        var model = Model(13, [Value("x", ElementType.Float, [.. input.Cast<object>()])], ["y"], nodes);
        model.Graph.Initializer.Add(weights);
        return _folder.Open(model);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
