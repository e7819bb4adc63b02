using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer;

/// <summary>What the extraction itself finds: scores that are no numbers, labels that do not go with the answers, outputs that tapping moved.</summary>
internal static class ExtractionFindings
{
    /// <summary>What stands in these findings for an analysis.</summary>
    public const string Analysis = "extract";

    // Rounding in another order moves outputs by some 1e-6; what is a thousand times that is of another kind, such as steps of a quantised model.
    private const double Visible = 1e-3;

    // Of other names for the classes: what they must add to accuracy, so that mere confusion of two classes is none; and what it must come to, for names
    // can be found for the answers of random weights too. Matching more classes takes minutes.
    private const double LeastRenamed = .1, LeastRight = .5;
    private const int MostRenamed = 1_000;

    // An interval no wider above chance leaves nothing to hope for.
    private const double NearChance = .1;

    private const string Ours = "ours";

    public static IReadOnlyList<Finding> Of(Run run)
    {
        var splits = run.Samples();
        var renamed = Renamed(splits);
        Finding?[] all = [NotFinite(run), NoScore(run), renamed, renamed is null ? NoChance(splits) : null, Moved(run)];
        return [.. all.OfType<Finding>()];
    }

    private static Finding? NotFinite(Run run)
    {
        var (broken, all) = (run.NotFinite(), run.Manifest.Data.Splits.Sum(s => (long)s.Samples));
        return broken == 0 ? null : new()
        {
            Id = "samples.not-finite", Analysis = Analysis, Title = $"The model's class scores are NaN or infinite for {broken} of {all} samples; they count as wrong",
            Value = broken / (double)all, ValueUnit = "fraction", Verdict = Verdict.Fail, Rule = "fail above 0",
            Evidence = "SELECT sample, split, source FROM samples WHERE status = 'not finite'", Source = "IEEE 754",
        };
    }

    private static Finding? NoScore(Run run)
    {
        var (beyond, all) = (run.BeyondScores(), run.Manifest.Data.Splits.Sum(s => (long)s.Samples));
        return beyond == 0 ? null : new()
        {
            Id = "samples.no-score", Analysis = Analysis, Title = $"{Text.Count(beyond)} of {Text.Count(all)} labels name no class that the model has a score for; these samples count as wrong",
            Value = beyond / (double)all, ValueUnit = "fraction", Verdict = Verdict.Warn, Rule = "warn above 0",
            Evidence = "SELECT sample, split, label, source FROM samples WHERE label IS NOT NULL AND predicted IS NOT NULL AND loss IS NULL", Source = Ours,
        };
    }

