using System.Buffers.Binary;

namespace Analyzer.Models;

/// <summary>The values of one initialiser.</summary>
public sealed class Weights
{
    private readonly byte[] _bytes;

    internal Weights(ElementType type, IReadOnlyList<long> dims, long count, byte[] bytes) =>
        (Type, Dims, Count, _bytes) = (type, dims, count, bytes);

    /// <summary>Type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Sizes of the axes; elements lie row-major, the last axis fastest.</summary>
    public IReadOnlyList<long> Dims { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>The elements as ONNX stores them raw: little-endian, types below 8 bits two to a byte.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>[Count] elements as floats: exact up to 24 significant bits, the nearest float for wider types.</summary>
    /// <exception cref="NotSupportedException">The elements are complex.</exception>
    public float[] ToFloats()
    {
        var values = new float[Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = Type == ElementType.Float ? BinaryPrimitives.ReadSingleLittleEndian(At(i, 4)) : (float)Element(i);
        return values;
    }

    /// <summary>[Count] elements as doubles: exact but for 64-bit integers beyond 2^53.</summary>
    /// <exception cref="NotSupportedException">The elements are complex.</exception>
    public double[] ToDoubles()
    {
        var values = new double[Count];
        for (var i = 0; i < values.Length; i++) values[i] = Element(i);
        return values;
    }

    private double Element(int i) => Type switch
    {
        ElementType.Float => BinaryPrimitives.ReadSingleLittleEndian(At(i, 4)),
        ElementType.Double => BinaryPrimitives.ReadDoubleLittleEndian(At(i, 8)),
        ElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(At(i, 2)),
        ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(At(i, 2)) << 16),
        ElementType.Int8 => (sbyte)_bytes[i],
        ElementType.UInt8 or ElementType.Bool => _bytes[i],
        ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(At(i, 2)),
        ElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(At(i, 2)),
        ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(At(i, 4)),
        ElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(At(i, 4)),
        ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(At(i, 8)),
        ElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(At(i, 8)),
        ElementType.UInt4 => Nibble(i),
        ElementType.Int4 => (Nibble(i) ^ 8) - 8,
        ElementType.Float4E2M1 => SmallFloat(Nibble(i), exponentBits: 2, mantissaBits: 1, bias: 1),
        ElementType.Float8E4M3FN => (_bytes[i] & 0x7F) == 0x7F ? double.NaN : SmallFloat(_bytes[i], 4, 3, bias: 7),
        ElementType.Float8E4M3FNUZ => _bytes[i] == 0x80 ? double.NaN : SmallFloat(_bytes[i], 4, 3, bias: 8),
        ElementType.Float8E5M2FNUZ => _bytes[i] == 0x80 ? double.NaN : SmallFloat(_bytes[i], 5, 2, bias: 16),
        ElementType.Float8E5M2 when (_bytes[i] & 0x7F) > 0x7C => double.NaN,
        ElementType.Float8E5M2 when (_bytes[i] & 0x7F) == 0x7C => _bytes[i] < 0x80 ? double.PositiveInfinity : double.NegativeInfinity,
        ElementType.Float8E5M2 => SmallFloat(_bytes[i], 5, 2, bias: 15),
        _ => throw new NotSupportedException($"Elements of type {Type} are not numbers on one axis."),
    };

    private ReadOnlySpan<byte> At(int index, int size) => _bytes.AsSpan(index * size, size);

    private int Nibble(int index) => (_bytes[index / 2] >> (index % 2 * 4)) & 0xF;

    /// <summary>Sign, exponent, mantissa, as ONNX's page on float8 lays them out; exponent 0 is subnormal.</summary>
    private static double SmallFloat(int bits, int exponentBits, int mantissaBits, int bias)
    {
        var mantissa = bits & ((1 << mantissaBits) - 1);
        var exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
        var sign = (bits >> (mantissaBits + exponentBits)) == 0 ? 1.0 : -1.0;
        return exponent == 0
            ? sign * Math.ScaleB(mantissa, 1 - bias - mantissaBits)
            : sign * Math.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
    }
}
