using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Analyzer.Tests.Datasets;

/// <summary>A folder of data files written byte by byte, gone after the test.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("analyzer-data-").FullName;

    public string Path => _path;

    public string At(string name) => System.IO.Path.Combine(_path, name);

    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(name))!);
        // A new file costs less than one cut to nothing and written again, which some file systems bring to disk at once.
        File.Delete(At(name));
        File.WriteAllBytes(At(name), content);
        return At(name);
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public void Dispose() => Directory.Delete(_path, recursive: true);

    /// <summary>idx: type code, sizes, then big-endian elements as given.</summary>
    public static byte[] Idx(byte type, int[] shape, params byte[] elements)
    {
        var header = new byte[4 + 4 * shape.Length];
        (header[2], header[3]) = (type, (byte)shape.Length);
        for (var i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), shape[i]);
        return [.. header, .. elements];
    }

    /// <summary>npy 1.0 as NumPy writes it: the header padded with spaces to a multiple of 64 bytes.</summary>
    public static byte[] Npy(string descr, int[] shape, byte[] elements, int version = 1) =>
        NpyOf($"{{'descr': '{descr}', 'fortran_order': False, 'shape': {Tuple(shape)}, }}", elements, version);

    public static byte[] NpyOf(string header, byte[] elements, int version = 1)
    {
        var before = version == 1 ? 10 : 12;
        var padded = header + new string(' ', 63 - (before + header.Length) % 64) + "\n";
        var bytes = new byte[before + padded.Length + elements.Length];
        new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', (byte)version, 0 }.CopyTo(bytes, 0);
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)padded.Length);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), (uint)padded.Length);
        Encoding.Latin1.GetBytes(padded).CopyTo(bytes, before);
        elements.CopyTo(bytes, before + padded.Length);
        return bytes;
    }

    public static byte[] Npz(CompressionLevel level, params (string Name, byte[] Npy)[] arrays)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, npy) in arrays)
            {
                using var entry = zip.CreateEntry(name + ".npy", level).Open();
                entry.Write(npy);
            }
        }
        return stream.ToArray();
    }

    public static byte[] Bytes<T>(params T[] values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static string Tuple(int[] shape) => shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape)})";
}
