using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Analyzer.Browser.Tests;

/// <summary>What a PDF paints, read from its drawing commands.</summary>
internal static partial class Paper
{
    /// <summary>How often a colour is taken up to fill or stroke with.</summary>
    public static int Painted(byte[] pdf, byte red, byte green, byte blue) =>
        Streams(pdf).Sum(commands => Color().Matches(commands).Count(m => Is(m, 1, red) && Is(m, 2, green) && Is(m, 3, blue)));

    // The compressed parts of the file; fonts are among them, and hold no such command.
    private static IEnumerable<string> Streams(byte[] pdf)
    {
        for (var at = 0; (at = Next(pdf, at)) >= 0;)
        {
            using var inflated = new MemoryStream();
            using (var stream = new ZLibStream(new MemoryStream(pdf, at, pdf.Length - at), CompressionMode.Decompress)) stream.CopyTo(inflated);
            yield return Encoding.Latin1.GetString(inflated.ToArray());
        }
    }

    // Behind `stream` and a line break, where a zlib header (deflate, 32 KiB) follows.
    private static int Next(byte[] pdf, int from)
    {
        for (var i = from; i < pdf.Length - 8; i++)
            if (pdf.AsSpan(i).StartsWith("stream\n"u8) && pdf[i + 7] == 0x78) return i + 7;
        return -1;
    }

    private static bool Is(Match color, int part, byte value) =>
        Math.Abs(double.Parse(color.Groups[part].Value, System.Globalization.CultureInfo.InvariantCulture) * 255 - value) < .5;

    [GeneratedRegex(@"(?<![\d.])(\d?\.?\d+) (\d?\.?\d+) (\d?\.?\d+) (?:rg|RG)\b")] private static partial Regex Color();
}
