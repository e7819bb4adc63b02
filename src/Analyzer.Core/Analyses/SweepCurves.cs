using System.Globalization;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>Joins repeats and lays measurements along factors.</summary>
internal static class SweepCurves
{
    /// <summary>One curve for each measurement, layer, numeric factor and setting of the other factors that has two or more points.</summary>
    public static IReadOnlyList<SweepCurve> Of(
        IReadOnlyList<SweepMeasurement> measurements, IReadOnlyList<IReadOnlyDictionary<string, string>> ofRuns, IReadOnlyList<SweepFactor> factors)
    {
        // What follows from another factor is no factor of its own: parameters from width, where each width has one count.
        var free = factors.Where(f => !factors.Any(other => other != f && Follows(f, other, ofRuns))).ToArray();
        var curves = new List<SweepCurve>();
        foreach (var factor in free.Where(f => f.Numeric))
        {
            string[] others = [.. free.Where(f => f != factor).Select(f => f.Name)];
            var groups = measurements.Where(m => ofRuns[m.Run].ContainsKey(factor.Name) && others.All(ofRuns[m.Run].ContainsKey))
                .GroupBy(m => (m.Measure, m.Layer, Series: SweepFactors.Describe(ofRuns[m.Run], others)));
            foreach (var group in groups)
            {
                var points = group.GroupBy(m => SweepFactors.Number(ofRuns[m.Run][factor.Name])!.Value).OrderBy(g => g.Key).Select(Point).ToArray();
                if (points.Length > 1) curves.Add(new(group.Key.Measure, group.Key.Layer, factor.Name, group.Key.Series, points));
            }
        }
        return curves;
    }

    private static SweepPoint Point(IGrouping<double, SweepMeasurement> repeats)
    {
        double[] values = [.. repeats.Select(m => m.Value)];
        var mean = values.Average();
        double[] nulls = [.. repeats.Select(m => m.Null).OfType<double>()];
        return new(repeats.Key, mean, values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : null,
            values.Length, nulls.Length > 0 ? nulls.Average() : null);
    }

    // Of two that follow from one another, the one named later in the alphabet gives way, but `parameters` always does.
    private static bool Follows(SweepFactor factor, SweepFactor from, IReadOnlyList<IReadOnlyDictionary<string, string>> ofRuns)
    {
        bool Decides(string a, string b) => ofRuns.Where(r => r.ContainsKey(a) && r.ContainsKey(b)).GroupBy(r => r[a]).All(g => g.Select(r => r[b]).Distinct().Count() == 1)
            && ofRuns.All(r => r.ContainsKey(a) || !r.ContainsKey(b));
        if (!Decides(from.Name, factor.Name)) return false;
        if (!Decides(factor.Name, from.Name)) return true;
        string Rank(string name) => (name == "parameters" ? "1" : "0") + name;
        return string.CompareOrdinal(Rank(from.Name), Rank(factor.Name)) < 0;
    }
}
