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

    /// <summary>The mean over all axes but the first two, [batch, units]: ONNX Runtime pools in the layout that convolutions leave, and reduces in none but the plain one.</summary>
    public string GlobalMean(string input) => Reshape(Add("GlobalAveragePool", "pooled", [input]), 0, -1);

    public string Max(string input, long[] axes, bool keep) => Reduce("ReduceMax", input, axes, keep);

    public string Binary(string op, string left, string right) => Add(op, op.ToLowerInvariant(), [left, right]);

    public string Sqrt(string input) => Add("Sqrt", "sqrt", [input]);

    /// <summary>One entry of an axis, which is gone from the result.</summary>
    public string Gather(string input, long entry, long axis) => Add("Gather", "entry", [input, Scalar(entry)], Integer("axis", axis));

    public string Reshape(string input, params long[] dims) => Add("Reshape", "reshaped", [input, Constant(dims)]);

    /// <summary>The tensor of floats where the condition holds, another number elsewhere.</summary>
    public string Where(string condition, string input, float otherwise) => Add("Where", "where", [condition, input, Constant(ElementType.Float, otherwise)]);

    /// <summary>1 to <paramref name="count"/>, [1, count], as floats.</summary>
    public string Places(long count)
    {
        var bytes = new byte[count * sizeof(float)];
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), i + 1);
        return Constant(ElementType.Float, [1, count], bytes);
    }

    /// <summary>
    /// (value − zero point) × scale in float32, as DequantizeLinear has it; written out, since that operator is not in every set and gives
    /// the scale's type. The difference is exact for integers of up to 16 bits.
    /// </summary>
    /// <param name="input">The tensor of integers.</param>
    /// <param name="how">Its scale and zero point.</param>
    /// <param name="rank">Its number of axes.</param>
    public string Dequantize(string input, Quantization how, int rank)
    {
        string Spread(string name)
        {
            var wide = Cast(name, ElementType.Float);
            if (how.Axis is not { } axis) return wide;
            var dims = Enumerable.Repeat(1L, rank).ToArray();
            dims[axis < 0 ? axis + rank : axis] = -1;
            return Add("Reshape", "spread", [wide, Constant(dims)]);
        }
        var apart = Cast(input, ElementType.Float);
        if (how.ZeroPoint.Length > 0) apart = Add("Sub", "centred", [apart, Spread(how.ZeroPoint)]);
        return Add("Mul", "dequantized", [apart, Spread(how.Scale)]);
    }

    /// <summary>Two passes, so that a large mean does not eat the digits of a small deviation.</summary>
    public string Std(string input, long[] axes)
    {
        var apart = Add("Sub", "apart", [input, Mean(input, axes, keep: true)]);
        return Add("Sqrt", "std", [Mean(Add("Mul", "square", [apart, apart]), axes, keep: false)]);
    }

    /// <summary>
    /// Packs [batch, …] of <paramref name="bits"/> elements each, by a convolution of width and stride eight that pads the end with
    /// zeros: measured on one CPU core, 14 ms for four million elements where a matrix product took 200. Its sums of distinct powers of
    /// two are exact in float32; the half added makes the cast round, so that they are in less exact arithmetic too.
    /// </summary>
    public string Sign(string input, ElementType type, double threshold, long bits)
    {
        var above = Cast(Add("Greater", "above", [input, Constant(type, threshold)]), ElementType.Float);
        var flat = Add("Reshape", "flat", [above, Constant([0, 1, bits])]);
        var bytes = (bits + 7) / 8;
        var packed = Add("Conv", "packed", [flat, PowersOfTwo(), Constant(ElementType.Float, 0.5, [1])],
            Integers("kernel_shape", 8), Integers("strides", 8), Integers("pads", 0, bytes * 8 - bits));
        return Add("Reshape", "codes", [Cast(packed, ElementType.UInt8), Constant([0, bytes])]);
    }

    private string Reduce(string op, string input, long[] axes, bool keep)
    {
        var keepDims = Integer("keepdims", keep ? 1 : 0);
        return opset < 18
            ? Add(op, "reduced", [input], Integers("axes", axes), keepDims)
            : Add(op, "reduced", [input, Constant(axes)], keepDims);
    }

    private string PowersOfTwo()
    {
        var bytes = new byte[8 * sizeof(float)];
        for (var bit = 0; bit < 8; bit++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(bit * sizeof(float)), 1 << (7 - bit));
        return Constant(ElementType.Float, [1, 1, 8], bytes);
    }

    private string Scalar(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Constant(ElementType.Int64, [], bytes);
    }

    private string Constant(long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return Constant(ElementType.Int64, [values.Length], bytes);
    }

    private string Constant(ElementType type, double value, params long[] dims)
    {
        var bytes = new byte[type == ElementType.Double ? sizeof(double) : sizeof(float)];
        if (type == ElementType.Double) BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        else BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value);
        return Constant(type, dims, bytes);
    }

    private string Constant(ElementType type, long[] dims, byte[] bytes) => Add("Constant", "constant", [], new AttributeProto
    {
        Name = "value", Type = 4, T = new TensorProto { DataType = (int)type, Dims = { dims }, RawData = ByteString.CopyFrom(bytes) },
    });

    private static AttributeProto Integer(string name, long value) => new() { Name = name, Type = 2, I = value };

    private static AttributeProto Integers(string name, params long[] values) => new() { Name = name, Type = 7, Ints = { values } };

    private string Add(string op, string role, string[] inputs, params AttributeProto[] attributes)
    {
        var output = unique(role);
        nodes.Add(new NodeProto { OpType = op, Name = output, Input = { inputs }, Output = { output }, Attribute = { attributes } });
        return output;
    }
}
