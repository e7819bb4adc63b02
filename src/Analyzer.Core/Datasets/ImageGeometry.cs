using System.Globalization;
using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Resizes and crops images of any size, by an ONNX graph. Any number of callers at once.</summary>
internal sealed class ImageGeometry : IDisposable
{
    private readonly Preprocessing _preprocessing;
    private readonly ElementType _type;
    private readonly bool _channelsFirst;
    private readonly Lazy<GraphSession> _graph;

    /// <summary>Prepares the graph; it is loaded at the first image that needs it.</summary>
    /// <param name="preprocessing">Resize, crop, resampling and crop offset are used.</param>
    /// <param name="type">uint8 or float: what images hold and keep.</param>
    /// <param name="channelsFirst">Whether images are [channels, height, width]; else [height, width, channels].</param>
    public ImageGeometry(Preprocessing preprocessing, ElementType type, bool channelsFirst)
    {
        (_preprocessing, _type, _channelsFirst) = (preprocessing, type, channelsFirst);
        _graph = new(() => new GraphSession(ImageGraphs.Resize(type, preprocessing.Resampling, channelsFirst)));
    }

    /// <summary>Height and width that an image of this size ends with.</summary>
    public (int Height, int Width) SizeOf(int height, int width) =>
        _preprocessing.Crop is [var tall, var wide] ? (tall, wide) : Resized(height, width);

    /// <summary>Why an image of this size cannot be brought to size; null where it can.</summary>
    public string? Obstacle(int height, int width)
    {
        var (tall, wide) = Resized(height, width);
        return _preprocessing.Crop is [var h, var w] && (h > tall || w > wide)
            ? string.Create(CultureInfo.InvariantCulture, $"{tall}×{wide} pixels before `crop`, which takes {h}×{w}")
            : null;
    }

    /// <summary>Brings an image to size.</summary>
    /// <param name="image">Its elements, in the layout this was made for.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="into">Room for exactly the result.</param>
    public void Apply(Memory<byte> image, int height, int width, int channels, Span<byte> into)
    {
        var (tall, wide) = Resized(height, width);
        var (h, w) = SizeOf(height, width);
        if ((tall, wide) == (height, width) && (h, w) == (height, width))
        {
            image.Span.CopyTo(into);
            return;
        }
        var (top, left) = (Offset(tall - h), Offset(wide - w));
        long[] dims = _channelsFirst ? [channels, height, width] : [height, width, channels];
        TensorData[] size = _preprocessing.Resampling == Resampling.Nearest
            ? [Longs(ImageGraphs.Rows, Nearest(height, tall)), Longs(ImageGraphs.Columns, Nearest(width, wide))]
            : [Longs(ImageGraphs.Sizes, 1, channels, tall, wide)];
        using var outputs = _graph.Value.Run([new TensorData(ImageGraphs.Image, _type, dims, image), Longs(ImageGraphs.Starts, top, left), Longs(ImageGraphs.Ends, top + h, left + w), .. size]);
        outputs.Bytes(0).CopyTo(into);
    }

    public void Dispose()
    {
        if (_graph.IsValueCreated) _graph.Value.Dispose();
    }

    // The longer side is cut to whole pixels, as torchvision and Hugging Face do.
    private (int, int) Resized(int height, int width) => _preprocessing.Resize switch
    {
        [var side] => width <= height ? (Longer(side, height, width), side) : (side, Longer(side, width, height)),
        [var tall, var wide] => (tall, wide),
        _ => (height, width),
    };

    private static int Longer(int side, int longer, int shorter) => checked((int)((long)side * longer / shorter));

    // The steps are summed up as in Pillow's ImagingScaleAffine, for its sums decide where a centre falls on a border.
    private static long[] Nearest(int from, int to)
    {
        var (places, step) = (new long[to], from / (double)to);
        var at = step * .5;
        for (var i = 0; i < to; i++, at += step) places[i] = Math.Min((long)at, from - 1);
        return places;
    }

    private int Offset(int spare) => _preprocessing.CropOffset == CropOffset.Down ? spare / 2 : (int)Math.Round(spare / 2.0, MidpointRounding.ToEven);

    private static TensorData Longs(string name, params long[] values) =>
        new(name, ElementType.Int64, [values.Length], MemoryMarshal.AsBytes<long>(values).ToArray());
}
