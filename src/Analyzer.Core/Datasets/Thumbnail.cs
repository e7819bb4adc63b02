using System.Numerics.Tensors;
using SkiaSharp;

namespace Analyzer.Datasets;

/// <summary>Small pictures of samples that are images, for people to look at.</summary>
internal static class Thumbnail
{
    private const int LongestSide = 48, ShortestSide = 4;

    /// <summary>Samples as PNG files, at most 48 pixels a side: as they are stored, resized and cropped, before scale, mean and std.</summary>
    /// <param name="input">Where the samples are from.</param>
    /// <param name="samples">Which ones.</param>
    /// <returns>In their order; empty where samples are no images: [h, w], or three axes of which the first or the last are 1, 3 or 4 channels.</returns>
    /// <exception cref="AnalyzerException">One cannot be read.</exception>
    /// <remarks>Values other than bytes are stretched over what occurs in these samples, all alike. The same samples give the same bytes.</remarks>
    public static IReadOnlyList<byte[]> Of(SplitInput input, IReadOnlyList<int> samples)
    {
        if (samples.Count == 0 || Layout(input.Shape) is not { } layout) return [];
        var values = samples.Select(sample =>
        {
            var raw = new byte[input.SampleBytes];
            input.Read(sample, 1, raw);
            var floats = new float[raw.Length / Dtype.Bytes(input.ElementType)];
            Conversion.ToFloating<float>(input.ElementType, raw, floats);
            return floats;
        }).ToArray();
        var (least, most) = input.ElementType == Models.ElementType.UInt8 ? (0f, 255f) : (values.Min(v => TensorPrimitives.Min<float>(v)), values.Max(v => TensorPrimitives.Max<float>(v)));
        return [.. values.Select(v => Png(v, layout, least, most > least ? most - least : 1))];
    }

    // Sides and channels, and how far apart neighbours are along each.
    private sealed record ImageLayout(int Height, int Width, int Channels, int Row, int Column, int Channel);

    private static ImageLayout? Layout(long[] shape)
    {
        var layout = shape.Length switch
        {
            2 => new ImageLayout((int)shape[0], (int)shape[1], 1, (int)shape[1], 1, 0),
            3 when SampleLayout.GuessChannels(shape) == 0 => new((int)shape[1], (int)shape[2], (int)shape[0], (int)shape[2], 1, (int)(shape[1] * shape[2])),
            3 when SampleLayout.GuessChannels(shape) == 2 => new((int)shape[0], (int)shape[1], (int)shape[2], (int)(shape[1] * shape[2]), (int)shape[2], 1),
            _ => null,
        };
        return layout is { Height: >= ShortestSide, Width: >= ShortestSide } ? layout : null;
    }

    private static byte[] Png(float[] values, ImageLayout layout, float least, float range)
    {
        using var image = new SKBitmap(new SKImageInfo(layout.Width, layout.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        byte At(int y, int x, int channel) => (byte)Math.Round(255 * Math.Clamp((values[y * layout.Row + x * layout.Column + (layout.Channels < 3 ? 0 : channel) * layout.Channel] - least) / range, 0, 1));
        for (var y = 0; y < layout.Height; y++)
            for (var x = 0; x < layout.Width; x++)
                image.SetPixel(x, y, new SKColor(At(y, x, 0), At(y, x, 1), At(y, x, 2)));
        var side = Math.Max(layout.Width, layout.Height);
        using var small = side <= LongestSide ? null : image.Resize(new SKSizeI(Math.Max(1, layout.Width * LongestSide / side), Math.Max(1, layout.Height * LongestSide / side)), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var png = (small ?? image).Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
