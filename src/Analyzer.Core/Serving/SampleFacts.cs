using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A unit that a sample drives far from the unit's mean.</summary>
internal sealed record Extreme(ServedLayer Layer, int Unit, double Value, double Z, double Mean, double Deviation);

/// <summary>A sample whose activation code is near.</summary>
internal sealed record CodeNeighbour(long Sample, string Split, long? Label, long? Predicted, long Bits);

/// <summary>What the stored values and codes say of one sample.</summary>
internal static class SampleFacts
{
    private const int MostExtremes = 20, MostNeighbours = 10;

    // Beyond, a page would take long: some seconds a GB.
    private const long MostValues = 200_000_000, MostCodeBytes = 512L << 20;

    /// <summary>The units for which the sample lies farthest from the mean; null where too much would have to be read for it.</summary>
    public static Extreme[]? Extremes(RunDatabase database, IReadOnlyList<ServedLayer> layers, long samples, long sample, Func<TapEntry, UnitMoments> moments)
    {
        var measured = layers.Where(l => l.Values is { } v && v.Samples is null && database.Views.Contains("activations")).ToArray();
        if (measured.Sum(l => samples * l.Units) > MostValues) return null;
        var found = new List<Extreme>();
        foreach (var layer in measured)
        {
            var all = moments(layer.Values!);
            foreach (var row in Row.Of(database, $"SELECT unnest(range(len(\"values\"))), unnest(\"values\") FROM activations WHERE tap = '{layer.Values!.Id}' AND sample = {sample}"))
                if (row.Whole(0) is { } unit && unit < all.Mean.Count && row.Real(1) is { } value && all.Deviation[(int)unit] is > 0 and var deviation && (value - all.Mean[(int)unit]) / deviation is var z && double.IsFinite(z))
                    found.Add(new(layer, (int)unit, value, z, all.Mean[(int)unit], deviation));
        }
        return [.. found.OrderByDescending(e => Math.Abs(e.Z)).Take(MostExtremes)];
    }

    /// <summary>The samples whose codes differ in the fewest bits, all layers side by side; null where too much would have to be read for it, empty without codes.</summary>
    public static CodeNeighbour[]? Neighbours(RunDatabase database, IReadOnlyList<ServedLayer> layers, long samples, long sample)
    {
        if (!database.Views.Contains("codes")) return [];
        if (layers.Sum(l => l.Code is { } code ? samples * code.BytesPerSample : 0) > MostCodeBytes) return null;
        return [.. Row.Of(database, $"""
            SELECT s.sample, s.split, s.label, s.predicted, d.bits
            FROM (SELECT c.sample, sum(bit_count(xor(c.code::BIT, q.code::BIT)))::BIGINT AS bits FROM codes c JOIN (SELECT tap, code FROM codes WHERE sample = {sample}) q USING (tap) WHERE c.sample <> {sample} GROUP BY c.sample) d
            JOIN samples s USING (sample) ORDER BY d.bits, s.sample LIMIT {MostNeighbours}
            """).Select(r => new CodeNeighbour(r.Whole(0)!.Value, r.Text(1) ?? "", r.Whole(2), r.Whole(3), r.Whole(4) ?? 0))];
    }
}
