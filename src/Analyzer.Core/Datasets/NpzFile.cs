using System.IO.Compression;

namespace Analyzer.Datasets;

/// <summary>Reads npz, NumPy's format for several arrays: a zip of npy files.</summary>
/// <remarks>
/// An array stored as it is (<c>numpy.savez</c>) is read in place by seeking. A compressed one (<c>numpy.savez_compressed</c>) is
/// unpacked at its first read into a temporary file, which has no name and goes with the process; never more than the array declares,
/// and at most <see cref="MostUnpackedBytes"/>. Its checksum is compared then; that of a stored array, never read as a whole, is not.
/// </remarks>
internal static class NpzFile
{
    /// <summary>Bytes that one compressed array may take on disk once unpacked: 16 GiB.</summary>
    public const long MostUnpackedBytes = 16L << 30;

    private const string Extension = ".npy";
    private const int CopyBytes = 1 << 20;

    /// <summary>Opens every array of the archive; members that are no <c>.npy</c> are none.</summary>
    /// <param name="file">Path of the npz.</param>
    /// <param name="mostUnpackedBytes">Limit for each compressed array; tests lower it.</param>
    /// <returns>Array names, as given to <c>numpy.savez</c>, and their sources, in the order of the archive; null for an array of text.</returns>
    /// <exception cref="AnalyzerException">No zip, damaged, or with an array that is not supported.</exception>
    public static IReadOnlyList<(string Name, ArraySource? Source)> Open(string file, long mostUnpackedBytes = MostUnpackedBytes)
    {
        using var stream = ArraySource.OpenFile(file);
        using var archive = Guarded(file, () => new ZipArchive(stream));
        var arrays = new List<(string Name, ArraySource? Source)>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in Guarded(file, () => archive.Entries).Where(e => e.FullName.EndsWith(Extension, StringComparison.Ordinal)))
        {
            var name = entry.FullName[..^Extension.Length];
            if (!names.Add(name))
                throw BadData.Because($"`{file}` holds the array `{name}` twice", "write it again with `numpy.savez`");
            arrays.Add((name, Guarded(file, () => IsText(file, name, entry) ? null : OpenArray(file, name, entry, stream, mostUnpackedBytes))));
        }
        return arrays.Any(a => a.Source is not null)
            ? arrays
            : throw BadData.Because($"`{file}` holds no arrays of numbers", "write it with `numpy.savez(file, inputs=…, labels=…)`");
    }

    private static bool IsText(string file, string name, ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        return NpyFile.ReadFields($"{file}:{name}", content).Fields.IsText;
    }

    private static ArraySource OpenArray(string file, string name, ZipArchiveEntry entry, FileStream stream, long mostUnpackedBytes)
    {
        var shown = $"{file}:{name}";
        using var content = entry.Open();
        var header = NpyFile.ReadHeader(shown, content);
        header.MustFill(shown, entry.Length);
        if (entry.CompressedLength == entry.Length && StoredAt(stream, header) is { } dataOffset)
            return new ArraySource(shown, file, header with { DataOffset = dataOffset }, () => ArraySource.OpenFile(file));
        if (entry.Length > mostUnpackedBytes)
            throw BadData.Because($"`{shown}` is compressed and takes {entry.Length} bytes unpacked; the limit is {mostUnpackedBytes}",
                                  "write it with `numpy.savez`, which does not compress, or `numpy.save`");
        return new ArraySource(shown, file, header, () => Guarded(file, () => Unpack(file, name, header)));
    }

    // The zip reader does not tell where a member begins. It reads a stored member unbuffered, so that after the header the file stands
    // at the data; a compressed member it reads ahead. The header found again at that place tells the two apart.
    private static long? StoredAt(FileStream stream, ArrayHeader header)
    {
        var dataOffset = stream.Position;
        if (dataOffset < header.DataOffset) return null;
        stream.Position = dataOffset - header.DataOffset;
        try
        {
            var again = NpyFile.ReadHeader(stream.Name, stream);
            return stream.Position == dataOffset && again.Type == header.Type && again.BigEndian == header.BigEndian
                && again.Shape.AsSpan().SequenceEqual(header.Shape) ? dataOffset : null;
        }
        catch (AnalyzerException)
        {
            return null;
        }
    }

    private static FileStream Unpack(string file, string name, ArrayHeader header)
    {
        var shown = $"{file}:{name}";
        var expected = header.DataOffset + header.DataBytes;
        using var archive = new ZipArchive(ArraySource.OpenFile(file));
        var entry = archive.GetEntry(name + Extension)
            ?? throw BadData.Because($"`{file}` no longer holds the array `{name}`", "did the file change while it was read?");
        using var content = entry.Open();
        var unpacked = OnDisk(shown, expected, NamelessFile);
        try
        {
            var buffer = new byte[CopyBytes];
            long written = 0;
            var checksum = 0u;
            int read;
            while ((read = content.Read(buffer)) > 0 && (written += read) <= expected)
            {
                checksum = Crc32.Append(checksum, buffer.AsSpan(0, read));
                OnDisk(shown, expected, () => { unpacked.Write(buffer, 0, read); return true; });
            }
            return written == expected && checksum == entry.Crc32
                ? unpacked
                : throw BadData.Because($"`{shown}` does not unpack to the {expected} bytes " +
                                        $"with the checksum {entry.Crc32:x8} that it declares",
                                        "fetch or write the file again");
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    // Unlinked while open: nothing is left behind, even by a killed process.
    private static FileStream NamelessFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"analyzer-{Guid.NewGuid():N}.npy");
        var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
        File.Delete(path);
        return stream;
    }

    private static T OnDisk<T>(string shown, long bytes, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnalyzerException($"`{shown}` cannot be unpacked into {Path.GetTempPath()}: {e.Message}",
                                        $"it takes {bytes} bytes there; set TMPDIR to a place with room, or write it with `numpy.savez`",
                                        Failure.Resource, e);
        }
    }

    // What the zip reader throws at a damaged file.
    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw BadData.Because($"`{file}` is no readable npz: {e.Message}", "fetch or write it again with `numpy.savez`", e);
        }
    }
}
