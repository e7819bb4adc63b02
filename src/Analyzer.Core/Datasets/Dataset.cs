using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Samples in splits, with labels where there are some, and what to do to a sample before a model sees it.</summary>
/// <remarks>
/// Headers and labels are read when a dataset is opened, samples only when asked for. Kinds that are read:
/// a <c>dataset.yaml</c>, or a folder with one; idx, as MNIST names its files (<c>train-images-idx3-ubyte</c>, <c>t10k-…</c> is `test`);
/// npz, a split for each (<c>train.npz</c>) with the arrays <c>inputs</c> and <c>labels</c>, or arrays named after the model's inputs, or
/// all splits in one (<c>x_train</c>, <c>y_train</c>); npy, where the first or last word of the name says what it is
/// (<c>train_inputs.npy</c>, <c>y_test.npy</c>) and the rest names the split.
/// </remarks>
public sealed class Dataset : IDisposable
{
    private readonly string _root;

    private Dataset(DatasetSource source)
    {
        _root = source.Root;
        Name = source.Name;
        Classes = source.Classes;
        Preprocessing = source.Preprocessing;
        Splits = [.. source.Splits.Select(s => Split.Of(s.Name, s.Inputs, s.Labels, source.Classes?.Count))];
        var data = source.Splits.SelectMany(s => s.Inputs.Select(i => i.Source.File).Concat(s.Labels is null ? [] : [s.Labels.File]));
        Files = [.. (source.YamlFile is null ? data : data.Prepend(source.YamlFile)).Distinct()];
    }

    /// <summary>As the <c>dataset.yaml</c> says, else the name of the folder or file.</summary>
    public string Name { get; }

    /// <summary>At least one; no two names differ in case only.</summary>
    public IReadOnlyList<Split> Splits { get; }

    /// <summary>Names of the classes by label; null where none are given.</summary>
    public IReadOnlyList<string>? Classes { get; }

    /// <summary>What to do to a sample before a model sees it.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Every file the dataset consists of, its <c>dataset.yaml</c> among them; no path twice.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Opens what is at a path: a folder, a file of a known kind, or a <c>dataset.yaml</c>.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="AnalyzerException">Nothing there, of no known kind, or data that does not fit together.</exception>
    public static Dataset Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var source = Directory.Exists(path) ? DatasetFolder.OpenFolder(path)
                   : File.Exists(path) ? DatasetFolder.OpenFile(path)
                   : throw BadData.Because($"there is no file or folder `{path}`",
                                           "`--data` takes a folder, a data file or a `dataset.yaml`");
        var twice = source.Splits.GroupBy(s => s.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? new Dataset(source)
            : throw BadData.Because($"`{path}` has the split `{twice.Key}` {twice.Count()} times",
                                    "give every split a name of its own; case does not count");
    }

    /// <summary>The split called so.</summary>
    /// <exception cref="AnalyzerException">There is none; the message names the nearest.</exception>
    public Split SplitNamed(string name) => Splits.FirstOrDefault(s => s.Name == name)
        ?? throw new AnalyzerException($"`{Name}` has no split `{name}`; the nearest is `{NearestNames.Of(name, Splits.Select(s => s.Name))}`",
                                       $"it has {string.Join(", ", Splits.Select(s => $"`{s.Name}`"))}");

    /// <summary>sha256 over the names, relative to the dataset, and the contents of <see cref="Files"/>; reads them whole.</summary>
    /// <param name="progress">Told after every MiB.</param>
    /// <param name="cancellation">Checked before every MiB.</param>
    /// <returns>64 lower-case hexadecimal digits; the same wherever the dataset lies.</returns>
    /// <exception cref="AnalyzerException">A file is gone, cannot be read, or changes while it is read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public string Fingerprint(IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default) =>
        Datasets.Fingerprint.Of(_root, Files, progress, cancellation);

    /// <summary>Closes the files; reading opens them again.</summary>
    public void Dispose()
    {
        foreach (var split in Splits) split.Dispose();
    }
}
