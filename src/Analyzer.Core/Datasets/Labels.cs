using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads the labels of a split: one class index per sample.</summary>
internal static class Labels
{
    // Labels are read in pieces, so that a wide integer type does not double what they take.
    private const int PieceSamples = 1 << 16;

    // Classes are counted in tables of so many rows; what is larger is no class index.
    private const int MostLabel = 999_999;

    /// <summary>Reads an array [n] or [n,1] of any integer type, and checks every value.</summary>
    /// <param name="source">The array; closed afterwards.</param>
    /// <param name="classes">Number of classes where it is known: labels must be below it.</param>
    /// <returns>[n], each in [0, 999,999] and below <paramref name="classes"/>.</returns>
    /// <exception cref="AnalyzerException">Another shape or type, or a label out of range.</exception>
    public static int[] Read(ArraySource source, int? classes)
    {
        var header = source.Header;
        if (header.SampleBytes != Dtype.Bytes(header.Type))
            throw BadData.Because($"`{source.Name}` has the shape {BadData.Shape(header.Shape)}; " +
                                  "labels have the shape [n], one class index per sample",
                                  "take the index of the largest of one-hot rows: `labels.argmax(axis=1)`");
        if (Dtype.IsFloat(header.Type) || header.Type == ElementType.Bool)
            throw BadData.Because($"`{source.Name}` holds {Dtype.Name(header.Type)}; labels are integers",
                                  "if they are classes, save their indices: `numpy.unique(labels, return_inverse=True)[1]`; numbers to be predicted are no classes, and are left out");
        var labels = new int[header.Samples];
        var wide = new long[Math.Min(PieceSamples, labels.Length)];
        var raw = new byte[(long)wide.Length * header.SampleBytes];
        using (source)
        {
            for (var first = 0; first < labels.Length; first += PieceSamples)
            {
                var count = Math.Min(PieceSamples, labels.Length - first);
                var piece = raw.AsSpan(0, count * header.SampleBytes);
                source.Read(first, piece);
                Widen(header.Type, piece, wide);
                for (var i = 0; i < count; i++)
                    labels[first + i] = Checked(source.Name, first + i, wide[i], classes);
            }
        }
        return labels;
    }

    private static int Checked(string name, int sample, long label, int? classes) => label switch
    {
        < 0 => throw BadData.Because($"`{name}` gives sample {sample} the label {label}; labels are at least 0",
                                     "number the classes from 0"),
        _ when label >= classes => throw BadData.Because(
            $"`{name}` gives sample {sample} the label {label}; there are {classes} classes, 0 to {classes - 1}",
            "number the classes from 0, or list every class under `classes`"),
        > MostLabel => throw BadData.Because($"`{name}` gives sample {sample} the label {label}; the limit is {MostLabel}",
                                                "number the classes from 0"),
        _ => (int)label,
    };

    private static void Widen(ElementType type, ReadOnlySpan<byte> raw, Span<long> wide)
    {
        switch (type)
        {
            case ElementType.UInt8: From<byte>(raw, wide); break;
            case ElementType.Int8: From<sbyte>(raw, wide); break;
            case ElementType.UInt16: From<ushort>(raw, wide); break;
            case ElementType.Int16: From<short>(raw, wide); break;
            case ElementType.UInt32: From<uint>(raw, wide); break;
            case ElementType.Int32: From<int>(raw, wide); break;
            // A label beyond the range of int64 is reported as the largest: too large either way.
            case ElementType.UInt64: From<ulong>(raw, wide); break;
            case ElementType.Int64: From<long>(raw, wide); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "no integer type");
        }
    }

    private static void From<T>(ReadOnlySpan<byte> raw, Span<long> wide) where T : unmanaged, INumberBase<T> =>
        TensorPrimitives.ConvertSaturating<T, long>(MemoryMarshal.Cast<byte, T>(raw), wide);
}
