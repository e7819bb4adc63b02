using System.Globalization;
using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A unit over the samples.</summary>
internal sealed record UnitSamples
{
    private const int Bins = 40, MostShown = 12;

    public required long Samples { get; init; }

    public required long NotFinite { get; init; }

    public required double? Least { get; init; }

    public required double? Median { get; init; }

    public required double? Most { get; init; }

    public required double? Active { get; init; }

    /// <summary>Width of a bin; 0 where all values are one.</summary>
    public required double Width { get; init; }

    public required IReadOnlyList<double> Histogram { get; init; }

    public required IReadOnlyList<UnitClass> Classes { get; init; }

    public required IReadOnlyList<UnitSample> Top { get; init; }

    public required IReadOnlyList<UnitSample> Bottom { get; init; }

    /// <summary>Reads a unit; a bit where the layer has no numbers. Null where neither is stored a unit.</summary>
    public static UnitSamples? Of(RunDatabase database, ServedLayer layer, int unit)
    {
        if (Value(layer, unit) is not (var view, var tap, var value)) return null;
        database.Keep("unit_values", $"SELECT s.sample, s.label, ({value})::DOUBLE AS v FROM {view} a JOIN samples s USING (sample) WHERE a.tap = '{tap}'");
        var all = Row.Of(database, "SELECT count(*), count(*) FILTER (NOT isfinite(v)), min(v) FILTER (isfinite(v)), median(v) FILTER (isfinite(v)), max(v) FILTER (isfinite(v)), avg((v > 0)::INT) FILTER (isfinite(v)) FROM unit_values")[0];
        var (least, most) = (all.Real(2), all.Real(4));
        var width = most > least ? (most.Value - least.Value) / Bins : 0;
        var histogram = new double[width > 0 ? Bins : least is null ? 0 : 1];
        if (histogram.Length > 0)
            foreach (var row in Row.Of(database, $"SELECT {(width > 0 ? $"least(floor((v - {Literal(least!.Value)}) / {Literal(width)}), {Bins - 1})::BIGINT" : "0")} AS bin, count(*) FROM unit_values WHERE isfinite(v) GROUP BY bin"))
                histogram[(int)row.Whole(0)!.Value] = row.Whole(1)!.Value;
        return new()
        {
            Samples = all.Whole(0) ?? 0, NotFinite = all.Whole(1) ?? 0, Least = least, Median = all.Real(3), Most = most, Active = all.Real(5), Width = width, Histogram = histogram,
            Classes = [.. Row.Of(database, $"""
                SELECT c.label, c.n, c.mean, c.low, c.median, c.high, c.active, {(database.Views.Contains("discriminate_pairs") ? "p.signed_ks, p.kind" : "NULL, NULL")}
                FROM (SELECT label, count(*) AS n, avg(v) AS mean, quantile_cont(v, .25) AS low, median(v) AS median, quantile_cont(v, .75) AS high, avg((v > 0)::INT) AS active FROM unit_values WHERE isfinite(v) AND label IS NOT NULL GROUP BY label) c
                {(database.Views.Contains("discriminate_pairs") ? $"LEFT JOIN discriminate_pairs p ON p.class = c.label AND p.unit = {unit} AND p.tap IN ({layer.SqlIds})" : "")}
                ORDER BY c.label
                """).Select(r => new UnitClass(r.Whole(0)!.Value, r.Whole(1)!.Value, r.Real(2), r.Real(3), r.Real(4), r.Real(5), r.Real(6), r.Real(7), r.Text(8)))],
            Top = Ends(database, "DESC"),
            Bottom = Ends(database, "ASC"),
        };
    }

    private static (string View, string Tap, string Value)? Value(ServedLayer layer, int unit) =>
        layer.Values is { } values ? ("activations", values.Id, $"a.\"values\"[{unit + 1}]")
        : layer.Code is { } code && code.Units == layer.Units ? ("codes", code.Id, $"get_bit(a.code::BIT, {unit})")
        : null;

    private static UnitSample[] Ends(RunDatabase database, string direction) =>
        [.. Row.Of(database, $"SELECT s.sample, s.split, s.label, s.predicted, s.source, e.v FROM (SELECT sample, v FROM unit_values WHERE isfinite(v) ORDER BY v {direction}, sample LIMIT {MostShown}) e JOIN samples s USING (sample) ORDER BY e.v {direction}, s.sample")
            .Select(r => new UnitSample(r.Whole(0)!.Value, r.Text(1) ?? "", r.Whole(2), r.Whole(3), r.Text(4) ?? "", r.Real(5)!.Value))];

    private static string Literal(double value) => $"({value.ToString("r", CultureInfo.InvariantCulture)})::DOUBLE";
}

/// <summary>A unit over the samples of a class.</summary>
internal sealed record UnitClass(long Label, long Samples, double? Mean, double? Low, double? Median, double? High, double? Active, double? SignedKs, string? Kind);

/// <summary>A sample at an end of a unit's range.</summary>
public sealed record UnitSample(long Sample, string Split, long? Label, long? Predicted, string Source, double Value);
