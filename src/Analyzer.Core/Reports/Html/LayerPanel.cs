namespace Analyzer.Reports.Html;

/// <summary>A figure of one measurement along the layers: a line a setting of the factors in words, such as activation functions.</summary>
/// <param name="Measure">What.</param>
/// <param name="Setting">The numeric factors, which are the same in all lines; empty where lines stand for them.</param>
/// <param name="Lines">By name.</param>
internal sealed record LayerPanel(string Measure, string Setting, IReadOnlyList<LayerLine> Lines)
{
    private const int MostLines = 7;

    /// <summary>The figures of a sweep: of the models with most layers, for their settings alone are comparable along all of them.</summary>
    public static IReadOnlyList<LayerPanel> Of(SweepReport sweep)
    {
        string[] text = [.. sweep.Factors.Where(f => !f.Numeric).Select(f => f.Name)], numeric = [.. sweep.Factors.Where(f => f.Numeric).Select(f => f.Name)];
        string Described(int run, string[] names) => string.Join(", ", names.Where(sweep.Runs[run].Factors.ContainsKey).Select(n => $"{n} {sweep.Runs[run].Factors[n]}"));
        var panels = new List<LayerPanel>();
        foreach (var measure in sweep.Measurements.Where(m => m.Layer is not null).GroupBy(m => m.Measure))
        {
            var layers = measure.GroupBy(m => m.Run).ToDictionary(run => run.Key, run => run.Count());
            var most = layers.Values.Max();
            if (most < 2) continue;
            // Without factors in words, the numeric ones tell the lines apart.
            var (apart, same) = text.Length > 0 ? (text, numeric) : (numeric, Array.Empty<string>());
            panels.AddRange(measure.Where(m => layers[m.Run] == most).GroupBy(m => Described(m.Run, same)).Select(panel => new LayerPanel(measure.Key, panel.Key,
                Thinned([.. panel.GroupBy(m => Described(m.Run, apart)).Select(line => new LayerLine(line.Key, [.. line.GroupBy(m => m.Layer!.Value).OrderBy(l => l.Key).Select(LayerPoint.Of)]))]))));
        }
        return panels;
    }

    // Of many, such as epochs, as many as one can tell apart, evenly, first and last among them.
    private static LayerLine[] Thinned(LayerLine[] lines) =>
        lines.Length <= MostLines ? lines : [.. Enumerable.Range(0, MostLines).Select(i => lines[i * (lines.Length - 1) / (MostLines - 1)])];
}

/// <summary>A line along the layers.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Points">A layer each, in graph order.</param>
internal sealed record LayerLine(string Name, IReadOnlyList<LayerPoint> Points);

/// <summary>A measurement of one layer, repeats joined.</summary>
/// <param name="Layer">From 0.</param>
/// <param name="Mean">Over repeats.</param>
/// <param name="Std">Sample standard deviation; null for a single one.</param>
internal sealed record LayerPoint(int Layer, double Mean, double? Std)
{
    /// <summary>Joins the repeats of one layer.</summary>
    public static LayerPoint Of(IGrouping<int, SweepMeasurement> repeats)
    {
        double[] values = [.. repeats.Select(m => m.Value)];
        var mean = values.Average();
        return new(repeats.Key, mean, values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : null);
    }
}
