using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Finds images by class: `train/cat/1.jpg`, or `cat/1.jpg` where there is one split.</summary>
/// <remarks>
/// Classes are the names of folders in ordinal order, unless a <c>dataset.yaml</c> lists them. Samples come in rounds, the first image of
/// every class, then the second, so that the beginning of a split has all classes; within a class in ordinal order of paths. Folders that
/// tools leave, <c>.ipynb_checkpoints</c> or <c>__MACOSX</c>, are no classes.
/// </remarks>
internal static class ImageFolders
{
    private const int MostNamed = 3;

    private static readonly string[] UsualSplits = ["train", "training", "test", "val", "valid", "validation"];
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>True for names that end like an image.</summary>
    public static bool IsImage(string file) => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>The folders of the splits under a folder that no <c>dataset.yaml</c> describes; empty where it holds no images.</summary>
    /// <exception cref="AnalyzerException">Images beside folders with images.</exception>
    public static IReadOnlyList<(string Split, string Folder)> SplitsOf(string folder)
    {
        var direct = DatasetFolder.FilesOf(folder).Any(IsImage);
        var classes = FoldersOf(folder).Where(f => DatasetFolder.FilesOf(f).Any(IsImage)).ToArray();
        var splits = FoldersOf(folder).Where(f => FoldersOf(f).Any(c => DatasetFolder.FilesOf(c).Any(IsImage))).ToArray();
        if (direct && (classes.Length > 0 || splits.Length > 0))
            throw BadData.Because($"`{folder}` holds images and folders of images beside each other",
                                  "put every image into the folder of its class, or say in a `dataset.yaml` which folders are the splits");
        // Names of splits are no names of classes.
        if (!direct && classes.Length > 0 && classes.All(c => UsualSplits.Contains(Path.GetFileName(c), StringComparer.OrdinalIgnoreCase)))
            return [.. classes.Select(c => (Path.GetFileName(c), c))];
        if (direct || classes.Length > 0) return [(ArrayNames.OnlySplit, folder)];
        return [.. splits.Select(f => (Path.GetFileName(f), f))];
    }

