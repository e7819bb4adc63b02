using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Was the model fed as it was trained? Tries the mistakes that people make in preparing images, and looks whether one of them, taken
/// back, suits the model better: by the statistics that its BatchNorms remember of training, and by its accuracy.
/// </summary>
public static class Preprocessing
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "preprocessing";

    internal const string Source = "ours: inputs changed by common mistakes in their preparation; running statistics of BatchNorm (Ioffe and Szegedy, arXiv 1502.03167) against what the data gives, and accuracy on the same samples";

    // Beyond this many standard errors a difference is no chance, also among some twenty changes.
    private const double FarOutside = 3;
    private const int KeptByDivergence = 3, KeptByAccuracy = 4;

    /// <summary>Feeds the model with changed inputs and judges which suit it.</summary>
    /// <param name="run">A finished run.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="tryInputs">Feeds the model.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>One finding and the record <see cref="PreprocessingReport"/>.</returns>
    /// <exception cref="AnalyzerException">See <see cref="TryInputs"/>.</exception>
    /// <remarks>Some 4,500 samples go through the model, whatever the data's size.</remarks>
    public static AnalysisResult Analyze(Run run, PreprocessingOptions options, TryInputs tryInputs, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var (screen, trial) = tryInputs(new(options.Screened, options.Samples, InputChanges.Of, Keep), progress, cancellation);
        var judged = Tried(trial);
        var better = Better(trial, judged, options);
        var report = new PreprocessingReport
        {
            Source = Source,
            Settings = new(trial.Split, screen.Samples, trial.Samples, options.LeastDivergence, options.LeastGain, options.MostDivergence),
            Range = [trial.Facts.Least, trial.Facts.Most],
            Normalizations = [.. trial.Layers.Select(l => l.Node)],
            Screened = Tried(screen),
            Judged = judged,
            Chance = trial.Chance,
            Better = better?.Change,
            Alike = better is null ? [] : [.. judged.Skip(1).Where(c => c != better && IsBetter(trial, judged[0], c, options) && Near(c, better, options)).Select(c => c.Change)],
            Suggested = better is null ? Suggested(trial, judged) : null,
        };
        Store(run, report);
        var result = new AnalysisResult(Name, [PreprocessingFindings.Of(report, trial.Facts)], JsonSerializer.SerializeToNode(report, Report.Json)!, []);
        return result;
    }

    // A clear difference for the better.
    private static bool IsBetter(InputTrialOutcome trial, TriedChange given, TriedChange change, PreprocessingOptions options) =>
        (change.Less is { Z: > FarOutside } less && less.Mean > options.LeastDivergence && change.Divergence < Math.Min(given.Divergence!.Value / 2, options.MostDivergence))
        || IsBetterByAccuracy(change, options.LeastGain, trial.Chance, trial.Samples);

    // By less than what would count as better.
    private static bool Near(TriedChange one, TriedChange other, PreprocessingOptions options) =>
        !(Math.Abs((one.Divergence ?? 0) - (other.Divergence ?? 0)) > options.LeastDivergence) && !(Math.Abs((one.Accuracy ?? 0) - (other.Accuracy ?? 0)) > options.LeastGain);

    // Other channels have much the same mean and variance, so a swap moves the statistics by little; with nothing to tune it is a hint all the same.
    private static string? Suggested(InputTrialOutcome trial, IReadOnlyList<TriedChange> judged) => judged[0].Accuracy is not null ? null
        : Enumerable.Range(1, judged.Count - 1).Where(c => trial.Changes[c].IsRearrangement && judged[c].Less is { Z: > FarOutside })
            .OrderBy(c => judged[c].Divergence).Select(c => judged[c].Change).FirstOrDefault();

    /// <summary>Whether accuracy says clearly that a change is for the better.</summary>
    internal static bool IsBetterByAccuracy(TriedChange change, PreprocessingReport report) => IsBetterByAccuracy(change, report.Settings.LeastGain, report.Chance, report.Settings.Samples);

    // Inputs of another kind bring answers that are wrong more often than chance to chance: that is no better preparation.
    private static bool IsBetterByAccuracy(TriedChange change, double leastGain, double? chance, int samples) =>
        change.Gain is { Z: > FarOutside } gain && gain.Mean > leastGain && !IsChance(change.Accuracy, chance, samples);

    /// <summary>
    /// The change with the best accuracy, where it gains half of what would be worth having, or more, and three standard errors on may gain
    /// all of it. Less than half is what preparations that are nearly the same differ by, such as one recipe's mean and std from another's.
    /// </summary>
    internal static TriedChange? Perhaps(PreprocessingReport report) => report.Judged.Skip(1)
        .Where(c => c.Gain is { } gain && !IsChance(c.Accuracy, report.Chance, report.Settings.Samples) && gain.Mean >= report.Settings.LeastGain / 2 && gain.Mean + FarOutside * gain.Error > report.Settings.LeastGain).MaxBy(c => c.Accuracy);

    /// <summary>Whether accuracy says clearly that a change is for the worse.</summary>
    internal static bool IsWorseByAccuracy(TriedChange change) => change.Gain is { Z: < -FarOutside };

    /// <summary>Whether no accuracy is told from that of saying always the same: three standard errors of a share.</summary>
    internal static bool IsChance(PreprocessingReport report) =>
        report.Judged.All(c => IsChance(c.Accuracy, report.Chance, report.Settings.Samples));

    // By the error of either: a share near 1 has hardly any, so that also where one label is nearly always right the others can be told.
    private static bool IsChance(double? accuracy, double? chance, int samples)
    {
        double Error(double share) => FarOutside * Math.Sqrt(share * (1 - share) / samples);
        return accuracy is { } right && chance is { } known && right - known <= Math.Min(Error(known), Error(right));
    }

    // As given, and the few that did best at first sight.
    private static IReadOnlyList<InputChange> Keep(InputTrialOutcome screen)
    {
        var tried = Tried(screen);
        var others = Enumerable.Range(1, tried.Count - 1).ToArray();
        var kept = others.Where(i => tried[i].Divergence is not null).OrderBy(i => tried[i].Divergence).Take(KeptByDivergence)
            .Union(others.Where(i => tried[i].Accuracy is not null).OrderByDescending(i => tried[i].Accuracy).Take(KeptByAccuracy));
        return [screen.Changes[0], .. kept.Order().Select(i => screen.Changes[i])];
    }

    // Of those that do as well as the best, the first, which is the simplest. Accuracy goes before statistics, which hardly know one channel from another.
    private static TriedChange? Better(InputTrialOutcome trial, IReadOnlyList<TriedChange> judged, PreprocessingOptions options)
    {
        var better = judged.Skip(1).Where(c => IsBetter(trial, judged[0], c, options)).ToArray();
        var sound = better.Where(c => !IsWorseByAccuracy(c)).DefaultIfEmpty(better.FirstOrDefault()).OfType<TriedChange>().ToArray();
        if (sound.Length == 0) return null;
        var right = sound.Max(c => c.Accuracy);
        var best = sound.Where(c => !(c.Accuracy < right - options.LeastGain)).MinBy(c => c.Divergence ?? double.PositiveInfinity)!;
        return sound.First(c => Near(c, best, options));
    }

    private static IReadOnlyList<TriedChange> Tried(InputTrialOutcome outcome)
    {
        var all = outcome.Inputs.Select(i => Divergence(outcome.Layers, i.Layers, null)).ToArray();
        var groups = outcome.Inputs.Select(i => i.Layers is [var first, ..] ? Enumerable.Range(0, first.Mean.Length).Select(g => Divergence(outcome.Layers, i.Layers, g)).ToArray() : []).ToArray();
        return [.. outcome.Changes.Select((change, c) =>
        {
            var (right, given) = (outcome.Inputs[c].Right, outcome.Inputs[0].Right);
            return new TriedChange(change.Name, Known(all[c]), c > 0 && Known(all[0] - all[c]) is { } less ? Paired(less, [.. groups[0].Zip(groups[c], (a, b) => a - b)]) : null,
                right?.Count(r => r) / (double?)right?.Length,
                c > 0 && right is not null ? Paired(null, [.. right.Zip(given!, (a, b) => (a ? 1.0 : 0) - (b ? 1.0 : 0))]) : null);
        })];
        static double? Known(double value) => double.IsFinite(value) ? value : null;
    }

    // Mean over layers of the mean over channels, of one group of samples or of all; NaN without layers.
    private static double Divergence(IReadOnlyList<NormalizationLayer> layers, IReadOnlyList<LayerMoments> moments, int? group) => layers.Count == 0 ? double.NaN
        : layers.Zip(moments, (layer, now) => Enumerable.Range(0, layer.Mean.Length).Average(c =>
        {
            int[] groups = group is { } one ? [one] : [.. Enumerable.Range(0, now.Mean.Length)];
            var mean = groups.Average(g => now.Mean[g][c]);
            // Groups are of equal size: variance within them, and between their means.
            var variance = groups.Average(g => now.Variance[g][c] + (now.Mean[g][c] - mean) * (now.Mean[g][c] - mean));
            return double.IsFinite(variance) ? GaussianDivergence.Of(mean, variance, layer.Mean[c], layer.Variance[c]) : double.PositiveInfinity;
        })).Average();

    // The mean that was measured over all, or that of the differences, with its error from how they scatter.
    private static PairedDifference? Paired(double? mean, double[] differences)
    {
        if (differences.Length < 2 || !differences.All(double.IsFinite)) return null;
        var distribution = NullDistribution.Of(differences);
        var (value, error) = (mean ?? distribution.Mean, distribution.StandardDeviation / Math.Sqrt(differences.Length));
        return new(value, error, error > 0 ? value / error : null);
    }

    private static void Store(Run run, PreprocessingReport report)
    {
        var rows = report.Screened.Select(c => (Step: "screened", Change: c)).Concat(report.Judged.Select(c => (Step: "judged", Change: c))).ToArray();
        run.WriteTable(Name, "changes",
            Column.Of("step", rows.Select(r => (string?)r.Step).ToArray()), Column.Of("change", rows.Select(r => (string?)r.Change.Change).ToArray()),
            Column.Of("divergence", rows.Select(r => r.Change.Divergence).ToArray()), Column.Of("less", rows.Select(r => r.Change.Less?.Mean).ToArray()),
            Column.Of("less_error", rows.Select(r => r.Change.Less?.Error).ToArray()), Column.Of("accuracy", rows.Select(r => r.Change.Accuracy).ToArray()),
            Column.Of("gain", rows.Select(r => r.Change.Gain?.Mean).ToArray()), Column.Of("gain_error", rows.Select(r => r.Change.Gain?.Error).ToArray()));
    }
}
