using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A unit of a layer and what the analyses found of it; null where they say nothing.</summary>
internal sealed record LayerUnit(int Unit)
{
    public double? Mean { get; init; }

    public double? Deviation { get; init; }

    public double? Active { get; init; }

    public int? BestClass { get; init; }

    public double? BestKs { get; init; }

    public int? Classes { get; init; }

    public int? Cluster { get; init; }

    public int? Nearest { get; init; }

    public double? Similarity { get; init; }

    public double? Score { get; init; }

    public string? State { get; init; }

    public bool Anomaly { get; init; }
}

/// <summary>The units of a layer, beside one another.</summary>
internal static class LayerUnits
{
    /// <summary>By what they can be sorted: a name and whether the largest come first.</summary>
    public static IReadOnlyList<(string Name, string Title, Func<LayerUnit, double?> Key)> Orders { get; } =
    [
        ("unit", "unit", u => -u.Unit), ("mean", "mean", u => u.Mean), ("active", "share active", u => u.Active), ("class", "strongest class", u => u.BestKs is { } ks ? Math.Abs(ks) : null),
        ("alike", "most alike", u => u.Similarity), ("anomaly", "anomaly score", u => u.Anomaly ? double.MaxValue : u.Score),
    ];

    /// <summary>All units, by number.</summary>
    public static LayerUnit[] Of(RunDatabase database, ServedLayer layer, UnitMoments? moments)
    {
        LayerUnit[] units = [.. Enumerable.Range(0, layer.Units).Select(u => new LayerUnit(u))];
        void Add(string view, string columns, Func<LayerUnit, Row, LayerUnit> with)
        {
            if (!database.Views.Contains(view)) return;
            foreach (var row in Row.Of(database, $"SELECT {columns} FROM {view} WHERE tap IN ({layer.SqlIds})"))
                if (row.Whole(0) is >= 0 and var unit && unit < units.Length) units[unit] = with(units[unit], row);
        }
        if (moments is not null && moments.Mean.Count == units.Length)
            units = [.. units.Select(u => u with { Mean = Known(moments.Mean[u.Unit]), Deviation = Known(moments.Deviation[u.Unit]), Active = Known(moments.Active[u.Unit]) })];
        Add("discriminate_units", "unit, best_class, best_ks, classes", (u, r) => u with { BestClass = (int?)r.Whole(1), BestKs = r.Real(2), Classes = (int?)r.Whole(3) });
        Add("redundancy_units", "unit, cluster, nearest, similarity", (u, r) => u with { Cluster = (int?)r.Whole(1), Nearest = (int?)r.Whole(2), Similarity = r.Real(3) });
        Add("anomalies_filters", "filter, state, anomaly, score", (u, r) => u with { State = r.Text(1), Anomaly = r.Whole(2) == 1, Score = r.Real(3) });
        return units;
    }

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
