using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads the binary version of CIFAR-10 and CIFAR-100: one or two bytes of label, then 32×32 bytes each of red, green, blue.</summary>
/// <remarks>Krizhevsky, “Learning multiple layers of features from tiny images”, 2009; the layout stands on the data's page. Of CIFAR-100 the fine label is read.</remarks>
internal sealed class CifarFiles : SampleSource
{
    private const int PixelBytes = 3 * 32 * 32;

    private static readonly string[] MetaNames = ["batches.meta.txt", "fine_label_names.txt"];

    private readonly (string File, int Samples)[] _files;
    private readonly int _labelBytes;
    private readonly Dictionary<string, FileStream> _open = new(StringComparer.Ordinal);

    private CifarFiles(IReadOnlyList<string> files, int labelBytes)
    {
        _labelBytes = labelBytes;
        _files = [.. files.Select(f => (f, Count(f)))];
        Samples = checked(_files.Sum(f => f.Samples));
    }

    public override string Name => _files[0].File;

    public override IReadOnlyList<string> Files => [.. _files.Select(f => f.File)];

    public override ElementType Type => ElementType.UInt8;

    public override long[] SampleShape => [3, 32, 32];

    public override int Samples { get; }

    private int RecordBytes => _labelBytes + PixelBytes;

    /// <summary>The files of a folder by split: `data_batch_*.bin` or `train.bin`, `test_batch.bin` or `test.bin`.</summary>
    public static IReadOnlyList<(string Split, IReadOnlyList<string> Files)> SplitsOf(IReadOnlyList<string> files)
    {
        string[] Named(Func<string, bool> fits) => [.. files.Where(f => fits(Path.GetFileName(f)))];
        var train = Named(n => n == "train.bin" || (n.StartsWith("data_batch_", StringComparison.Ordinal) && n.EndsWith(".bin", StringComparison.Ordinal)));
        var test = Named(n => n is "test.bin" or "test_batch.bin");
        return [.. new[] { ("train", (IReadOnlyList<string>)train), ("test", test) }.Where(s => s.Item2.Count > 0)];
    }

    /// <summary>Opens the splits.</summary>
    /// <param name="splits">Name and files of each.</param>
    /// <param name="listed">Classes, where they are given; else those of the names' file beside the first batch.</param>
    /// <returns>Splits, classes, and the names' file if it was read.</returns>
    /// <exception cref="AnalyzerException">A file whose length is no whole number of records, or a label that is no class.</exception>
    public static (IReadOnlyList<SplitSource> Splits, IReadOnlyList<string>? Classes, string? Meta) Open(IReadOnlyList<(string Split, IReadOnlyList<string> Files)> splits, IReadOnlyList<string>? listed)
    {
        var opened = splits.Select(s => (s.Split, Source: new CifarFiles(s.Files, LabelBytes(s.Files[0])))).ToArray();
        var hundred = opened[0].Source._labelBytes == 2;
        if (opened.FirstOrDefault(o => o.Source._labelBytes == 2 != hundred).Source is { } other)
            throw BadData.Because($"`{opened[0].Source.Name}` is of {(hundred ? "CIFAR-100" : "CIFAR-10")} and `{other.Name}` of {(hundred ? "CIFAR-10" : "CIFAR-100")}", "give each a `dataset.yaml` of its own");
        var meta = Path.Combine(Path.GetDirectoryName(splits[0].Files[0])!, MetaNames[hundred ? 1 : 0]);
        meta = listed is null && File.Exists(meta) ? meta : null;
        var classes = listed ?? (meta is null ? null : [.. File.ReadLines(meta).Select(l => l.Trim()).Where(l => l.Length > 0)]);
        var count = hundred ? 100 : 10;
        if (classes is not null && classes.Count != count)
            throw BadData.Because($"{(meta is null ? "`classes`" : $"`{meta}`")} has {classes.Count} names; {(hundred ? "CIFAR-100" : "CIFAR-10")} has {count} classes", "write a name for each");
        return ([.. opened.Select(o => new SplitSource(o.Split, [(null, o.Source)], null) { KnownLabels = o.Source.Labels(count) })], classes, meta);
    }

    public override string SourceOf(int sample)
    {
        var (file, number) = PlaceOf(sample);
        return $"{Path.GetFileName(_files[file].File)}#{number}";
    }

    public override void Read(int first, Span<byte> into)
    {
        for (var i = 0; i < into.Length / PixelBytes; i++)
        {
            var (file, number) = PlaceOf(first + i);
            ReadAt(_files[file].File, (long)number * RecordBytes + _labelBytes, into.Slice(i * PixelBytes, PixelBytes));
        }
    }

    public override void Dispose()
    {
        foreach (var stream in _open.Values) stream.Dispose();
        _open.Clear();
    }

    private int[] Labels(int classes)
    {
        var labels = new int[Samples];
        Span<byte> label = stackalloc byte[1];
        for (var i = 0; i < labels.Length; i++)
        {
            var (file, number) = PlaceOf(i);
            ReadAt(_files[file].File, (long)number * RecordBytes + _labelBytes - 1, label);
            labels[i] = label[0] < classes ? label[0]
                : throw BadData.Because($"`{_files[file].File}` gives sample {number} the label {label[0]}; there are {classes} classes, 0 to {classes - 1}", "is the file damaged?");
        }
        Dispose();
        return labels;
    }

    private void ReadAt(string file, long position, Span<byte> into)
    {
        if (!_open.TryGetValue(file, out var stream)) _open[file] = stream = Buffered(file);
        try
        {
            stream.Position = position;
            stream.ReadExactly(into);
        }
        catch (IOException e)
        {
            throw BadData.Because($"`{file}` cannot be read at byte {position}: {e.Message}", "did the file change while it was read?", e);
        }
    }

    private static FileStream Buffered(string file)
    {
        ArraySource.OpenFile(file).Dispose();
        return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
    }

    private (int File, int Number) PlaceOf(int sample)
    {
        var file = 0;
        for (; sample >= _files[file].Samples; file++) sample -= _files[file].Samples;
        return (file, sample);
    }

    private int Count(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        return stream.Length > 0 && stream.Length % RecordBytes == 0
            ? checked((int)(stream.Length / RecordBytes))
            : throw BadData.Because($"`{file}` is {stream.Length} bytes long; {(_labelBytes == 1 ? "CIFAR-10" : "CIFAR-100")} takes {RecordBytes} bytes a sample", "the file is cut short or of another kind: fetch it again");
    }

    // The lengths tell the two apart; where both fit, which takes nine million bytes, the names do.
    private static int LabelBytes(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        var (ten, hundred) = (stream.Length % (1 + PixelBytes) == 0, stream.Length % (2 + PixelBytes) == 0);
        return ten == hundred ? (Path.GetFileName(file) is "train.bin" or "test.bin" ? 2 : 1) : hundred ? 2 : 1;
    }
}
