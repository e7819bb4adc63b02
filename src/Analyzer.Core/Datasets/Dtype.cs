using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>What datasets know about element types: bytes, and the names NumPy and <c>dataset.yaml</c> use.</summary>
internal static class Dtype
{
    private static readonly (ElementType Type, string Name, string Npy, int Bytes)[] Known =
    [
        (ElementType.Float, "float32", "f4", 4), (ElementType.Double, "float64", "f8", 8), (ElementType.Float16, "float16", "f2", 2),
        (ElementType.UInt8, "uint8", "u1", 1), (ElementType.UInt16, "uint16", "u2", 2), (ElementType.UInt32, "uint32", "u4", 4),
        (ElementType.UInt64, "uint64", "u8", 8), (ElementType.Int8, "int8", "i1", 1), (ElementType.Int16, "int16", "i2", 2),
        (ElementType.Int32, "int32", "i4", 4), (ElementType.Int64, "int64", "i8", 8), (ElementType.Bool, "bool", "b1", 1),
    ];

    /// <summary>The names that <see cref="ByName"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(k => k.Name)];

    /// <summary>Bytes of one element; arrays of other types are refused before this is asked.</summary>
    public static int Bytes(ElementType type) => Array.Find(Known, k => k.Type == type) is { Bytes: > 0 } known
        ? known.Bytes
        : throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that data can have");

    /// <summary>True for the types that a tensor batch can have.</summary>
    public static bool IsKnown(ElementType type) => Array.Exists(Known, k => k.Type == type);

    /// <summary>True for float16, float32, float64.</summary>
    public static bool IsFloat(ElementType type) => type is ElementType.Float or ElementType.Double or ElementType.Float16;

    /// <summary>NumPy's name: <c>float32</c>; the enum's own name in lower case where NumPy has none.</summary>
    public static string Name(ElementType type) =>
        Array.Find(Known, k => k.Type == type).Name ?? type.ToString().ToLowerInvariant();

    /// <summary>The type called so (`float32`), or null.</summary>
    public static ElementType? ByName(string name) =>
        Array.Find(Known, k => k.Name == name) is { Name: not null } known ? known.Type : null;

    /// <summary>The type of a npy code without its byte order (`f4`), or null.</summary>
    public static ElementType? ByNpyCode(string code) =>
        Array.Find(Known, k => k.Npy == code) is { Npy: not null } known ? known.Type : null;
}
