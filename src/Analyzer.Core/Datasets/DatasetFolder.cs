namespace Analyzer.Datasets;

/// <summary>Finds out what a path is where no <c>dataset.yaml</c> says so.</summary>
internal static class DatasetFolder
{
    /// <summary>The description that a folder may hold.</summary>
    public const string YamlName = "dataset.yaml";

    // Kinds of data that are known, but not read yet, by what files end in.
    private static readonly (string Extension, string Kind)[] Later =
    [
        (".csv", "csv"), (".parquet", "parquet"), (".bin", "cifar"),
        (".png", "images"), (".jpg", "images"), (".jpeg", "images"), (".webp", "images"), (".bmp", "images"),
    ];

    /// <summary>Looks into a folder; all files in it must be of one kind.</summary>
    /// <exception cref="AnalyzerException">Nothing known, or several kinds.</exception>
    public static DatasetSource OpenFolder(string folder)
    {
        var yaml = Path.Combine(folder, YamlName);
        if (File.Exists(yaml)) return DatasetYaml.Open(yaml);
        var files = FilesOf(folder);
        var idx = files.Where(f => PlaceOfIdx(f) is not null).ToArray();
        var npz = files.Where(f => Extension(f) == ".npz").ToArray();
        var npy = files.Where(f => Extension(f) == ".npy").ToArray();
        var found = new[] { (idx, "idx"), (npz, "npz"), (npy, "npy") }.Where(k => k.Item1.Length > 0).ToArray();
        if (found.Length > 1)
            throw BadData.Because($"`{folder}` holds files of several kinds: " +
                                  string.Join(", ", found.Select(k => $"`{Path.GetFileName(k.Item1[0])}`")),
                                  "say in a `dataset.yaml` which to use");
        var splits = idx.Length > 0 ? SplitSource.Grouped(idx.Select(f => (PlaceOfIdx(f)!.Value, IdxFile.Open(f))))
                   : npy.Length > 0 ? SplitSource.Grouped(npy.Select(f => (PlaceOfNpy(f), NpyFile.Open(f))))
                   : npz.Length > 0 ? [.. npz.SelectMany(SplitSource.FromNpz)]
                   : throw NothingKnown(folder, files);
        return new DatasetSource(folder, NameOf(folder), splits);
    }

    /// <summary>Opens a single file by its extension, or as idx where it begins like one.</summary>
    /// <exception cref="AnalyzerException">A file of no known kind.</exception>
    public static DatasetSource OpenFile(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file);
        var folder = Path.GetDirectoryName(file) is { Length: > 0 } parent ? parent : ".";
        switch (Extension(file))
        {
            case ".yaml" or ".yml": return DatasetYaml.Open(file);
            case ".npz": return new DatasetSource(folder, stem, SplitSource.FromNpz(file));
            case ".npy": return new DatasetSource(folder, stem, SplitSource.Grouped([(PlaceOfNpy(file), NpyFile.Open(file))]));
        }
        if (LaterKind(file) is { } kind) throw NotYet(file, kind);
        var name = Path.GetFileName(file);
        var place = PlaceOfIdx(file);
        return place is not null || IdxFile.Begins(file)
            ? new DatasetSource(folder, name, SplitSource.Grouped([(place ?? (name, ArrayNames.Role.Inputs), IdxFile.Open(file))]))
            : throw BadData.Because($"`{file}` is of no known kind", "known are .npy, .npz, .yaml and idx files, and folders of them");
    }

    /// <summary>The error for a kind of data that is known, but not read yet.</summary>
    public static AnalyzerException NotYet(string where, string kind) =>
        BadData.Because($"`{where}`: data of the format `{kind}` is not supported yet",
                        "convert it with NumPy: save the samples and labels as npy or npz");

    private static AnalyzerException NothingKnown(string folder, string[] files)
    {
        // A folder of images by class holds only folders, and those the images.
        var candidates = files.Concat(SubfoldersOf(folder).SelectMany(FilesOf));
        return candidates.Select(LaterKind).FirstOrDefault(k => k is not null) is { } kind
            ? NotYet(folder, kind)
            : BadData.Because($"`{folder}` holds no data of a known kind",
                              $"looked for `{YamlName}`, `*-images-idx3-ubyte` (MNIST), `*.npz` and `*.npy`");
    }

    private static (string, ArrayNames.Role)? PlaceOfIdx(string file) => ArrayNames.ParseIdx(Path.GetFileName(file));

    private static (string, ArrayNames.Role) PlaceOfNpy(string file) => ArrayNames.Parse(Path.GetFileNameWithoutExtension(file));

    private static string? LaterKind(string file) => Array.Find(Later, l => l.Extension == Extension(file)).Kind;

    private static string Extension(string file) => Path.GetExtension(file).ToLowerInvariant();

    private static string NameOf(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is { Length: > 0 } name ? name : "data";

    // Ordered, since the order of splits must not depend on the disk.
    private static string[] FilesOf(string folder) => Listed(folder, Directory.GetFiles);

    private static string[] SubfoldersOf(string folder) => Listed(folder, Directory.GetDirectories);

    private static string[] Listed(string folder, Func<string, string[]> list)
    {
        try
        {
            return [.. list(folder).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw BadData.Because($"`{folder}` cannot be listed: {e.Message}", "may you read it?", e);
        }
    }
}
