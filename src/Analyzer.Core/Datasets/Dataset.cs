using System.Globalization;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Samples in splits, with labels where there are some, and what to do to a sample before a model sees it.</summary>
/// <remarks>
/// Headers and labels are read when a dataset is opened, samples only when asked for. Kinds that are read:
/// a <c>dataset.yaml</c>, or a folder with one; idx, as MNIST names its files (<c>train-images-idx3-ubyte</c>, <c>t10k-…</c> is `test`);
/// npz, a split for each (<c>train.npz</c>) with the arrays <c>inputs</c> and <c>labels</c>, or arrays named after the model's inputs, or
/// all splits in one (<c>x_train</c>, <c>y_train</c>); npy, where the first or last word of the name says what it is
/// (<c>train_inputs.npy</c>, <c>y_test.npy</c>) and the rest names the split; images in folders named after their classes
/// (<c>train/cat/1.jpg</c>, or <c>cat/1.jpg</c>); CSV and Parquet, a split for each file (<c>train.csv</c>), labels in the column `label`:
/// columns of numbers, and in Parquet also lists, lists of lists, and encoded images, as Hugging Face's datasets stores them;
/// CIFAR's binary files.
/// </remarks>
public sealed class Dataset : IDisposable
{
    private const int MostNamed = 3;

    private readonly string _root;

    private Dataset(DatasetSource source)
    {
        _root = source.Root;
        Name = source.Name;
        Classes = source.Classes;
        Preprocessing = source.Preprocessing;
        Notes = [.. source.Notes, .. source.Splits.SelectMany(s => s.Notes)];
        Splits = [.. source.Splits.Select(s => Split.Of(s, source.Preprocessing, source.Classes?.Count))];
        var data = source.Splits.SelectMany(s => s.Inputs.SelectMany(i => i.Source.Files).Concat(s.Labels?.Files ?? []));
        Files = [.. source.Descriptions.Concat(data).Distinct()];
    }

    /// <summary>As the <c>dataset.yaml</c> says, else the name of the folder or file.</summary>
    public string Name { get; }

    /// <summary>At least one; no two names differ in case only.</summary>
    public IReadOnlyList<Split> Splits { get; }

    /// <summary>Names of the classes by label; null where none are given.</summary>
    public IReadOnlyList<string>? Classes { get; }

    /// <summary>What to do to a sample before a model sees it.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>What a reader of a report must know of the data: files left out, configurations read.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What reading takes at once beside the samples, at most, by what was read so far: images are decoded one by one.</summary>
    public long ReadingBytes => Budgets.Select(b => b.Most).DefaultIfEmpty().Max();

    private IEnumerable<ReadingBudget> Budgets => Splits.SelectMany(s => s.Inputs).Select(i => i.Source.Budget).OfType<ReadingBudget>();

    /// <summary>Bounds what images take at once while they are decoded; one that is larger goes alone.</summary>
    /// <param name="bytes">More than 0.</param>
    public void KeepTo(long bytes)
    {
        foreach (var budget in Budgets) budget.Bytes = bytes;
    }

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
                                    twice.All(s => s.Inputs[0].Source.Files.Any(f => f.Contains("-of-", StringComparison.Ordinal)))
                                        ? "shards of one split are not put together yet: write them as one file, for instance with DuckDB's `COPY (FROM 'train-*.parquet') TO 'train.parquet'`"
                                        : "give every split a name of its own; case does not count");
    }

    /// <summary>The split called so.</summary>
    /// <exception cref="AnalyzerException">There is none; the message names the nearest.</exception>
    public Split SplitNamed(string name) => Splits.FirstOrDefault(s => s.Name == name)
        ?? throw new AnalyzerException($"`{Name}` has no split `{name}`; the nearest is `{NearestNames.Of(name, Splits.Select(s => s.Name))}`",
                                       $"it has {string.Join(", ", Splits.Select(s => $"`{s.Name}`"))}");

    /// <summary>
    /// Finds the samples that cannot be read and takes them out of their splits, before any model sees one: images are decoded once for
    /// it. What is left is numbered through, so that nothing that comes after needs to know of them.
    /// </summary>
    /// <param name="limit">How many sound samples of each split are wanted; null for all. What lies behind them is not looked at.</param>
    /// <param name="most">The largest share of unreadable samples that is borne, in [0, 1].</param>
    /// <param name="progress">Told of images decoded.</param>
    /// <param name="cancellation">Checked between samples.</param>
    /// <exception cref="AnalyzerException">More of them, or a split with no sound sample.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void SetAside(int? limit, double most, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var total = Splits.Sum(s => (long)Math.Min(s.Samples, limit ?? int.MaxValue));
        long before = 0, looked = 0;
        foreach (var split in Splits)
        {
            var available = split.Samples;
            looked += split.SetAside(limit ?? int.MaxValue, done => progress?.Report(new("check", Math.Min(total, before + done), total, "samples")), cancellation);
            before += Math.Min(available, limit ?? int.MaxValue);
        }
        var unreadable = Splits.SelectMany(s => s.Unreadable).ToArray();
        var share = unreadable.Length / (double)Math.Max(1, looked);
        if (share > most)
            throw BadData.Because(string.Create(CultureInfo.InvariantCulture, $"{unreadable.Length} of {BadData.Count(looked, "sample")} of `{Name}` cannot be read, a share of {share:0.####}; the limit is {most:0.####}: {Named(unreadable)}"),
                                  "mend or remove them, or raise `--max-unreadable`");
        if (Splits.FirstOrDefault(s => s.Samples == 0) is { } empty)
            throw BadData.Because($"no sample of the split `{empty.Name}` can be read: {Named(empty.Unreadable)}", "mend them, or leave the split out");
    }

    /// <summary>Takes out the samples that were found unreadable before, such as by the extraction of a run.</summary>
    /// <param name="unreadable">Split, source and reason of each.</param>
    public void SetAside(IEnumerable<(string Split, string Source, string Reason)> unreadable)
    {
        foreach (var known in unreadable.GroupBy(u => u.Split))
            SplitNamed(known.Key).SetAside(known.ToDictionary(u => u.Source, u => u.Reason, StringComparer.Ordinal));
    }

    /// <summary>The first few of them with their faults.</summary>
    internal static string Named(IReadOnlyList<UnreadableSample> unreadable) =>
        string.Join(", ", unreadable.Take(MostNamed).Select(u => $"`{u.Source}` ({u.Reason})")) + (unreadable.Count > MostNamed ? ", …" : "");

    /// <summary>sha256 over the names, relative to the dataset, and the contents of <see cref="Files"/>; reads them whole.</summary>
    /// <param name="progress">Told after every MiB.</param>
    /// <param name="cancellation">Checked before every MiB.</param>
    /// <returns>64 lower-case hexadecimal digits; the same wherever the dataset lies.</returns>
    /// <exception cref="AnalyzerException">A file is gone, cannot be read, or changes while it is read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public string Fingerprint(IProgress<ByteProgress>? progress = null, CancellationToken cancellation = default) =>
        Datasets.Fingerprint.Of(_root, Files, progress, cancellation);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var split in Splits) split.Dispose();
    }
}
