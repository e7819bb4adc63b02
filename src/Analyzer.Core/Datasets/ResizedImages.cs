using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Stored images of one size, resized and cropped as they are read. Types other than uint8 become float32 first.</summary>
internal sealed class ResizedImages : SampleSource
{
    private readonly SampleSource _stored;
    private readonly ImageGeometry _geometry;
    private readonly int _height, _width, _channels;
    private byte[] _raw = [];

    private const long RawBytes = 32 << 20;

    // Floats of up to four channels, and again while they are resized.
    private const long BytesOfPixel = 40;

    /// <summary>Finds height, width and channels: [h,w], [h,w,c] or [c,h,w] with 1, 3 or 4 channels.</summary>
    /// <exception cref="AnalyzerException">The samples are no images, or smaller than the crop.</exception>
    public ResizedImages(SampleSource stored, Preprocessing preprocessing)
    {
        var shape = stored.SampleShape;
        var steps = $"`{(preprocessing.Resize.Count > 0 ? "resize" : "crop")}`";
        if (shape.Length is not (2 or 3))
            throw BadData.Because($"{steps} needs images; `{stored.Name}` has samples of shape {BadData.Shape(shape)}",
                                  "leave it out, or store the samples as [height,width] or [height,width,channels]");
        var channelAxis = shape.Length == 2 ? 0 : SampleLayout.GuessChannels(shape)
            ?? throw BadData.Because($"{steps}: a sample of shape {BadData.Shape(shape)} in `{stored.Name}` does not show which axis its channels are",
                                     "images have 1, 3 or 4 channels, on their first or last axis");
        var channelsFirst = channelAxis == 0;
        long[] image = shape.Length == 2 ? [1, .. shape] : shape;
        (_channels, _height, _width) = channelsFirst ? ((int)image[0], (int)image[1], (int)image[2]) : ((int)image[2], (int)image[0], (int)image[1]);
        _stored = stored;
        Type = stored.Type == ElementType.UInt8 ? ElementType.UInt8 : ElementType.Float;
        _geometry = new(preprocessing, Type, channelsFirst);
        if (_geometry.Obstacle(_height, _width) is { } obstacle)
            throw BadData.Because($"the images of `{stored.Name}` have {obstacle}", "make `crop` smaller, or add a `resize` before it");
        var (h, w) = _geometry.SizeOf(_height, _width);
        SampleShape = shape.Length == 2 ? [h, w] : channelsFirst ? [_channels, h, w] : [h, w, _channels];
    }

    public override string Name => _stored.Name;

    public override IReadOnlyList<string> Files => _stored.Files;

    public override ElementType Type { get; }

    public override long[] SampleShape { get; }

    public override int Samples => _stored.Samples;

    public override string SourceOf(int sample) => _stored.SourceOf(sample);

    public override ReadingBudget Budget { get; } = new();

    public override unsafe void Read(int first, Span<byte> into)
    {
        var (bytes, storedBytes) = (SampleBytes, _stored.SampleBytes);
        var count = into.Length / bytes;
        // Images may be far larger than what becomes of them, so not a whole batch of them is held.
        var atOnce = (int)Math.Clamp(RawBytes / storedBytes, 1, count);
        if (_raw.Length < atOnce * storedBytes) _raw = new byte[atOnce * storedBytes];
        fixed (byte* start = into)
        {
            var at = (nint)start;
            for (var done = 0; done < count; done += atOnce)
            {
                var (part, from) = (Math.Min(atOnce, count - done), done);
                _stored.Read(first + from, _raw.AsSpan(0, part * storedBytes));
                Parallel.For(0, part, Cores(default), i => Budget.Within((long)_height * _width * BytesOfPixel, () =>
                {
                    _geometry.Apply(Converted(_raw.AsMemory(i * storedBytes, storedBytes)), _height, _width, _channels, new Span<byte>((byte*)at + (from + i) * (long)bytes, bytes));
                    return true;
                }));
            }
        }
    }

    public override void Dispose()
    {
        _stored.Dispose();
        _geometry.Dispose();
    }

    private Memory<byte> Converted(Memory<byte> sample)
    {
        if (_stored.Type == Type) return sample;
        var floats = new byte[_height * _width * _channels * sizeof(float)];
        Conversion.ToFloating<float>(_stored.Type, sample.Span, MemoryMarshal.Cast<byte, float>(floats.AsSpan()));
        return floats;
    }
}
