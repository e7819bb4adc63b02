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
        var whole = OneOfEverything.Model().ToByteArray();
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
        var whole = OneOfEverything.Model().ToByteArray();
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
}
