using System.Buffers.Binary;
using Analyzer.Datasets;
using SkiaSharp;

namespace Analyzer.Figures;

/// <summary>A figure as PNG for print: 300 dots an inch, and the file says so.</summary>
internal static class FigurePng
{
    private const float DotsPerInch = 300, CssPixelsPerInch = 96;

    // Signature, and the header with its length, type and checksum.
    private const int AfterHeader = 8 + 25;

    /// <summary>Paints a drawing and encodes it.</summary>
    public static byte[] Of(string svg)
    {
        using var bitmap = SvgPainter.Paint(svg, DotsPerInch / CssPixelsPerInch);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        var bytes = png.ToArray();
        return [.. bytes.AsSpan(0, AfterHeader), .. Resolution(), .. bytes.AsSpan(AfterHeader)];
    }

    // Dots a metre along both axes; the encoder has no word for it.
    private static byte[] Resolution()
    {
        var chunk = new byte[21];
        var dots = (int)MathF.Round(DotsPerInch / .0254f);
        BinaryPrimitives.WriteInt32BigEndian(chunk, 9);
        "pHYs"u8.CopyTo(chunk.AsSpan(4));
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(8), dots);
        BinaryPrimitives.WriteInt32BigEndian(chunk.AsSpan(12), dots);
        chunk[16] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(17), Crc32.Append(0, chunk.AsSpan(4, 13)));
        return chunk;
    }
}
