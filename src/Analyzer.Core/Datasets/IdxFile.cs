using System.Buffers.Binary;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads idx, the format of MNIST: two zero bytes, a type, a rank, big-endian sizes, big-endian elements.</summary>
/// <remarks>LeCun, Cortes and Burges, “The MNIST database”, section “The IDX file format”.</remarks>
internal static class IdxFile
{
    private static readonly Dictionary<byte, ElementType> Types = new()
    {
        [0x08] = ElementType.UInt8, [0x09] = ElementType.Int8, [0x0B] = ElementType.Int16,
        [0x0C] = ElementType.Int32, [0x0D] = ElementType.Float, [0x0E] = ElementType.Double,
    };

    /// <summary>Reads and checks the header against the file's length.</summary>
    /// <exception cref="AnalyzerException">No idx file, or one whose length is not what its header declares.</exception>
    public static ArraySource Open(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        var header = ReadHeader(file, stream);
        header.MustFill(file, stream.Length);
        return new ArraySource(file, file, header, () => ArraySource.OpenFile(file));
    }

    /// <summary>True if the file begins as idx files do.</summary>
    public static bool Begins(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        Span<byte> magic = stackalloc byte[4];
        return stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4
            && magic[0] == 0 && magic[1] == 0 && Types.ContainsKey(magic[2]) && magic[3] > 0;
    }

    private static ArrayHeader ReadHeader(string file, FileStream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        var read = stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false);
        if (read >= 2 && magic[0] == 0x1F && magic[1] == 0x8B)
            throw BadData.Because($"`{file}` is compressed with gzip", $"unpack it first: `gunzip {file}`");
        if (read < 4 || magic[0] != 0 || magic[1] != 0)
            throw BadData.Because($"`{file}` is no idx file: it begins with {Hex(magic[..read])}, " +
                                  "not with two zero bytes, a type and a rank",
                                  "say what it is with `format` in a `dataset.yaml`");
        if (!Types.TryGetValue(magic[2], out var type))
            throw BadData.Because($"`{file}` declares the element type 0x{magic[2]:X2}, which idx does not have",
                                  "idx has 0x08 ubyte, 0x09 sbyte, 0x0B short, 0x0C int, 0x0D float and 0x0E double");
        Span<byte> sizes = stackalloc byte[4 * magic[3]];
        if (stream.ReadAtLeast(sizes, sizes.Length, throwOnEndOfStream: false) < sizes.Length)
            throw BadData.Because($"`{file}` is {stream.Length} bytes long, which ends within its header of {4 + sizes.Length} bytes",
                                  "the file is cut short: fetch or write it again");
        var shape = new long[magic[3]];
        for (var axis = 0; axis < shape.Length; axis++)
            shape[axis] = BinaryPrimitives.ReadUInt32BigEndian(sizes[(4 * axis)..]);
        return ArrayHeader.Checked(file, type, shape, bigEndian: true, 4 + sizes.Length);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexString(bytes);
}
