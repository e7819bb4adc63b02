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

    // Of other names for the classes: what they must add to accuracy, so that mere confusion of two classes is none; and the share of what lies between
    // chance and always right that they must reach, for names can be found for the answers of random weights too. Matching more classes takes minutes.
    private const double LeastRenamed = .1, LeastReached = .5;
    private const int MostRenamed = 1_000;

    // Of what lies between chance and always right: an interval that ends below leaves nothing to hope for.
    private const double NearChance = .1;

    private const string Ours = "ours";
    private const string Answers = "SELECT split, label, predicted, count(*) AS samples FROM samples WHERE label IS NOT NULL GROUP BY ALL ORDER BY samples DESC";

    /// <summary>Those of a run; none where nothing is odd. O(samples), and O(classes³) for names of the classes.</summary>
    public static IReadOnlyList<Finding> Of(Run run)
    {
        var splits = run.Samples();
        var renamed = Renamed(splits);
        Finding?[] all = [NotFinite(run), NoScore(run), NoClasses(run, splits), renamed, renamed is null ? Chance(splits) : null, Moved(run)];
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

    private static Finding? NoClasses(Run run, IReadOnlyList<SplitSamples> splits)
    {
        int[] labels = run.Manifest.ClassScores is null ? [.. splits.SelectMany(s => s.Labels ?? [])] : [];
        return labels.Length == 0 ? null : new()
        {
            Id = "samples.no-classes", Analysis = Analysis, Title = $"It is open how often the model is right: no output of it has scores for the labels, which run from {labels.Min()} to {labels.Max()}",
            Value = labels.Max(), ValueUnit = "largest label", Verdict = Verdict.Inconclusive, Rule = "inconclusive where samples have labels and no output is read as their scores: labels count from 0, and one in a hundred may be beyond",
            Evidence = "SELECT label, count(*) AS samples FROM samples WHERE label IS NOT NULL GROUP BY label ORDER BY label DESC", Source = Ours,
        };
    }

    // Labels numbered in another order than the model's classes: other names for its answers would make them right. Names are found on every other
    // sample of each label and judged on the rest, so that they gain nothing by choosing.
    private static Finding? Renamed(IReadOnlyList<SplitSamples> splits)
    {
        (int Label, int Predicted)[] pairs = [.. Answered(splits).SelectMany(s => s.Pairs).OrderBy(p => p.Label)];
        int[] classes = [.. pairs.SelectMany(p => new[] { p.Label, p.Predicted }).Where(c => c != Run.NoPrediction).Distinct().Order().Take(MostRenamed + 1)];
        if (classes.Length is < 2 or > MostRenamed) return null;
        int Place(int label) => Array.BinarySearch(classes, label);
        var counts = new double[classes.Length, classes.Length];
        for (var i = 0; i < pairs.Length; i += 2)
            if (pairs[i].Predicted != Run.NoPrediction) counts[Place(pairs[i].Predicted), Place(pairs[i].Label)]++;
        var partner = OptimalAssignment.Maximise(counts);
        // A class that was never answered, or never rightly by any name, keeps its own.
        int[] names = [.. classes.Select((own, c) => counts[c, partner[c]] > 0 ? classes[partner[c]] : own)];
        var judged = pairs.Where((_, i) => i % 2 == 1).ToArray();
        if (judged.Length == 0) return null;
        var shares = Compared(judged, p => p.Predicted == p.Label, p => p.Predicted != Run.NoPrediction && names[Place(p.Predicted)] == p.Label);
        double right = judged.Count(p => p.Predicted == p.Label) / (double)judged.Length, better = right + shares.Difference, chance = MostFrequent(judged).Share;
        var interval = Wilson.Interval(better, judged.Length);
        if (shares.Interval[0] <= LeastRenamed || interval[0] <= chance + LeastReached * (1 - chance)) return null;
        var others = Enumerable.Range(0, classes.Length).Where(c => names[c] != classes[c]).ToArray();
        return new()
        {
            Id = "samples.renamed", Analysis = Analysis,
            Title = $"The labels look numbered in another order than the model's classes: with {others.Length} of its answers renamed ({string.Join(", ", others.Take(3).Select(c => $"{classes[c]} to {names[c]}"))}{(others.Length > 3 ? ", …" : "")}) accuracy is {Text.Fraction(better)} instead of {Text.Fraction(right)} on every other sample",
            Value = better, ValueUnit = "fraction", Interval = interval,
            Null = new("as numbered", right, null, null, 1), Verdict = Verdict.Warn,
            Rule = $"warn where the best one-to-one renaming of the answers, found on every other sample of each label, adds {Text.Setting(LeastRenamed)} to the accuracy of the rest with its whole 95 % interval, and that accuracy lies with its own above half of the way from the share of the most frequent label to 1; not tried beyond {Text.Count(MostRenamed)} classes",
            Evidence = Answers,
            Source = "ours: best one-to-one matching (Kuhn 1955), paired shares (Newcombe, Statistics in Medicine 17 (1998) 2635)",
        };
    }

    // What is asked of labels afterwards means little where the network does not know them: of the splits, that where it knows them least.
    private static Finding? Chance(IReadOnlyList<SplitSamples> splits)
    {
        var all = Answered(splits).Select(s =>
        {
            var (label, chance) = MostFrequent(s.Pairs);
            return (s.Split, s.Pairs, Chance: chance, Shares: Compared(s.Pairs, p => p.Label == label, p => p.Label == p.Predicted));
        }).Where(s => s.Shares.Interval[0] <= 0).ToArray();
        bool Sure((string Split, (int Label, int Predicted)[] Pairs, double Chance, PairedShares Shares) of) => of.Chance < 1 && of.Shares.Interval[1] <= NearChance * (1 - of.Chance);
        if (all.Length == 0) return null;
        var worst = all.OrderByDescending(Sure).ThenBy(s => s.Shares.Difference).First();
        var (samples, right) = (worst.Pairs.Length, worst.Chance + worst.Shares.Difference);
        var interval = Wilson.Interval(right, samples);
        return new()
        {
            Id = "samples.chance", Analysis = Analysis,
            Title = worst.Chance == 1 ? $"{(samples == 1 ? "One sample" : $"{Text.Count(samples)} samples of one label")} cannot tell whether the model knows its classes: it has nothing to tell apart on {worst.Split}"
                : Sure(worst) ? $"On {worst.Split} the model is right {(worst.Shares.Interval[1] < 0 ? "less" : "hardly more")} often than one who always says the most frequent label: {Text.Fraction(right)} against {Text.Fraction(worst.Chance)}"
                : $"Too few samples to tell whether the model knows the classes of {worst.Split}: accuracy is {Text.Fraction(right)} ({Text.Interval(interval)} at 95 %), and always saying the most frequent label gives {Text.Fraction(worst.Chance)}",
            Value = right, ValueUnit = "fraction", Interval = interval, Null = new("most frequent label", worst.Chance, null, null, 1),
            Verdict = Sure(worst) ? Verdict.Warn : Verdict.Inconclusive,
            Rule = $"said of a split where accuracy does not exceed the share of the most frequent label with the whole 95 % interval of the difference, on the same samples: warn where that ends at {Text.Setting(NearChance)} of what lies between that share and 1, or earlier, else inconclusive",
            Evidence = Answers, Source = "ours: paired shares (Newcombe, Statistics in Medicine 17 (1998) 2635)",
        };
    }

    private static IEnumerable<(string Split, (int Label, int Predicted)[] Pairs)> Answered(IReadOnlyList<SplitSamples> splits) =>
        splits.Where(s => s is { Labels: not null, Predicted: not null, Count: > 0 }).Select(s => (s.Name, s.Labels!.Zip(s.Predicted!).ToArray()));

    private static (int Label, double Share) MostFrequent((int Label, int Predicted)[] pairs)
    {
        var most = pairs.CountBy(p => p.Label).MaxBy(c => c.Value);
        return (most.Key, most.Value / (double)pairs.Length);
    }

    private static PairedShares Compared((int Label, int Predicted)[] pairs, Func<(int Label, int Predicted), bool> first, Func<(int Label, int Predicted), bool> second)
    {
        int Count(bool one, bool other) => pairs.Count(p => first(p) == one && second(p) == other);
        return PairedShares.Of(Count(true, true), Count(true, false), Count(false, true), Count(false, false));
    }

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
