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
        var files = new YamlFiles(folder, format);
        return new DatasetSource(folder, keys.TryGetValue("name", out var name) ? name.Text("`name`") : DefaultName(folder),
                                 [.. splits.EntriesOf("`splits`").Select(s => Split(files, s.Key, s.Value))])
        {
            YamlFile = file,
            Classes = keys.TryGetValue("classes", out var classes) ? ClassNames(classes) : null,
            Preprocessing = keys.TryGetValue("preprocess", out var preprocess) ? PreprocessingYaml.Read(preprocess) : Preprocessing.None,
        };
    }

    private static string Format(YamlNode node)
    {
        var format = node.Text("`format`");
        if (!Formats.Contains(format, StringComparer.Ordinal))
            throw node.Wrong($"there is no format `{format}`; the nearest is `{NearestNames.Of(format, Formats)}`", "idx, npy and npz are read");
        return format is "idx" or "npy" or "npz" ? format : throw DatasetFolder.NotYet(node.File, format);
    }

    private static SplitSource Split(YamlFiles files, string name, YamlNode node)
    {
        if (string.IsNullOrWhiteSpace(name)) throw node.Wrong("a split has no name", "name it: `test: { inputs: file }`");
        var keys = node.Mapping($"the split `{name}`", "inputs", "labels");
        if (!keys.TryGetValue("inputs", out var inputs))
            throw node.Wrong($"the split `{name}` has no `inputs`", "name the file of its samples");
        var labels = keys.TryGetValue("labels", out var labelsNode) ? files.Array(labelsNode, "`labels`", "labels") : null;
        if (inputs.Entries is not null)
        {
            var named = inputs.EntriesOf("`inputs`").Select(i => ((string?)i.Key, files.Array(i.Value, $"`{i.Key}`", i.Key)));
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
