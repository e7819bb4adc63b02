using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="LabelsReport"/> comes to.</summary>
internal static class LabelsFindings
{
    public static IReadOnlyList<Finding> Of(LabelsReport report) =>
        [.. report.Splits.Select(s => Contradicted(s.Key, s.Value, report.Settings)), .. report.Gap is { } gap ? [Gap(gap, report.Settings)] : Array.Empty<Finding>()];

    private static Finding Contradicted(string split, SplitLabels labels, LabelsSettings settings)
    {
        var strange = labels.Null?.Mean > settings.MostNull;
        // Beyond a null that counts, else as it stands.
        var interval = strange ? labels.Interval : labels.BeyondNull ?? labels.Interval;
        var verdict = labels.Null is not null && !strange && interval[0] > settings.Excess ? Verdict.Warn : interval[1] <= settings.Excess ? Verdict.Pass : Verdict.Inconclusive;
        var seen = $"of {Text.Count(labels.Clear)} samples whose nearest agree, {Text.Count(labels.Contradicted)} bear another label";
        return new()
        {
            Id = $"labels.contradicted.{split}",
            Analysis = Labels.Name,
            Title = verdict switch
            {
                Verdict.Warn => $"About {Text.Percent(Math.Round(labels.Share, 3))} of the labels of {split} look mistaken: {seen}",
                Verdict.Pass => $"The labels of {split} fit what the network sees: {seen}{(labels.Answers > settings.MostNull ? $"; its own answers fit it less, and differ for {Text.Percent(Math.Round(labels.Answers.Value, 3))} of them" : "")}",
                _ when strange => $"Its codes know the classes too little to tell whether labels of {split} are mistaken: {seen}",
                _ => $"It is open how many labels of {split} are mistaken: {seen}",
            },
            Value = labels.Share,
            ValueUnit = "fraction",
            Null = labels.Null,
            Interval = labels.Interval,
            Verdict = verdict,
            Rule = $"warn where the 95 % interval of the difference from the null lies above {Text.Setting(settings.Excess)}; the null is the least of what other splits, not larger ones, show and of how often the network's own answers contradict the same neighbours; pass where it lies below that or, where there is no null or one above {Text.Setting(settings.MostNull)}, where the interval itself does; else inconclusive",
            Evidence = $"SELECT sample, label, neighbours_say, votes, own_votes, predicted, loss, source FROM labels_samples JOIN samples USING (sample) WHERE split = {RunPaths.Quoted(split)} AND contradicted = 1 ORDER BY own_votes, votes DESC, loss DESC",
            Source = Labels.Source,
        };
    }

    private static Finding Gap(AccuracyGap gap, LabelsSettings settings)
    {
        var (least, most) = (-settings.LeastGap, settings.MostGap);
        var (above, below) = (gap.Interval[0] > most, gap.Interval[1] < least);
        var accuracies = $"{Text.Fraction(gap.FirstAccuracy)} against {Text.Fraction(gap.SecondAccuracy)}";
        return new()
        {
            Id = "labels.gap",
            Analysis = Labels.Name,
            Title = above ? $"It is right far more often on {gap.First} than on {gap.Second}: {accuracies}"
                : below ? $"It is right less often on {gap.First} than on {gap.Second}: {accuracies}"
                : gap.Interval[0] >= least && gap.Interval[1] <= most ? $"It is right about as often on {gap.First} as on {gap.Second}: {accuracies}"
                : gap.Interval[0] > 0 || gap.Interval[1] < 0 ? $"It is right {(gap.Interval[0] > 0 ? "more" : "less")} often on {gap.First} than on {gap.Second}, and too few samples tell whether by more than is usual: {accuracies}"
                : $"Too few samples to tell whether it is right as often on {gap.First} as on {gap.Second}: {accuracies}",
            Value = gap.Difference,
            ValueUnit = "fraction",
            Null = new("one accuracy", 0, gap.Error, gap.Error > 0 ? gap.Difference / gap.Error : null, 1),
            Interval = gap.Interval,
            Verdict = above || below ? Verdict.Warn : gap.Interval[0] >= least && gap.Interval[1] <= most ? Verdict.Pass : Verdict.Inconclusive,
            Rule = $"warn where the interval lies above {Text.Setting(most)} or below {Text.Setting(least)}, pass where it lies between",
            Evidence = "SELECT split, avg((label = predicted)::INT) AS accuracy, avg(loss) AS loss, count(*) AS samples FROM samples GROUP BY split",
            Source = Labels.Source,
        };
    }
}
