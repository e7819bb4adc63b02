using Jint;

namespace Analyzer.Figures;

/// <summary>Draws figures without a browser: the chart library of the page runs in an interpreter and writes SVG. Some half a second a figure.</summary>
internal sealed class FigureDrawing : IDisposable
{
    /// <summary>Of a figure, in CSS pixels; one whose legend has several rows is higher.</summary>
    public const int Width = 640, Height = 360;

    private static readonly Lazy<Prepared<Acornima.Ast.Script>> Library = new(() => Engine.PrepareScript(Resource("echarts.js")));

    private readonly Engine _engine = new();

    public FigureDrawing()
    {
        // The library asks for timers, for animations that a file has not.
        _engine.Execute("var setTimeout = () => 0, clearTimeout = () => {};").Execute(Library.Value).Execute(Resource("figure.js"));
        _engine.SetValue("widthOf", FigureFont.Width).Execute("echarts.setPlatformAPI({ measureText: (text, font) => ({ width: widthOf(String(text), font) }) });");
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>A figure as SVG, white below, in light colours; the same option gives the same text.</summary>
    /// <param name="option">An ECharts option, JSON.</param>
    public string Draw(string option) => PlainSvg.Of(_engine.Invoke("drawFigure", option, Width, Height, FigureFont.Families).AsString());

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(FigureDrawing).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
