using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="CodesReport"/> comes to.</summary>
internal static class CodesFindings
{
    private const double FarOutside = 3, WorthHaving = .05;

    public static IReadOnlyList<Finding> Of(CodesReport report, IReadOnlyList<SplitSamples> splits, ProbeSplit? probes, CodesOptions options)
    {
        var findings = new List<Finding>();
        foreach (var (split, codes) in report.Network.Splits)
            findings.Add(Redundancy(report.Network, split, codes, options));
        if (report.Layers.Count > 1) findings.Add(Layers(report, options));
        if (probes is not null && report.Network is { KMeans: { } kMeans, KNearest: { } nearest, Nulls.PermutedLabels: { } shuffled })
        {
            var scored = probes.ScoreRows?.Length ?? splits[probes.Score].Count;
            // K-Means is fitted on a whole split, the other probes are scored on what they have not seen.
            findings.Add(Probe("kmeans", "K-Means purity of the codes", kMeans.Purity, shuffled.Purity, splits[probes.Score].Count, "fitted per split, many-to-one"));
            findings.Add(Probe("knearest", $"A vote of the {nearest.K} nearest codes", nearest.Accuracy, shuffled.KNearest, scored, "Hamming distance, ties by the smallest label"));
            if ((report.Network.Logistic, shuffled.Logistic) is ({ } logistic, { } chance))
                findings.Add(Probe("logistic", "Logistic regression on the codes", logistic.Accuracy, chance, scored, "one-vs-one, L2, C = " + options.C.ToString(CultureInfo.InvariantCulture)));
            if (report.Network.Nulls.Untrained is { KNearest: { } control, Discordant: { } discordant })
                findings.Add(Gain(nearest, control, discordant, scored));
        }
        return [.. findings.OrderByDescending(f => f.Verdict is Verdict.Fail).ThenByDescending(f => f.Verdict is Verdict.Warn)];
    }

    private static Finding Redundancy(CodeMeasurement network, string split, SplitCodes codes, CodesOptions options)
    {
        var control = network.Nulls.Untrained?.Splits[split];
        // Untrained networks can have unique codes already (2101.05490, untrained control): then it says nothing of the training.
        var unremarkable = control?.Redundancy <= options.UnderExpressive;
        // Decided by the interval, not by the value: a handful of samples rarely share a code whatever the network.
        var verdict = codes.Interval[1] <= options.UnderExpressive ? Verdict.Pass : codes.Interval[0] > options.UnderExpressive ? Verdict.Warn : Verdict.Inconclusive;
        return new()
        {
            Id = $"codes.network.redundancy.{split}",
            Analysis = Codes.Name,
            Title = verdict == Verdict.Inconclusive
                ? $"Too few samples of {split} to tell whether they share activation codes: {codes.Distinct} codes for {codes.Samples} samples"
                : verdict == Verdict.Warn
                ? $"Samples of {split} share activation codes: {codes.Samples - codes.Distinct} of {codes.Samples} codes are repeats"
                : $"Nearly every sample of {split} has an activation code of its own: {codes.Distinct} codes for {codes.Samples} samples{(unremarkable ? "; with re-drawn weights too" : "")}",
            Value = codes.Redundancy,
            ValueUnit = "fraction",
            Null = control is null ? null : new("untrained", control.Redundancy, null, null, 1),
            Interval = codes.Interval,
            Verdict = verdict,
            Rule = $"warn where the interval lies above {options.UnderExpressive.ToString(CultureInfo.InvariantCulture)}, pass where below: under-expressive (our cut-off; the paper gives none)",
            Evidence = $"SELECT region, count(*) AS samples, min(label), max(label) FROM codes_samples JOIN samples USING (sample) WHERE split = {RunPaths.Quoted(split)} GROUP BY region ORDER BY samples DESC LIMIT 20",
            Source = "arXiv 2101.05490, redundancy ratio (n − m)/n",
        };
    }

