using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Stored colour images, uint8, brought to gray as they are read: as <see cref="ImageFile"/> makes it.</summary>
internal sealed class GrayImages : SampleSource
{
    private readonly SampleSource _stored;
    private readonly bool _channelsFirst;
    private readonly int _pixels;
    private byte[] _raw = [];

    private GrayImages(SampleSource stored, bool channelsFirst)
    {
        (_stored, _channelsFirst) = (stored, channelsFirst);
        SampleShape = channelsFirst ? [1, .. stored.SampleShape[1..]] : [.. stored.SampleShape[..2], 1];
        _pixels = stored.SampleBytes / 3;
    }

    /// <summary>In gray where the samples are colour images of uint8, else as they are: what is no such image, the assembler refuses.</summary>
    public static SampleSource Of(SampleSource stored) =>
        stored.Type == ElementType.UInt8 && stored.SampleShape is { Length: 3 } shape && SampleLayout.GuessChannels(shape) is { } axis && shape[axis] == 3
            ? new GrayImages(stored, axis == 0)
            : stored;

    public override string Name => _stored.Name;

    public override IReadOnlyList<string> Files => _stored.Files;

    public override ElementType Type => ElementType.UInt8;

    public override long[] SampleShape { get; }

    public override int Samples => _stored.Samples;

    public override string SourceOf(int sample) => _stored.SourceOf(sample);

    public override void Read(int first, Span<byte> into)
    {
        var bytes = 3 * into.Length;
        if (_raw.Length < bytes) _raw = new byte[bytes];
        _stored.Read(first, _raw.AsSpan(0, bytes));
        // From one pixel to the next, and from one colour to the next.
        var (pixel, colour) = _channelsFirst ? (1, _pixels) : (3, 1);
        for (var i = 0; i < into.Length; i++)
        {
            var at = i / _pixels * 3 * _pixels + i % _pixels * pixel;
            into[i] = ImageFile.Luma(_raw[at], _raw[at + colour], _raw[at + 2 * colour]);
        }
    }

    public override void Dispose() => _stored.Dispose();
}
