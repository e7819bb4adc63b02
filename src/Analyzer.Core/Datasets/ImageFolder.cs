using System.Globalization;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Image files of one split: decoded, resized and cropped as they are read; only paths are held.</summary>
internal sealed class ImageFolder : SampleSource
{
    private const int CheckedAtOnce = 256;

    private readonly string _folder;
    private readonly string _root;
    private readonly Preprocessing _preprocessing;
    private readonly ImageGeometry _geometry;
    private List<string> _files;
    private long[]? _shape;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="folder">As messages call it.</param>
    /// <param name="root">What the sources of samples are relative to.</param>
    /// <param name="files">Paths of the images, in the order of samples.</param>
    /// <param name="preprocessing">Colour, resize and crop are used.</param>
    public ImageFolder(string folder, string root, IEnumerable<string> files, Preprocessing preprocessing)
    {
        (_folder, _root, _files, _preprocessing) = (folder, root, [.. files], preprocessing);
        Files = [.. _files];
        _geometry = new(preprocessing, ElementType.UInt8, channelsFirst: false);
    }

    public override string Name => _folder;

    /// <summary>All image files, the unreadable ones too.</summary>
    public override IReadOnlyList<string> Files { get; }

    public override ElementType Type => ElementType.UInt8;

    /// <summary>[height, width, 3], or [height, width, 1] where gray is wanted.</summary>
    /// <exception cref="AnalyzerException">No image can be read.</exception>
    public override long[] SampleShape => _shape ??= FindShape();

    public override int Samples => _files.Count;

    private bool Gray => _preprocessing.Color == ColorOrder.Gray;

    public override string SourceOf(int sample) => SourceOf(_files[sample]);

    /// <summary>Decodes images until enough are sound, and says of each what is wrong with it.</summary>
    /// <param name="limit">How many sound ones are enough.</param>
    /// <param name="done">Told how many were decoded.</param>
    /// <param name="cancellation">Checked between images.</param>
    /// <returns>How many were looked at, and number and fault of the unreadable ones, ascending.</returns>
    public (int Checked, IReadOnlyList<(int Sample, string Reason)> Faults) Check(int limit, Action<int> done, CancellationToken cancellation)
    {
        var faults = new List<(int, string)>();
        var at = 0;
        while (at < _files.Count && at - faults.Count < limit)
        {
            var count = Math.Min(Math.Min(CheckedAtOnce, limit - (at - faults.Count)), _files.Count - at);
            var reasons = new string?[count];
            _ = SampleShape;
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, i => reasons[i] = Sound(_files[at + i]).Reason);
            for (var i = 0; i < count; i++)
                if (reasons[i] is { } reason) faults.Add((at + i, reason));
            at += count;
            done(at);
        }
        return (at, faults);
    }

    /// <summary>Takes samples out; those behind them move up.</summary>
    public void Remove(IReadOnlySet<int> samples) => _files = [.. _files.Where((_, i) => !samples.Contains(i))];

    public override unsafe void Read(int first, Span<byte> into)
    {
        var bytes = SampleBytes;
        var count = into.Length / bytes;
        var reasons = new string?[count];
        fixed (byte* start = into)
        {
            var to = (nint)start;
            Parallel.For(0, count, i =>
            {
                var (pixels, reason) = Sound(_files[first + i]);
                reasons[i] = reason;
                if (pixels is not null)
                    _geometry.Apply(pixels.Data, pixels.Height, pixels.Width, pixels.Channels, new Span<byte>((byte*)to + (long)i * bytes, bytes));
            });
        }
        if (Array.FindIndex(reasons, r => r is not null) is var bad and >= 0)
            throw BadData.Because($"`{_files[first + bad]}` cannot be read: {reasons[bad]}", "did the file change while it was read?");
    }

    public override void Dispose() => _geometry.Dispose();

    private string SourceOf(string file) => Path.GetRelativePath(_root, file).Replace('\\', '/');

    private (Pixels? Pixels, string? Reason) Sound(string file)
    {
        var (pixels, reason) = ImageFile.Decode(file, Gray);
        if (pixels is null) return (null, reason);
        if (_geometry.Obstacle(pixels.Height, pixels.Width) is { } obstacle) return (null, obstacle);
        var (height, width) = _geometry.SizeOf(pixels.Height, pixels.Width);
        return (height, width) == (SampleShape[0], SampleShape[1])
            ? (pixels, null)
            : (null, string.Create(CultureInfo.InvariantCulture, $"{height}×{width} pixels where the first image has {SampleShape[0]}×{SampleShape[1]}; `resize` or `crop` brings all to one size"));
    }

    // The size may follow from `resize` and `crop` alone; else the first sound image has it.
    private long[] FindShape()
    {
        var channels = Gray ? 1 : 3;
        if (_preprocessing.Crop is [var h, var w]) return [h, w, channels];
        if (_preprocessing.Resize is [var tall, var wide]) return [tall, wide, channels];
        foreach (var file in _files)
        {
            if (ImageFile.Decode(file, Gray).Pixels is not { } pixels) continue;
            var (height, width) = _geometry.SizeOf(pixels.Height, pixels.Width);
            return [height, width, channels];
        }
        throw BadData.Because($"none of the {BadData.Count(_files.Count, "image")} in `{_folder}` can be read; the first, `{SourceOf(_files[0])}`: {ImageFile.Decode(_files[0], Gray).Reason}",
                              "are they JPEG or PNG files?");
    }
}
