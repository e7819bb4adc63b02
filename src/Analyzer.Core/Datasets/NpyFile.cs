using System.Buffers.Binary;
using System.Text;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads npy, NumPy's format for one array, versions 1.0 to 3.0.</summary>
/// <remarks>NumPy Enhancement Proposal 1; numpy.lib.format.</remarks>
internal static class NpyFile
{
    // NumPy itself refuses to read a header of more than 10,000 characters.
    private const int MostHeaderBytes = 10_000;

    /// <summary>Reads and checks the header against the file's length.</summary>
    /// <exception cref="AnalyzerException">No npy file, one that is not supported, or one of the wrong length.</exception>
    public static ArraySource Open(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        var header = ReadHeader(file, stream);
        header.MustFill(file, stream.Length);
        return new ArraySource(file, file, header, () => ArraySource.OpenFile(file));
    }

    /// <summary>Reads the header at the beginning of a stream, which need not seek.</summary>
    /// <param name="name">As messages call the array.</param>
    /// <param name="stream">At its beginning; afterwards behind the header.</param>
    /// <exception cref="AnalyzerException">No npy header, or one that is not supported.</exception>
    public static ArrayHeader ReadHeader(string name, Stream stream)
    {
        var (fields, dataOffset) = ReadFields(name, stream);
        if (fields.FortranOrder && fields.Shape.Length > 1)
            throw BadData.Because($"`{name}` is stored in Fortran order, so that no sample lies in one piece",
                                  "save `numpy.ascontiguousarray(array)` instead");
        var (type, bigEndian) = ElementTypeOf(name, fields.Descr);
        return ArrayHeader.Checked(name, type, fields.Shape, bigEndian, dataOffset);
    }

    /// <summary>The header as it stands, whatever it says, and where the data begin; the stream is behind the header then.</summary>
    /// <exception cref="AnalyzerException">No npy header.</exception>
    public static (NpyHeaderText Fields, int DataOffset) ReadFields(string name, Stream stream)
    {
        Span<byte> start = stackalloc byte[8];
        var read = stream.ReadAtLeast(start, 8, throwOnEndOfStream: false);
        if (read < 8 || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
            throw BadData.Because($"`{name}` is no npy file: it does not begin with \\x93NUMPY", "write it with `numpy.save`");
        if (start[6] is < 1 or > 3)
            throw BadData.Because($"`{name}` is npy version {start[6]}.{start[7]}; versions 1.0 to 3.0 are read",
                                  "write it again with `numpy.save`");
        Span<byte> size = stackalloc byte[start[6] == 1 ? 2 : 4];
        ReadHeaderBytes(name, stream, size);
        var length = size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        if (length > MostHeaderBytes)
            throw BadData.Because($"`{name}` has a header of {length} bytes; the limit is {MostHeaderBytes}", "is the file damaged?");
        var text = new byte[length];
        ReadHeaderBytes(name, stream, text);
        return (NpyHeaderText.Parse(name, Encoding.Latin1.GetString(text)), start.Length + size.Length + text.Length);
    }

    private static void ReadHeaderBytes(string name, Stream stream, Span<byte> into)
    {
        if (stream.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length)
            throw BadData.Because($"`{name}` ends within its npy header", "the file is cut short: fetch or write it again");
    }

    private static (ElementType Type, bool BigEndian) ElementTypeOf(string name, string descr)
    {
        var order = descr.Length > 0 ? descr[0] : '\0';
        if (descr is ['O', ..] or [_, 'O', ..])
            throw BadData.Because($"`{name}` holds Python objects (pickle), which could run code when read",
                                  "save an array of numbers: `array.astype(numpy.float32)`");
        if (order is not ('<' or '>' or '|') || Dtype.ByNpyCode(descr[1..]) is not { } type || (order == '|' && Dtype.Bytes(type) > 1))
            throw BadData.Because($"`{name}` has the dtype `{descr}`; those read are {string.Join(", ", Dtype.Names)}",
                                  "convert it before saving: `array.astype(numpy.float32)`");
        return (type, order == '>');
    }
}
