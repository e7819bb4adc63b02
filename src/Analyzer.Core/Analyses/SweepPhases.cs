using System.Globalization;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>A measurement with its 95 % interval.</summary>
internal readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>The mean of repeats; its bounds are the means of theirs, which is wider than the mean's own interval.</summary>
    public static Estimate Mean(IReadOnlyCollection<Estimate> repeats) => new(repeats.Average(r => r.Value), repeats.Average(r => r.Low), repeats.Average(r => r.High));

    /// <summary>How far this may lie from another by chance: both half widths, as of independent samples.</summary>
    public double Margin(Estimate other) => Math.Sqrt(Math.Pow((High - Low) / 2, 2) + Math.Pow((other.High - other.Low) / 2, 2));
}

/// <summary>A place of the phase chart as measured, repeats joined.</summary>
internal sealed record SweepPlace(IReadOnlyDictionary<string, string> Factors, Estimate Redundancy, Estimate KNearest, Estimate Logistic);

/// <summary>
/// The activation hash phase chart of He et al., arXiv 2101.05490: model size × training time × sample size. The paper gives no
/// cut-offs; the rule is ours.
/// </summary>
internal static class SweepPhases
{
    /// <summary>The rule in words.</summary>
    public static string Rule(SweepOptions options) => string.Create(CultureInfo.InvariantCulture,
        $"under-expressive where R of the fitted split is above {options.UnderExpressive}; else critically expressive where K-NN or logistic regression lies more than {options.Plateau} below its plateau (the best of the sweep) or moves more than {options.Plateau} at the next step along a factor; else sufficiently expressive; undecided where a comparison on the way lies within its 95 % interval (samples taken as independent). The rule is ours, the paper gives no cut-offs");

    /// <summary>The places of the chart, each with its regime.</summary>
    /// <param name="places">Factors and measurements, repeats joined.</param>
    /// <param name="factors">The factors that vary.</param>
    /// <param name="options">Cut-offs.</param>
    public static IReadOnlyList<PhasePoint> Of(IReadOnlyList<SweepPlace> places, IReadOnlyList<SweepFactor> factors, SweepOptions options)
    {
        if (places.Count == 0) return [];
        var (bestNear, bestLogistic) = (places.MaxBy(p => p.KNearest.Value)!, places.MaxBy(p => p.Logistic.Value)!);
        return [.. places.Select(place =>
        {
            var decided = place.Redundancy.Low > options.UnderExpressive || place.Redundancy.High <= options.UnderExpressive;
            var (regime, reason) = Regime(place, ref decided);
            return new PhasePoint(place.Factors, place.Redundancy.Value, place.KNearest.Value, place.Logistic.Value, regime, reason, decided);
        })];

        (string, string) Regime(SweepPlace place, ref bool decided)
        {
            if (place.Redundancy.Value > options.UnderExpressive) return ("under", $"R {Text.Fraction(place.Redundancy.Value)}");
            if (Beyond(bestNear.KNearest, place.KNearest, bestNear == place, ref decided)) return ("critical", $"K-NN {Text.Fraction(place.KNearest.Value)}, plateau {Text.Fraction(bestNear.KNearest.Value)}");
            if (Beyond(bestLogistic.Logistic, place.Logistic, bestLogistic == place, ref decided)) return ("critical", $"logistic {Text.Fraction(place.Logistic.Value)}, plateau {Text.Fraction(bestLogistic.Logistic.Value)}");
            foreach (var factor in factors.Where(f => f.Numeric))
            {
                // Both, so that either being within its interval is noticed.
                if (Next(place, factor) is { } after && Beyond(after.KNearest, place.KNearest, false, ref decided) | Beyond(after.Logistic, place.Logistic, false, ref decided))
                    return ("critical", $"still moves towards {factor.Name} {after.Factors[factor.Name]}");
            }
            return ("sufficient", "on the plateau");
        }

        // Whether two accuracies differ by more than the plateau's width; notes where that hangs on the samples.
        bool Beyond(Estimate one, Estimate other, bool same, ref bool decided)
        {
            if (same) return false;
            var distance = Math.Abs(one.Value - other.Value);
            decided &= Math.Abs(distance - options.Plateau) > one.Margin(other);
            return distance > options.Plateau;
        }

        // The next step along a factor, with every other factor the same.
        SweepPlace? Next(SweepPlace place, SweepFactor factor) => !place.Factors.ContainsKey(factor.Name) ? null : places
            .Where(p => p.Factors.ContainsKey(factor.Name)
                && factors.All(f => f == factor || p.Factors.GetValueOrDefault(f.Name) == place.Factors.GetValueOrDefault(f.Name))
                && SweepFactors.Number(p.Factors[factor.Name]) > SweepFactors.Number(place.Factors[factor.Name]))
            .MinBy(p => SweepFactors.Number(p.Factors[factor.Name]));
    }
}
