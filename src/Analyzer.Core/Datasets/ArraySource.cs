using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>One array of samples in a file, read by position. The file is opened at the first read.</summary>
/// <param name="name">As messages call it: the path, and for a member of a npz `path:member`.</param>
/// <param name="file">Path of the file on disk.</param>
/// <param name="header">Type, shape and place of the elements.</param>
/// <param name="open">Opens a seekable stream that begins with the header.</param>
internal sealed class ArraySource(string name, string file, ArrayHeader header, Func<Stream> open) : SampleSource
{
    private Stream? _stream;

    public override string Name => name;

    public override IReadOnlyList<string> Files => [file];

    public override ElementType Type => header.Type;

    public override long[] SampleShape => header.SampleShape;

    public override int Samples => header.Samples;

    public ArrayHeader Header => header;

    public override void Read(int first, Span<byte> into)
    {
        try
        {
            _stream ??= open();
            _stream.Position = header.DataOffset + (long)first * header.SampleBytes;
            _stream.ReadExactly(into);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw BadData.Because($"`{name}` cannot be read at sample {first}: {e.Message}", "did the file change while it was read?", e);
        }
        if (header.BigEndian)
            ReverseElements(into, Dtype.Bytes(header.Type));
    }

    public override void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>Opens a file for reading by position; no buffer, for reads are whole batches.</summary>
    /// <exception cref="AnalyzerException">Missing, a directory, or not readable.</exception>
    public static FileStream OpenFile(string file)
    {
        try
        {
            if (File.Exists(file) && !OrdinaryFile.HasContent(file)) throw BadData.Because($"`{file}` {OrdinaryFile.EmptyOrPipe}", "write or download it again, to a disk");
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (e is FileNotFoundException or DirectoryNotFoundException)
                throw BadData.Because($"there is no file `{file}`", "check the path; paths in a `dataset.yaml` are relative to it", e);
            throw BadData.Because($"`{file}` cannot be opened: {e.Message}", "is it a file, and may you read it?", e);
        }
    }

    private static void ReverseElements(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }
}