    // Labels numbered in another order than the model's classes: other names for its answers would make them right. Names are found on every other
    // sample and judged on the rest, so that they gain nothing by choosing.
    private static Finding? Renamed(IReadOnlyList<SplitSamples> splits)
    {
        var pairs = Answered(splits).Where(p => p.Predicted != Run.NoPrediction).ToArray();
        int[] classes = [.. pairs.SelectMany(p => new[] { p.Label, p.Predicted }).Distinct().Order().Take(MostRenamed + 1)];
        if (classes.Length is < 2 or > MostRenamed) return null;
        var counts = new double[classes.Length, classes.Length];
        for (var i = 0; i < pairs.Length; i += 2) counts[Array.BinarySearch(classes, pairs[i].Predicted), Array.BinarySearch(classes, pairs[i].Label)]++;
        var partner = OptimalAssignment.Maximise(counts);
        var judged = pairs.Where((_, i) => i % 2 == 1).Select(p => (Given: p.Predicted == p.Label, Renamed: classes[partner[Array.BinarySearch(classes, p.Predicted)]] == p.Label)).ToArray();
        if (judged.Length == 0) return null;
        int Count(bool given, bool renamed) => judged.Count(j => j == (given, renamed));
        var shares = PairedShares.Of(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
        double right = judged.Count(j => j.Given) / (double)judged.Length, better = right + shares.Difference;
        if (shares.Interval[0] <= LeastRenamed || better < LeastRight) return null;
        var others = Enumerable.Range(0, classes.Length).Where(c => partner[c] != c).OrderByDescending(c => counts[c, partner[c]]).ToArray();
        return new()
        {
            Id = "samples.renamed", Analysis = Analysis,
            Title = $"The labels look numbered in another order than the model's classes: with other names for {others.Length} of them ({string.Join(", ", others.Take(3).Select(c => $"{classes[c]} as {classes[partner[c]]}"))}{(others.Length > 3 ? "…" : "")}) accuracy is {Text.Fraction(better)} instead of {Text.Fraction(right)}",
            Value = better, ValueUnit = "fraction", Interval = Wilson.Interval(better, judged.Length),
            Null = new("as numbered", right, null, null, 1), Verdict = Verdict.Warn,
            Rule = $"warn where the best one-to-one renaming of the answers, found on every other sample, adds {Text.Setting(LeastRenamed)} to the accuracy of the rest with its whole 95 % interval and makes it {Text.Setting(LeastRight)} or more; not tried beyond {Text.Count(MostRenamed)} classes",
            Evidence = "SELECT predicted, label, count(*) AS samples FROM samples GROUP BY ALL ORDER BY samples DESC",
            Source = "ours: best one-to-one matching (Kuhn 1955), paired shares (Newcombe, Statistics in Medicine 17 (1998) 2635)",
        };
    }

    // What is asked of labels afterwards means little where the network does not know them.
    private static Finding? NoChance(IReadOnlyList<SplitSamples> splits)
    {
        var pairs = Answered(splits).ToArray();
        if (pairs.Length == 0) return null;
        var labels = pairs.CountBy(p => p.Label).Select(c => c.Value).ToArray();
        double right = pairs.Count(p => p.Label == p.Predicted) / (double)pairs.Length, chance = labels.Max() / (double)pairs.Length;
        var interval = Wilson.Interval(right, pairs.Length);
        if (labels.Length > 1 && interval[0] > chance) return null;
        var sure = labels.Length > 1 && interval[1] <= chance + NearChance;
        return new()
        {
            Id = "samples.chance", Analysis = Analysis,
            Title = labels.Length == 1 ? $"{(pairs.Length == 1 ? "One sample" : $"{Text.Count(pairs.Length)} samples of one label")} cannot tell whether the model knows its classes"
                : sure ? $"The model is right no more often than one who always says the most frequent label: {Text.Fraction(right)} against {Text.Fraction(chance)}"
                : $"Too few samples to tell whether the model knows their classes: accuracy is {Text.Fraction(right)} ({Text.Interval(interval)} at 95 %), and always saying the most frequent label gives {Text.Fraction(chance)}",
            Value = right, ValueUnit = "fraction", Interval = interval, Null = new("most frequent label", chance, null, null, 1),
            Verdict = sure ? Verdict.Warn : Verdict.Inconclusive,
            Rule = $"said where the 95 % interval of accuracy does not lie above the share of the most frequent label: warn where it ends {Text.Setting(NearChance)} above it or earlier, else inconclusive",
            Evidence = "SELECT label, predicted, count(*) AS samples FROM samples GROUP BY ALL ORDER BY samples DESC", Source = Ours,
        };
    }

    private static IEnumerable<(int Label, int Predicted)> Answered(IReadOnlyList<SplitSamples> splits) =>
        splits.Where(s => s is { Labels: not null, Predicted: not null }).SelectMany(s => s.Labels!.Zip(s.Predicted!));

    // Everything measured is then of the model with its taps, which is not quite the one that was handed in.
    private static Finding? Moved(Run run)
    {
        var tapping = ReportBuilder.Tapping(run);
        if (tapping.LargestDifference <= Visible) return null;
        var (value, unit) = tapping.LargestDifference is { } largest ? (largest, "of the output") : (tapping.Outputs.Count, "outputs");
        return new()
        {
            Id = "extract.outputs", Analysis = Analysis, Title = $"Tapping moved the model's outputs {tapping.Difference} on {tapping.Samples} samples",
            Value = value, ValueUnit = unit, Verdict = Verdict.Warn, Rule = $"warn above {Text.Setting(Visible)}: a tensor that is asked for can no longer be fused away, so that rounding differs (ours)",
            Evidence = "SELECT tap, tensor, op FROM taps", Source = "the same samples through the model as it is and with its taps",
        };
    }
}
