using System.Globalization;
using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Which units tell which classes apart, by being larger in a class (presence) or smaller (absence)? Garcia-Gasulla, Parés, Vilalta, Moreno,
/// Ayguadé, Labarta, Cortés, Suzumura, "On the behavior of convolutional nets for feature extraction", arXiv 1703.01127.
/// </summary>
public static class Discriminate
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "discriminate";

    internal const string Source =
        "Garcia-Gasulla et al., arXiv 1703.01127: every unit for every class, by presence or absence; the statistic (signed two-sample Kolmogorov–Smirnov, class against rest, ties counted once) and its null (permuted labels, by class size) are our reconstruction.";

    internal const string EmbeddingSource = "Garcia-Gasulla et al., arXiv 1705.07706: full-network embedding with the thresholds of the authors' code; the linear classifier is a multinomial logistic regression.";

    // Float32 values that the embedding of one part may take: 256 MiB.
    private const long MostEmbedded = 1L << 26;

    /// <summary>Measures every tap of means (or maxima), then all of them side by side, and stores tables and findings in the run.</summary>
    /// <param name="run">A finished run with at least one such tap and labels.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>Findings and the record <see cref="DiscriminateReport"/>; with too few samples a single finding that says how many are needed.</returns>
    /// <exception cref="AnalyzerException">The run holds no such tap, no labels, or one class only.</exception>
    /// <remarks>O(units · samples · draws) for the statistics; memory: one tap's values, and the embedding of at most 256 MiB twice.</remarks>
    public static AnalysisResult Analyze(Run run, DiscriminateOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var reducer = options.Pooling.ToString().ToLowerInvariant();
        var taps = run.Manifest.Taps.Where(t => t.Reducer == reducer && !t.HeadInput).ToArray();
        if (taps.Length == 0)
            throw new AnalyzerException($"the run in `{run.Path}` holds no {reducer} of any activation", $"extract it with `--reduce {reducer}`", Failure.Inconclusive);
        var splits = run.Samples();
        var (probes, reason) = ProbeSplit.Choose(splits, options.Seed);
        if (probes is null) return TooFew(splits, reason!);

        var labels = splits[probes.Fit].Labels!;
        var all = probes.FitRows ?? [.. Enumerable.Range(0, labels.Length)];
        var rows = ClassKeptSample.Choose(all, labels, options.MostSamples, options.Seed);
        if (rows.Select(r => labels[r]).Distinct().Count() < 2)
            throw new AnalyzerException($"all labels of {splits[probes.Fit].Name} are the same, so there is nothing to tell apart", "give data with several classes", Failure.Inconclusive);
        List<string> notes = rows.Length == all.Length ? [] : [Invariant($"{Name}: measured on {rows.Length} of {all.Length} samples, drawn at random with the shares of the classes kept")];

        using var untrained = run.OpenNull(NullKind.Untrained);
        var layers = new DiscriminateLayers(splits[probes.Fit], rows, options);
        var embedding = new DiscriminateEmbedding(splits, probes, rows, taps.Sum(t => t.Units), MostEmbedded, options, notes);
        foreach (var (tap, i) in taps.Select((tap, i) => (tap, i)))
        {
            var step = new StepProgress($"{Name}, {tap.Id}", progress, i, taps.Length + 1);
            var values = run.ReadValues(tap, splits[probes.Fit], cancellation);
            var scored = probes.Score == probes.Fit ? values : run.ReadValues(tap, splits[probes.Score], cancellation);
            if (!Array.TrueForAll(values.Values, float.IsFinite) || !Array.TrueForAll(scored.Values, float.IsFinite))
            {
                notes.Add($"{Name}: {tap.Tensor} holds NaN or infinities and was left out");
                continue;
            }
            layers.Add(tap, values, Control(untrained, tap, splits[probes.Fit], cancellation), step.Part(0, 2), cancellation);
            embedding.Add(tap, values, scored, step.Part(1, 2), cancellation);
        }
        if (layers.Count == 0)
            throw new AnalyzerException($"every tap of the run in `{run.Path}` holds NaN or infinities", "see `analyzer query` for the samples with status `not finite`", Failure.Inconclusive);
        var report = layers.Report(run.Manifest.Data.Classes, Describe(splits, probes, rows.Length), embedding.Report(new($"{Name}, probes", progress, taps.Length, taps.Length + 1), cancellation));
        layers.Store(run);
        embedding.Store(run);
        return new(Name, DiscriminateFindings.Of(report), JsonSerializer.SerializeToNode(report, Report.Json)!, notes);
    }

    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static AnalysisResult TooFew(IReadOnlyList<SplitSamples> splits, string reason)
    {
        var labelled = splits.Where(s => s.Labels is not null && s.Count > 0).ToArray();
        var classes = labelled.SelectMany(s => s.Labels!).Distinct().Count();
        if (labelled.Length == 0) throw new AnalyzerException("no split has labels, so there are no classes to tell apart", "give data with labels", Failure.Inconclusive);
        if (classes < 2) throw new AnalyzerException("all labels are the same, so there is nothing to tell apart", "give data with several classes", Failure.Inconclusive);
        if (labelled.FirstOrDefault(s => s.Labels!.Distinct().Count() < 2) is { } one)
            throw new AnalyzerException($"all labels of {one.Name} are the same, so there is nothing to tell apart", "give splits with several classes each", Failure.Inconclusive);
        var needed = ProbeSplit.Needed(classes);
        var result = AnalysisResult.DoesNotApply(Name, Invariant($"at least {needed} labelled samples of each part are needed"));
        return result with { Findings = [DiscriminateFindings.TooFew(labelled.Min(s => s.Count), needed)], Notes = [$"{Name}: {reason}"] };
    }

    private static Matrix? Control(Run? untrained, TapEntry tap, SplitSamples split, CancellationToken cancellation) =>
        untrained is not null && untrained.Manifest.Taps.Any(t => t.Id == tap.Id && t.Reducer == tap.Reducer) ? untrained.ReadValues(tap, split, cancellation) : null;

    private static string Describe(IReadOnlyList<SplitSamples> splits, ProbeSplit probes, int rows) =>
        Invariant($"{rows} samples of {splits[probes.Fit].Name}{(probes.FitRows is null ? "" : ", out of the four fifths that probes are fitted on")}");
}
