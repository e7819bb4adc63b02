using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads a <c>dataset.yaml</c>: name, format, splits, classes, preprocess.</summary>
/// <remarks>Paths are relative to the file. <c>file.npz:array</c> names an array of a npz.</remarks>
internal static class DatasetYaml
{
    private static readonly string[] Formats = ["idx", "npy", "npz", "parquet", "csv", "images", "cifar"];

    /// <summary>Reads the description and the headers of the files it names.</summary>
    /// <exception cref="AnalyzerException">An unknown key or value, or a file that does not fit; messages name the line.</exception>
    public static DatasetSource Open(string file)
    {
        var root = YamlNode.Read(file);
        var keys = root.Mapping("a dataset", "name", "format", "splits", "classes", "preprocess");
        var format = keys.TryGetValue("format", out var formatNode) ? Format(formatNode) : null;
        var folder = Path.GetDirectoryName(file) is { Length: > 0 } parent ? parent : ".";
        if (!keys.TryGetValue("splits", out var splits))
            throw root.Wrong("there are no `splits`", "list at least one: `splits: { test: { inputs: file } }`");
        var entries = splits.EntriesOf("`splits`");
        var title = keys.TryGetValue("name", out var name) ? name.Text("`name`") : DefaultName(folder);
        var classes = keys.TryGetValue("classes", out var classNode) ? ClassNames(classNode) : null;
        var (preprocessing, config) = keys.TryGetValue("preprocess", out var preprocess) ? Preprocess(preprocess, folder) : (null, null);
        var source = (format ?? KindOf(entries, folder)) switch
        {
            "images" => DatasetFolder.OfImages(folder, title, [.. entries.Select(s => (s.Key, ImagesOf(s.Key, s.Value, folder)))], classes, preprocessing),
            "cifar" => DatasetFolder.OfCifar(folder, title, [.. entries.Select(s => (s.Key, (IReadOnlyList<string>)FilesOf(s.Key, s.Value, folder)))], classes),
            "csv" or "parquet" => DatasetFolder.OfTables(folder, title, [.. entries.Select(s => Table(s.Key, s.Value, folder, format))], classes, preprocessing),
            _ => OfArrays(new YamlFiles(folder, format), folder, title, entries, classes),
        };
        return source with
        {
            Preprocessing = preprocessing ?? source.Preprocessing,
            Descriptions = [file, .. source.Descriptions, .. config is { } read ? [read.File] : Array.Empty<string>()],
            Notes = [.. config is { } told ? [told.Note] : Array.Empty<string>(), .. source.Notes],
        };
    }

    private static DatasetSource OfArrays(YamlFiles files, string folder, string name, IReadOnlyList<(string Key, long Line, YamlNode Value)> splits, IReadOnlyList<string>? classes) =>
        new(folder, name, [.. splits.Select(s => Split(files, s.Key, s.Value))]) { Classes = classes };

    // Without a format the inputs of the first split say what they are.
    private static string? KindOf(IReadOnlyList<(string Key, long Line, YamlNode Value)> splits, string folder)
    {
        var inputs = splits[0].Value.Entries?.FirstOrDefault(e => e.Key == "inputs").Value;
        if ((inputs?.Scalar ?? inputs?.Items?[0].Scalar) is not { Length: > 0 } first) return null;
        var path = Path.Combine(folder, first);
        return Directory.Exists(path) ? "images" : Path.GetExtension(first).Equals(".bin", StringComparison.OrdinalIgnoreCase) ? "cifar" : Tables.FormatOf(first);
    }

    private static string ImagesOf(string split, YamlNode node, string folder)
    {
        var inputs = Inputs(split, node, "inputs");
        var path = Path.Combine(folder, inputs.Text("`inputs`"));
        return Directory.Exists(path) ? path : throw inputs.Wrong($"there is no folder `{path}`", "paths are relative to the `dataset.yaml`");
    }

