using System.Security.Cryptography;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Tests.Models;

public sealed class OnnxModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Structure_is_read_as_written()
    {
        var proto = Small();
        proto.ProducerVersion = "1.2";
        proto.MetadataProps.Add(new StringStringEntryProto { Key = "classes", Value = "cat,dog" });
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        proto.Graph.Input.Add(Tiny.Value("w", ElementType.Float, 4, 3));

        var model = _folder.Open(proto);

        Assert.Equal((8, 13, "tiny 1.2", 15), (model.IrVersion, model.Opset, model.Producer, model.Parameters));
        Assert.Equal(3, model.Opsets["com.example"]);
        Assert.Equal("cat,dog", model.Metadata["classes"]);
        Assert.Equal(new Declared("x", new TensorType(ElementType.Float, new TensorShape([new Dimension(null, "n"), new Dimension(4)]))),
            Assert.Single(model.Inputs));
        Assert.Equal(["g", "y"], model.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["w", "b"], model.Initializers.Select(initializer => initializer.Name));
        Assert.Equal([4L, 3L], model.Initializers[0].Dims);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(proto.ToByteArray())), model.Sha256);
    }

    [Fact]
    public void Weights_stay_in_the_file_until_they_are_asked_for()
    {
        var proto = Small();
        proto.Graph.Initializer[0] = Tiny.Weight("w", 4, 300);

        var model = _folder.Open(proto);
        var place = Assert.Single(model.Initializers[0].Places);

        Assert.False(model.Initializers[0].Proto.HasRawData);
        Assert.True(model.Initializers[1].Proto.HasRawData);
        Assert.Equal((model.Path, 4800, "raw_data"), (place.Path, place.Length, place.Field));
        Assert.Equal(proto.Graph.Initializer[0].RawData.ToByteArray(),
            File.ReadAllBytes(model.Path).AsSpan((int)place.Offset, 4800).ToArray());
        Assert.Equal(Tiny.Numbers(1200, seed: 1), model.ReadWeights(model.Initializers[0]).ToFloats());
    }

    [Fact]
    public void A_file_near_two_gigabytes_is_opened_without_reading_it()
    {
        const int Weights = 2_000_000_000;
        // The tensor's bytes are a hole in the file: tags and lengths are written, the values left for the file system to make up.
        var tensor = new TensorProto { Name = "large", DataType = (int)ElementType.UInt8, Dims = { Weights / 2, 2 } }.ToByteArray();
        var proto = Small();
        var rest = proto.Graph.ToByteArray();
        var raw = Field(TensorProto.RawDataFieldNumber, Weights);
        var initializer = Field(GraphProto.InitializerFieldNumber, tensor.Length + raw.Length + Weights);
        var graph = Field(ModelProto.GraphFieldNumber, rest.Length + initializer.Length + tensor.Length + raw.Length + Weights);
        using (var file = File.Create(_folder["large.onnx"]))
        {
            proto.Graph = null;
            foreach (var part in new[] { proto.ToByteArray(), graph, rest, initializer, tensor, raw }) file.Write(part);
            file.SetLength(file.Position + Weights);
        }

        // Opened once before, so that what is measured is this file and not the first use of the code.
        _folder.Open(Small());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var model = OnnxModel.Open(_folder["large.onnx"]);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, 1_000_000);
        Assert.Equal(Weights + 12 + 3, model.Parameters);
        Assert.Equal(model.FileLength - Weights, model.Initializers[^1].Places[0].Offset);
    }

    [Fact]
    public void Parameters_are_floats_and_narrow_integers_of_two_axes_wherever_they_lie()
    {
        var proto = Small();
        var body = new GraphProto { Name = "then", Output = { Tiny.Value("z", ElementType.Float) },
            Node = { Tiny.Node("Identity", "inner", "z") } };
        body.Initializer.Add(Tiny.Weight("inner", 5));
        proto.Graph.Node.Add(Tiny.Node("If", "condition", "v", new AttributeProto { Name = "then_branch", Type = 5, G = body },
            new AttributeProto { Name = "else_branch", Type = 5, G = body.Clone() }));
        proto.Graph.Initializer.Add(new TensorProto { Name = "quantised", DataType = (int)ElementType.Int8, Dims = { 2, 2 },
            RawData = ByteString.CopyFrom(1, 2, 3, 4) });
        proto.Graph.Initializer.Add(new TensorProto { Name = "zero point", DataType = (int)ElementType.Int8, Dims = { 2 },
            RawData = ByteString.CopyFrom(0, 0) });
        proto.Graph.Initializer.Add(new TensorProto { Name = "shape", DataType = (int)ElementType.Int64, Dims = { 2 },
            Int64Data = { 1, 2 } });
        proto.Graph.Initializer.Add(new TensorProto { Name = "condition", DataType = (int)ElementType.Bool,
            RawData = ByteString.CopyFrom(1) });

        var model = _folder.Open(proto);

        Assert.Equal(12 + 3 + 4 + 5 + 5, model.Parameters);
        Assert.Equal(["z", "z"], model.Uncovered.Select(tensor => tensor.Name));
        Assert.Equal("it lies inside `then_branch` of If node `node/v`, which runs or not as the data decides", model.Uncovered[0].Reason);
        var error = Assert.Throws<AnalyzerException>(() => model.Tensor("z"));
        Assert.Equal($"tensor `z` of `{model.Path}` cannot be tapped: {model.Uncovered[0].Reason}", error.Message);
    }

    [Fact]
    public void Tensors_of_functions_are_listed_as_out_of_reach()
    {
        var proto = Small();
        proto.Functions.Add(new FunctionProto { Name = "Gate", Domain = "com.example", Input = { "a" }, Output = { "c" },
            Node = { Tiny.Node("Sigmoid", "a", "b"), Tiny.Node("Mul", "a b", "c") } });

        var model = _folder.Open(proto);

        Assert.Equal(["com.example:Gate"], model.Functions);
        Assert.Equal(["b", "c"], model.Uncovered.Select(tensor => tensor.Name));
        Assert.StartsWith("it lies inside the function `com.example:Gate`", model.Uncovered[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Refused(_folder["none.onnx"]);

        Assert.Equal($"`{_folder["none.onnx"]}` was not found", error.Message);
        Assert.Equal("give the path of an ONNX file", error.Hint);
    }

    [Fact]
    public void A_directory_is_no_model() =>
        Assert.EndsWith("is a directory, not an ONNX file", Refused(Path.GetDirectoryName(_folder["x"])!).Message,
            StringComparison.Ordinal);

    [Fact]
    public void An_empty_file_is_no_model() =>
        Assert.Equal($"`{_folder["e"]}` is empty, or a pipe or device", Refused(_folder.Write(Array.Empty<byte>(), "e")).Message);

    [Fact]
    public void A_text_file_is_told_by_its_first_line() =>
        Assert.Equal($"`{_folder["t"]}` is a text file, not an ONNX model; it begins `<!DOCTYPE html>`",
            Refused(_folder.Write("<!DOCTYPE html>\n<html>\n"u8.ToArray(), "t")).Message);

    [Fact]
    public void A_pointer_of_git_lfs_is_told_with_what_fetches_the_model()
    {
        var error = Refused(_folder.Write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"u8.ToArray(), "p"));

        Assert.Equal(($"`{_folder["p"]}` is a Git LFS pointer, not the model itself", "fetch the model with `git lfs pull`"),
            (error.Message, error.Hint));
    }

    [Fact]
    public void A_truncated_file_is_told_where_it_ends()
    {
        var whole = Small().ToByteArray();

        var error = Refused(_folder.Write(whole[..^10]));

        Assert.Matches($"is truncated, or no ONNX model: the field at byte [0-9]+ needs [0-9]+ bytes and the file has [0-9]+ left$",
            error.Message);
    }

    [Fact]
    public void A_model_without_a_graph_is_refused()
    {
        var proto = Small();
        proto.Graph = null;

        Assert.EndsWith("holds no graph", Refused(_folder.Write(proto)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_too_large_for_protobuf_is_refused_with_what_to_do()
    {
        using (var file = File.Create(_folder["huge.onnx"])) file.SetLength(int.MaxValue + 1L);

        var error = Refused(_folder["huge.onnx"]);

        Assert.Equal($"`{_folder["huge.onnx"]}` has 2147483648 bytes, and an ONNX file can have at most 2147483647", error.Message);
        Assert.Equal("export the model with its weights as external data", error.Hint);
    }

    [Theory]
    [InlineData("g")]
    [InlineData("w")]
    [InlineData("x")]
    public void A_tensor_made_twice_is_refused(string name)
    {
        var proto = Small();
        proto.Graph.Node.Add(Tiny.Node("Relu", "g", name));

        Assert.Equal($"`{_folder["model.onnx"]}` makes the tensor `{name}` twice", Refused(_folder.Write(proto)).Message);
    }

    [Fact]
    public void A_name_that_onnx_runtime_would_cut_short_is_refused()
    {
        var proto = Small();
        proto.Graph.Node.Add(Tiny.Node("Relu", "g", "g\0h"));

        Assert.Equal($"`{_folder["model.onnx"]}` has a NUL in the name `g\0h`", Refused(_folder.Write(proto)).Message);
    }

    [Fact]
    public void Unknown_fields_and_weights_of_a_training_graph_are_passed_over()
    {
        var bytes = new MemoryStream();
        bytes.Write(Small().ToByteArray());
        bytes.Write(Field(20, 5000));
        bytes.Write(new byte[5000]);

        Assert.Equal(["g", "y"], OnnxModel.Open(_folder.Write(bytes.ToArray())).Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void A_forged_note_of_stored_values_is_not_believed()
    {
        var proto = Small();
        proto.Graph.Initializer[1].Stored.Add(new StoredValues { Field = TensorProto.RawDataFieldNumber, Offset = 0, Length = 12 });

        var model = _folder.Open(proto);

        Assert.Equal(Tiny.Numbers(3, seed: 1), model.ReadWeights(model.Initializers[1]).ToFloats());
        Assert.NotEqual(0, Assert.Single(model.Initializers[1].Places).Offset);
    }

    private static byte[] Field(int number, int length)
    {
        var bytes = new MemoryStream();
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteLength(length);
        output.Flush();
        return bytes.ToArray();
    }

    private static AnalyzerException Refused(string path)
    {
        var error = Assert.Throws<AnalyzerException>(() => OnnxModel.Open(path));
        Assert.Equal(Failure.BadInput, error.Kind);
        return error;
    }

    private static ModelProto Small()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 4)], ["y"], Tiny.Node("Gemm", "x w b", "g"),
            Tiny.Node("Relu", "g", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 4, 3));
        model.Graph.Initializer.Add(Tiny.Weight("b", 3));
        return model;
    }
}
