using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

/// <summary>One of everything the reader knows: bodies, functions, sparse, typed and raw weights, constants, decomposed GELU.</summary>
internal static class OneOfEverything
{
    public static ModelProto Model()
    {
        var body = new GraphProto { Name = "b", Node = { Tiny.Node("Identity", "y", "z") },
            Output = { Tiny.Value("z", ElementType.Float) } };
        body.Initializer.Add(Tiny.Weight("inner", 3));
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 2, 4, 4)], ["y"],
            Tiny.Node("Conv", "x w", "c", Tiny.Ints("pads", 1, 1, 1, 1)), Tiny.Constant("r2", 1.41421f), Tiny.Constant("one", 1f),
                Tiny.Constant("half", 0.5f),
            Tiny.Node("Div", "c r2", "d"), Tiny.Node("Erf", "d", "e"), Tiny.Node("Add", "e one", "f"), Tiny.Node("Mul", "c f", "g"),
                Tiny.Node("Mul", "g half", "gelu"),
            Tiny.Constant("shape", 0, -1), Tiny.Node("Reshape", "gelu shape", "flat"),
                Tiny.Node("Transpose", "gelu", "t", Tiny.Ints("perm", 0, 2, 3, 1)),
            Tiny.Node("Squeeze", "t shape", "q"), Tiny.Node("ReduceMean", "gelu", "m", Tiny.Ints("axes", 2, 3)),
                Tiny.Node("Sub", "gelu m", "centred"),
            Tiny.Node("Clip", "flat half one", "k"), Tiny.Node("Sigmoid", "k", "s"), Tiny.Node("Mul", "s k", "y"),
            Tiny.Node("If", "p", "v", new AttributeProto { Name = "then_branch", Type = 5, G = body }));
        model.Graph.Initializer.Add(Tiny.Weight("w", 3, 2, 3, 3));
        model.Graph.Initializer.Add(Tiny.Weight("large", 300));
        model.Graph.Initializer.Add(new TensorProto { Name = "typed", DataType = (int)ElementType.Float16, Dims = { 3 },
            Int32Data = { 1, 15360, -1 } });
        model.Graph.SparseInitializer.Add(new SparseTensorProto
        {
            Values = Tiny.Weight("sparse", [2], [7, 9]),
                Indices = new TensorProto { DataType = (int)ElementType.Int64, Dims = { 2 }, Int64Data = { 1, 5 } }, Dims = { 2, 3 },
        });
        model.Graph.ValueInfo.Add(Tiny.Value("gelu", ElementType.Float, "n", 3, 4, 4));
        model.Functions.Add(new FunctionProto { Name = "F", Domain = "d", Node = { Tiny.Node("Relu", "a", "b") } });
        model.MetadataProps.Add(new StringStringEntryProto { Key = "k", Value = "v" });
        return model;
    }
}
