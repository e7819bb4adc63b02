using System.Globalization;
using System.Text.Json;
using Analyzer.Reports;

namespace Analyzer.Serving;

/// <summary>What each analysis says of a layer, a sentence each.</summary>
internal static class LayerFacts
{
    /// <summary>Analysis and sentence; those that say nothing of the layer are left out.</summary>
    public static IEnumerable<(string Analysis, string Sentence)> Of(Report report, ServedLayer layer)
    {
        bool Is(string? tap) => layer.Taps.Any(t => t.Id == tap);
        if (Read<RedundancyReport>(report, "redundancy") is { } redundancy && redundancy.Activations.FirstOrDefault(l => Is(l.Tap)) is { Compared: > 0 } alike && alike.Thresholds.FirstOrDefault(t => t.Tau == redundancy.Settings.Tau) is { } at)
            yield return ("redundancy", $"{Text.Count(at.Redundant)} of {Text.Count(alike.Compared)} units repeat others at τ {Text.Setting(at.Tau)} (permuted responses: {Text.Number(at.NullMean)}); {Text.Count(alike.DuplicateUnits)} have a duplicate");
        if (Read<CodesReport>(report, "codes")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } codes)
            yield return ("codes", $"{Text.Count(codes.Bits)} bits, {Text.Count(codes.ConstantBits)} of them constant; share of samples with an earlier sample's code: {string.Join(", ", codes.Splits.Select(s => $"{Text.Short(s.Key)} {Text.Fraction(s.Value.Redundancy)}"))}{(codes.KNearest is { } near ? $"; a vote of nearest codes is right for {Text.Fraction(near.Accuracy)}" : "")}");
        if (Read<DiscriminateReport>(report, "discriminate")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } pairs)
            yield return ("discriminate", $"{Text.Percent(pairs.Presence)} of pairs of unit and class are characteristic by presence, {Text.Percent(pairs.Absence)} by absence (permuted labels: {Text.Percent(pairs.Null?.Mean)})");
        if (Read<AnomaliesReport>(report, "anomalies")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } filters)
            yield return ("anomalies", filters.Undecided ?? $"{Text.Count(filters.Anomalies.Count)} of {Text.Count(filters.Filters)} filters are anomalies, {Text.Count(filters.WithOutliers)} have outliers, {Text.Count(filters.Dead)} are dead");
        if (Read<SelfSimilarityReport>(report, "selfsimilarity")?.Layers.FirstOrDefault(l => Is(l.Tap)) is { } rate)
            yield return ("selfsimilarity", $"SS_rate {Text.Number(rate.SsRate)} (shuffled units: {Text.Number(rate.NullMean)} ± {Text.Number(rate.NullStd)}, p {rate.PValue.ToString("0.###", CultureInfo.InvariantCulture)}); {Text.Count(rate.ConstantUnits)} of {Text.Count(rate.Units)} units are constant");
    }

    /// <summary>The image that an analysis kept of a sample, as PNG in Base64; null where none did.</summary>
    public static string? Image(Report report, long sample) =>
        Read<LabelsReport>(report, "labels")?.Images.GetValueOrDefault(sample) ?? Read<AnomaliesReport>(report, "anomalies")?.Images.GetValueOrDefault(sample);

    // An analysis that does not apply left its reason alone.
    private static T? Read<T>(Report report, string analysis) where T : class =>
        report.Analyses[analysis] is { } stored && (bool?)stored["applies"] != false ? stored.Deserialize<T>(Report.Json) : null;
}
