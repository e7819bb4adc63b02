using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

public sealed class TensorTypesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_the_file_declares_wrongly_is_not_believed()
    {
        var proto = Dense();
        proto.Graph.Output[0] = Tiny.Value("y", ElementType.Float, "n", 0);
        proto.Graph.ValueInfo.Add(Tiny.Value("g", ElementType.Float, "n", 77));
        var model = _folder.Open(proto);

        var types = TensorTypes.Infer(model);

        Assert.Null(types.Refusal);
        Assert.Equal("[n,77]", $"{model.Tensor("g").Type.Shape}");
        Assert.Equal("[n,300]", $"{types.Types["g"].Shape}");
        Assert.Equal("[n,300]", $"{types.Types["y"].Shape}");
    }

    [Fact]
    public void Large_weights_are_not_in_the_copy_that_is_inferred_from()
    {
        var model = _folder.Open(Dense());

        var copy = ModelProto.Parser.ParseFrom(model.StructureOnly());

        Assert.InRange(copy.CalculateSize(), 1, 2000);
        Assert.Equal(["x", "w", "b"], copy.Graph.Input.Select(input => input.Name));
        Assert.Equal(["g", "y"], copy.Graph.Output.Select(output => output.Name));
    }

    [Fact]
    public void A_shape_kept_in_external_data_is_read_for_inference()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, 2, 6)], ["y"], Tiny.Node("Reshape", "x shape", "r"),
            Tiny.Node("Relu", "r", "y"));
        File.WriteAllBytes(_folder["shape.bin"], [4, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        proto.Graph.Initializer.Add(new TensorProto
        {
            Name = "shape", DataType = (int)ElementType.Int64, Dims = { 2 }, DataLocation = 1,
                ExternalData = { new StringStringEntryProto { Key = "location", Value = "shape.bin" } },
        });

        var types = TensorTypes.Infer(_folder.Open(proto));

        Assert.Null(types.Refusal);
        Assert.Equal("[4,3]", $"{types.Types["y"].Shape}");
    }

    [Fact]
    public void Large_constants_and_weights_of_bodies_do_not_hinder()
    {
        GraphProto Body(string name)
        {
            var body = new GraphProto { Name = name, Output = { Tiny.Value(name + "_out", ElementType.Float) },
                Node = { Tiny.Node("MatMul", $"c {name}_w", name + "_m"), Tiny.Node("Add", $"{name}_m {name}_c", name + "_out") } };
            body.Initializer.Add(Tiny.Weight(name + "_w", 300, 300));
            body.Node.Insert(0, Large(name + "_c"));
            return body;
        }

        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 300), Tiny.Value("pick", ElementType.Bool)], ["y"], Large("k"),
            Tiny.Node("Add", "x k", "c"),
            Tiny.Node("If", "pick", "y", new AttributeProto { Name = "then_branch", Type = 5, G = Body("yes") },
                new AttributeProto { Name = "else_branch", Type = 5, G = Body("no") }));
        var model = _folder.Open(proto);

        var types = TensorTypes.Infer(model);

        Assert.Null(types.Refusal);
        Assert.InRange(model.StructureOnly().Length, 1, 3000);
        Assert.Equal("[n,300]", $"{types.Types["y"].Shape}");
        Assert.True(model.Tensor("y").DependsOnInput);
        Assert.Equal(6, model.Uncovered.Count);

        static NodeProto Large(string name) =>
            Tiny.Node("Constant", "", name, new AttributeProto { Name = "value", Type = 4, T = Tiny.Weight("", 300) });
    }

    [Fact]
    public void Weights_of_quantised_and_recurrent_layers_need_not_be_there()
    {
        var quantised = Tiny.Model(13, [Tiny.Value("x", ElementType.UInt8, "n", 16, 8, 8)], ["y"],
            Tiny.Node("QLinearConv", "x s z w s zw s z", "q"), Tiny.Node("DequantizeLinear", "q s z", "y"));
        quantised.Graph.Initializer.Add([Bytes("w", ElementType.Int8, 32, 16, 3, 3), Bytes("z", ElementType.UInt8),
            Bytes("zw", ElementType.Int8), Tiny.Weight("s")]);
        var recurrent = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "t", "n", 64)], ["y"],
            Tiny.Node("LSTM", "x w r", "y", Tiny.Int("hidden_size", 32)));
        recurrent.Graph.Initializer.Add([Tiny.Weight("w", 1, 128, 64), Tiny.Weight("r", 1, 128, 32)]);

        Assert.Equal("[n,32,6,6]", $"{Inferred(quantised)["y"].Shape}");
        Assert.Equal("[t,1,n,32]", $"{Inferred(recurrent)["y"].Shape}");

        static TensorProto Bytes(string name, ElementType type, params long[] dims) => new()
        {
            Name = name, DataType = (int)type, Dims = { dims },
                RawData = Google.Protobuf.ByteString.CopyFrom(new byte[dims.Aggregate(1L, (a, b) => a * b)]),
        };
    }

    [Fact]
    public void Calls_of_the_files_own_functions_are_inferred()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 64)], ["y"], Tiny.Node("Gate", "x", "g"),
            Tiny.Node("Relu", "g", "y"));
        proto.Graph.Node[0].Domain = "com.example";
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 });
        proto.Functions.Add(new FunctionProto
        {
            Domain = "com.example", Name = "Gate", Input = { "a" }, Output = { "c" },
                OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 13 } },
            Node = { Tiny.Node("Sigmoid", "a", "b"), Tiny.Node("Mul", "a b", "c") },
        });

        Assert.Equal("[n,64]", $"{Inferred(proto)["g"].Shape}");
    }

    private IReadOnlyDictionary<string, TensorType> Inferred(ModelProto proto)
    {
        var types = TensorTypes.Infer(_folder.Open(proto));
        Assert.Null(types.Refusal);
        return types.Types;
    }

    [Fact]
    public void An_operation_that_onnx_runtime_does_not_know_leaves_what_is_declared_and_says_why()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 4)], ["y"], Tiny.Node("Relu", "x", "r"),
            Tiny.Node("Swirl", "r", "s"), Tiny.Node("Relu", "s", "y"));
        proto.Graph.Node[1].Domain = "com.example";
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 });
        proto.Graph.ValueInfo.Add(Tiny.Value("s", ElementType.Float, "n", 9));

        var types = TensorTypes.Infer(_folder.Open(proto));

        Assert.Contains("Swirl", types.Refusal, StringComparison.Ordinal);
        Assert.Equal("[n,9]", $"{types.Types["s"].Shape}");
        Assert.Equal(TensorType.Unknown, types.Types["r"]);
    }

    private static ModelProto Dense()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 200)], ["y"], Tiny.Node("Gemm", "x w b", "g"),
            Tiny.Node("Relu", "g", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 200, 300));
        model.Graph.Initializer.Add(Tiny.Weight("b", 300));
        return model;
    }
}
