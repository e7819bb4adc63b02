using System.Xml.Linq;
using SkiaSharp;

namespace Analyzer.Figures;

/// <summary>Paints the part of SVG that our figures consist of; anything else in one is an error, so that nothing is left out in silence.</summary>
internal sealed class SvgPainter
{
    private readonly SKCanvas _canvas;
    private readonly Dictionary<string, XElement> _named;

    private SvgPainter(SKCanvas canvas, XElement root)
    {
        _canvas = canvas;
        _named = root.Descendants().Where(e => e.Attribute("id") is not null).ToDictionary(e => e.Attribute("id")!.Value);
    }

    /// <summary>Paints a drawing.</summary>
    /// <param name="svg">As <see cref="PlainSvg"/> leaves it.</param>
    /// <param name="scale">Pixels of the picture to a CSS pixel.</param>
    public static SKBitmap Paint(string svg, float scale)
    {
        var root = XElement.Parse(svg, LoadOptions.PreserveWhitespace);
        var bitmap = new SKBitmap((int)MathF.Ceiling(SvgValues.Number(root, "width") * scale), (int)MathF.Ceiling(SvgValues.Number(root, "height") * scale), SKColorType.Rgba8888, SKAlphaType.Premul);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
        var painter = new SvgPainter(canvas, root);
        foreach (var element in root.Elements()) painter.Draw(element);
        return bitmap;
    }

    private void Draw(XElement element)
    {
        if (element.Name.LocalName == "defs") return;
        _canvas.Save();
        if (SvgValues.Text(element, "clip-path") is { } clip)
        {
            var within = Named(clip).Elements().Single();
            using var shape = SvgShapes.Of(within);
            if (SvgValues.Text(within, "transform") is { } moved) shape.Transform(SvgValues.Transform(moved));
            _canvas.ClipPath(shape, antialias: true);
        }
        if (SvgValues.Text(element, "transform") is { } transform) _canvas.Concat(SvgValues.Transform(transform));
        switch (element.Name.LocalName)
        {
            case "g":
                foreach (var child in element.Elements()) Draw(child);
                break;
            case "text":
                Write(element);
                break;
            default:
                using (var shape = SvgShapes.Of(element)) Draw(element, shape);
                break;
        }
        _canvas.Restore();
    }

    private void Draw(XElement element, SKPath shape)
    {
        using var paint = new SKPaint { IsAntialias = true };
        if (SvgValues.Color(element, "fill", "#000") is { } fill)
        {
            paint.Color = fill;
            using var shader = SvgValues.Text(element, "fill") is { } named && named.StartsWith("url(", StringComparison.Ordinal) ? SvgShapes.Gradient(Named(named), shape.Bounds) : null;
            paint.Shader = shader;
            _canvas.DrawPath(shape, paint);
            paint.Shader = null;
        }
        if (SvgValues.Color(element, "stroke", "none") is not { } stroke || SvgValues.Number(element, "stroke-width", 1) is not (> 0 and var width)) return;
        (paint.Style, paint.Color, paint.StrokeWidth, paint.StrokeMiter) = (SKPaintStyle.Stroke, stroke, width, SvgValues.Number(element, "stroke-miterlimit", 4));
        paint.StrokeCap = SvgValues.Text(element, "stroke-linecap") switch { null or "butt" => SKStrokeCap.Butt, "round" => SKStrokeCap.Round, "square" => SKStrokeCap.Square, var cap => throw SvgValues.Unknown(cap) };
        paint.StrokeJoin = SvgValues.Text(element, "stroke-linejoin") switch { null or "miter" => SKStrokeJoin.Miter, "bevel" => SKStrokeJoin.Bevel, "round" => SKStrokeJoin.Round, var join => throw SvgValues.Unknown(join) };
        using var dashes = SvgValues.Text(element, "stroke-dasharray") is { } dash ? SKPathEffect.CreateDash(SvgValues.Numbers(dash), SvgValues.Number(element, "stroke-dashoffset", 0)) : null;
        paint.PathEffect = dashes;
        _canvas.DrawPath(shape, paint);
    }

    private void Write(XElement element)
    {
        var style = SvgValues.Style(element);
        using var font = FigureFont.Of(SvgValues.Numbers(style["font-size"].Replace("px", "", StringComparison.Ordinal))[0]);
        font.Embolden = style.GetValueOrDefault("font-weight") is "bold";
        using var paint = new SKPaint { IsAntialias = true, Color = SvgValues.Color(element, "fill", "#000") ?? SKColors.Empty };
        var align = SvgValues.Text(element, "text-anchor") switch { null or "start" => SKTextAlign.Left, "middle" => SKTextAlign.Center, "end" => SKTextAlign.Right, var other => throw SvgValues.Unknown(other) };
        _canvas.DrawText(element.Value, SvgValues.Number(element, "x", 0), SvgValues.Number(element, "y", 0) + .35f * font.Size, align, font, paint);
    }

    private XElement Named(string address) => _named[address["url(#".Length..^1]];
}
