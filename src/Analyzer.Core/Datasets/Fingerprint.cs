using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>How far a job over bytes has come.</summary>
/// <param name="Done">Bytes done, in [0, Total].</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct ByteProgress(long Done, long Total);

/// <summary>Hashes the names and contents of files.</summary>
internal static class Fingerprint
{
    private const int PieceBytes = 1 << 20;

    /// <summary>sha256 over every file, ordered by name: length and UTF-8 of the name, length and bytes of the content.</summary>
    /// <param name="root">Folder that names are relative to, so that a moved dataset keeps its fingerprint.</param>
    /// <param name="files">Paths; each counts once.</param>
    /// <param name="progress">Told after every MiB.</param>
    /// <param name="cancellation">Checked before every MiB.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="AnalyzerException">A file is gone, cannot be read, or changes while it is read.</exception>
    public static string Of(string root, IEnumerable<string> files, IProgress<ByteProgress>? progress, CancellationToken cancellation)
    {
        // Lengths are 8 bytes, little-endian; they keep ("ab", "c") apart from ("a", "bc").
        var named = files.Select(f => (Name: Path.GetRelativePath(root, f).Replace('\\', '/'), File: f)).DistinctBy(f => f.Name)
                         .OrderBy(f => f.Name, StringComparer.Ordinal).ToArray();
        var lengths = named.Select(f => LengthOf(f.File)).ToArray();
        var total = lengths.Sum();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = new byte[PieceBytes];
        long done = 0;
        foreach (var ((name, file), length) in named.Zip(lengths))
        {
            var encoded = Encoding.UTF8.GetBytes(name);
            AppendLength(hash, encoded.Length);
            hash.AppendData(encoded);
            AppendLength(hash, length);
            var end = done + length;
            using var stream = Open(file);
            for (int read; (read = ReadPiece(file, stream, piece)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(piece, 0, read);
                done += read;
                if (done <= end) progress?.Report(new ByteProgress(done, total));
            }
            if (done != end)
                throw BadData.Because($"`{file}` changed while it was read: {length} bytes became {length + done - end}",
                                      "run again when nothing writes to it");
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long LengthOf(string file)
    {
        using var stream = Open(file);
        return stream.Length;
    }

    // Images that are empty or a pipe were set aside; they belong to the data, and have no bytes to add.
    private static Stream Open(string file) => File.Exists(file) && !OrdinaryFile.HasContent(file) ? Stream.Null : ArraySource.OpenFile(file);

    private static int ReadPiece(string file, Stream stream, byte[] piece)
    {
        try
        {
            return stream.Read(piece);
        }
        catch (IOException e)
        {
            throw BadData.Because($"`{file}` cannot be read: {e.Message}", "may you read it, and is the disk sound?", e);
        }
    }

    private static void AppendLength(IncrementalHash hash, long length)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        hash.AppendData(bytes);
    }
}
