using Microsoft.Win32.SafeHandles;

namespace Analyzer.Datasets;

/// <summary>JPEG or PNG images of one split, each by its number.</summary>
internal abstract class EncodedImages : IDisposable
{
    /// <summary>As messages call all of them: a folder, or a file.</summary>
    public abstract string Name { get; }

    /// <summary>Paths of every file that is read, the unreadable images' too.</summary>
    public abstract IReadOnlyList<string> Files { get; }

    /// <summary>Number of images, the unreadable ones too.</summary>
    public abstract int Count { get; }

    /// <summary>As messages call one of them.</summary>
    public abstract string NameOf(int image);

    /// <summary>Where one comes from, for <c>samples.parquet</c>.</summary>
    public abstract string SourceOf(int image);

    /// <summary>Reads the bytes of one. Any number of callers at once.</summary>
    /// <returns>The bytes, or why there are none.</returns>
    public abstract (byte[]? Bytes, string? Reason) Read(int image);

    /// <summary>Closes what is open.</summary>
    public abstract void Dispose();
}

/// <summary>Images that are files of their own; only paths are held.</summary>
/// <param name="folder">As messages call it.</param>
/// <param name="root">What the sources of samples are relative to.</param>
/// <param name="files">Paths of the images, in the order of samples.</param>
internal sealed class ImageFiles(string folder, string root, IReadOnlyList<string> files) : EncodedImages
{
    public override string Name => folder;

    public override IReadOnlyList<string> Files => files;

    public override int Count => files.Count;

    public override string NameOf(int image) => files[image];

    public override string SourceOf(int image) => Path.GetRelativePath(root, files[image]).Replace('\\', '/');

    public override (byte[]?, string?) Read(int image) => ImageFile.Read(files[image]);

    public override void Dispose()
    {
        // Each file is closed when it was read.
    }
}

/// <summary>Images that are cells of a table, brought into a temporary file, which is gone when the process ends; only where each ends is held.</summary>
/// <param name="file">The table's path.</param>
/// <param name="column">The column.</param>
/// <param name="records">The images one behind the other.</param>
/// <param name="ends">Where each row's ends; a row without an image ends where it begins.</param>
internal sealed class ImageRows(string file, string column, FileStream records, IReadOnlyList<long> ends) : EncodedImages
{
    // Positioned reads share no position, so callers need not wait for each other.
    private readonly SafeFileHandle _handle = records.SafeFileHandle;

    public override string Name => $"{file}:{column}";

    public override IReadOnlyList<string> Files { get; } = [file];

    public override int Count => ends.Count;

    public override string NameOf(int image) => $"{file}#{image}";

    public override string SourceOf(int image) => TableSource.SourceOf(file, image);

    public override (byte[]?, string?) Read(int image)
    {
        var start = image == 0 ? 0 : ends[image - 1];
        var bytes = new byte[ends[image] - start];
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(_handle, bytes.AsSpan(read), start + read);
            if (more == 0) return (null, "its temporary file is cut short");
            read += more;
        }
        return (bytes, null);
    }

    public override void Dispose() => records.Dispose();
}
