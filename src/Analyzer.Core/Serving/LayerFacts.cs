using System.Globalization;
using Analyzer.Reports;

namespace Analyzer.Serving;

/// <summary>What each analysis says of a layer, a sentence each.</summary>
internal static class LayerFacts
{
    /// <summary>Analysis and sentence; those that say nothing of the layer are left out.</summary>
    public static IEnumerable<(string Analysis, string Sentence)> Of(Report report, ServedLayer layer)
    {
        bool Is(string? tap) => layer.Taps.Any(t => t.Id == tap);
        if (report.AnalysisOf<RedundancyReport>("redundancy") is { } redundancy && redundancy.Activations.FirstOrDefault(l => Is(l.Tap)) is { Compared: > 0 } alike && alike.Thresholds.FirstOrDefault(t => t.Tau == redundancy.Settings.Tau) is { } at)
            yield return ("redundancy", $"{Text.Count(at.Redundant)} of {Text.Count(alike.Compared)} units repeat others at τ {Text.Setting(at.Tau)} (permuted responses: {Text.Number(at.NullMean)}); {Text.Count(alike.DuplicateUnits)} have a duplicate");
        if (report.AnalysisOf<CodesReport>("codes")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } codes)
            yield return ("codes", $"{Text.Count(codes.Bits)} bits, {Text.Count(codes.ConstantBits)} of them constant; share of samples with an earlier sample's code: {string.Join(", ", codes.Splits.Select(s => $"{Text.Short(s.Key)} {Text.Fraction(s.Value.Redundancy)}"))}{(codes.KNearest is { } near ? $"; a vote of nearest codes is right for {Text.Fraction(near.Accuracy)}" : "")}");
        if (report.AnalysisOf<DiscriminateReport>("discriminate")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } pairs)
            yield return ("discriminate", $"{Text.Percent(pairs.Presence)} of pairs of unit and class are characteristic by presence, {Text.Percent(pairs.Absence)} by absence (permuted labels: {Text.Percent(pairs.Null?.Mean)})");
        if (report.AnalysisOf<AnomaliesReport>("anomalies")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } filters)
            yield return ("anomalies", filters.Undecided ?? $"{Text.Count(filters.Anomalies.Count)} of {Text.Count(filters.Filters)} filters are anomalies, {Text.Count(filters.WithOutliers)} have outliers, {Text.Count(filters.Dead)} are dead");
        if (report.AnalysisOf<SelfSimilarityReport>("selfsimilarity")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } rate)
            yield return ("selfsimilarity", $"SS_rate {Text.Number(rate.SsRate)} (shuffled units: {Text.Number(rate.NullMean)} ± {Text.Number(rate.NullStd)}, p {rate.PValue.ToString("0.###", CultureInfo.InvariantCulture)}); {Text.Count(rate.ConstantUnits)} of {Text.Count(rate.Units)} units are constant");
    }

    /// <summary>The image that an analysis kept of a sample, as PNG in Base64; null where none did.</summary>
    public static string? Image(Report report, long sample) =>
        report.AnalysisOf<LabelsReport>("labels")?.Images.GetValueOrDefault(sample) ?? report.AnalysisOf<AnomaliesReport>("anomalies")?.Images.GetValueOrDefault(sample);
}
