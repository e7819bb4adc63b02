using System.Numerics;
using System.Runtime.InteropServices;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>Changes batches of images or of plain values, each into an array of its own.</summary>
/// <param name="dims">Shape of a batch.</param>
internal sealed class ChangedInput(IReadOnlyList<long> dims)
{
    /// <summary>The axis of the channels of an image with 1 or 3 of them; null where there is none.</summary>
    public int? ChannelAxis { get; } = dims.Count != 4 ? null : dims[1] is 1 or 3 ? 1 : dims[3] is 1 or 3 ? 3 : null;

    /// <summary>Channels of an image; null where it is none.</summary>
    public int? Channels => ChannelAxis is { } axis ? (int)dims[axis] : null;

    /// <summary>Whether the image is as high as wide.</summary>
    public bool IsSquare => ChannelAxis is { } axis && (axis == 1 ? dims[2] == dims[3] : dims[1] == dims[2]);

    /// <summary>Whether elements can be computed with.</summary>
    public static bool Takes(ElementType type) => type is ElementType.Float or ElementType.Float16 or ElementType.Double;

    /// <summary>The batch after a change, rounded to its element type.</summary>
    public TensorData Apply(TensorData batch, InputChange change)
    {
        var bytes = new byte[batch.Data.Length];
        switch (batch.Element)
        {
            case ElementType.Float: Apply<float>(batch.Data.Span, bytes, change); break;
            case ElementType.Float16: Apply<Half>(batch.Data.Span, bytes, change); break;
            default: Apply<double>(batch.Data.Span, bytes, change); break;
        }
        return batch with { Data = bytes };
    }

    private void Apply<T>(ReadOnlySpan<byte> from, Span<byte> to, InputChange change) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var source = MemoryMarshal.Cast<byte, T>(from);
        var target = MemoryMarshal.Cast<byte, T>(to);
        if (ChannelAxis is not { } axis)
        {
            for (var i = 0; i < source.Length; i++) target[i] = Changed(source[i], 0);
            return;
        }
        var channels = (int)dims[axis];
        var (height, width) = axis == 1 ? ((int)dims[2], (int)dims[3]) : ((int)dims[1], (int)dims[2]);
        var image = channels * height * width;
        for (var start = 0; start < source.Length; start += image)
            for (var c = 0; c < channels; c++)
                for (var y = 0; y < height; y++)
                    for (var x = 0; x < width; x++)
                    {
                        var at = change.Arrangement switch
                        {
                            InputArrangement.ReversedChannels => Place(channels - 1 - c, y, x),
                            InputArrangement.Transposed => Place(c, x, y),
                            _ => Place(c, y, x),
                        };
                        target[start + Place(c, y, x)] = Changed(source[start + at], c);
                    }

        int Place(int c, int y, int x) => axis == 1 ? (c * height + y) * width + x : (y * width + x) * channels + c;
        T Changed(T value, int channel) => T.CreateChecked(double.CreateChecked(value) * Of(change.Scale, channel) + Of(change.Offset, channel));
        static double Of(IReadOnlyList<double> values, int channel) => values.Count == 1 ? values[0] : values[channel];
    }
}
