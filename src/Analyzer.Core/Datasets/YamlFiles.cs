using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Opens the arrays that a <c>dataset.yaml</c> names.</summary>
/// <param name="folder">Folder that paths are relative to.</param>
/// <param name="format">idx, npy or npz for every file; null to go by the extension.</param>
/// <remarks>Tables, images and CIFAR's files hold samples and labels together: <see cref="DatasetYaml"/> opens those.</remarks>
internal sealed class YamlFiles(string folder, string? format)
{
    private const string NpzArray = ".npz:";

    // Several arrays of one npz are usual; its directory is read once.
    private readonly Dictionary<string, IReadOnlyList<(string Name, ArraySource? Source)>> _archives = new(StringComparer.Ordinal);

    /// <summary>One array; of a npz the one named behind `:`, else the one called <paramref name="nameInNpz"/>.</summary>
    /// <exception cref="AnalyzerException">No such file or array.</exception>
    public ArraySource Array(YamlNode node, string key, string nameInNpz)
    {
        var (file, array) = Place(node, key);
        if (FormatOf(node, file) != "npz") return Open(node, file);
        var arrays = Archive(file);
        var wanted = array ?? nameInNpz;
        if (arrays.Any(a => a.Name == wanted && a.Source is null))
            throw node.Wrong($"`{file}:{wanted}` holds text or Python objects, and numbers are wanted", SplitSource.NoText);
        return arrays.FirstOrDefault(a => a.Name == wanted).Source
            ?? throw node.Wrong($"`{file}` has no array `{wanted}`; the nearest is `{NearestNames.Of(wanted, arrays.Select(a => a.Name))}`",
                                $"it has {string.Join(", ", arrays.Select(a => $"`{a.Name}`"))}; name one as `file.npz:array`");
    }

    /// <summary>The samples of a split, and its labels where the file is a npz that holds them.</summary>
    /// <exception cref="AnalyzerException">No such file, or names in a npz that leave open what is what.</exception>
    public SplitSource Inputs(YamlNode node, string split)
    {
        var (file, array) = Place(node, "`inputs`");
        return array is null && FormatOf(node, file) == "npz"
            ? SplitSource.OneSplit(file, split, Archive(file))
            : new SplitSource(split, [(null, Array(node, "`inputs`", ""))], null);
    }

    private (string File, string? Array) Place(YamlNode node, string key)
    {
        var text = node.Text(key);
        var at = text.LastIndexOf(NpzArray, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? (Path.Combine(folder, text), null)
                      : (Path.Combine(folder, text[..(at + NpzArray.Length - 1)]), text[(at + NpzArray.Length)..]);
    }

    private string FormatOf(YamlNode node, string file) => format ?? Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".npy" => "npy",
        ".npz" => "npz",
        ".csv" or ".tsv" or ".parquet" or ".bin" => throw node.Wrong($"`{file}` cannot be one of several arrays", "labels and several inputs come from idx, npy or npz files; a table holds its own labels: `labels: <column>`"),
        _ when File.Exists(file) && !IdxFile.Begins(file) =>
            throw node.Wrong($"`{file}` is of no known kind", "say which with `format`: idx, npy, npz, csv, parquet, images or cifar"),
        _ => "idx",
    };

    private ArraySource Open(YamlNode node, string file)
    {
        if (!File.Exists(file)) throw node.Wrong($"there is no file `{file}`", "paths are relative to the `dataset.yaml`");
        return FormatOf(node, file) == "npy" ? NpyFile.Open(file) : IdxFile.Open(file);
    }

    private IReadOnlyList<(string Name, ArraySource? Source)> Archive(string file)
    {
        if (!_archives.TryGetValue(file, out var arrays)) _archives[file] = arrays = NpzFile.Open(file);
        return arrays;
    }
}