    /// <summary>The splits with their classes.</summary>
    /// <param name="root">The dataset's folder.</param>
    /// <param name="folders">Name and folder of every split.</param>
    /// <param name="listed">Classes by label, where they are given.</param>
    /// <param name="preprocessing">What sources do to an image.</param>
    /// <returns>The splits, the classes (null where no split has folders), and notes on files that were left out.</returns>
    /// <exception cref="AnalyzerException">No images, images beside classes, or a folder that is none of the classes.</exception>
    public static (IReadOnlyList<SplitSource> Splits, IReadOnlyList<string>? Classes, IReadOnlyList<string> Notes) Open(
        string root, IReadOnlyList<(string Split, string Folder)> folders, IReadOnlyList<string>? listed, Preprocessing preprocessing)
    {
        var found = folders.Select(f => (f.Split, f.Folder, Classes: ByClass(f.Folder))).ToArray();
        string[] names = [.. found.SelectMany(f => f.Classes).Select(c => c.Class).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        if (listed is not null && names.FirstOrDefault(n => !listed.Contains(n, StringComparer.Ordinal)) is { } stranger)
            throw BadData.Because($"the folder `{stranger}` is none of the {listed.Count} classes; the nearest is `{NearestNames.Of(stranger, listed)}`",
                                  "list it under `classes`, or move its images");
        IReadOnlyList<string>? classes = listed ?? (names.Length > 0 ? names : null);
        string[] strays = [.. found.SelectMany(f => f.Classes).SelectMany(c => c.Strays).Order(StringComparer.Ordinal)];
        string[] hidden = [.. folders.SelectMany(f => DatasetFolder.SubfoldersOf(f.Folder)).Where(IsLeftByTools)];
        string[] empty = [.. names.Where(n => found.All(f => f.Classes.All(c => c.Class != n || c.Images.Length == 0)))];
        return ([.. found.Select(f => Split(root, f.Split, f.Folder, f.Classes, classes, preprocessing))], classes,
                [
                    .. strays.Length == 0 ? Array.Empty<string>() : [$"left out: {BadData.Count(strays.Length, "file")} that {(strays.Length == 1 ? "is" : "are")} no .png, .jpg or .jpeg: {Named(root, strays)}"],
                    .. hidden.Length == 0 ? Array.Empty<string>() : [$"left out: {BadData.Count(hidden.Length, "folder")} that {(hidden.Length == 1 ? "is" : "are")} no class by {(hidden.Length == 1 ? "its name" : "their names")}: {Named(root, hidden)}"],
                    .. empty.Length == 0 ? Array.Empty<string>() : [$"classes without an image, which count as classes all the same: {string.Join(", ", empty.Select(n => $"`{n}`"))}"],
                ]);
    }

    private static SplitSource Split(string root, string split, string folder, IReadOnlyList<(string? Class, string[] Images, string[] Strays)> found,
                                     IReadOnlyList<string>? classes, Preprocessing preprocessing)
    {
        var labelled = found.Where(f => f is { Class: not null, Images.Length: > 0 }).OrderBy(f => IndexOf(classes!, f.Class!)).ToArray();
        var free = found.Where(f => f.Class is null).SelectMany(f => f.Images).ToArray();
        if (labelled.Length == 0 && free.Length == 0)
            throw BadData.Because($"`{folder}` holds no .png, .jpg or .jpeg", $"leave the split `{split}` out, or give the folder that holds the folders of its classes");
        if (labelled.Length > 0 && free.Length > 0)
            throw BadData.Because($"`{folder}` holds images beside the folders of its classes: `{Path.GetFileName(free[0])}`", "put every image into the folder of its class");
        if (labelled.Length == 0) return new SplitSource(split, [(null, Decoded(free))], null);
        var (files, labels) = (new List<string>(), new List<int>());
        for (var round = 0; labelled.Any(l => l.Images.Length > round); round++)
        {
            foreach (var (name, images, _) in labelled.Where(l => l.Images.Length > round))
            {
                files.Add(images[round]);
                labels.Add(IndexOf(classes!, name!));
            }
        }
        return new SplitSource(split, [(null, Decoded(files))], null) { KnownLabels = [.. labels] };

        DecodedImages Decoded(IReadOnlyList<string> images) => new(new ImageFiles(folder, root, images), Enumerable.Range(0, images.Count), preprocessing);
    }

    private static string[] FoldersOf(string folder) => [.. DatasetFolder.SubfoldersOf(folder).Where(f => !IsLeftByTools(f))];

    private static bool IsLeftByTools(string folder) => Path.GetFileName(folder) is ['.', ..] or "__MACOSX";

    private static int IndexOf(IReadOnlyList<string> classes, string name)
    {
        for (var c = 0; c < classes.Count; c++)
            if (classes[c] == name) return c;
        return -1;
    }

    // What lies deeper belongs to the class above it.
    private static List<(string? Class, string[] Images, string[] Strays)> ByClass(string folder)
    {
        var found = new List<(string?, string[], string[])> { Sorted(null, DatasetFolder.FilesOf(folder)) };
        foreach (var subfolder in FoldersOf(folder))
            found.Add(Sorted(Path.GetFileName(subfolder), DatasetFolder.FilesBelow(subfolder)));
        return found;
    }

    private static (string?, string[], string[]) Sorted(string? name, string[] files) =>
        (name, [.. files.Where(IsImage)], [.. files.Where(f => !IsImage(f) && Path.GetFileName(f) is not (DatasetFolder.YamlName or HuggingFaceConfig.FileName))]);

    private static string Named(string root, string[] files) =>
        string.Join(", ", files.Take(MostNamed).Select(f => $"`{Path.GetRelativePath(root, f).Replace('\\', '/')}`")) + (files.Length > MostNamed ? ", …" : "");
}
