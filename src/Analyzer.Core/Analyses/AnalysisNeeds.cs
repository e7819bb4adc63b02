using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What an analysis reads of a run and what it holds of it at once.</summary>
/// <param name="Analysis">Its name.</param>
/// <param name="Reads">What it reads, in words; where the run holds none of it, that it does not apply.</param>
/// <param name="Applies">Whether the run holds what it reads.</param>
/// <param name="Bytes">Memory it takes beside the process itself, estimated from the numbers of samples, units and weights; 0 where it does not apply.</param>
public sealed record AnalysisNeed(string Analysis, string Reads, bool Applies, long Bytes);

/// <summary>Estimates what analyses need before they run.</summary>
public static class AnalysisNeeds
{
    // .NET and DuckDB before an analysis begins; measured with the smallest runs, with room to spare.
    private const long Process = 128L << 20;

    private const long ReadAtOnce = 256L << 20;

    // The model with its batch again; measured, as are the five copies of a layer's maps: as read, as rows, in double, and what the collector lets lie.
    private const long Ablations = 144L << 20;

    /// <summary>Of every analysis, in the order of <see cref="AllAnalyses.Names"/>.</summary>
    /// <param name="taps">What is stored.</param>
    /// <param name="weights">Layers whose weights are stored.</param>
    /// <param name="splits">Samples.</param>
    /// <param name="classes">Different labels; 0 without labels.</param>
    /// <param name="options">Of the analyses.</param>
    public static IReadOnlyList<AnalysisNeed> Of(IReadOnlyList<TapEntry> taps, IReadOnlyList<WeightEntry> weights, IReadOnlyList<SplitEntry> splits, int classes, AnalysisOptions options)
    {
        long samples = splits.Sum(s => (long)s.Samples), largest = splits.Max(s => s.Samples);
        TapEntry[] codes = [.. taps.Where(t => t.IsCode)], means = [.. taps.Where(t => t.IsMean && !t.HeadInput)];
        TapEntry[] pooled = [.. taps.Where(t => t.Reducer.Equals(options.Discriminate.Pooling.ToString(), StringComparison.OrdinalIgnoreCase) && !t.HeadInput)];
        TapEntry[] maps = [.. taps.Where(t => t.IsMaps && !t.HeadInput)];
        long Widest(IEnumerable<TapEntry> of) => of.Select(t => (long)t.Units).DefaultIfEmpty().Max();
        long mapped = maps.Select(t => Math.Min(t.Samples ?? samples, options.Anomalies.Samples)).DefaultIfEmpty().Max();
        // Two matrices of distances of the widest layer's units, while nulls are drawn; wider ones are not compared.
        long Distances(long units) => 2 * sizeof(double) * Math.Min(units, 16_384) * Math.Min(units, 16_384);
        var compared = Math.Max(weights.Select(w => (long)w.Units / w.Groups).DefaultIfEmpty().Max(), Widest(means));
        var longest = codes.Select(t => (long)t.BytesPerSample).DefaultIfEmpty().Max();
        // Of a single split four fifths are fitted on.
        var fitted = splits.Count == 1 ? largest * 4 / 5 : largest;
        var bits = 8 * codes.Sum(t => (long)t.BytesPerSample);
        long Counts(long rows) => CodeGram.Pays(rows, bits) ? CodeGram.BytesFor(rows, bits) : 0;
        // Counts of the split that is fitted on stay from K-Means to the regressions, beside those of another; the estimate of a regression on counts has its own.
        var regression = classes is < 2 or > LogisticRegression.MostOneVsOneClasses ? 0 : LogisticRegression.BytesFor(fitted, bits, classes);
        var probing = classes < 2 ? 0 : Math.Max(Counts(largest), regression) + splits.OrderByDescending(s => s.Samples).Skip(1).Select(s => Counts(s.Samples)).FirstOrDefault();
        return
        [
            Need(Preprocessing.Name, "the model again, with changed inputs", true, 3 * sizeof(float) * weights.Sum(w => (long)w.Units * w.Dimension)),
            // The codes of one tap and split, once more without constant bits, and a block of rows laid out for the search.
            Need(Labels.Name, "codes and labels", codes.Length > 0 && classes > 1, (largest + 3 * Math.Min(largest, Math.Max(options.Labels.Samples, (long)options.Labels.LeastOfClass * classes))) * longest),
            Need(Redundancy.Name, "weights, and means of responses", weights.Count > 0 || means.Length > 0,
                3 * sizeof(float) * weights.Select(w => (long)w.Units * w.Dimension).DefaultIfEmpty().Max() + 2 * sizeof(float) * Widest(means) * Math.Min(largest, options.Redundancy.Samples) + Distances(compared)),
            // The network's codes, half as much again while constant bits are dropped, and those of a control; beside them what is probed.
            Need(Codes.Name, "codes of all samples", codes.Length > 0, 5 * samples * codes.Sum(t => (long)t.BytesPerSample) / 2 + probing),
            Need(Discriminate.Name, "a value a unit and sample, labels", pooled.Length > 0,
                3 * sizeof(float) * largest * Widest(pooled) + 2 * Math.Min(ReadAtOnce, sizeof(float) * samples * pooled.Sum(t => (long)t.Units))),
            Need(Anomalies.Name, $"whole maps of {mapped} samples; the model again, for ablations", maps.Length > 0,
                Ablations + 5 * Math.Min(ReadAtOnce, sizeof(float) * mapped * Widest(maps)) + 3 * sizeof(float) * weights.Sum(w => (long)w.Units * w.Dimension)),
            Need(SelfSimilarity.Name, "a mean a unit and sample", means.Length > 0,
                3 * sizeof(float) * Math.Min(largest, options.SelfSimilarity.Samples) * Widest(means) + 4 * sizeof(double) * (long)Math.Pow(Math.Min(Widest(means), options.SelfSimilarity.MaximumUnits), 2)),
        ];
    }

    /// <summary>Why an analysis may not run under a ceiling; null where it may.</summary>
    /// <param name="need">Of the analysis.</param>
    /// <param name="memory">The ceiling of the process; null for none.</param>
    public static string? Refusal(AnalysisNeed need, long? memory) => memory is { } ceiling && need.Applies && Process + need.Bytes > ceiling
        ? $"it needs some {(Process + need.Bytes + (1 << 20) - 1) >> 20} MiB, and `--memory` is {ceiling >> 20} MiB; `analyzer analyze {need.Analysis} RUN` runs it without a ceiling"
        : null;

    private static AnalysisNeed Need(string analysis, string reads, bool applies, long bytes) =>
        applies ? new(analysis, reads, true, bytes) : new(analysis, $"{reads}: none are stored, so it does not apply", false, 0);
}
