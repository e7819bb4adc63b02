using System.Runtime.InteropServices;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Tests.Models;

public sealed class WeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The same small integers in every encoding; repeated often enough to lie beyond what is kept in memory, too.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2000)]
    public void Every_encoding_of_the_same_numbers_reads_the_same(int times)
    {
        int[] numbers = [.. Enumerable.Repeat(new[] { 0, 1, 2, 3, 4, 6 }, times).SelectMany(list => list)];
        double[] expected = [.. numbers.Select(value => (double)value)];
        var halves = numbers.Select(value => (int)BitConverter.HalfToUInt16Bits((Half)value)).ToArray();
        var brains = numbers.Select(value => BitConverter.SingleToInt32Bits(value) >> 16).ToArray();
        TensorProto Of(ElementType type) => new() { Name = "w", DataType = (int)type, Dims = { numbers.Length } };
        TensorProto Raw<T>(ElementType type, IEnumerable<T> values) where T : unmanaged
        {
            var tensor = Of(type);
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<T>(values.ToArray()));
            return tensor;
        }

        TensorProto With(ElementType type, Action<TensorProto> fill)
        {
            var tensor = Of(type);
            fill(tensor);
            return tensor;
        }

        var encodings = new Dictionary<string, TensorProto>
        {
            ["raw float"] = Raw(ElementType.Float, numbers.Select(value => (float)value)),
            ["raw double"] = Raw(ElementType.Double, expected),
            ["raw float16"] = Raw(ElementType.Float16, numbers.Select(value => (Half)value)),
            ["raw bfloat16"] = Raw(ElementType.BFloat16, brains.Select(value => (short)value)),
            ["raw int8"] = Raw(ElementType.Int8, numbers.Select(value => (sbyte)value)),
            ["raw uint8"] = Raw(ElementType.UInt8, numbers.Select(value => (byte)value)),
            ["raw int16"] = Raw(ElementType.Int16, numbers.Select(value => (short)value)),
            ["raw uint16"] = Raw(ElementType.UInt16, numbers.Select(value => (ushort)value)),
            ["raw int32"] = Raw(ElementType.Int32, numbers),
            ["raw uint32"] = Raw(ElementType.UInt32, numbers.Select(value => (uint)value)),
            ["raw int64"] = Raw(ElementType.Int64, numbers.Select(value => (long)value)),
            ["raw uint64"] = Raw(ElementType.UInt64, numbers.Select(value => (ulong)value)),
            ["raw uint4"] = Raw(ElementType.UInt4, numbers.Chunk(2).Select(pair => (byte)(pair[0] | (pair[1] << 4)))),
            ["raw int4"] = Raw(ElementType.Int4, numbers.Chunk(2).Select(pair => (byte)(pair[0] | (pair[1] << 4)))),
            // 0, 1, 2, 3, 4, 6 are codes 0, 2, 4, 5, 6, 7 of the 4-bit float.
            ["raw float4"] = Raw(ElementType.Float4E2M1,
                Enumerable.Repeat(new byte[] { 0x20, 0x54, 0x76 }, times).SelectMany(list => list)),
            // From the tables of the OCP 8-bit floating point specification.
            ["raw float8 e4m3fn"] =
                Raw(ElementType.Float8E4M3FN,
                    Enumerable.Repeat(new byte[] { 0x00, 0x38, 0x40, 0x44, 0x48, 0x4C }, times).SelectMany(list => list)),
            ["raw float8 e4m3fnuz"] =
                Raw(ElementType.Float8E4M3FNUZ,
                    Enumerable.Repeat(new byte[] { 0x00, 0x40, 0x48, 0x4C, 0x50, 0x54 }, times).SelectMany(list => list)),
            ["raw float8 e5m2"] =
                Raw(ElementType.Float8E5M2,
                    Enumerable.Repeat(new byte[] { 0x00, 0x3C, 0x40, 0x42, 0x44, 0x46 }, times).SelectMany(list => list)),
            ["raw float8 e5m2fnuz"] =
                Raw(ElementType.Float8E5M2FNUZ,
                    Enumerable.Repeat(new byte[] { 0x00, 0x40, 0x44, 0x46, 0x48, 0x4A }, times).SelectMany(list => list)),
            ["float_data"] = With(ElementType.Float, tensor => tensor.FloatData.Add(numbers.Select(value => (float)value))),
            ["double_data"] = With(ElementType.Double, tensor => tensor.DoubleData.Add(expected)),
            ["int32_data of int8"] = With(ElementType.Int8, tensor => tensor.Int32Data.Add(numbers)),
            ["int32_data of int32"] = With(ElementType.Int32, tensor => tensor.Int32Data.Add(numbers)),
            ["int32_data of float16"] = With(ElementType.Float16, tensor => tensor.Int32Data.Add(halves)),
            ["int32_data of bfloat16"] = With(ElementType.BFloat16, tensor => tensor.Int32Data.Add(brains)),
            ["int32_data of int4"] =
                With(ElementType.Int4, tensor => tensor.Int32Data.Add(numbers.Chunk(2).Select(pair => pair[0] | (pair[1] << 4)))),
            ["int64_data"] = With(ElementType.Int64, tensor => tensor.Int64Data.Add(numbers.Select(value => (long)value))),
            ["uint64_data of uint32"] = With(ElementType.UInt32, tensor => tensor.Uint64Data.Add(numbers.Select(value => (ulong)value))),
            ["uint64_data of uint64"] = With(ElementType.UInt64, tensor => tensor.Uint64Data.Add(numbers.Select(value => (ulong)value))),
            ["external"] = External(Raw(ElementType.Float, numbers.Select(value => (float)value)), offset: 64),
        };

        foreach (var (name, tensor) in encodings)
        {
            var model = _folder.Open(Holding(tensor));
            var weights = model.ReadWeights(model.Initializers[0]);
            Assert.True(expected.SequenceEqual(weights.ToDoubles()), name);
            Assert.True(expected.SequenceEqual(weights.ToFloats().Select(value => (double)value)), name);
            Assert.Equal((numbers.Length * weights.Type.Bits()) / 8, weights.Bytes.Length);
        }
    }

    [Fact]
    public void Negative_and_special_values_survive()
    {
        Assert.Equal([-1, -128, 127],
            Read(new TensorProto { Name = "w", DataType = (int)ElementType.Int8, Dims = { 3 }, Int32Data = { -1, -128, 127 } }));
        Assert.Equal([-8, -1, 7],
            Read(new TensorProto { Name = "w", DataType = (int)ElementType.Int4, Dims = { 3 },
                RawData = ByteString.CopyFrom(0xF8, 0x07) }));
        Assert.Equal([-1.5, double.NaN, double.PositiveInfinity],
            Read(new TensorProto { Name = "w", DataType = (int)ElementType.Float16, Dims = { 3 },
                Int32Data = { 0xBE00, 0x7E00, 0x7C00 } }));
        Assert.Equal([double.NaN, -448],
            Read(new TensorProto { Name = "w", DataType = (int)ElementType.Float8E4M3FN, Dims = { 2 },
                RawData = ByteString.CopyFrom(0x7F, 0xFE) }));
        Assert.Equal([double.NegativeInfinity, double.NaN, 57344, Math.ScaleB(1, -16)],
            Read(new TensorProto { Name = "w", DataType = (int)ElementType.Float8E5M2, Dims = { 4 },
                RawData = ByteString.CopyFrom(0xFC, 0x7D, 0x7B, 0x01) }));
    }

    [Fact]
    public void Values_written_one_by_one_are_read_like_packed_ones()
    {
        // Field 4 with the wire type of single floats: tag 0x25, then four bytes.
        var bytes = new MemoryStream();
        bytes.Write(new TensorProto { Name = "w", DataType = (int)ElementType.Float, Dims = { 2 } }.ToByteArray());
        foreach (var value in new[] { 1.5f, -2f })
        {
            bytes.WriteByte(0x25);
            bytes.Write(BitConverter.GetBytes(value));
        }

        var proto = Holding(new TensorProto { Name = "placeholder" });
        var tail = new MemoryStream();
        using (var output = new CodedOutputStream(tail))
        {
            output.WriteTag(GraphProto.InitializerFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes.ToArray()));
        }

        var graph = new MemoryStream();
        proto.Graph.Initializer.Clear();
        graph.Write(proto.Graph.ToByteArray());
        graph.Write(tail.ToArray());
        proto.Graph = null;
        var file = new MemoryStream();
        file.Write(proto.ToByteArray());
        using (var output = new CodedOutputStream(file))
        {
            output.WriteTag(ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(graph.ToArray()));
        }

        var model = OnnxModel.Open(_folder.Write(file.ToArray()));

        Assert.Equal([1.5f, -2f], model.ReadWeights(model.Initializers[0]).ToFloats());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sparse_weights_are_filled_with_zeros(bool flat)
    {
        var proto = Holding(Tiny.Weight("other", 1));
        var indices = new TensorProto { DataType = (int)ElementType.Int64, Dims = { 2 }, Int64Data = { 1, 5 } };
        if (!flat) indices = new TensorProto { DataType = (int)ElementType.Int64, Dims = { 2, 2 }, Int64Data = { 0, 1, 1, 2 } };
        proto.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Tiny.Weight("s", [2], [7, 9]), Indices = indices,
            Dims = { 2, 3 } });

        var model = _folder.Open(proto);
        var sparse = model.Initializers[1];

        Assert.Equal((true, "s", 6), (sparse.IsSparse, sparse.Name, sparse.Count));
        Assert.Equal([0, 7, 0, 0, 0, 9], model.ReadWeights(sparse).ToFloats());
    }

    [Fact]
    public void Bytes_that_do_not_fit_the_shape_are_refused()
    {
        var tensor = Tiny.Weight("w", [3], [1, 2, 3]);
        tensor.Dims[0] = 4;
        var model = _folder.Open(Holding(tensor));

        var error = Assert.Throws<AnalyzerException>(() => model.ReadWeights(model.Initializers[0]));

        Assert.Equal($"`{model.Path}` cannot be read: tensor `w` holds 12 bytes where its shape [4] of Float needs 16", error.Message);
    }

    [Fact]
    public void A_shape_with_a_negative_size_is_refused()
    {
        var tensor = Tiny.Weight("w", [3], [1, 2, 3]);
        tensor.Dims[0] = -3;

        Assert.EndsWith("tensor `w` has the impossible shape [-3]",
            Assert.Throws<AnalyzerException>(() => _folder.Open(Holding(tensor))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gone.bin", "the external data file `gone.bin` of tensor `w` was not found")]
    [InlineData("../w.bin", "tensor `w` keeps its values in `../w.bin`, outside the model's folder")]
    [InlineData("a/../../w.bin", "tensor `w` keeps its values in `a/../../w.bin`, outside the model's folder")]
    [InlineData("/etc/passwd", "tensor `w` keeps its values in `/etc/passwd`, outside the model's folder")]
    [InlineData("C:\\w.bin", "tensor `w` keeps its values in `C:\\w.bin`, outside the model's folder")]
    [InlineData("", "tensor `w` keeps its values outside the model but does not say where")]
    public void External_data_must_lie_in_the_models_folder(string location, string complaint)
    {
        var tensor = External(Tiny.Weight("w", 3), offset: 0);
        tensor.ExternalData.Single(entry => entry.Key == "location").Value = location;

        var error = Assert.Throws<AnalyzerException>(() => _folder.Open(Holding(tensor)));

        Assert.Equal($"`{_folder["model.onnx"]}` cannot be read: {complaint}", error.Message);
        Assert.Equal(Failure.BadInput, error.Kind);
    }

    [Theory]
    [InlineData("initialiser")]
    [InlineData("constant")]
    [InlineData("body")]
    [InlineData("function")]
    [InlineData("sparse")]
    public void External_data_outside_is_refused_wherever_a_tensor_stands(string place)
    {
        var tensor = External(Tiny.Weight("w", 3), offset: 0);
        tensor.ExternalData.Single(entry => entry.Key == "location").Value = "../w.bin";
        var constant = Tiny.Node("Constant", "", "c");
        constant.Input.Clear();
        constant.Attribute.Add(new AttributeProto { Name = "value", Type = 4, T = tensor });
        var model = Holding(Tiny.Weight("v", 3));
        if (place == "initialiser") model.Graph.Initializer.Add(tensor);
        if (place == "constant") model.Graph.Node.Add(constant);
        if (place == "body")
        {
            var branch = Tiny.Node("If", "x", "i");
            branch.Attribute.Add(new AttributeProto { Name = "then_branch", Type = 5, G = new GraphProto { Node = { constant } } });
            model.Graph.Node.Add(branch);
        }
        if (place == "function") model.Functions.Add(new FunctionProto { Name = "f", Domain = "d", Node = { constant } });
        if (place == "sparse") model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = tensor, Indices = Tiny.Weight("at", 3), Dims = { 9 } });

        Assert.EndsWith("tensor `w` keeps its values in `../w.bin`, outside the model's folder",
            Assert.Throws<AnalyzerException>(() => _folder.Open(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_may_not_lead_external_data_out_of_the_models_folder(bool folderIsLink)
    {
        var outside = Directory.CreateDirectory(_folder["elsewhere"]).FullName;
        var model = Holding(External(Tiny.Weight("w", 3), offset: 0));
        var data = model.Graph.Initializer[0].ExternalData.Single(entry => entry.Key == "location");
        data.Value = folderIsLink ? "data/w.bin" : "link.bin";
        Directory.CreateDirectory(_folder["inside"]);
        File.Move(_folder["w.bin"], Path.Combine(outside, "w.bin"));
        if (folderIsLink) Directory.CreateSymbolicLink(_folder["inside/data"], outside);
        else File.CreateSymbolicLink(_folder["inside/link.bin"], "../elsewhere/w.bin");
        File.WriteAllBytes(_folder["inside/model.onnx"], model.ToByteArray());

        Assert.Equal($"`{_folder["inside/model.onnx"]}` cannot be read: tensor `w` keeps its values in `{data.Value}`, a link that leads out of the model's folder, to `{outside}/w.bin`",
            Assert.Throws<AnalyzerException>(() => OnnxModel.Open(_folder["inside/model.onnx"])).Message);
    }

    [Fact]
    public void A_model_that_is_a_link_itself_finds_linked_data_beside_its_target()
    {
        Directory.CreateDirectory(_folder["blobs"]);
        Directory.CreateDirectory(_folder["snapshot"]);
        var model = Holding(External(Tiny.Weight("w", [3], [1, 2, 3]), offset: 0));
        File.Move(_folder["w.bin"], _folder["blobs/d4ta"]);
        File.WriteAllBytes(_folder["blobs/m0del"], model.ToByteArray());
        File.CreateSymbolicLink(_folder["snapshot/model.onnx"], "../blobs/m0del");
        File.CreateSymbolicLink(_folder["snapshot/w.bin"], "../blobs/d4ta");

        var opened = OnnxModel.Open(_folder["snapshot/model.onnx"]);
        Assert.Equal([1, 2, 3], opened.ReadWeights(opened.Initializers[0]).ToDoubles());
        using var runner = new Analyzer.Inference.ModelRunner(new ModelPatch(opened).Apply(), opened.Path, new() { Device = Analyzer.Inference.Device.Cpu });
    }

    [Fact]
    public void External_data_that_ends_too_early_is_refused()
    {
        var tensor = External(Tiny.Weight("w", 3), offset: 0);
        tensor.ExternalData.Single(entry => entry.Key == "offset").Value = "4";

        Assert.EndsWith("tensor `w` needs bytes 4 to 16 of `w.bin`, which has 12",
            Assert.Throws<AnalyzerException>(() => _folder.Open(Holding(tensor))).Message, StringComparison.Ordinal);
    }

    private double[] Read(TensorProto tensor)
    {
        var model = _folder.Open(Holding(tensor));
        return model.ReadWeights(model.Initializers[0]).ToDoubles();
    }

    private TensorProto External(TensorProto tensor, int offset)
    {
        var file = new byte[offset + tensor.RawData.Length];
        tensor.RawData.CopyTo(file, offset);
        File.WriteAllBytes(_folder["w.bin"], file);
        return new TensorProto
        {
            Name = tensor.Name, DataType = tensor.DataType, Dims = { tensor.Dims }, DataLocation = 1,
            ExternalData =
            {
                new StringStringEntryProto { Key = "location", Value = "w.bin" },
                    new StringStringEntryProto { Key = "offset", Value = $"{offset}" },
                new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" },
            },
        };
    }

    private static ModelProto Holding(TensorProto tensor)
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 4)], ["y"], Tiny.Node("Relu", "x", "y"));
        model.Graph.Initializer.Add(tensor);
        return model;
    }
}
