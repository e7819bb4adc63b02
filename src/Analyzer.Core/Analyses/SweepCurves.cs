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
        var curves = new List<SweepCurve>();
        foreach (var factor in factors.Where(f => f.Numeric))
        {
            string[] others = [.. factors.Where(f => f != factor).Select(f => f.Name)];
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
}
