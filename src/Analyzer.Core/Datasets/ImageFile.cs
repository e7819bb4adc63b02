using Analyzer.Models;
using SkiaSharp;

namespace Analyzer.Datasets;

/// <summary>A decoded image.</summary>
/// <param name="Data">[height, width, channels], a byte each.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Channels">3: red, green, blue; 1: gray.</param>
internal sealed record Pixels(byte[] Data, int Height, int Width, int Channels);

/// <summary>Decodes JPEG and PNG files to the pixels that Pillow's <c>convert("RGB")</c> or <c>convert("L")</c> gives.</summary>
/// <remarks>
/// Skia decodes, by libjpeg-turbo and libpng. ONNX Runtime Extensions' <c>DecodeImage</c> does not serve: on a file that libjpeg refuses it
/// ends the process, and a file that is cut short passes. Alpha is dropped, sixteen bits keep their upper eight, colour profiles and the
/// EXIF orientation are not applied: as in Pillow, and so as in torchvision's <c>ImageFolder</c> (but for gray of sixteen bits, which
/// Pillow makes white).
/// </remarks>
internal static class ImageFile
{
    // A file of a few kB can declare more pixels than there is memory; Pillow's MAX_IMAGE_PIXELS.
    private const long MostPixels = 89_478_485;

    /// <summary>Decodes one file. Any number of callers at once.</summary>
    /// <param name="file">Path.</param>
    /// <param name="gray">One channel, ITU-R BT.601 luma rounded as Pillow rounds it; three otherwise.</param>
    /// <returns>The pixels, or why there are none: the same words wherever and whenever it is read.</returns>
    public static (Pixels? Pixels, string? Reason) Decode(string file, bool gray) => Read(file) is var (bytes, reason) && bytes is null ? (null, reason) : Decode(bytes, gray);

    /// <summary>Reads the bytes of one file.</summary>
    /// <param name="file">Path.</param>
    /// <returns>The bytes, or why there are none.</returns>
    public static (byte[]? Bytes, string? Reason) Read(string file)
    {
        try
        {
            return OrdinaryFile.HasContent(file) ? (File.ReadAllBytes(file), null) : (null, $"the file {OrdinaryFile.EmptyOrPipe}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, "the file cannot be opened");
        }
    }

    /// <summary>How many pixels an image says that it has; 0 where it says nothing, or more than are decoded.</summary>
    public static long PixelsOf(byte[] bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        return codec is { Info: { } info } && (long)info.Width * info.Height is var pixels and <= MostPixels ? pixels : 0;
    }

    /// <summary>Decodes the bytes of one file; as above.</summary>
    public static (Pixels? Pixels, string? Reason) Decode(byte[] bytes, bool gray)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null) return (null, "no JPEG or PNG image");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MostPixels) return (null, $"{width}×{height} pixels; the limit is {MostPixels}");
        // Without a colour space nothing is converted; without premultiplication colours under alpha stay what they are.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var rgba = new byte[info.BytesSize];
        SKCodecResult result;
        unsafe
        {
            fixed (byte* first = rgba) result = codec.GetPixels(info, (nint)first);
        }
        return result switch
        {
            SKCodecResult.Success => (new Pixels(gray ? Luma(rgba) : Colours(rgba), height, width, gray ? 1 : 3), null),
            SKCodecResult.IncompleteInput => (null, "the image is cut short"),
            SKCodecResult.ErrorInInput => (null, "the image is damaged"),
            _ => (null, $"the decoder says {result}"),
        };
    }

    private static byte[] Colours(byte[] rgba)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
            (rgb[to], rgb[to + 1], rgb[to + 2]) = (rgba[from], rgba[from + 1], rgba[from + 2]);
        return rgb;
    }

    /// <summary>ITU-R BT.601 luma in Pillow's integers: the weights .299, .587, .114 times 2¹⁶, rounded.</summary>
    public static byte Luma(byte red, byte green, byte blue) => (byte)((red * 19595 + green * 38470 + blue * 7471 + (1 << 15)) >> 16);

    private static byte[] Luma(byte[] rgba)
    {
        var gray = new byte[rgba.Length / 4];
        for (var i = 0; i < gray.Length; i++)
            gray[i] = Luma(rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]);
        return gray;
    }
}
