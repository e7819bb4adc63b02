namespace Analyzer.Reports.Html;

/// <summary>The figures of a sweep.</summary>
internal static class SweepCharts
{
    private static readonly Dictionary<string, double> Regimes = new() { ["under"] = 0, ["critical"] = 1, ["sufficient"] = 2 };

    /// <summary>A measurement of the network against a factor: a curve a setting of the others, its null dashed.</summary>
    public static string Curves(IReadOnlyList<SweepCurve> curves)
    {
        var log = curves[0].Points is [{ X: > 0 }, ..] && curves[0].Points[^1].X / curves[0].Points[0].X >= 20;
        return Figure.Curves(new(curves[0].Factor, Log: log), new(curves[0].Measure), curves.SelectMany(c =>
        {
            var name = c.Series.Length == 0 ? "measured" : c.Series;
            var curve = new Curve(name, c.Points.Select(p => (p.X, p.Mean)), Spread: Spread(c.Points.Select(p => p.Std)));
            return c.Points.All(p => p.Null is null) ? [curve]
                : new[] { curve, new Curve($"{name}, null", c.Points.Where(p => p.Null is not null).Select(p => (p.X, p.Null!.Value)), CurveStyle.Dashed) };
        }));
    }

    /// <summary>A measurement of each layer against a factor: a curve a layer.</summary>
    public static string Layers(IReadOnlyList<SweepCurve> curves) => Figure.Curves(new(curves[0].Factor), new(curves[0].Measure),
        curves.OrderBy(c => c.Layer).Select(c => new Curve($"layer {c.Layer + 1}", c.Points.Select(p => (p.X, p.Mean)), Spread: Spread(c.Points.Select(p => p.Std)))));

    /// <summary>A measurement along the layers.</summary>
    public static string AlongLayers(LayerPanel panel) => Figure.Curves(new("layer", Step: 1), new(panel.Measure),
        panel.Lines.Select(l => new Curve(l.Name, l.Points.Select(p => (p.Layer + 1.0, p.Mean)), Spread: Spread(l.Points.Select(p => p.Std)))));

    // Of repeats; where no place has two of them there is none.
    private static double[]? Spread(IEnumerable<double?> deviations)
    {
        double?[] known = [.. deviations];
        return known.Any(d => d is > 0) ? [.. known.Select(d => d ?? 0)] : null;
    }

    /// <summary>Two measurements of the whole network against one another: a point a run, a colour a setting of the text factors.</summary>
    public static string Scatter(SweepReport sweep, string x, string y)
    {
        double? Value(string measure, int run) => sweep.Measurements.FirstOrDefault(m => m.Run == run && m.Layer is null && m.Measure == measure)?.Value;
        string[] text = [.. sweep.Factors.Where(f => !f.Numeric).Select(f => f.Name)];
        var points = sweep.Runs.Select((run, r) => (Name: string.Join(", ", text.Select(f => run.Factors.GetValueOrDefault(f, "–"))), X: Value(x, r), Y: Value(y, r))).Where(p => p is { X: not null, Y: not null });
        return Figure.Curves(new(x), new(y), points.GroupBy(p => p.Name).Select(g => new Curve(g.Key.Length == 0 ? "runs" : g.Key, g.Select(p => (p.X!.Value, p.Y!.Value)), CurveStyle.Points)));
    }

    /// <summary>A slice of the phase chart: regimes over two factors.</summary>
    /// <param name="points">Its places.</param>
    /// <param name="x">The factor along x.</param>
    /// <param name="y">The factor along y; null for a strip.</param>
    public static string Phases(IReadOnlyList<PhasePoint> points, SweepFactor x, SweepFactor? y)
    {
        double? At(string column, string? row) =>
            points.FirstOrDefault(p => p.Factors.GetValueOrDefault(x.Name) == column && (y is null || p.Factors.GetValueOrDefault(y.Name) == row)) is { } place ? Regimes[place.Regime] : null;
        string[] rows = y is null ? [""] : [.. y.Values.Select(v => $"{y.Name} {v}")];
        return Figure.Heat([.. x.Values.Select(v => $"{x.Name} {v}")], rows,
            [.. (y is null ? [null] : y.Values.Cast<string?>()).Select(row => (IReadOnlyList<double?>)[.. x.Values.Select(column => At(column, row))])], 0, 2, "under-expressive", "sufficient");
    }
}
