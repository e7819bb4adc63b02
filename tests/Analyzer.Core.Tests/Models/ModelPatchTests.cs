using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

public sealed class ModelPatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<long> Opsets => [7, 9, 11, 12, 13, 17, 18, 20, 21];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Taps_of_a_convolution_agree_with_plain_loops(long opset) =>
        Agree(Convolution(opset, "n"), Values.Of(Tiny.Numbers(3 * 2 * 25), 3, 2, 5, 5), axis: 1);

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Taps_of_tokens_agree_with_plain_loops(long opset) =>
        Agree(Tokens(opset, "n"), Values.Of(Tiny.Numbers(2 * 7 * 4), 2, 7, 4), axis: 2);

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Taps_of_channels_last_agree_with_plain_loops(long opset)
    {
        var model = Convolution(opset, "n");
        model.Graph.Node.RemoveAt(2);
        model.Graph.Node.Add(Tiny.Node("Transpose", "r", "t", Tiny.Ints("perm", 0, 2, 3, 1)));
        model.Graph.Node.Add(Tiny.Node("Identity", "t", "y"));
        Agree(model, Values.Of(Tiny.Numbers(3 * 2 * 25), 3, 2, 5, 5), axis: 3, tapped: "t");
    }

    [Theory]
    [InlineData(1)]
    [InlineData("n")]
    public void A_fixed_batch_of_one_is_tapped_like_an_open_one(object batch) =>
        Agree(Convolution(13, batch), Values.Of(Tiny.Numbers(2 * 25), 1, 2, 5, 5), axis: 1);

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Mean_and_max_of_a_dense_layer_are_the_layer_itself(long opset)
    {
        var model = _folder.Typed(Dense(opset));
        var patch = new ModelPatch(model);
        var mean = patch.AddTap(model.Tensor("h"), Reducer.Mean, TensorShape.Of(-1, 5));
        var max = patch.AddTap(model.Tensor("h"), Reducer.Max, TensorShape.Of(-1, 5));
        var sign = patch.AddTap(model.Tensor("h"), Reducer.Sign, TensorShape.Of(-1, 5));

        var found = Engine.Run(patch.Apply(), ("x", Values.Of(Tiny.Numbers(4 * 3), 4, 3)));

        Assert.Equal(("h", "h", 5), (mean.OutputName, max.OutputName, mean.Units));
        Assert.Equal([4L, 5L], found["h"].Shape);
        Assert.Equal(PlainReducers.Sign([.. found["h"].Floats], 4), found[sign.OutputName].Bytes);
    }

    [Fact]
    public void Std_of_a_dense_layer_is_refused_by_name()
    {
        var model = _folder.Typed(Dense(13));

        var error = Assert.Throws<AnalyzerException>(() =>
            new ModelPatch(model).AddTap(model.Tensor("h"), Reducer.Std, TensorShape.Of(-1, 5)));

        Assert.Equal(
            $"tensor `h` of `{model.Path}` cannot be tapped: its shape [?,5] has one value per unit and sample, "
            + "so there is nothing for `std` to reduce over", error.Message);
    }

    [Theory]
    [MemberData(nameof(Opsets))]
    public void Half_precision_is_reduced_in_single_precision(long opset)
    {
        // A sum of 64 values of 2000 overflows half precision, whose largest number is 65504.
        var proto = Tiny.Model(opset, [Tiny.Value("x", ElementType.Float16, "n", 2, 8, 8)], ["y"],
            Tiny.Node("MaxPool", "x", "p", Tiny.Ints("kernel_shape", 1, 1)), Tiny.Node("Identity", "p", "y"));
        proto.Graph.Output[0] = Tiny.Value("y", ElementType.Float16);
        var numbers = Enumerable.Range(0, 2 * 128).Select(i => (float)(Half)(i % 5 == 0 ? -1 : 2000 + (i % 7))).ToArray();
        var model = _folder.Typed(proto);
        var patch = new ModelPatch(model);
        var shape = TensorShape.Of(-1, 2, 8, 8);
        var mean = patch.AddTap(model.Tensor("p"), Reducer.Mean, shape);
        var std = patch.AddTap(model.Tensor("p"), Reducer.Std, shape);
        var sign = patch.AddTap(model.Tensor("p"), Reducer.Sign, shape);
        var none = patch.AddTap(model.Tensor("p"), Reducer.None, shape);

        var found = Engine.Run(patch.Apply(), ("x", Values.Half(numbers, 2, 2, 8, 8)));

        Close(PlainReducers.Mean(numbers, [2, 2, 8, 8], 1), found[mean.OutputName].Floats, 1e-6);
        Close(PlainReducers.Std(numbers, [2, 2, 8, 8], 1), found[std.OutputName].Floats, 1e-6);
        Assert.Equal(PlainReducers.Sign([.. numbers], 2), found[sign.OutputName].Bytes);
        Assert.Equal(numbers, found[none.OutputName].Floats);
    }

    [Fact]
    public void The_audited_bytes_come_first_and_unchanged()
    {
        var model = _folder.Typed(Convolution(13, "n"));
        var patch = new ModelPatch(model);
        patch.AddTap(model.Tensor("r"), Reducer.Mean, TensorShape.Of(-1, 3, 3, 3));

        var bytes = patch.Apply();

        Assert.Equal(File.ReadAllBytes(model.Path), bytes[..(int)model.FileLength]);
        Assert.Equal(patch.ToBytes(), bytes[(int)model.FileLength..]);
    }

    [Fact]
    public void The_same_tap_twice_is_one_output_and_another_reducer_another()
    {
        var model = _folder.Typed(Convolution(13, "n"));
        var patch = new ModelPatch(model);
        var shape = TensorShape.Of(-1, 3, 3, 3);

        var first = patch.AddTap(model.Tensor("r"), Reducer.Mean, shape);
        var again = patch.AddTap(model.Tensor("r"), Reducer.Mean, shape);
        var other = patch.AddTap(model.Tensor("r"), Reducer.Max, shape);

        Assert.Same(first, again);
        Assert.NotEqual(first.OutputName, other.OutputName);
        Assert.Equal(2, ModelProto.Parser.ParseFrom(patch.ToBytes()).Graph.Output.Count);
    }

    [Fact]
    public void A_tensor_that_the_model_returns_already_is_no_second_output()
    {
        var model = _folder.Typed(Convolution(13, "n"));
        var patch = new ModelPatch(model);

        var tap = patch.AddTap(model.Tensor("y"), Reducer.None, TensorShape.Of(-1, 3, 3, 3));

        Assert.Equal("y", tap.OutputName);
        Assert.Equal(["y"], Engine.Run(patch.Apply(), ("x", Values.Of(Tiny.Numbers(50), 1, 2, 5, 5))).Keys);
    }

    [Fact]
    public void Names_of_the_patch_avoid_every_name_of_the_model_and_its_bodies()
    {
        var plain = _folder.Typed(Convolution(13, "n"));
        var taken = new ModelPatch(plain).AddTap(plain.Tensor("r"), Reducer.Mean, TensorShape.Of(-1, 3, 3, 3)).OutputName;
        var proto = Convolution(13, "n");
        proto.Graph.Node.Add(Tiny.Node("Neg", "r", taken));
        proto.Graph.Output.Add(Tiny.Value(taken, ElementType.Float));
        var model = _folder.Typed(proto);
        var patch = new ModelPatch(model);

        var tap = patch.AddTap(model.Tensor("r"), Reducer.Mean, TensorShape.Of(-1, 3, 3, 3));
        var found = Engine.Run(patch.Apply(), ("x", Values.Of(Tiny.Numbers(50), 1, 2, 5, 5)));

        Assert.NotEqual(taken, tap.OutputName);
        Assert.Equal([1L, 3L], found[tap.OutputName].Shape);
        Assert.Equal([1L, 3L, 3L, 3L], found[taken].Shape);
    }

    [Fact]
    public void Tensors_without_a_batch_axis_are_refused_by_name()
    {
        var model = _folder.Typed(Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 4)], ["y"],
            Tiny.Constant("c", 2f), Tiny.Node("Neg", "c", "k"), Tiny.Node("ReduceMean", "x", "s", Tiny.Int("keepdims", 0)),
            Tiny.Node("Transpose", "x", "t"), Tiny.Node("Shape", "x", "shape"), Tiny.Node("Add", "x k", "y")));

        Assert.Equal("it does not depend on the model's input, so it has no batch axis", Refusal("k", 1));
        Assert.Equal("it is a scalar, so it has no batch axis", Refusal("s"));
        Assert.Equal("its elements are Int64, and taps are for floating-point tensors", Refusal("shape", 2));
        var fixedBatch = _folder.Typed(Tiny.Model(13, [Tiny.Value("x", ElementType.Float, 1, 4)], ["y"], Tiny.Node("Transpose", "x", "t"),
            Tiny.Node("Neg", "t", "y")));
        var error = Assert.Throws<AnalyzerException>(() =>
            new ModelPatch(fixedBatch).AddTap(fixedBatch.Tensor("t"), Reducer.None, TensorShape.Of(4, 1)));
        Assert.Contains("its first axis has 4 entries and the model's inputs have 1, so it is not the batch", error.Message,
            StringComparison.Ordinal);

        string Refusal(string name, params long[] shape) =>
            Assert.Throws<AnalyzerException>(() => new ModelPatch(model).AddTap(model.Tensor(name), Reducer.None, TensorShape.Of(shape)))
            .Message.Split("cannot be tapped: ")[1];
    }

    [Fact]
    public void A_first_axis_that_is_not_the_open_batch_is_refused()
    {
        var model = _folder.Typed(Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", "t", 4)], ["y"],
            Tiny.Node("Transpose", "x", "steps", Tiny.Ints("perm", 1, 0, 2)),
                Tiny.Node("Transpose", "x", "features", Tiny.Ints("perm", 2, 0, 1)),
            Tiny.Node("Neg", "steps", "y"), Tiny.Node("Neg", "features", "z")));

        Assert.EndsWith("its first axis is `t`, which is not the batch of the model's inputs", Refusal("steps"), StringComparison.Ordinal);
        Assert.EndsWith("its first axis always has 4 entries, so it is not the batch", Refusal("features"), StringComparison.Ordinal);

        string Refusal(string name) =>
            Assert.Throws<AnalyzerException>(() =>
                new ModelPatch(model).AddTap(model.Tensor(name), Reducer.Mean, TensorShape.Of(4, 4, 4))).Message;
    }

    [Fact]
    public void A_shape_probe_tells_what_inference_could_not()
    {
        var model = _folder.Typed(Convolution(13, "n"));
        var patch = new ModelPatch(model);
        var probe = patch.AddShapeProbe(model.Tensor("c"));

        var found = Engine.Run(patch.Apply(), ("x", Values.Of(Tiny.Numbers(100), 2, 2, 5, 5)))[probe];

        Assert.Equal(probe, patch.AddShapeProbe(model.Tensor("c")));
        Assert.Equal([2L, 3L, 3L, 3L], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(found.Bytes).ToArray());
    }

    [Fact]
    public void An_operator_set_older_than_seven_is_refused()
    {
        var model = _folder.Open(Tiny.Model(6, [Tiny.Value("x", ElementType.Float, 1, 4)], ["y"], Tiny.Node("Relu", "x", "r"),
            Tiny.Node("Neg", "r", "y")));
        model = model.WithTypes(new Dictionary<string, TensorType> { ["r"] = new(ElementType.Float, null) });

        var error = Assert.Throws<AnalyzerException>(() =>
            new ModelPatch(model).AddTap(model.Tensor("r"), Reducer.Mean, TensorShape.Of(1, 4)));

        Assert.EndsWith("the model is of operator set 6, and taps need 7 or later", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Optional_outputs_left_out_are_no_tensors()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 2, 4, 4)], ["y"],
            Tiny.Node("MaxPool", "x", "v .", Tiny.Ints("kernel_shape", 2, 2)), Tiny.Node("Relu", "v", "y"));

        Assert.Equal(["v", "y"], _folder.Typed(proto).Tensors.Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(3)]
    public void An_overridden_initialiser_takes_the_callers_values_and_keeps_its_own_otherwise(long irVersion)
    {
        var proto = Convolution(11, "n");
        proto.IrVersion = irVersion;
        if (irVersion < 4) proto.Graph.Input.Add(Tiny.Value("w", ElementType.Float, 3, 2, 3, 3));
        var model = _folder.Typed(proto);
        var patch = new ModelPatch(model);
        var weight = model.Initializers.Single(initializer => initializer.Name == "w");
        patch.AddOverride(weight);
        var image = ("x", Values.Of(Tiny.Numbers(50), 1, 2, 5, 5));

        var before = Engine.Run(File.ReadAllBytes(model.Path), image)["y"];
        var own = Engine.Run(patch.Apply(), image)["y"];
        var same = Engine.Run(patch.Apply(), image, ("w", Values.Of(model.ReadWeights(weight).ToFloats(), 3, 2, 3, 3)))["y"];
        var zero = Engine.Run(patch.Apply(), image, ("w", Values.Of(new float[54], 3, 2, 3, 3)))["y"];

        // ONNX Runtime lays constant weights out for its fastest kernels; where the caller may change them it runs others, which round
        // differently. So what is compared are two runs of the patched model, and the model alone up to rounding.
        Assert.Equal(own.Bytes, same.Bytes);
        Close([.. before.Floats], own.Floats, 1e-6);
        Assert.Contains(before.Floats, value => value > 0);
        Assert.Equal(new float[27], zero.Floats);
        Assert.Equal(["x"], model.Inputs.Select(input => input.Name));
    }

    [Fact]
    public void A_patched_model_finds_its_external_data_in_the_models_folder()
    {
        var proto = Convolution(13, "n");
        var bytes = proto.Graph.Initializer[0].RawData.ToByteArray();
        File.WriteAllBytes(_folder["weights.bin"], bytes);
        proto.Graph.Initializer[0].ClearRawData();
        proto.Graph.Initializer[0].DataLocation = 1;
        proto.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        var model = _folder.Typed(proto);
        var patch = new ModelPatch(model);
        var tap = patch.AddTap(model.Tensor("r"), Reducer.Mean, TensorShape.Of(-1, 3, 3, 3));

        var found = Engine.Run(patch.Apply(), Path.GetDirectoryName(model.Path)!, ("x", Values.Of(Tiny.Numbers(50), 1, 2, 5, 5)));

        Close(PlainReducers.Mean(found["y"].Floats, [1, 3, 3, 3], 1), found[tap.OutputName].Floats, 1e-6);
    }

    /// <summary>Every reducer on one tensor: its values against plain loops on the raw tensor, and the model's output against the model's
    /// alone.</summary>
    private void Agree(ModelProto proto, Values input, int axis, string tapped = "r")
    {
        var model = _folder.Typed(proto);
        var tensor = model.Tensor(tapped);
        Assert.Equal(axis, tensor.UnitAxis);
        var raw = Engine.Run(Raw(model, tensor), ("x", input));
        var shape = raw[tapped].Shape;
        var values = raw[tapped].Floats;
        var actual = TensorShape.Of([-1, .. shape[1..]]);
        var patch = new ModelPatch(model);
        var taps = Enum.GetValues<Reducer>().ToDictionary(reducer => reducer, reducer => patch.AddTap(tensor, reducer, actual));

        var found = Engine.Run(patch.Apply(), ("x", input));
        var alone = Engine.Run(File.ReadAllBytes(model.Path), ("x", input));

        Assert.Equal(alone["y"].Bytes, found["y"].Bytes);
        foreach (var tap in taps.Values)
            Assert.Equal(tap.Shape.Dims.Select((dim, at) => at == 0 ? shape[0] : dim.Size!.Value), found[tap.OutputName].Shape);
        Close(PlainReducers.Mean(values, shape, axis), found[taps[Reducer.Mean].OutputName].Floats, 1e-6);
        Assert.Equal(PlainReducers.Max(values, shape, axis), found[taps[Reducer.Max].OutputName].Floats.Select(value => (double)value));
        Close(PlainReducers.Std(values, shape, axis), found[taps[Reducer.Std].OutputName].Floats, 1e-6);
        Assert.Equal(values, found[taps[Reducer.None].OutputName].Floats);
        Assert.Equal(PlainReducers.Sign([.. values], (int)shape[0]), found[taps[Reducer.Sign].OutputName].Bytes);
        Assert.Equal(shape[axis], taps[Reducer.Mean].Units);
        Assert.Contains(values, value => value > 0);
        Assert.Contains(values, value => value <= 0);
    }

    private static byte[] Raw(OnnxModel model, ModelTensor tensor)
    {
        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.Path));
        if (proto.Graph.Output.All(output => output.Name != tensor.Name))
            proto.Graph.Output.Add(Tiny.Value(tensor.Name, ElementType.Float));
        return Google.Protobuf.MessageExtensions.ToByteArray(proto);
    }

    private static ModelProto Convolution(long opset, object batch)
    {
        var model = Tiny.Model(opset, [Tiny.Value("x", ElementType.Float, batch, 2, 5, 5)], ["y"],
            Tiny.Node("Conv", "x w", "c", Tiny.Ints("kernel_shape", 3, 3)), Tiny.Node("Relu", "c", "r"), Tiny.Node("Identity", "r", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 3, 2, 3, 3));
        return model;
    }

    private static ModelProto Tokens(long opset, object batch)
    {
        var model = Tiny.Model(opset, [Tiny.Value("x", ElementType.Float, batch, 7, 4)], ["y"],
            Tiny.Node("MatMul", "x w", "m"), Tiny.Node("Relu", "m", "r"), Tiny.Node("Neg", "r", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 4, 5));
        return model;
    }

    private static ModelProto Dense(long opset)
    {
        var model = Tiny.Model(opset, [Tiny.Value("x", ElementType.Float, "n", 3)], ["y"],
            Tiny.Node("Gemm", "x w b", "g"), Tiny.Node("Relu", "g", "h"), Tiny.Node("Neg", "h", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 3, 5));
        model.Graph.Initializer.Add(Tiny.Weight("b", 5));
        return model;
    }

    private static void Close(double[] expected, float[] actual, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - (relative * (1 + Math.Abs(expected[i]))),
                expected[i] + (relative * (1 + Math.Abs(expected[i]))));
    }
}
