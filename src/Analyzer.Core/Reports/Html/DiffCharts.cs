namespace Analyzer.Reports.Html;

/// <summary>The figures of a comparison.</summary>
internal static class DiffCharts
{
    /// <summary>CKA of matched layers in graph order, its interval and the null.</summary>
    public static string Layers(IReadOnlyList<(int Number, DiffLayer Layer)> layers)
    {
        IEnumerable<(double, double)> Points(Func<DiffLayer, double?> of) => layers.Where(l => of(l.Layer) is not null).Select(l => ((double)l.Number, of(l.Layer)!.Value));
        return Figure.Curves(new("layer, as numbered below", Min: 1, Max: Math.Max(2, layers[^1].Number)), new("CKA", Max: 1),
            new Curve("CKA", Points(l => l.Cka)), new Curve("95 %, low", Points(l => l.Interval?[0]), CurveStyle.Dashed), new Curve("95 %, high", Points(l => l.Interval?[1]), CurveStyle.Dashed),
            new Curve("samples permuted", Points(l => l.Null?.Mean)));
    }

    /// <summary>How far each layer's weights moved, in graph order.</summary>
    public static string Weights(IReadOnlyList<(int Number, DiffWeights Layer)> layers) =>
        Figure.Bars([.. layers.Select(l => $"{l.Number}")], "‖B − A‖ / ‖A‖", new Series("change", layers.Select(l => l.Layer.BitEqual == true ? 0 : l.Layer.RelativeChange)));
}
