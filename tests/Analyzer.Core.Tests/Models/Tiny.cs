using System.Runtime.InteropServices;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Google.Protobuf;

namespace Analyzer.Tests.Models;

/// <summary>Models of a few nodes, built in place so that a test shows what it is about.</summary>
internal static class Tiny
{
    public static ModelProto Model(long opset, IEnumerable<ValueInfoProto> inputs, IEnumerable<string> outputs,
        params NodeProto[] nodes) => new()
    {
        IrVersion = 8,
        ProducerName = "tiny",
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        Graph = new GraphProto
        {
            Name = "tiny", Input = { inputs }, Node = { nodes }, Output = { outputs.Select(name => Value(name, ElementType.Float)) },
        },
    };

    /// <summary>A tensor's declaration; −1 is an open dimension named after its place, text a symbol.</summary>
    public static ValueInfoProto Value(string name, ElementType type, params object[] dims)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (dims.Length > 0)
        {
            tensor.Shape = new TensorShapeProto
            {
                Dim =
                {
                    dims.Select(dim => dim is string symbol
                        ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                        : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dim, null) }),
                },
            };
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    public static NodeProto Node(string op, string inputs, string outputs, params AttributeProto[] attributes) => new()
    {
        OpType = op, Name = $"node/{outputs.Split(' ')[0]}", Input = { Names(inputs) }, Output = { Names(outputs) },
            Attribute = { attributes },
    };

    public static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Type = 7, Ints = { values } };

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = 2, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = 1, F = value };

    public static NodeProto Constant(string name, float value) => Node("Constant", "", name, new AttributeProto
    {
        Name = "value", Type = 4, T = new TensorProto { DataType = (int)ElementType.Float, FloatData = { value } },
    });

    public static NodeProto Constant(string name, params long[] values) => Node("Constant", "", name, new AttributeProto
    {
        Name = "value", Type = 4,
            T = new TensorProto { DataType = (int)ElementType.Int64, Dims = { values.Length }, Int64Data = { values } },
    });

    public static TensorProto Weight(string name, long[] dims, float[] values) => new()
    {
        Name = name, DataType = (int)ElementType.Float, Dims = { dims },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)),
    };

    public static TensorProto Weight(string name, params long[] dims) =>
        Weight(name, dims, Numbers((int)dims.Aggregate(1L, (a, b) => a * b), seed: name.Length));

    /// <summary>Numbers in (−1, 1), the same for the same seed.</summary>
    public static float[] Numbers(int count, int seed = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (random.NextSingle() * 2) - 1;
        return values;
    }

    /// <summary>Text in brackets as node names: a dot stands for an optional tensor left out.</summary>
    private static IEnumerable<string> Names(string names) =>
        names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name == "." ? "" : name);
}

/// <summary>A folder that is gone when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("analyzer-models-");

    public string this[string file] => Path.Combine(_folder.FullName, file);

    public OnnxModel Open(ModelProto model, string file = "model.onnx") => OnnxModel.Open(Write(model, file));

    public string Write(ModelProto model, string file = "model.onnx") => Write(model.ToByteArray(), file);

    public string Write(byte[] bytes, string file = "model.onnx")
    {
        File.WriteAllBytes(this[file], bytes);
        return this[file];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
