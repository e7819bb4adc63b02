using System.Xml.Linq;
using SkiaSharp;

namespace Analyzer.Figures;

/// <summary>Outlines and gradients of SVG as Skia has them.</summary>
internal static class SvgShapes
{
    /// <summary>The outline of an element, which the caller disposes.</summary>
    /// <exception cref="NotSupportedException">It is of a kind that no figure of ours had yet.</exception>
    public static SKPath Of(XElement element)
    {
        float At(string name) => SvgValues.Number(element, name, 0);
        var path = new SKPath();
        switch (element.Name.LocalName)
        {
            case "path": return SKPath.ParseSvgPathData(SvgValues.Text(element, "d") ?? "") ?? throw SvgValues.Unknown($"{element}");
            case "rect": path.AddRect(SKRect.Create(At("x"), At("y"), At("width"), At("height"))); return path;
            case "circle": path.AddCircle(At("cx"), At("cy"), At("r")); return path;
            case "polygon" or "polyline":
                var numbers = SvgValues.Numbers(SvgValues.Text(element, "points") ?? "");
                path.AddPoly([.. Enumerable.Range(0, numbers.Length / 2).Select(i => new SKPoint(numbers[2 * i], numbers[2 * i + 1]))], element.Name.LocalName == "polygon");
                return path;
            default: throw SvgValues.Unknown($"{element}");
        }
    }

    /// <summary>A linear gradient over the box of what it fills.</summary>
    public static SKShader Gradient(XElement gradient, SKRect box)
    {
        if (gradient.Name.LocalName != "linearGradient" || SvgValues.Text(gradient, "gradientUnits") != "objectBoundingBox") throw SvgValues.Unknown($"{gradient}");
        SKPoint At(string x, string y) => new(box.Left + box.Width * SvgValues.Number(gradient, x, 0), box.Top + box.Height * SvgValues.Number(gradient, y, 0));
        var stops = gradient.Elements().ToArray();
        return SKShader.CreateLinearGradient(At("x1", "y1"), At("x2", "y2"), [.. stops.Select(s => SvgValues.Color(s, "stop-color", "#000") ?? SKColors.Empty)],
            [.. stops.Select(s => SvgValues.Numbers(SvgValues.Text(s, "offset")!.TrimEnd('%'))[0] / 100)], SKShaderTileMode.Clamp);
    }
}
