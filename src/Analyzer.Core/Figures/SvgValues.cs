using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SkiaSharp;

namespace Analyzer.Figures;

/// <summary>Attributes of SVG as numbers, colours and matrices.</summary>
internal static partial class SvgValues
{
    /// <summary>An attribute; null where it is not given.</summary>
    public static string? Text(XElement element, string name) => element.Attribute(name)?.Value;

    /// <summary>An attribute that is a number.</summary>
    /// <param name="element">Where it stands.</param>
    /// <param name="name">Its name.</param>
    /// <param name="missing">What stands for it where it is not given; an error if null.</param>
    public static float Number(XElement element, string name, float? missing = null) =>
        Text(element, name) is { } text ? Numbers(text)[0] : missing ?? throw Unknown($"`{element.Name.LocalName}` without `{name}`");

    /// <summary>Numbers with blanks or commas between.</summary>
    public static float[] Numbers(string text) => [.. text.Split([' ', ',', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(n => float.Parse(n, NumberStyles.Float, CultureInfo.InvariantCulture))];

    /// <summary>A colour with its opacity; null for none. A reference to a gradient is opaque black, which a shader covers.</summary>
    public static SKColor? Color(XElement element, string name, string missing)
    {
        var text = Text(element, name) ?? missing;
        if (text is "none" or "transparent") return null;
        var color = text.StartsWith("url(", StringComparison.Ordinal) ? SKColors.Black
            : Rgb().Match(text) is { Success: true } rgb ? new SKColor(byte.Parse(rgb.Groups[1].Value, CultureInfo.InvariantCulture), byte.Parse(rgb.Groups[2].Value, CultureInfo.InvariantCulture), byte.Parse(rgb.Groups[3].Value, CultureInfo.InvariantCulture))
            : SKColor.TryParse(text, out var hex) ? hex : throw Unknown(text);
        var opacity = Number(element, $"{name}-opacity", 1) * Number(element, "opacity", 1);
        return opacity <= 0 ? null : color.WithAlpha((byte)Math.Round(color.Alpha * opacity));
    }

    /// <summary><c>translate(x y)</c>, <c>scale(x y)</c>, <c>rotate(degrees)</c> or <c>matrix(…)</c>, one alone.</summary>
    public static SKMatrix Transform(string text)
    {
        var match = Function().Match(text);
        var n = match.Success ? Numbers(match.Groups[2].Value) : throw Unknown(text);
        return (match.Groups[1].Value, n.Length) switch
        {
            ("translate", 2) => SKMatrix.CreateTranslation(n[0], n[1]),
            ("translate", 1) => SKMatrix.CreateTranslation(n[0], 0),
            ("scale", 2) => SKMatrix.CreateScale(n[0], n[1]),
            ("rotate", 1) => SKMatrix.CreateRotationDegrees(n[0]),
            ("matrix", 6) => new(n[0], n[2], n[4], n[1], n[3], n[5], 0, 0, 1),
            _ => throw Unknown(text),
        };
    }

    /// <summary>What the attribute <c>style</c> says.</summary>
    public static Dictionary<string, string> Style(XElement element) =>
        (Text(element, "style") ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(':', 2)).ToDictionary(p => p[0].Trim(), p => p[1].Trim());

    /// <summary>Says that a drawing holds what is not painted yet.</summary>
    public static NotSupportedException Unknown(string what) => new($"a figure holds `{what}`, which is not painted yet");

    [GeneratedRegex(@"^rgb\((\d+),\s*(\d+),\s*(\d+)\)$")] private static partial Regex Rgb();

    [GeneratedRegex(@"^(\w+)\(([^()]*)\)$")] private static partial Regex Function();
}
