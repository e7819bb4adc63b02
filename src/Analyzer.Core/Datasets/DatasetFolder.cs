using System.IO.Enumeration;

namespace Analyzer.Datasets;

/// <summary>Finds out what a path is where no <c>dataset.yaml</c> says so.</summary>
internal static class DatasetFolder
{
    /// <summary>The description that a folder may hold.</summary>
    public const string YamlName = "dataset.yaml";

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
        var tables = files.Where(f => Tables.FormatOf(f) is not null).ToArray();
        var cifar = CifarFiles.SplitsOf(files);
        var found = new[] { (idx, "idx"), (npz, "npz"), (npy, "npy"), (tables, "tables"), (cifar.SelectMany(c => c.Files).ToArray(), "cifar") }.Where(k => k.Item1.Length > 0).ToArray();
        if (found.Length > 1)
            throw BadData.Because($"`{folder}` holds files of several kinds: " +
                                  string.Join(", ", found.Select(k => $"`{Path.GetFileName(k.Item1[0])}`")),
                                  "say in a `dataset.yaml` which to use");
        if (tables.Length > 0) return OfTables(folder, NameOf(folder), [.. tables.Select(Unsaid)], null, null);
        if (cifar.Count > 0) return OfCifar(folder, NameOf(folder), cifar, null);
        if (found.Length == 0 && ImageFolders.SplitsOf(folder) is { Count: > 0 } images) return OfImages(folder, NameOf(folder), images, null, null);
        var splits = idx.Length > 0 ? SplitSource.Grouped(idx.Select(f => (PlaceOfIdx(f)!.Value, IdxFile.Open(f))))
                   : npy.Length > 0 ? SplitSource.Grouped(npy.Select(f => (PlaceOfNpy(f), NpyFile.Open(f))))
                   : npz.Length > 0 ? [.. npz.SelectMany(SplitSource.FromNpz)]
                   : throw BadData.Because($"`{folder}` holds no data of a known kind",
                                             $"looked for `{YamlName}`, `*-images-idx3-ubyte` (MNIST), `*.npz`, `*.npy`, `*.csv`, `*.parquet`, `data_batch_*.bin` (CIFAR), and folders of .png and .jpg by class");
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
        if (Tables.FormatOf(file) is not null) return OfTables(folder, stem, [Unsaid(file)], null, null);
        if (Extension(file) == ".bin") return OfCifar(folder, stem, [(stem, [file])], null);
        if (ImageFolders.IsImage(file))
            throw BadData.Because($"`{file}` is one image", "give the folder that holds the images, or the folders of their classes");
        var name = Path.GetFileName(file);
        var place = PlaceOfIdx(file);
        return place is not null || IdxFile.Begins(file)
            ? new DatasetSource(folder, name, SplitSource.Grouped([(place ?? (name, ArrayNames.Role.Inputs), IdxFile.Open(file))]))
            : throw BadData.Because($"`{file}` is of no known kind", "known are idx, .npy, .npz, .csv, .tsv, .parquet, CIFAR's .bin and .yaml files, and folders of them or of images");
    }

    /// <summary>A dataset of images; a `preprocessor_config.json` in the folder says what to do to them where nothing else does.</summary>
    public static DatasetSource OfImages(string folder, string name, IReadOnlyList<(string Split, string Folder)> splits, IReadOnlyList<string>? listed, Preprocessing? preprocessing)
    {
        var (read, config, note) = ForImages(folder, preprocessing);
        var (sources, classes, notes) = ImageFolders.Open(folder, splits, listed, read);
        return new DatasetSource(folder, name, sources) { Classes = classes, Preprocessing = read, Notes = [.. note, .. notes], Descriptions = config };
    }

    /// <summary>A dataset of tables; where they hold encoded images, a `preprocessor_config.json` counts as beside a folder of images.</summary>
    public static DatasetSource OfTables(string folder, string name, IReadOnlyList<(string Split, string File, string Format, string? Label)> tables, IReadOnlyList<string>? listed, Preprocessing? preprocessing)
    {
        var rows = tables.Select(t => (t.Split, Rows: Tables.Read(t))).ToArray();
        var (read, config, note) = rows.Any(r => r.Rows.Images is not null) ? ForImages(folder, preprocessing) : (preprocessing ?? Preprocessing.None, [], []);
        var (sources, classes, notes) = Tables.Open(rows, listed, read);
        return new DatasetSource(folder, name, sources) { Classes = classes, Preprocessing = read, Notes = [.. note, .. notes], Descriptions = config };
    }

    /// <summary>A dataset of CIFAR's binary files.</summary>
    public static DatasetSource OfCifar(string folder, string name, IReadOnlyList<(string Split, IReadOnlyList<string> Files)> splits, IReadOnlyList<string>? listed)
    {
        var (sources, classes, meta) = CifarFiles.Open(splits, listed);
        return new DatasetSource(folder, name, sources) { Classes = classes, Descriptions = meta is null ? [] : [meta] };
    }

    // What was said; else the configuration in the folder, with its file and a note on it.
    private static (Preprocessing, string[] Config, string[] Note) ForImages(string folder, Preprocessing? said)
    {
        var config = Path.Combine(folder, HuggingFaceConfig.FileName);
        if (said is not null || !File.Exists(config)) return (said ?? Preprocessing.None, [], []);
        var (preprocessing, note) = HuggingFaceConfig.Read(config);
        return (preprocessing, [config], [note]);
    }

    private static (string, string, string, string?) Unsaid(string table) => (Tables.SplitOf(table), table, Tables.FormatOf(table)!, null);

    private static (string, ArrayNames.Role)? PlaceOfIdx(string file) => ArrayNames.ParseIdx(Path.GetFileName(file));

    private static (string, ArrayNames.Role) PlaceOfNpy(string file) => ArrayNames.Parse(Path.GetFileNameWithoutExtension(file));

    private static string Extension(string file) => Path.GetExtension(file).ToLowerInvariant();

    private static string NameOf(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is { Length: > 0 } name ? name : "data";

    // Ordered, since the order of splits must not depend on the disk.
    internal static string[] FilesOf(string folder) => Listed(folder, Directory.GetFiles);

    internal static string[] SubfoldersOf(string folder) => Listed(folder, Directory.GetDirectories);

    // Linked folders are listed, not entered: they may lead back to where they lie.
    internal static string[] FilesBelow(string folder) => Listed(folder, f =>
        [.. new FileSystemEnumerable<string>(f, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), new() { RecurseSubdirectories = true, AttributesToSkip = default })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry), ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry),
        }]);

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;

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
