using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Tests.Models;

/// <summary>Taps on quantised tensors tell the numbers that the integers stand for: (value − zero point) × scale, in float32.</summary>
public sealed class QuantizedTapTests : IDisposable
{
    private static readonly float[] Samples = Tiny.Numbers(2 * 3 * 4 * 4, seed: 5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(10, ElementType.UInt8, 117), InlineData(13, ElementType.UInt8, 0), InlineData(13, ElementType.Int8, -3), InlineData(21, ElementType.Int8, -128), InlineData(21, ElementType.UInt16, 30000)]
    public void Quantised_by_one_scale(long opset, ElementType type, int zeroPoint)
    {
        var model = Quantize(opset, [.02f], [zeroPoint], type, axis: null);
        Check(model, "q", values => Dequantize(values, _ => .02f, _ => zeroPoint));
    }

    [Theory]
    [InlineData(13, 1), InlineData(21, -3)]
    public void Quantised_by_a_scale_a_channel(long opset, int axis)
    {
        float[] scales = [.01f, .02f, .03f];
        int[] zeroPoints = [5, -7, 0];
        var model = Quantize(opset, scales, zeroPoints, ElementType.Int8, axis);
        Check(model, "q", values => Dequantize(values, i => scales[i / 16 % 3], i => zeroPoints[i / 16 % 3]));
    }

    [Fact]
    public void Quantised_while_the_model_runs()
    {
        var model = Tiny.Model(13, [Input()], ["q", "scale", "zero"], Tiny.Node("DynamicQuantizeLinear", "x", "q scale zero"));
        foreach (var integers in model.Graph.Output.Where(output => output.Name != "scale")) integers.Type.TensorType.ElemType = (int)ElementType.UInt8;
        Check(model, "q", (values, outputs) => Dequantize(values, _ => outputs["scale"].Floats[0], _ => outputs["zero"].Bytes[0]));
    }

    [Fact]
    public void Made_by_a_quantised_convolution()
    {
        var model = QuantizedConvolution(zeroPoint: 100);
        Check(model, "q", values => Dequantize(values, _ => .05f, _ => 100));
    }

    [Fact]
    public void Moved_about_after_it_was_quantised()
    {
        var model = Quantize(13, [.02f], [3], ElementType.UInt8, axis: null);
        model.Graph.Node.Add([Tiny.Node("MaxPool", "q", "pooled", Tiny.Ints("kernel_shape", 2, 2)), Tiny.Node("Transpose", "pooled", "moved", Tiny.Ints("perm", 0, 2, 3, 1))]);
        model.Graph.Output.Add(Tiny.Value("moved", ElementType.UInt8));
        Check(model, "moved", values => Dequantize(values, _ => .02f, _ => 3));
    }

    [Fact]
    public void Integers_that_begin_at_zero_are_a_rectifier_and_others_are_none()
    {
        var rectified = HiddenActivations.Of(Typed(WithReader(QuantizedConvolution(zeroPoint: 0))));
        Assert.Equal([("Relu", "q", CodeTheory.Exact)], rectified.Select(h => (h.Nonlinearity, h.Tensor.Name, h.Theory)));
        Assert.Empty(HiddenActivations.Of(Typed(WithReader(QuantizedConvolution(zeroPoint: 1)))));
    }

    [Fact]
    public void What_reaches_only_the_output_is_no_hidden_activation_for_being_dequantised() =>
        Assert.Empty(HiddenActivations.Of(Typed(QuantizedConvolution(zeroPoint: 0))));

    [Fact]
    public void Signs_are_those_of_the_numbers_and_not_of_the_integers()
    {
        var model = Quantize(13, [.02f], [117], ElementType.UInt8, axis: null);
        var typed = Typed(model);
        var patch = new ModelPatch(typed);
        var tap = patch.AddTap(typed.Tensor("q"), Reducer.Sign, TensorShape.Of(-1, 3, 4, 4));
        var outputs = Engine.Run(patch.Apply(), ("x", Values.Of(Samples, 2, 3, 4, 4)));
        Assert.Equal(Pack(outputs["q"].Bytes.Select(value => value > 117)), outputs[tap.OutputName].Bytes);
    }

