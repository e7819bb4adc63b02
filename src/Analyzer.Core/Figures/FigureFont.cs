using System.Globalization;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Analyzer.Figures;

/// <summary>DejaVu Sans, carried along: a figure has the same letters in the same places on a machine that has no fonts.</summary>
internal static partial class FigureFont
{
    /// <summary>Families as CSS names them. Who has not the first has perhaps the second, whose letters are as wide.</summary>
    public const string Families = "DejaVu Sans, Verdana, sans-serif";

    private static readonly Lazy<SKTypeface> Letters = new(() =>
    {
        using var stream = typeof(FigureFont).Assembly.GetManifestResourceStream("figure.ttf")!;
        return SKTypeface.FromStream(stream);
    });

    /// <summary>The font in a size, in pixels.</summary>
    public static SKFont Of(float size) => new(Letters.Value, size) { Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true };

    /// <summary>How wide a text is, in pixels.</summary>
    /// <param name="text">One line.</param>
    /// <param name="css">As CSS says it, such as <c>12px sans-serif</c>.</param>
    public static double Width(string text, string css)
    {
        using var font = Of(Size().Match(css) is { Success: true } size ? float.Parse(size.Groups[1].Value, CultureInfo.InvariantCulture) : throw new FormatException($"`{css}` names no size"));
        return font.MeasureText(text);
    }

    /// <summary>Characters of a text that the font lacks, and a picture shows as boxes.</summary>
    public static int Lacking(string text) => text.EnumerateRunes().Count(rune => !Letters.Value.ContainsGlyph(rune.Value));

    [GeneratedRegex(@"(\d+(?:\.\d+)?)px")] private static partial Regex Size();
}
