using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Tests.Models;

/// <summary>Files that other people's exporters wrote: CNTK, Caffe2, PyTorch, tf2onnx; operator sets 7 to 15.</summary>
public sealed class ThirdPartyModelTests
{
    public static TheoryData<string> Files =>
    [
        "zoo-mnist-cnn.onnx", "akamaster-resnet20-cifar10.onnx", "akamaster-resnet56-cifar10.onnx", "mlperf-tiny-resnet8.onnx",
        "winml-cifar-cnn.onnx", "winml-squeezenet-fp16.onnx", "magika-v3.3.onnx",
    ];

    [Theory]
    [InlineData("zoo-mnist-cnn.onnx", 3, 7, 5_994, "Input3", 12)]
    [InlineData("akamaster-resnet20-cifar10.onnx", 7, 13, 269_034, "input", 101)]
    [InlineData("akamaster-resnet56-cifar10.onnx", 7, 13, 850_986, "input", 191)]
    [InlineData("mlperf-tiny-resnet8.onnx", 7, 13, 78_666, "input", 32)]
    [InlineData("winml-cifar-cnn.onnx", 6, 10, 50_182, "modelInput", 12)]
    [InlineData("winml-squeezenet-fp16.onnx", 3, 7, 1_235_496, "data_0", 67)]
    [InlineData("magika-v3.3.onnx", 8, 15, 784_223, "bytes", 95)]
    public void Structure_is_what_it_was_when_the_file_was_first_seen(string file, long ir, long opset, long parameters, string input,
        int tensors)
    {
        var model = OnnxModel.Open(ThirdPartyModels.Find(file));

        Assert.Equal((ir, opset, parameters, input, tensors),
            (model.IrVersion, model.Opset, model.Parameters, Assert.Single(model.Inputs).Name, model.Tensors.Count));
        Assert.Empty(model.Uncovered);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Inferred_types_are_those_of_a_run(string file)
    {
        var model = Typed(file);
        var patch = new ModelPatch(model);
        var probes = model.Tensors.ToDictionary(tensor => tensor.Name, patch.AddShapeProbe);

        var found = Engine.Run(patch.Apply(), Input(model, batch: 2));

        foreach (var tensor in model.Tensors.Where(tensor => tensor.Type.Shape is not null))
        {
            var actual = MemoryMarshal.Cast<byte, long>(found[probes[tensor.Name]].Bytes).ToArray();
            Assert.Equal(tensor.Type.Shape!.Rank, actual.Length);
            for (var axis = 0; axis < actual.Length; axis++)
                Assert.True(tensor.Type.Shape.Dims[axis].Size is not { } size
                    || size == actual[axis], $"{tensor.Name} {tensor.Type.Shape}");
        }

        // The mask of a Dropout is the one tensor of these files whose shape ONNX Runtime leaves open.
        Assert.All(model.Tensors.Where(tensor => tensor.Type.Shape is null), tensor => Assert.Equal("Dropout", tensor.Node.Op));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_float_tensor_can_be_tapped_and_its_reducers_agree_with_plain_loops(string file)
    {
        var model = Typed(file);
        var input = Input(model, batch: 2);
        var probe = new ModelPatch(model);
        // What no output depends on is optimised away, and its second output is no float: the mask of Dropout.
        var floats = model.Tensors.Where(tensor =>
            tensor.DependsOnInput && tensor.Type is { Element: ElementType.Float or ElementType.Float16, Shape: not null }).ToList();
        var probes = floats.ToDictionary(tensor => tensor, probe.AddShapeProbe);
        var shapes = Engine.Run(probe.Apply(), input);
        var patch = new ModelPatch(model);
        var taps = new List<TapOutput>();
        var refused = new List<string>();
        foreach (var tensor in floats)
        {
            var shape = TensorShape.Of(MemoryMarshal.Cast<byte, long>(shapes[probes[tensor]].Bytes));
            taps.Add(patch.AddTap(tensor, Reducer.None, shape));
            taps.Add(patch.AddTap(tensor, Reducer.Sign, shape));
            foreach (var reducer in new[] { Reducer.Mean, Reducer.Max, Reducer.Std })
            {
                try
                {
                    taps.Add(patch.AddTap(tensor, reducer, shape));
                }
                catch (AnalyzerException e)
                {
                    refused.Add(e.Message.Split("cannot be tapped: ")[1]);
                }
            }
        }

        var found = Engine.Run(patch.Apply(), input);

        Assert.All(refused, reason => Assert.Matches("one value per unit and sample|nothing says which axis", reason));
        var raw = taps.Where(tap => tap.Reducer == Reducer.None)
            .ToDictionary(tap => tap.Tensor, tap =>
                (Value: found[tap.OutputName], Axis: TapRules.UnitAxisOf(model.Tensor(tap.Tensor), tap.Shape)));
        foreach (var tap in taps)
        {
            var (value, axis) = raw[tap.Tensor];
            var output = found[tap.OutputName];
            // On CPUs ONNX Runtime computes halves as singles, and a tap may read the value before it is rounded.
            var tolerance = model.Tensor(tap.Tensor).Type.Element == ElementType.Float16 ? 1e-3 : 2e-5;
            Assert.Equal(tap.Shape.Dims.Select(dim => dim.Size!.Value), output.Shape);
            switch (tap.Reducer)
            {
                case Reducer.Sign:
                    Assert.True(PlainReducers.Sign([.. value.Floats], (int)value.Shape[0]).SequenceEqual(output.Bytes), $"{tap}");
                    break;
                case Reducer.Mean:
                    Close(PlainReducers.Mean(value.Floats, value.Shape, axis!.Value), output.Floats, tap, tolerance);
                    break;
                case Reducer.Max:
                    Close(PlainReducers.Max(value.Floats, value.Shape, axis!.Value), output.Floats, tap, tolerance);
                    break;
                case Reducer.Std:
                    Close(PlainReducers.Std(value.Floats, value.Shape, axis!.Value), output.Floats, tap, tolerance);
                    break;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Pooled_taps_of_hidden_activations_leave_the_outputs_as_they_are(string file)
    {
        var model = Typed(file);
        var input = Input(model, batch: 2);
        var patch = new ModelPatch(model);
        var hidden = HiddenActivations.Of(model);
        foreach (var activation in hidden.Where(found => found.Tensor.Units is not null))
            patch.AddTap(activation.Tensor, Reducer.Mean, activation.Tensor.Type.Shape!);

        var alone = Engine.Run(File.ReadAllBytes(model.Path), input);
        var tapped = Engine.Run(patch.Apply(), input);

        Assert.NotEmpty(patch.Taps);
        foreach (var (name, value) in alone) Assert.Equal(value.Bytes, tapped[name].Bytes);
    }

    [Theory]
    [InlineData("zoo-mnist-cnn.onnx", 2, "Relu", CodeTheory.Exact)]
    [InlineData("akamaster-resnet20-cifar10.onnx", 19, "Relu", CodeTheory.Exact)]
    [InlineData("akamaster-resnet56-cifar10.onnx", 55, "Relu", CodeTheory.Exact)]
    [InlineData("mlperf-tiny-resnet8.onnx", 7, "Relu", CodeTheory.Exact)]
    [InlineData("winml-cifar-cnn.onnx", 4, "Relu", CodeTheory.Exact)]
    [InlineData("winml-squeezenet-fp16.onnx", 26, "Relu", CodeTheory.Exact)]
    [InlineData("magika-v3.3.onnx", 2, "Gelu", CodeTheory.Declared)]
    public void Hidden_activations_are_all_found(string file, int count, string nonlinearity, CodeTheory theory)
    {
        var hidden = HiddenActivations.Of(Typed(file));

        Assert.Equal(count, hidden.Count);
        Assert.All(hidden, found => Assert.Equal((nonlinearity, theory), (found.Nonlinearity, found.Theory)));
    }

    [Fact]
    public void Code_lengths_of_the_residual_networks_are_those_of_the_paper()
    {
        // He et al., arXiv 2101.05490: ResNet-20 and ResNet-56 on CIFAR-10.
        Assert.Equal(188_416, Bits("akamaster-resnet20-cifar10.onnx"));
        Assert.Equal(532_480, Bits("akamaster-resnet56-cifar10.onnx"));

        static long Bits(string file) => HiddenActivations.Of(Typed(file)).Sum(found => found.Tensor.Type.Shape!.CountPerSample!.Value);
    }

    [Fact]
    public void Layer_normalisation_as_jax_writes_it_is_found() =>
        Assert.Equal(
            [
                "jax2tf_get_logits_/pjit_get_logits_/MagikaV2/LayerNorm_0/AddV2_1:0",
                "jax2tf_get_logits_/pjit_get_logits_/MagikaV2/LayerNorm_1/AddV2_1:0",
            ],
            Selector.Select(Typed("magika-v3.3.onnx"), "op:LayerNorm").Select(tensor => tensor.Name));

    [Fact]
    public void A_constant_weight_of_an_old_file_can_be_overridden()
    {
        var model = Typed("zoo-mnist-cnn.onnx");
        var patch = new ModelPatch(model);
        var bias = model.Initializers.Single(initializer => initializer.Name == "Parameter194");
        patch.AddOverride(bias);
        var input = Input(model, batch: 1);

        var own = Engine.Run(patch.Apply(), input)["Plus214_Output_0"].Floats;
        var raised = Engine.Run(patch.Apply(), input,
            ("Parameter194", Values.Of([.. model.ReadWeights(bias).ToFloats().Select(value => value + 1)],
                [.. bias.Dims])))["Plus214_Output_0"].Floats;

        Assert.Equal(3, model.IrVersion);
        for (var unit = 0; unit < 10; unit++) Assert.Equal(own[unit] + 1, raised[unit], 1e-3);
    }

    private static OnnxModel Typed(string file)
    {
        var model = OnnxModel.Open(ThirdPartyModels.Find(file));
        var types = TensorTypes.Infer(model);
        Assert.Null(types.Refusal);
        return model.WithTypes(types.Types);
    }

    private static (string Name, Values Value) Input(OnnxModel model, int batch)
    {
        var input = model.Inputs[0];
        long[] shape = [.. input.Type.Shape!.Dims.Select(dim => dim.Size ?? batch)];
        var count = (int)shape.Aggregate(1L, (a, b) => a * b);
        return (input.Name, input.Type.Element switch
        {
            ElementType.Int32 =>
                new Values(ElementType.Int32, shape,
                    MemoryMarshal.AsBytes<int>(Enumerable.Range(0, count).Select(i => i * 7 % 257).ToArray()).ToArray()),
            ElementType.Float16 => Values.Half(Tiny.Numbers(count), shape),
            _ => Values.Of(Tiny.Numbers(count), shape),
        });
    }

    private static void Close(double[] expected, float[] actual, TapOutput tap, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"{tap}: {expected[i]} {actual[i]}");
    }
}
