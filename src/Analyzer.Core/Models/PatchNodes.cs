using System.Buffers.Binary;
using Analyzer.Models.Onnx;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Analyzer.Models;

/// <summary>
/// Writes the nodes of a patch as the model's operator set wants them. Constants are Constant nodes: they mean the same in
/// every version of the file format, where initialisers do not.
/// </summary>
internal sealed class PatchNodes(RepeatedField<NodeProto> nodes, long opset, Func<string, string> unique)
{
    public string Cast(string input, ElementType to) => Add("Cast", "cast", [input], Integer("to", (int)to));

    public string Shape(string input) => Add("Shape", "shape", [input]);

    public string Mean(string input, long[] axes, bool keep) => Reduce("ReduceMean", input, axes, keep);

    public string Max(string input, long[] axes, bool keep) => Reduce("ReduceMax", input, axes, keep);

    /// <summary>Two passes, so that a large mean does not eat the digits of a small deviation.</summary>
    public string Std(string input, long[] axes)
    {
        var apart = Add("Sub", "apart", [input, Mean(input, axes, keep: true)]);
        return Add("Sqrt", "std", [Mean(Add("Mul", "square", [apart, apart]), axes, keep: false)]);
    }

    /// <summary>Packs [batch, …] of <paramref name="bits"/> elements each; every sum is of eight distinct powers of two, exact in float32.</summary>
    public string Sign(string input, ElementType type, double threshold, long bits)
    {
        var above = Add("Greater", "above", [input, Constant(type, threshold)]);
        var flat = Add("Reshape", "flat", [Cast(above, ElementType.Float), Constant([0, bits])]);
        var bytes = (bits + 7) / 8;
        if (bits % 8 != 0) flat = PadEnd(flat, bytes * 8 - bits);
        var eights = Add("Reshape", "eights", [flat, Constant([0, bytes, 8])]);
        return Cast(Add("MatMul", "packed", [eights, PowersOfTwo()]), ElementType.UInt8);
    }

    private string Reduce(string op, string input, long[] axes, bool keep)
    {
        var keepDims = Integer("keepdims", keep ? 1 : 0);
        return opset < 18
            ? Add(op, "reduced", [input], new AttributeProto { Name = "axes", Type = 7, Ints = { axes } }, keepDims)
            : Add(op, "reduced", [input, Constant(axes)], keepDims);
    }

    private string PadEnd(string input, long columns) => opset < 11
        ? Add("Pad", "padded", [input], new AttributeProto { Name = "pads", Type = 7, Ints = { 0L, 0L, 0L, columns } })
        : Add("Pad", "padded", [input, Constant([0, 0, 0, columns])]);

    private string PowersOfTwo()
    {
        var bytes = new byte[8 * sizeof(float)];
        for (var bit = 0; bit < 8; bit++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bit * sizeof(float)), 1 << (7 - bit));
        return Constant(ElementType.Float, [8], bytes);
    }

    private string Constant(long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Constant(ElementType.Int64, [values.Length], bytes);
    }

    private string Constant(ElementType type, double value)
    {
        var bytes = new byte[type == ElementType.Double ? sizeof(double) : sizeof(float)];
        if (type == ElementType.Double) BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        else BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
        return Constant(type, [], bytes);
    }

    private string Constant(ElementType type, long[] dims, byte[] bytes) => Add("Constant", "constant", [], new AttributeProto
    {
        Name = "value", Type = 4, T = new TensorProto { DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) },
    });

    private static AttributeProto Integer(string name, long value) => new() { Name = name, Type = 2, I = value };

    private string Add(string op, string role, string[] inputs, params AttributeProto[] attributes)
    {
        var output = unique(role);
        nodes.Add(new NodeProto { OpType = op, Name = output, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }
}