    private static string[] FilesOf(string split, YamlNode node, string folder)
    {
        var inputs = Inputs(split, node, "inputs");
        YamlNode[] named = inputs.Items is { Count: > 0 } items ? [.. items] : [inputs];
        return [.. named.Select(n => Existing(n, Path.Combine(folder, n.Text("`inputs`"))))];
    }

    private static (string, string, string, string?) Table(string split, YamlNode node, string folder, string? format)
    {
        var inputs = Inputs(split, node, "inputs", "labels");
        var file = Existing(inputs, Path.Combine(folder, inputs.Text("`inputs`")));
        var labels = node.Entries!.FirstOrDefault(e => e.Key == "labels").Value;
        return (split, file, format ?? Tables.FormatOf(file) ?? throw inputs.Wrong($"`{file}` is no table", "tables end in .csv, .tsv or .parquet; or say which with `format`"), labels?.Text("`labels`"));
    }

    private static YamlNode Inputs(string split, YamlNode node, params string[] known)
    {
        var keys = SplitKeys(split, node);
        if (keys.Keys.FirstOrDefault(k => !known.Contains(k, StringComparer.Ordinal)) is { } other)
            throw keys[other].Wrong($"the split `{split}` has `{other}`, but such data holds its own", $"leave `{other}` out");
        return keys["inputs"];
    }

    private static string Existing(YamlNode node, string file) =>
        File.Exists(file) ? file : throw node.Wrong($"there is no file `{file}`", "paths are relative to the `dataset.yaml`");

    // A word is the file of a Hugging Face configuration, a mapping our own keys.
    private static (Preprocessing?, (string File, string Note)?) Preprocess(YamlNode node, string folder)
    {
        if (node.Scalar is not { Length: > 0 } named) return (PreprocessingYaml.Read(node), null);
        var file = Existing(node, Path.Combine(folder, named));
        var (preprocessing, note) = HuggingFaceConfig.Read(file);
        return (preprocessing, (file, note));
    }

    private static IReadOnlyDictionary<string, YamlNode> SplitKeys(string name, YamlNode node)
    {
        if (string.IsNullOrWhiteSpace(name)) throw node.Wrong("a split has no name", "name it: `test: { inputs: file }`");
        var keys = node.Mapping($"the split `{name}`", "inputs", "labels");
        return keys.ContainsKey("inputs") ? keys : throw node.Wrong($"the split `{name}` has no `inputs`", "name the file of its samples");
    }

    private static string Format(YamlNode node)
    {
        var format = node.Text("`format`");
        if (!Formats.Contains(format, StringComparer.Ordinal))
            throw node.Wrong($"there is no format `{format}`; the nearest is `{NearestNames.Of(format, Formats)}`", $"it is one of {string.Join(", ", Formats)}");
        return format;
    }

    private static SplitSource Split(YamlFiles files, string name, YamlNode node)
    {
        var keys = SplitKeys(name, node);
        var inputs = keys["inputs"];
        var labels = keys.TryGetValue("labels", out var labelsNode) ? files.Array(labelsNode, "`labels`", "labels") : null;
        if (inputs.Entries is not null)
        {
            var named = inputs.EntriesOf("`inputs`").Select(i => ((string?)i.Key, (SampleSource)files.Array(i.Value, $"`{i.Key}`", i.Key)));
            return new SplitSource(name, [.. named], labels);
        }
        var found = files.Inputs(inputs, name);
        return labels is null ? found : found with { Labels = labels };
    }

    private static string[] ClassNames(YamlNode node) => node.Items is { Count: > 0 } items
        ? [.. items.Select(i => i.Text("`classes`"))]
        : throw node.Wrong("`classes` is no list", "write `classes: [zero, one]`, in the order of the labels");

    private static string DefaultName(string folder) => Path.GetFileName(Path.GetFullPath(folder)) is { Length: > 0 } name ? name : "data";
}