    [Fact]
    public void Integers_without_a_scale_are_refused()
    {
        var model = Tiny.Model(13, [Input()], ["i"], Tiny.Node("Cast", "x", "i", Tiny.Int("to", (int)ElementType.Int8)));
        var typed = Typed(model);
        var refusal = Assert.Throws<AnalyzerException>(() => new ModelPatch(typed).AddTap(typed.Tensor("i"), Reducer.None, TensorShape.Of(-1, 3, 4, 4)));
        Assert.Equal($"tensor `i` of `{typed.Path}` cannot be tapped: its elements are Int8, and taps are for floating-point tensors", refusal.Message);
    }

    [Fact]
    public void Weights_of_quantised_layers_are_told_as_numbers()
    {
        var layers = Layers(QuantizedConvolution(zeroPoint: 0));
        Assert.Equal([.9f, -.5f, .2f, -.2f, 1.4f, .6f], layers.Single().Rows, (a, b) => Math.Abs(a - b) < 1e-6);

        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 2)], ["y"], Tiny.Node("DequantizeLinear", "q s z", "w", Tiny.Int("axis", 1)), Tiny.Node("MatMul", "x w", "y"));
        model.Graph.Initializer.Add([Integers("q", [2, 3], ElementType.Int8, 1, 2, 3, 4, 5, 6), Tiny.Weight("s", [3], [1, 10, 100]), Integers("z", [3], ElementType.Int8, 1, 0, -1)]);
        // A row a unit, so a row a column of w.
        Assert.Equal([0f, 3, 20, 50, 400, 700], Layers(model).Single().Rows);
    }

    [Fact]
    public void Weights_whose_scale_is_applied_later_are_told_without_it()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.UInt8, "N", 2)], ["y"], Tiny.Node("MatMulInteger", "x q . z", "y"));
        model.Graph.Output[0].Type.TensorType.ElemType = (int)ElementType.Int32;
        model.Graph.Initializer.Add([Integers("q", [2, 3], ElementType.UInt8, 1, 2, 3, 4, 5, 6), Integers("z", [], ElementType.UInt8, 3)]);
        var (layer, rows) = Layers(model).Single();
        Assert.Equal("", layer.Quantized!.Scale);
        Assert.Equal([-2f, 1, -1, 2, 0, 3], rows);
    }

    [Fact]
    public void Weights_whose_scale_is_computed_are_left_out_by_name()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 2)], ["y"], Tiny.Node("Exp", "s", "e"), Tiny.Node("DequantizeLinear", "q e", "w"), Tiny.Node("MatMul", "x w", "y"));
        model.Graph.Initializer.Add([Integers("q", [2, 3], ElementType.Int8, 1, 2, 3, 4, 5, 6), Tiny.Weight("s", [], [0])]);
        var (layers, leftOut) = WeightLayers.Of(Typed(model));
        Assert.Empty(layers);
        Assert.Equal("the weights of MatMul `node/y` are quantised with a scale that is computed in the graph, or lie otherwise than it", leftOut.Single().Reason);
    }

    private IEnumerable<(WeightLayer Layer, float[] Rows)> Layers(ModelProto proto)
    {
        var model = Typed(proto);
        var (layers, leftOut) = WeightLayers.Of(model);
        Assert.Empty(leftOut);
        return [.. layers.Select(layer => (layer, model.ReadWeights(layer)))];
    }

    private static ValueInfoProto Input() => Tiny.Value("x", ElementType.Float, "N", 3, 4, 4);

    private static ModelProto Quantize(long opset, float[] scales, int[] zeroPoints, ElementType type, int? axis)
    {
        long[] dims = axis is null ? [] : [scales.Length];
        var model = Tiny.Model(opset, [Input()], ["y"],
            Tiny.Node("QuantizeLinear", "x scale zero", "q", axis is { } at ? [Tiny.Int("axis", at)] : []),
            Tiny.Node("DequantizeLinear", "q scale zero", "y", axis is { } of ? [Tiny.Int("axis", of)] : []));
        model.Graph.Initializer.Add([Tiny.Weight("scale", dims, scales), Integers("zero", dims, type, zeroPoints)]);
        model.Graph.Output.Add(Tiny.Value("q", type));
        return model;
    }

    private static ModelProto QuantizedConvolution(int zeroPoint)
    {
        var model = Tiny.Model(13, [Input()], ["y"],
            Tiny.Node("QuantizeLinear", "x in128 in0", "qx"), Tiny.Node("QLinearConv", "qx in128 in0 w w_scale w_zero out_scale out_zero", "q"),
            Tiny.Node("DequantizeLinear", "q out_scale out_zero", "y"));
        model.Graph.Initializer.Add(
        [
            Tiny.Weight("in128", [], [1 / 128f]), Integers("in0", [], ElementType.UInt8, 128), Tiny.Weight("w_scale", [2], [.01f, .02f]), Integers("w_zero", [2], ElementType.Int8, 0, 0),
            Integers("w", [2, 3, 1, 1], ElementType.Int8, 90, -50, 20, -10, 70, 30), Tiny.Weight("out_scale", [], [.05f]), Integers("out_zero", [], ElementType.UInt8, zeroPoint),
        ]);
        model.Graph.Output.Add(Tiny.Value("q", ElementType.UInt8));
        return model;
    }

    /// <summary>With a layer after it, so that the quantised tensor is a hidden one.</summary>
    private static ModelProto WithReader(ModelProto model)
    {
        model.Graph.Output.Clear();
        model.Graph.Node.Add(Tiny.Node("GlobalAveragePool", "y", "z"));
        model.Graph.Output.Add(Tiny.Value("z", ElementType.Float));
        return model;
    }

    private static TensorProto Integers(string name, long[] dims, ElementType type, params int[] values) =>
        new() { Name = name, Dims = { dims }, DataType = (int)type, Int32Data = { values } };

    private static float[] Dequantize(Values values, Func<int, float> scale, Func<int, int> zeroPoint)
    {
        int[] integers = values.Type switch
        {
            ElementType.UInt8 => [.. values.Bytes.Select(b => (int)b)],
            ElementType.Int8 => [.. values.Bytes.Select(b => (int)(sbyte)b)],
            _ => [.. MemoryMarshal.Cast<byte, ushort>(values.Bytes).ToArray().Select(v => (int)v)],
        };
        return [.. integers.Select((value, i) => (value - zeroPoint(i)) * scale(i))];
    }

    private static byte[] Pack(IEnumerable<bool> bits) => [.. bits.Chunk(8).Select(eight => (byte)eight.Select((bit, i) => bit ? 128 >> i : 0).Sum())];

    private OnnxModel Typed(ModelProto model)
    {
        var opened = _folder.Open(model);
        return opened.WithTypes(TensorTypes.Infer(opened).Types);
    }

    private void Check(ModelProto model, string tensor, Func<Values, float[]> expected) => Check(model, tensor, (values, _) => expected(values));

    /// <summary>The tap is bit-equal to the formula, tells more than one value, and leaves the output as it was.</summary>
    private void Check(ModelProto model, string tensor, Func<Values, Dictionary<string, Values>, float[]> expected)
    {
        var typed = Typed(model);
        var patch = new ModelPatch(typed);
        var input = ("x", Values.Of(Samples, 2, 3, 4, 4));
        var untouched = Engine.Run(File.ReadAllBytes(typed.Path), input);
        var tap = patch.AddTap(typed.Tensor(tensor), Reducer.None, TensorShape.Of([-1, .. untouched[tensor].Shape.Skip(1)]));
        var outputs = Engine.Run(patch.Apply(), input);
        Assert.Equal(expected(outputs[tensor], outputs), outputs[tap.OutputName].Floats);
        Assert.True(outputs[tap.OutputName].Floats.Distinct().Count() > 5);
        foreach (var (name, value) in untouched) Assert.Equal(value.Bytes, outputs[name].Bytes);
    }
}
