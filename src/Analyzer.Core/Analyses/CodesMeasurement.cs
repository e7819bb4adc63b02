using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What is known of each sample's code, one entry a sample through all splits; a table of the run.</summary>
/// <param name="Sample">Number of the sample.</param>
/// <param name="Region">Which samples of its split share its code: equal numbers, equal codes.</param>
/// <param name="RegionSamples">How many they are, itself included.</param>
/// <param name="Cluster">Its K-Means cluster.</param>
/// <param name="Nearest">What its nearest neighbours vote for; null for samples that were not scored.</param>
/// <param name="Logistic">What the one-vs-one regression says; null for samples that were not scored.</param>
internal sealed record SampleCodes(long[] Sample, int?[] Region, int?[] RegionSamples, int?[] Cluster, int?[] Nearest, int?[] Logistic);

/// <summary>Measures the codes of some taps of a run, and the same of its controls.</summary>
internal sealed class CodesMeasurement(
    Run run, Run? untrained, Run? random, IReadOnlyList<SplitSamples> splits, ProbeSplit? probes, CodesOptions options,
    IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
{
    // A fit costs what a thousand votes cost, and five already tell a mean apart from chance.
    private const int MostLogisticDraws = 5;

    // Shuffled labels make the hardest fits there are, and where labels mean nothing the last digits of the weights mean less.
    private const double NullTolerance = .1;

    private static readonly int[] Steps = [1, 2, 3, 5, 7];

    /// <summary>Fits that ended at their limit of iterations, and what was not fitted, in words.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Measures these taps, their codes side by side.</summary>
    /// <param name="taps">Code taps of the run.</param>
    /// <param name="name">What progress calls them.</param>
    /// <param name="probe">Whether to ask what the codes tell of the classes.</param>
    /// <param name="growth">Is told how redundancy grows with samples; null where nobody asks.</param>
    public (CodeMeasurement Measured, SampleCodes Samples) Of(IReadOnlyList<TapEntry> taps, string name, bool probe, List<CodeGrowth>? growth = null)
    {
        var codes = Read(run, taps);
        var samples = NewSamples();
        var bits = taps.Sum(t => t.Units);
        var constant = ConstantBits.Of([.. codes]);
        var redundancies = Redundancies(codes, samples, "network", growth);
        var (twin, twinVotes) = Control(untrained, taps, $"{name}: re-drawn weights", NullKind.Untrained, probe, growth);
        var measured = new CodeMeasurement
        {
            Bits = bits,
            // Each tap is padded to whole bytes, and padding is constant but no bit of the code.
            ConstantBits = constant.Count - (codes[0].Bits - bits),
            Splits = redundancies,
            Nulls = new() { Untrained = twin, RandomInputs = Control(random, taps, $"{name}: random inputs", NullKind.RandomInputs, probe: false, growth).Codes },
        };
        if (!probe || probes is null) return (measured, samples);

        for (var s = 0; s < codes.Length; s++) codes[s] = constant.Without(codes[s]);
        LargeArrays.GiveBack(codes.Sum(c => (long)c.Rows * c.Bits / 8));
        var (nearest, nearestNull, votes) = Nearest(codes, name, samples);
        var (kMeans, purityNull, matchedNull, counts) = Clusters(codes, name, samples);
        var (logistic, logisticNull) = Logistic(codes, counts, name, samples);
        return (measured with
        {
            Probes = probes.Describe(splits),
            KMeans = kMeans,
            KNearest = nearest,
            Logistic = logistic,
            Nulls = measured.Nulls with
            {
                Untrained = twinVotes is null ? twin : twin! with { Discordant = Discordant(votes, twinVotes, probes.Scoring(codes, splits).Labels) },
                PermutedLabels = new(nearestNull, purityNull, matchedNull, logisticNull, logistic is null ? 0 : Math.Min(options.LogisticNullRows, probes.FitRows?.Length ?? splits[probes.Fit].Count)),
            },
        }, samples);
    }

    private PackedBits[] Read(Run from, IReadOnlyList<TapEntry> taps) => [.. splits.Select(s => from.ReadCodes(taps, s, cancellation))];

    private Dictionary<string, SplitCodes> Redundancies(PackedBits[] codes, SampleCodes? samples, string of, List<CodeGrowth>? growth)
    {
        var result = new Dictionary<string, SplitCodes>();
        for (var s = 0; s < codes.Length; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            var measured = CodeRedundancy.Measure(codes[s]);
            var sizes = new int[measured.Distinct];
            foreach (var region in measured.Regions) sizes[region]++;
            result.Add(splits[s].Name, new(measured.Samples, measured.Distinct, measured.Ratio, Wilson.Interval(measured.Ratio, measured.Samples)));
            growth?.Add(new(splits[s].Name, of, Growth(sizes)));
            for (var i = 0; samples is not null && i < measured.Samples; i++)
                (samples.Region[splits[s].First + i], samples.RegionSamples[splits[s].First + i]) = (measured.Regions[i], sizes[measured.Regions[i]]);
        }
        return result;
    }

    // Sizes that one reads off an axis, so that splits and models compare at the same, and the split itself.
    private static GrowthPoint[] Growth(int[] regions)
    {
        var all = regions.Sum();
        int[] sizes = [.. Enumerable.Range(1, 9).SelectMany(power => Steps.Select(step => step * Math.Pow(10, power))).TakeWhile(n => n < all).Select(n => (int)n), all];
        return [.. sizes.Zip(Rarefaction.ExpectedRepeats(regions, sizes), (n, repeats) => new GrowthPoint(n, n - repeats, repeats / n))];
    }

    private (ControlCodes? Codes, int[]? Votes) Control(Run? control, IReadOnlyList<TapEntry> taps, string name, string of, bool probe, List<CodeGrowth>? growth)
    {
        if (control is null) return (null, null);
        var codes = Read(control, taps);
        var redundancy = Redundancies(codes, null, of, growth);
        // Noise has no class, so only re-drawn weights are asked what they still tell of the classes.
        if (!probe || probes is null) return (new(redundancy, null), null);
        var (report, _, votes) = Nearest(codes, name, null);
        return (new(redundancy, report), votes);
    }

    // The share of samples that exactly one of the two votes right.
    private static double Discordant(int[] one, int[] other, int[] truth) =>
        Enumerable.Range(0, truth.Length).Count(i => one[i] == truth[i] != (other[i] == truth[i])) / (double)truth.Length;

    // What rows have in common, where counting it pays.
    private CodeGram? Count(PackedBits codes, int[] labels, string? name) => CodeGram.Pays(codes.Rows, codes.Bits) ? CodeGram.Of(codes, labels, progress: name is null ? null : Step(name), cancel: cancellation) : null;

    // Keeps the counts of what regressions are fitted on.
    private (KMeansReport, NullSummary Purity, NullSummary Matched, CodeGram? Counts) Clusters(PackedBits[] codes, string name, SampleCodes samples)
    {
        var bySplit = new Dictionary<string, SplitKMeans>();
        (SplitKMeans Fit, NullSummary Purity, NullSummary Matched)? scored = null;
        CodeGram? fitted = null;
        for (var s = 0; s < codes.Length; s++)
        {
            if (splits[s].Labels is not { } labels || splits[s].Count < probes!.Classes) continue;
            var (counts, starts) = (Count(codes[s], labels, $"{name}: common bits in {splits[s].Name}"), new KMeansOptions { Clusters = probes.Classes, Restarts = options.Restarts, Seed = (ulong)options.Seed });
            var kept = s == probes.Fit && probes.FitRows is null;
            if (kept) fitted = counts;
            var step = Step($"{name}: K-Means on {splits[s].Name}");
            var fit = counts is null ? KMeans.Cluster(codes[s], starts, step, cancellation) : KMeans.Cluster(counts, starts, step, cancellation);
            if (!fit.Converged) Notes.Add($"codes: {name}: K-Means on {splits[s].Name} ended at its limit of {fit.Iterations} iterations");
            var agreement = ClusterAgreement.Measure(fit.Labels, labels);
            bySplit.Add(splits[s].Name, new(agreement.Purity, agreement.Matched, fit.Inertia, fit.Iterations));
            for (var i = 0; i < fit.Labels.Length; i++) samples.Cluster[splits[s].First + i] = fit.Labels[i];
            if (counts is not null && !kept)
            {
                counts = null;
                LargeArrays.GiveBack(CodeGram.BytesFor(codes[s].Rows, codes[s].Bits));
            }
            if (s != probes.Score) continue;
            var shuffled = Enumerable.Range(0, options.Draws).Select(d => ClusterAgreement.Measure(fit.Labels, LabelPermutation.Shuffle(labels, Draw(d)))).ToArray();
            scored = (bySplit[splits[s].Name], Null([.. shuffled.Select(a => a.Purity)], agreement.Purity), Null([.. shuffled.Select(a => a.Matched)], agreement.Matched));
        }
        var (best, purity, matched) = scored!.Value;
        return (new(best.Purity, best.Hungarian, probes!.Classes, bySplit), purity, matched, fitted);
    }

    private (KNearestReport Report, NullSummary Null, int[] Votes) Nearest(PackedBits[] codes, string name, SampleCodes? samples)
    {
        var (fit, labels) = probes!.Fitting(codes, splits);
        var (score, truth) = probes.Scoring(codes, splits);
        var neighbours = KNearest.Find(fit, score, new KNearestOptions { Neighbours = options.Neighbours }, Step($"{name}: K-NN"), cancellation);
        var votes = KNearest.Vote(neighbours, labels);
        for (var i = 0; samples is not null && i < votes.Length; i++)
            samples.Nearest[splits[probes.Score].First + (probes.ScoreRows?[i] ?? i)] = votes[i];
        var accuracy = Accuracy.Of(votes, truth);
        // Who the neighbours are does not depend on labels: only the vote is taken again.
        var shuffled = Enumerable.Range(0, options.Draws).Select(d => Accuracy.Of(KNearest.Vote(neighbours, LabelPermutation.Shuffle(labels, Draw(d))), truth)).ToArray();
        return (new(options.Neighbours, accuracy), Null(shuffled, accuracy), votes);
    }

    private (LogisticReport?, NullSummary?) Logistic(PackedBits[] codes, CodeGram? counts, string name, SampleCodes samples)
    {
        (LogisticReport?, NullSummary?) None(string why)
        {
            Notes.Add($"codes: {name}: no logistic regression: {why}");
            return default;
        }
        // Pairs of classes grow with their square, and each has a weight a bit.
        if (probes!.Classes > LogisticRegression.MostOneVsOneClasses)
            return None($"the labels have {probes.Classes} classes, and one-vs-one is fitted for {LogisticRegression.MostOneVsOneClasses} at most");
        var (fit, labels) = probes.Fitting(codes, splits);
        var (score, truth) = probes.Scoring(codes, splits);
        counts ??= Count(fit, labels, $"{name}: common bits");
        var (takes, free) = (LogisticRegression.BytesFor(fit.Rows, fit.Bits, probes.Classes), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (takes > free)
            return None(string.Create(CultureInfo.InvariantCulture, $"pairs of {probes.Classes} classes on {fit.Bits:#,0} bits take some {takes >> 20:#,0} MiB, and this machine has {free >> 20:#,0}"));
        (double Accuracy, double Objective, int[] Said) Fit(PackedBits x, CodeGram? counted, int[] y, LogisticScheme scheme, StepProgress? step, double tolerance = 1e-4)
        {
            var how = new LogisticOptions { Scheme = scheme, C = options.C, Tolerance = tolerance };
            var model = counted is null ? LogisticRegression.Fit(x, y, how, step, cancellation) : LogisticRegression.Fit(counted, y, how, step, cancellation);
            if (!model.Converged)
                Notes.Add(string.Create(CultureInfo.InvariantCulture, $"codes: {name}: a {scheme} regression ended at {model.Iterations} steps with a gradient of {model.LargestGradient:g2}"));
            var said = model.Predict(score);
            LargeArrays.GiveBack((long)x.Rows * x.Bits / 8);
            return (Accuracy.Of(said, truth), model.Objectives.Sum(), said);
        }
        var pairs = Fit(fit, counts, labels, LogisticScheme.OneVsOne, Step($"{name}: logistic, one-vs-one"));
        for (var i = 0; i < pairs.Said.Length; i++)
            samples.Logistic[splits[probes.Score].First + (probes.ScoreRows?[i] ?? i)] = pairs.Said[i];
        var multinomial = Fit(fit, counts, labels, LogisticScheme.Multinomial, Step($"{name}: logistic, multinomial"));

        var rows = Enumerable.Range(0, fit.Rows).ToArray();
        new SeededRandom((ulong)options.Seed).Shuffle(rows.AsSpan());
        rows = [.. rows.Take(options.LogisticNullRows).Order()];
        var (few, fewLabels) = (fit.SelectRows(rows), rows.Select(r => labels[r]).ToArray());
        var fewCounts = Count(few, fewLabels, null);
        var shuffled = new double[Math.Min(options.Draws, MostLogisticDraws)];
        for (var d = 0; d < shuffled.Length; d++)
        {
            shuffled[d] = Fit(few, fewCounts, LabelPermutation.Shuffle(fewLabels, Draw(d)), LogisticScheme.Multinomial, null, NullTolerance).Accuracy;
            Step($"{name}: logistic, shuffled")?.Report((d + 1.0) / shuffled.Length);
        }
        return (new(pairs.Accuracy, "one-vs-one", pairs.Objective, new(multinomial.Accuracy, multinomial.Objective)), Null(shuffled, pairs.Accuracy));
    }

    private SampleCodes NewSamples()
    {
        var all = splits.Sum(s => s.Count);
        return new([.. Enumerable.Range(0, all).Select(i => (long)i)], new int?[all], new int?[all], new int?[all], new int?[all], new int?[all]);
    }

    private StepProgress? Step(string name) => progress is null ? null : new($"codes, {name}", progress);

    private ulong Draw(int draw) => (ulong)options.Seed * 0x9E3779B97F4A7C15 + (ulong)draw + 1;

    private static NullSummary Null(double[] draws, double value)
    {
        var distribution = NullDistribution.Of(draws);
        return new("permuted-labels", distribution.Mean, distribution.StandardDeviation, distribution.ZScore(value), draws.Length);
    }
}
