using System.Globalization;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>
/// The activation hash phase chart of He et al., arXiv 2101.05490: model size × training time × sample size. The paper gives no
/// cut-offs; the rule is ours.
/// </summary>
internal static class SweepPhases
{
    /// <summary>The rule in words.</summary>
    public static string Rule(SweepOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"under-expressive where R of the fitted split is above {options.UnderExpressive}; else critically expressive where K-NN or logistic regression lies more than {options.Plateau} below its plateau (the best of the sweep) or moves more than {options.Plateau} at the next step along a factor; else sufficiently expressive. The rule is ours, the paper gives no cut-offs");

    /// <summary>The places of the chart, each with its regime.</summary>
    /// <param name="places">Factors and measurements, repeats joined.</param>
    /// <param name="factors">The factors that vary.</param>
    /// <param name="options">Cut-offs.</param>
    public static IReadOnlyList<PhasePoint> Of(
        IReadOnlyList<(IReadOnlyDictionary<string, string> Factors, double Redundancy, double KNearest, double Logistic)> places, IReadOnlyList<SweepFactor> factors, SweepOptions options)
    {
        if (places.Count == 0) return [];
        var (plateauNear, plateauLogistic) = (places.Max(p => p.KNearest), places.Max(p => p.Logistic));
        return [.. places.Select(place =>
        {
            var (regime, reason) = Regime(place);
            return new PhasePoint(place.Factors, place.Redundancy, place.KNearest, place.Logistic, regime, reason);
        })];

        (string, string) Regime((IReadOnlyDictionary<string, string> Factors, double Redundancy, double KNearest, double Logistic) place)
        {
            string Show(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
            if (place.Redundancy > options.UnderExpressive) return ("under", $"R {Show(place.Redundancy)}");
            if (place.KNearest < plateauNear - options.Plateau) return ("critical", $"K-NN {Show(place.KNearest)}, plateau {Show(plateauNear)}");
            if (place.Logistic < plateauLogistic - options.Plateau) return ("critical", $"logistic {Show(place.Logistic)}, plateau {Show(plateauLogistic)}");
            foreach (var factor in factors.Where(f => f.Numeric))
            {
                // The next step along this factor, with every other factor the same.
                var next = places.Where(p => p.Factors.ContainsKey(factor.Name) && place.Factors.ContainsKey(factor.Name)
                        && factors.All(f => f == factor || p.Factors.GetValueOrDefault(f.Name) == place.Factors.GetValueOrDefault(f.Name))
                        && SweepFactors.Number(p.Factors[factor.Name]) > SweepFactors.Number(place.Factors[factor.Name]))
                    .OrderBy(p => SweepFactors.Number(p.Factors[factor.Name])).Take(1).ToArray();
                foreach (var after in next)
                    if (Math.Max(Math.Abs(after.KNearest - place.KNearest), Math.Abs(after.Logistic - place.Logistic)) > options.Plateau)
                        return ("critical", $"still moves towards {factor.Name} {after.Factors[factor.Name]}");
            }
            return ("sufficient", "on the plateau");
        }
    }
}
