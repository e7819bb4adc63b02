using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Converts elements between types, vectorised where the platform does so.</summary>
internal static class Conversion
{
    /// <summary>Widens or rounds stored elements to float or double: to nearest, as NumPy's <c>astype</c>.</summary>
    /// <param name="from">Type of the stored elements.</param>
    /// <param name="raw">Their bytes.</param>
    /// <param name="to">As many elements.</param>
    public static void ToFloating<T>(ElementType from, ReadOnlySpan<byte> raw, Span<T> to) where T : unmanaged, INumber<T>
    {
        switch (from)
        {
            case ElementType.Float: Convert<float, T>(raw, to); break;
            case ElementType.Double: Convert<double, T>(raw, to); break;
            case ElementType.Float16: Convert<Half, T>(raw, to); break;
            case ElementType.UInt8 or ElementType.Bool: Convert<byte, T>(raw, to); break;
            case ElementType.Int8: Convert<sbyte, T>(raw, to); break;
            case ElementType.UInt16: Convert<ushort, T>(raw, to); break;
            case ElementType.Int16: Convert<short, T>(raw, to); break;
            case ElementType.UInt32: Convert<uint, T>(raw, to); break;
            case ElementType.Int32: Convert<int, T>(raw, to); break;
            case ElementType.UInt64: Convert<ulong, T>(raw, to); break;
            case ElementType.Int64: Convert<long, T>(raw, to); break;
            default: throw new ArgumentOutOfRangeException(nameof(from), from, "not a type that data can have");
        }
    }

    /// <summary>Converts stored elements to an integer type or bool, exactly.</summary>
    /// <param name="from">Type of the stored elements.</param>
    /// <param name="raw">Their bytes.</param>
    /// <param name="to">An integer type or bool.</param>
    /// <param name="into">Room for as many elements.</param>
    /// <returns>The first element that has no equal in the type, as its place and text; null where all have.</returns>
    public static (int Element, string Value)? ToInteger(ElementType from, ReadOnlySpan<byte> raw, ElementType to, Span<byte> into) =>
        from switch
        {
            ElementType.Float => FromExactly<float>(raw, to, into),
            ElementType.Double => FromExactly<double>(raw, to, into),
            ElementType.Float16 => FromExactly<Half>(raw, to, into),
            ElementType.UInt8 or ElementType.Bool => FromExactly<byte>(raw, to, into),
            ElementType.Int8 => FromExactly<sbyte>(raw, to, into),
            ElementType.UInt16 => FromExactly<ushort>(raw, to, into),
            ElementType.Int16 => FromExactly<short>(raw, to, into),
            ElementType.UInt32 => FromExactly<uint>(raw, to, into),
            ElementType.Int32 => FromExactly<int>(raw, to, into),
            ElementType.UInt64 => FromExactly<ulong>(raw, to, into),
            ElementType.Int64 => FromExactly<long>(raw, to, into),
            _ => throw new ArgumentOutOfRangeException(nameof(from), from, "not a type that data can have"),
        };

    private static (int, string)? FromExactly<T>(ReadOnlySpan<byte> raw, ElementType to, Span<byte> into)
        where T : unmanaged, INumber<T> => to switch
    {
        ElementType.UInt8 => Exactly<T, byte>(raw, into, byte.MaxValue),
        ElementType.Bool => Exactly<T, byte>(raw, into, 1),
        ElementType.Int8 => Exactly<T, sbyte>(raw, into, sbyte.MaxValue),
        ElementType.UInt16 => Exactly<T, ushort>(raw, into, ushort.MaxValue),
        ElementType.Int16 => Exactly<T, short>(raw, into, short.MaxValue),
        ElementType.UInt32 => Exactly<T, uint>(raw, into, uint.MaxValue),
        ElementType.Int32 => Exactly<T, int>(raw, into, int.MaxValue),
        ElementType.UInt64 => Exactly<T, ulong>(raw, into, ulong.MaxValue),
        ElementType.Int64 => Exactly<T, long>(raw, into, long.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(to), to, "no integer type"),
    };

    private static (int, string)? Exactly<TFrom, TTo>(ReadOnlySpan<byte> raw, Span<byte> into, TTo largest)
        where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        var from = MemoryMarshal.Cast<byte, TFrom>(raw);
        var to = MemoryMarshal.Cast<byte, TTo>(into);
        var i = 0;
        try
        {
            for (; i < from.Length; i++)
            {
                // Checked for the range; what comes back differs where a fraction was cut off.
                var value = TTo.CreateChecked(from[i]);
                if (value > largest || TFrom.CreateTruncating(value) != from[i]) break;
                to[i] = value;
            }
        }
        catch (OverflowException)
        {
            // Reported below like any other value that the type does not have.
        }
        return i == from.Length ? null : (i, from[i].ToString(null, CultureInfo.InvariantCulture));
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> raw, Span<TTo> to)
        where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo> =>
        TensorPrimitives.ConvertTruncating<TFrom, TTo>(MemoryMarshal.Cast<byte, TFrom>(raw), to);
}
