using System.Globalization;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Images of one split: decoded, resized and cropped as they are read.</summary>
internal sealed class DecodedImages : SampleSource
{
    private const int CheckedAtOnce = 256;

    // Four bytes decoded, three kept; resizing makes floats of them, twice. Measured.
    private const long BytesOfPixel = 40;

    private readonly EncodedImages _images;
    private readonly Preprocessing _preprocessing;
    private readonly ImageGeometry _geometry;
    private int[] _samples;
    private long[]? _shape;

    /// <summary>Opens nothing yet.</summary>
    /// <param name="images">The images; closed with this.</param>
    /// <param name="samples">Which of them are samples, in their order.</param>
    /// <param name="preprocessing">Colour, resize and crop are used.</param>
    public DecodedImages(EncodedImages images, IEnumerable<int> samples, Preprocessing preprocessing)
    {
        (_images, _samples, _preprocessing) = (images, [.. samples], preprocessing);
        _geometry = new(preprocessing, ElementType.UInt8, channelsFirst: false);
    }

    public override string Name => _images.Name;

    public override IReadOnlyList<string> Files => _images.Files;

    public override ElementType Type => ElementType.UInt8;

    /// <summary>[height, width, 3], or [height, width, 1] where gray is wanted.</summary>
    /// <exception cref="AnalyzerException">No image can be read.</exception>
    public override long[] SampleShape => _shape ??= FindShape();

    public override int Samples => _samples.Length;

    public override ReadingBudget Budget { get; } = new();

    private bool Gray => _preprocessing.Color == ColorOrder.Gray;

    public override string SourceOf(int sample) => _images.SourceOf(_samples[sample]);

    /// <summary>Decodes images until enough are sound, and says of each what is wrong with it.</summary>
    /// <param name="limit">How many sound ones are enough.</param>
    /// <param name="done">Told how many were decoded.</param>
    /// <param name="cancellation">Checked between images.</param>
    /// <returns>How many were looked at, and number and fault of the unreadable ones, ascending.</returns>
    public (int Checked, IReadOnlyList<(int Sample, string Reason)> Faults) Check(int limit, Action<int> done, CancellationToken cancellation)
    {
        var faults = new List<(int, string)>();
        var at = 0;
        while (at < _samples.Length && at - faults.Count < limit)
        {
            var count = Math.Min(Math.Min(CheckedAtOnce, limit - (at - faults.Count)), _samples.Length - at);
            var reasons = new string?[count];
            _ = SampleShape;
            Parallel.For(0, count, Cores(cancellation), i => reasons[i] = Sound(_samples[at + i], _ => { }));
            for (var i = 0; i < count; i++)
                if (reasons[i] is { } reason) faults.Add((at + i, reason));
            at += count;
            done(at);
        }
        return (at, faults);
    }

    /// <summary>Takes samples out; those behind them move up.</summary>
    public void Remove(IReadOnlySet<int> samples) => _samples = [.. _samples.Where((_, i) => !samples.Contains(i))];

    public override unsafe void Read(int first, Span<byte> into)
    {
        var bytes = SampleBytes;
        var count = into.Length / bytes;
        var reasons = new string?[count];
        fixed (byte* start = into)
        {
            var to = (nint)start;
            Parallel.For(0, count, Cores(default), i => reasons[i] = Sound(_samples[first + i],
                pixels => _geometry.Apply(pixels.Data, pixels.Height, pixels.Width, pixels.Channels, new Span<byte>((byte*)to + (long)i * bytes, bytes))));
        }
        if (Array.FindIndex(reasons, r => r is not null) is var bad and >= 0)
            throw BadData.Because($"`{_images.NameOf(_samples[first + bad])}` cannot be read: {reasons[bad]}", "did the file change while it was read?");
    }

    public override void Dispose()
    {
        _images.Dispose();
        _geometry.Dispose();
    }

    // Uses an image that is sound, and says of another what is wrong with it. Before the use no more than the budget is decoded.
    private string? Sound(int image, Action<Pixels> use) => Decoded(image, (pixels, reason) =>
    {
        if (pixels is null) return reason;
        if (_geometry.Obstacle(pixels.Height, pixels.Width) is { } obstacle) return obstacle;
        var (height, width) = _geometry.SizeOf(pixels.Height, pixels.Width);
        if ((height, width) != (SampleShape[0], SampleShape[1]))
            return string.Create(CultureInfo.InvariantCulture, $"{height}×{width} pixels where the first image has {SampleShape[0]}×{SampleShape[1]}; `resize` or `crop` brings all to one size");
        use(pixels);
        return null;
    });

    private T Decoded<T>(int image, Func<Pixels?, string?, T> use)
    {
        var (bytes, reason) = _images.Read(image);
        if (bytes is null) return use(null, reason);
        return Budget.Within(BytesOfPixel * ImageFile.PixelsOf(bytes), () =>
        {
            var (pixels, why) = ImageFile.Decode(bytes, Gray);
            return use(pixels, why);
        });
    }

    // The size may follow from `resize` and `crop` alone; else the first sound image has it.
    private long[] FindShape()
    {
        var channels = Gray ? 1 : 3;
        if (_preprocessing.Crop is [var h, var w]) return [h, w, channels];
        if (_preprocessing.Resize is [var tall, var wide]) return [tall, wide, channels];
        foreach (var image in _samples)
        {
            var size = Decoded(image, (pixels, _) => pixels is null ? null : ((int Height, int Width)?)_geometry.SizeOf(pixels.Height, pixels.Width));
            if (size is var (height, width)) return [height, width, channels];
        }
        throw BadData.Because($"none of the {BadData.Count(_samples.Length, "image")} in `{Name}` can be read; the first, `{SourceOf(0)}`: {Decoded(_samples[0], (_, reason) => reason)}",
                              "are they JPEG or PNG files?");
    }
}
