using Analyzer.Models;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Tests.Models;

/// <summary>Damaged files: whatever the bytes, the answer is a model or an <see cref="AnalyzerException"/>.</summary>
public sealed class ReaderFuzzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Four_thousand_mutations_end_in_a_model_or_a_sentence(int seed)
    {
        var whole = Seed().ToByteArray();
        var random = new Random(seed);
        var (opened, refused) = (0, 0);
        for (var round = 0; round < 1000; round++)
        {
            var bytes = Mutate(whole, random);
            try
            {
                Use(OnnxModel.Open(_folder.Write(bytes)));
                opened++;
            }
            catch (AnalyzerException)
            {
                refused++;
            }
        }

        // Both ways are taken often: mutations that only ever break the file at its first byte would test little.
        Assert.InRange(opened, 100, 900);
        Assert.InRange(refused, 100, 900);
    }

    [Fact]
    public void Every_length_of_a_truncated_file_ends_in_a_sentence_or_a_shorter_model()
    {
        var whole = Seed().ToByteArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var path = _folder.Write(whole[..length]);
            var error = Record.Exception(() => Use(OnnxModel.Open(path)));
            if (error is not null) Assert.IsType<AnalyzerException>(error);
        }
    }

    [Fact]
    public void Graphs_nested_without_end_are_refused()
    {
        var graph = new GraphProto();
        for (var depth = 0; depth < 50; depth++)
            graph = new GraphProto { Node =
                { new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "then_branch", G = graph } } } } };

        var error = Assert.Throws<AnalyzerException>(() => OnnxModel.Open(_folder.Write(new ModelProto { Graph = graph })));

        Assert.EndsWith("graphs are nested more than 100 messages deep", error.Message, StringComparison.Ordinal);
    }

    private static void Use(OnnxModel model)
    {
        foreach (var initializer in model.Initializers.Where(initializer => initializer.Count < 1_000_000))
            Try(() => model.ReadWeights(initializer));
        Try(() => Selector.Select(model, "all | type:activation | post:gelu"));
        Try(() => HiddenActivations.Of(model));
        Try(() => model.StructureOnly());
        var patch = new ModelPatch(model);
        foreach (var tensor in model.Tensors) Try(() => patch.AddTap(tensor, Reducer.Mean, tensor.Type.Shape ?? TensorShape.Of(1, 2)));
        Try(() => patch.Apply());
        Assert.NotNull(model.Uncovered);
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (AnalyzerException)
        {
            // A sentence is as good an answer as a result.
        }
    }

    private static byte[] Mutate(byte[] whole, Random random)
    {
        var bytes = new List<byte>(whole);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                default:
                    bytes[at] = 0xFF;
                    break;
            }

            if (bytes.Count == 0) bytes.Add(0);
        }

        return [.. bytes];
    }

    /// <summary>One of everything the reader knows: bodies, functions, sparse, typed and raw weights, constants, decomposed GELU.</summary>
    private static ModelProto Seed()
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
