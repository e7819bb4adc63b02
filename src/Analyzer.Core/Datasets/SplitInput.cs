using System.Numerics;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>The samples of a split for one input of a model, as they are stored. One reader at a time.</summary>
public sealed class SplitInput
{
    internal SplitInput(string? name, SampleSource source) => (Name, Source) = (name, source);

    /// <summary>The model input these samples are for; null where they are for its only one.</summary>
    public string? Name { get; }

    /// <summary>The file or folder, as messages call it; <c>file:array</c> in a npz.</summary>
    public string File => Source.Name;

    /// <summary>Type of the stored elements: float16, 32, 64, a signed or unsigned integer, or bool.</summary>
    public ElementType ElementType => Source.Type;

    /// <summary>Shape of one sample after resizing and cropping, without the sample axis; every axis ≥ 1; empty where a sample is one number.</summary>
    public long[] Shape => Source.SampleShape;

    /// <summary>Number of samples, at least 1.</summary>
    public int Samples => Source.Samples;

    /// <summary>Bytes of one sample, in [1, 2³⁰].</summary>
    public int SampleBytes => Source.SampleBytes;

    internal SampleSource Source { get; }

    /// <summary>Reads samples as they are stored: contiguous, in C order, in this machine's byte order.</summary>
    /// <param name="first">The first sample, from 0.</param>
    /// <param name="count">Samples to read, at least 0; <paramref name="first"/> + count ≤ <see cref="Samples"/>.</param>
    /// <param name="into">At least count · <see cref="SampleBytes"/> bytes; filled from its beginning.</param>
    /// <exception cref="AnalyzerException">The file cannot be read, or holds NaN, an infinity, or a bool other than 0 and 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Samples that do not exist, or too little room.</exception>
    public void Read(int first, int count, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Samples - first);
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, (long)count * SampleBytes, nameof(into));
        var bytes = into[..(count * SampleBytes)];
        Source.Read(first, bytes);
        if (FirstUnusable(ElementType, bytes) is var bad and >= 0)
            throw Unusable(first, bad, bytes);
    }

    private AnalyzerException Unusable(int first, int element, ReadOnlySpan<byte> bytes)
    {
        var perSample = SampleBytes / Dtype.Bytes(ElementType);
        var where = $"in sample {first + element / perSample} at {BadData.Shape(PositionOf(element % perSample))}";
        var value = bytes[(element * Dtype.Bytes(ElementType))..];
        return ElementType == ElementType.Bool
            ? BadData.Because($"`{File}` holds the bool {value[0]} {where}; a bool is 0 or 1", "is the file damaged?")
            : BadData.Because($"`{File}` holds {Spelled(ElementType, value)} {where}",
                              "clean the data, or leave such samples out, before the audit");
    }

    private static string Spelled(ElementType type, ReadOnlySpan<byte> value)
    {
        var number = type switch
        {
            ElementType.Float16 => (double)MemoryMarshal.Read<Half>(value),
            ElementType.Float => MemoryMarshal.Read<float>(value),
            _ => MemoryMarshal.Read<double>(value),
        };
        return double.IsNaN(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf";
    }

    private long[] PositionOf(long element)
    {
        var position = new long[Shape.Length];
        for (var axis = position.Length - 1; axis >= 0; axis--)
            (element, position[axis]) = Math.DivRem(element, Shape[axis]);
        return position;
    }

    private static int FirstUnusable(ElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        // NaN and the infinities are the values whose exponent bits are all set.
        ElementType.Float => FirstWithAll(MemoryMarshal.Cast<byte, uint>(bytes), 0x7F80_0000u),
        ElementType.Double => FirstWithAll(MemoryMarshal.Cast<byte, ulong>(bytes), 0x7FF0_0000_0000_0000ul),
        ElementType.Float16 => FirstWithAll(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7C00),
        ElementType.Bool => bytes.IndexOfAnyExceptInRange((byte)0, (byte)1),
        _ => -1,
    };

    private static int FirstWithAll<T>(ReadOnlySpan<T> values, T bits) where T : unmanaged, IBinaryInteger<T>
    {
        var mask = new Vector<T>(bits);
        var at = 0;
        while (at <= values.Length - Vector<T>.Count && !Vector.EqualsAny(new Vector<T>(values[at..]) & mask, mask))
            at += Vector<T>.Count;
        for (; at < values.Length; at++)
            if ((values[at] & bits) == bits) return at;
        return -1;
    }
}
