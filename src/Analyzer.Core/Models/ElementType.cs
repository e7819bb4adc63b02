namespace Analyzer.Models;

/// <summary>Element types of tensors, numbered as <c>TensorProto.DataType</c> of ONNX numbers them.</summary>
public enum ElementType
{
    /// <summary>None given.</summary>
    Undefined = 0,
    /// <summary>IEEE 754 binary32, 4 bytes.</summary>
    Float = 1,
    /// <summary>Unsigned, 1 byte.</summary>
    UInt8 = 2,
    /// <summary>Signed, 1 byte.</summary>
    Int8 = 3,
    /// <summary>Unsigned, 2 bytes.</summary>
    UInt16 = 4,
    /// <summary>Signed, 2 bytes.</summary>
    Int16 = 5,
    /// <summary>Signed, 4 bytes.</summary>
    Int32 = 6,
    /// <summary>Signed, 8 bytes.</summary>
    Int64 = 7,
    /// <summary>UTF-8 text of any length.</summary>
    String = 8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,
    /// <summary>IEEE 754 binary16, 2 bytes.</summary>
    Float16 = 10,
    /// <summary>IEEE 754 binary64, 8 bytes.</summary>
    Double = 11,
    /// <summary>Unsigned, 4 bytes.</summary>
    UInt32 = 12,
    /// <summary>Unsigned, 8 bytes.</summary>
    UInt64 = 13,
    /// <summary>The upper half of a binary32, 2 bytes.</summary>
    BFloat16 = 16,
}
