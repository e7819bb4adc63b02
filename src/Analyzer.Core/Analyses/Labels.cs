using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>
/// Are the labels those of the samples? Looks at samples whose nearest ones, by activation codes, agree about the class, and counts those
/// that bear another label; and compares accuracy between splits.
/// </summary>
public static class Labels
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "labels";

    internal const string Source = "ours: labels against those of the nearest samples by activation codes (edited nearest neighbours, Wilson, IEEE Trans. SMC 2 (1972) 408), judged where those agree; accuracies of splits (Newcombe, Statistics in Medicine 17 (1998) 873)";

    private const int MostPairs = 10, MostSuspects = 12, MostNearest = 3;

    /// <summary>Asks each sample's neighbours, tap by tap, and stores what they say by the tap that agrees best with the labels.</summary>
    /// <param name="run">A finished run with codes and labels.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="draw">Makes small images of samples; null to leave that out.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>A finding for each labelled split and one for their accuracies, and the record <see cref="LabelsReport"/>.</returns>
    /// <exception cref="AnalyzerException">The run holds no codes, or no split has enough labels.</exception>
    /// <remarks>O(taps · samples² · bits / 512) vector operations, of at most <see cref="LabelsOptions.Samples"/> a split; memory: the codes of one tap.</remarks>
    public static AnalysisResult Analyze(Run run, LabelsOptions options, DrawSamples? draw = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var taps = run.Manifest.Taps.Where(t => t.IsCode).ToArray();
        if (taps.Length == 0) throw new AnalyzerException($"the run in `{run.Path}` holds no codes", "extract it with `--reduce sign`", Failure.Inconclusive);
        var all = run.Samples();
        SplitSamples[] labelled = [.. all.Where(s => s.Labels is { } labels && labels.Distinct().Skip(1).Any())];
        int Needed(SplitSamples split) => options.LeastOfClass * split.Labels!.Distinct().Count();
        var enough = labelled.Where(s => s.Count >= Needed(s)).ToArray();
        if (enough.Length == 0)
            throw new AnalyzerException($"no split has {options.LeastOfClass} labelled samples a class, of two classes or more, so nothing tells whether labels are right", "give more labelled samples", Failure.Inconclusive);
        List<string> notes = [.. labelled.Except(enough).Select(s => $"labels: those of {s.Name} were not judged: it has {s.Count} samples of {s.Labels!.Distinct().Count()} classes, and {options.LeastOfClass} a class are needed for the nearest to be near")];

        var splits = enough.Select(s => (s, ClassKeptSample.Choose([.. Enumerable.Range(0, s.Count)], s.Labels!, Math.Max(options.Samples, Needed(s)), options.Seed))).ToArray();
        var layers = new List<LayerLabels>();
        LayerLabels? chosen = null;
        IReadOnlyList<LookedAt> best = [];
        foreach (var (tap, t) in taps.Select((tap, t) => (tap, t)))
        {
            var looked = LabelsMeasurement.Of(run, tap, splits, options.Neighbours, new StepProgress("labels", progress, t, taps.Length), cancellation);
            layers.Add(new(tap.Id, tap.Tensor, LabelsMeasurement.Agreement(looked), looked.ToDictionary(l => l.Split.Name, l => l.Share)));
            if (chosen is null || layers[^1].Agreement > chosen.Agreement) (chosen, best) = (layers[^1], looked);
        }
        var worst = best.MaxBy(l => l.Share)!;
        var suspects = Suspects(run, worst);
        var report = new LabelsReport
        {
            Source = Source,
            Settings = new(options.Neighbours, options.Samples, options.Excess, options.MostNull, options.MostGap, options.LeastGap, options.Seed),
            Tap = chosen!.Tap,
            Tensor = chosen.Tensor,
            Splits = best.ToDictionary(l => l.Split.Name, l => Measured(l, best)),
            Layers = layers,
            Pairs = [.. worst.Contradicted.CountBy(i => (Label: worst.LabelOf(i), Says: worst.Agreement.Winner[i])).OrderByDescending(p => p.Value).ThenBy(p => p.Key).Take(MostPairs).Select(p => new MistakenPair(p.Key.Label, p.Key.Says, p.Value))],
            Suspects = suspects,
            Gap = Gap(all),
            Images = Pictured.Of(Name, draw, [.. suspects.SelectMany(s => s.Nearest.Prepend(s.Sample))], notes, cancellation),
        };
        Store(run, best);
        return new(Name, LabelsFindings.Of(report), JsonSerializer.SerializeToNode(report, Report.Json)!, notes);
    }

    private static SplitLabels Measured(LookedAt split, IReadOnlyList<LookedAt> all)
    {
        // A network that answers otherwise than its own neighbourhoods knows the classes too little, or has learnt mistakes by heart; then labels of
        // another split tell which. Not of a larger one: the more samples, the nearer the nearest.
        var nulls = all.Where(o => o != split && o.Rows.Length <= split.Rows.Length).Select(o =>
        {
            var shares = IndependentShares.Of(split.Contradicted.Length, split.Clear.Length, o.Contradicted.Length, o.Clear.Length);
            return (Kind: $"labels of {o.Split.Name}", o.Share, shares.Error, shares.Interval);
        }).ToList();
        if (split.Answers is { } answers)
        {
            // Of the samples that only one of the two contradicts, as many of each are to be expected where both are one share.
            var shares = split.AgainstAnswers();
            nulls.Add(("the network's answers", answers, Math.Sqrt(shares.OnlyFirst + shares.OnlySecond) / split.Clear.Length, shares.Interval));
        }
        NullSummary? least = null;
        double[]? beyond = null;
        if (nulls.Count > 0)
        {
            var (kind, share, error, interval) = nulls.MinBy(n => n.Share);
            (least, beyond) = (new(kind, share, error, error > 0 ? (split.Share - share) / error : null, 1), interval);
        }
        return new(split.Rows.Length, split.Clear.Length, split.Agreement.ClearVotes, split.Contradicted.Length, split.Share, Wilson.Interval(split.Share, split.Clear.Length), split.Answers, least, beyond);
    }

    // Those that no neighbour supports first, then those that the network was surest to be wrong about.
    private static SuspectLabel[] Suspects(Run run, LookedAt split)
    {
        var loss = run.Errors(split.Split).Loss;
        return [.. split.Contradicted.OrderBy(i => split.Agreement.Own[i]).ThenByDescending(i => split.Agreement.Votes[i]).ThenByDescending(i => double.IsNaN(loss[split.Rows[i]]) ? 0 : loss[split.Rows[i]]).ThenBy(i => i)
            .Take(MostSuspects).Select(i =>
            {
                int[] nearest = [.. Enumerable.Range(0, MostNearest).Select(k => split.Neighbours.Indices[i, k])];
                return new SuspectLabel(split.Split.First + split.Rows[i], split.Split.Name, split.LabelOf(i), split.Agreement.Winner[i], split.Agreement.Votes[i],
                    split.Split.Predicted?[split.Rows[i]], [.. nearest.Select(n => split.Split.First + split.Rows[n])], [.. nearest.Select(split.LabelOf)]);
            })];
    }

    private static AccuracyGap? Gap(IReadOnlyList<SplitSamples> splits)
    {
        SplitSamples[] scored = [.. splits.Where(s => s is { Right: not null, Count: > 0 })];
        if (scored.Length < 2) return null;
        var first = scored.FirstOrDefault(s => s.Name == "train") ?? scored[0];
        var second = scored.Where(s => s != first).OrderByDescending(s => s.Name == "test").ThenByDescending(s => s.First).First();
        var (right, others) = (first.Right!.Value, second.Right!.Value);
        var shares = IndependentShares.Of(right, first.Count, others, second.Count);
        return new(first.Name, second.Name, right / (double)first.Count, others / (double)second.Count, shares.Difference, shares.Interval, shares.Error);
    }

    private static void Store(Run run, IReadOnlyList<LookedAt> splits)
    {
        var rows = splits.SelectMany(s => Enumerable.Range(0, s.Rows.Length).Select(i => (Split: s, At: i))).ToArray();
        run.WriteTable(Name, "samples",
            Column.Of("sample", rows.Select(r => r.Split.Split.First + r.Split.Rows[r.At]).ToArray()),
            Column.Of("neighbours_say", rows.Select(r => (int?)r.Split.Agreement.Winner[r.At]).ToArray()), Column.Of("votes", rows.Select(r => (int?)r.Split.Agreement.Votes[r.At]).ToArray()),
            Column.Of("own_votes", rows.Select(r => (int?)r.Split.Agreement.Own[r.At]).ToArray()), Column.Of("clear", rows.Select(r => (int?)(r.Split.Agreement.IsClear(r.At) ? 1 : 0)).ToArray()),
            Column.Of("contradicted", rows.Select(r => (int?)(r.Split.IsContradicted(r.At) ? 1 : 0)).ToArray()));
    }
}