    // All layers together may tell samples apart that single layers do not.
    private static Finding Layers(CodesReport report, CodesOptions options)
    {
        var all = report.Layers.SelectMany(l => l.Splits.Select(s => (Layer: l, Split: s.Key, Codes: s.Value))).ToArray();
        var sharing = all.Where(c => c.Codes.Interval[0] > options.UnderExpressive).OrderByDescending(c => c.Codes.Redundancy).DistinctBy(c => c.Layer.Tap).ToArray();
        var most = all.MaxBy(c => c.Codes.Redundancy);
        var open = sharing.Length == 0 && all.Any(c => c.Codes.Interval[1] > options.UnderExpressive);
        var untrained = most.Layer.Nulls.Untrained?.Splits[most.Split].Redundancy;
        return new()
        {
            Id = "codes.layers.redundancy",
            Analysis = Codes.Name,
            Tap = most.Layer.Tap,
            Title = open
                ? $"Too few samples to tell whether codes of single layers are shared by more than {Text.Percent(options.UnderExpressive)} of them"
                : sharing.Length == 0
                ? $"No single layer's codes are shared by samples beyond {Text.Percent(options.UnderExpressive)}"
                : $"Codes of {sharing.Length} of {report.Layers.Count} single layers are shared by more than {Text.Percent(options.UnderExpressive)} of the samples: {string.Join(", ", sharing.Take(3).Select(c => $"{c.Layer.Tensor} {Text.Percent(c.Codes.Redundancy)}"))}{(sharing.Length > 3 ? ", …" : "")}",
            Value = most.Codes.Redundancy,
            ValueUnit = "fraction",
            Null = untrained is { } control ? new("untrained", control, null, null, 1) : null,
            Interval = most.Codes.Interval,
            Verdict = open ? Verdict.Inconclusive : Verdict.Pass,
            Rule = $"inconclusive where some interval reaches above {Text.Setting(options.UnderExpressive)} and none lies there; a layer counts where its interval lies above; a description: the paper's codes are of all layers together, and their findings judge them",
            Evidence = "SELECT tap, tensor, split, bits, redundancy, untrained FROM codes_redundancy WHERE tap <> 'network' ORDER BY redundancy DESC",
            Source = "arXiv 2101.05490, redundancy ratio (n − m)/n, layer by layer",
        };
    }

    private static Finding Probe(string name, string what, double value, NullSummary shuffled, int scored, string variant)
    {
        var found = shuffled.Z > FarOutside || (shuffled.Z is null && value > shuffled.Mean);
        var interval = Wilson.Interval(value, scored);
        // Not far outside the null, whose draws may scatter widely where there are few codes, and yet the null lies outside the interval.
        var open = !found && interval[0] > shuffled.Mean;
        return new()
        {
            Id = $"codes.network.{name}",
            Analysis = Codes.Name,
            Title = found ? $"{what} tells the classes apart"
                : open ? $"It is open whether {char.ToLowerInvariant(what[0])}{what[1..]} tells the classes apart: {Text.Fraction(value)} of {scored} samples, and shuffled labels give {Text.Null(shuffled)}"
                : $"{what} tells the classes apart no better than with shuffled labels ({scored} samples scored)",
            Value = value,
            ValueUnit = "fraction",
            Null = shuffled,
            Interval = interval,
            Verdict = found ? Verdict.Pass : open ? Verdict.Inconclusive : Verdict.Warn,
            Rule = $"pass where z against shuffled labels is above {FarOutside.ToString(CultureInfo.InvariantCulture)}, else warn where the interval holds their mean",
            Evidence = name == "kmeans"
                ? "SELECT split, cluster, label, count(*) AS samples FROM codes_samples JOIN samples USING (sample) GROUP BY ALL ORDER BY ALL"
                : $"SELECT label, {(name == "logistic" ? "logistic" : "nearest")} AS said, count(*) AS samples FROM codes_samples JOIN samples USING (sample) WHERE nearest IS NOT NULL GROUP BY ALL ORDER BY ALL",
            Source = $"arXiv 2101.05490, {variant}",
        };
    }

    private static Finding Gain(KNearestReport trained, KNearestReport control, double discordant, int scored)
    {
        // Both were scored on the same samples, of which only those count that one of the two votes right (McNemar).
        var gain = trained.Accuracy - control.Accuracy;
        var spread = Math.Sqrt(Math.Max(0, discordant - gain * gain) / scored);
        var clear = gain > FarOutside * spread;
        // As well, if a gain worth having can be ruled out; else nobody can say.
        var equal = !clear && gain + FarOutside * spread < WorthHaving;
        return new()
        {
            Id = "codes.network.training-gain",
            Analysis = Codes.Name,
            Title = clear
                ? "Trained codes tell the classes apart better than those of one set of re-drawn weights"
                : equal ? "Codes of one set of re-drawn weights tell the classes apart as well as the trained ones"
                : $"Too few samples to tell whether trained codes tell the classes apart better than those of one set of re-drawn weights: {scored} were scored",
            Value = trained.Accuracy,
            ValueUnit = "fraction",
            Null = new("untrained", control.Accuracy, spread, spread > 0 ? gain / spread : null, 1),
            Interval = Wilson.Interval(trained.Accuracy, scored),
            Verdict = clear ? Verdict.Pass : equal ? Verdict.Warn : Verdict.Inconclusive,
            Rule = string.Create(CultureInfo.InvariantCulture, $"pass where K-NN gains more than {FarOutside} paired standard errors over the control; warn where a gain of {WorthHaving} lies as far outside (ours); other re-drawn weights give other accuracies"),
            Evidence = "SELECT avg((nearest = label)::INT) AS trained FROM codes_samples JOIN samples USING (sample) WHERE nearest IS NOT NULL",
            Source = "arXiv 2101.05490, untrained control; weights re-drawn with each tensor's own mean and spread",
        };
    }
}
