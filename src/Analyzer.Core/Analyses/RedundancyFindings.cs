using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="RedundancyReport"/> comes to.</summary>
internal static class RedundancyFindings
{
    /// <summary>Samples that responses need: with fifty, those of unrelated units correlate above .54 five times in 100,000 pairs.</summary>
    public const int FewestSamples = 50;
    private const int WorstLayers = 3;

    public static IReadOnlyList<Finding> Of(RedundancyReport report)
    {
        var findings = new List<Finding>();
        if (report.Weights is { } weights) findings.Add(Weights(report, weights));
        findings.AddRange(report.Layers.Select(l => Layer(report, l)).OfType<Finding>().OrderByDescending(f => f.Value - f.Null!.Mean).Take(WorstLayers));
        if (report.Weights is not null) findings.Add(Duplicates(report));
        if (Zero(report, report.Layers, "weights") is { } zero) findings.Add(zero);
        if (report.Responses is { } responses) findings.Add(Responses(report, responses));
        if (Zero(report, report.Activations, "responses") is { } constant) findings.Add(constant);
        return findings;
    }

    private static Finding Weights(RedundancyReport report, RedundancyTotal total)
    {
        var warn = total.BeyondNull && total.Share - total.Null.Mean >= report.Settings.Excess;
        return new()
        {
            Id = "redundancy.network.weights", Analysis = Redundancy.Name, OfWeights = true,
            Title = $"{Share(total.Redundant, total.Units)} units have weights that repeat another's at {Similar(report)}, {Against(total, "random weights of these shapes")}{Widest(report, total)}",
            Value = total.Share, ValueUnit = "fraction", Null = total.Null,
            Verdict = warn ? Verdict.Warn : Verdict.Pass, Rule = Rule(report, "the null"),
            Evidence = $"SELECT tap, tensor, units, redundant, null_mean, null_std FROM redundancy_thresholds WHERE tau = {Text.Setting(report.Settings.Tau)} AND tap LIKE 'w%' ORDER BY redundant DESC",
            Source = Variant(report),
        };
    }

    // Only layers beyond the rule: the network's finding speaks for the others.
    private static Finding? Layer(RedundancyReport report, LayerRedundancy layer)
    {
        if (layer.Compared < 2) return null;
        var at = layer.Thresholds.Single(t => t.Tau == report.Settings.Tau);
        double share = at.Redundant / (double)layer.Compared, mean = at.NullMean / layer.Compared, std = at.NullStd / layer.Compared;
        // Of a hundred layers some lie three standard deviations out by chance: every draw and, where draws never vary, one unit count too.
        if (share - mean < report.Settings.Excess || at.Redundant <= at.NullMax || at.Redundant - at.NullMean <= Math.Max(1, 3 * at.NullStd)) return null;
        return new()
        {
            Id = $"redundancy.{layer.Tap}.weights", Analysis = Redundancy.Name, OfWeights = true, Tap = layer.Tap,
            Title = $"{Share(at.Redundant, layer.Compared)} units of `{layer.Node}` have weights that repeat another's at {Similar(report)}; by chance {Text.Percent(mean)}",
            Value = share, ValueUnit = "fraction", Null = new(layer.NullKind, mean, std, at.Z, layer.NullDraws),
            Verdict = Verdict.Warn,
            Rule = $"warn where n_r exceeds its null by {Text.Setting(report.Settings.Excess)} of the units, by three standard deviations, by more than one unit and in every draw; the {WorstLayers} worst layers",
            Evidence = $"SELECT cluster, count(*) AS units, list(unit ORDER BY unit) AS members FROM redundancy_units WHERE tap = '{layer.Tap}' GROUP BY cluster HAVING count(*) > 1 ORDER BY units DESC",
            Source = Variant(report),
        };
    }

    private static Finding Duplicates(RedundancyReport report)
    {
        // Of one weight each, all units point the same way or the opposite.
        var layers = report.Layers.Where(l => l.DuplicateUnits > 0 && l.Dimension > 1).ToArray();
        var units = layers.Sum(l => l.DuplicateUnits);
        var named = string.Join(", ", layers.SelectMany(l => l.Duplicates.Select(d => $"{d.Unit} and {d.Other} of `{l.Node}`")).Take(3));
        return new()
        {
            Id = "redundancy.network.duplicates", Analysis = Redundancy.Name, OfWeights = true,
            Title = units == 0
                ? $"No two units of a layer have the same weights up to a factor (cosine ≥ {Text.Setting(report.Settings.Duplicate)})"
                : $"{units} units have a duplicate in their layer (cosine ≥ {Text.Setting(report.Settings.Duplicate)}): {named}",
            Value = units, ValueUnit = "units",
            Verdict = units == 0 ? Verdict.Pass : Verdict.Warn, Rule = "warn above 0; units of a single weight are left out",
            Evidence = $"SELECT tap, unit, nearest, similarity FROM redundancy_units WHERE tap LIKE 'w%' AND similarity >= {Text.Setting(report.Settings.Duplicate)}{Except(report)} ORDER BY tap, similarity DESC",
            Source = $"{Variant(report)}; the cut-off is ours",
        };
    }

    private static string Except(RedundancyReport report) => report.Layers.Where(l => l.Dimension == 1).Select(l => $"'{l.Tap}'").ToArray() is { Length: > 0 } taps
        ? $" AND tap NOT IN ({string.Join(", ", taps)})" : "";

    private static Finding? Zero(RedundancyReport report, IReadOnlyList<LayerRedundancy> layers, string what)
    {
        // Over a handful of samples many a live unit says nothing.
        var few = what != "weights" && report.Settings.Samples < FewestSamples;
        var units = layers.Sum(l => l.Zero);
        if (units == 0) return null;
        var worst = layers.MaxBy(l => l.Zero)!;
        var all = layers.Sum(l => l.Units);
        return new()
        {
            Id = $"redundancy.network.zero-{what}", Analysis = Redundancy.Name, OfWeights = what == "weights",
            Title = what == "weights"
                ? $"{units} of {all} units have no weights at all, {worst.Zero} of them in `{worst.Node}`; they were left out"
                : $"{units} of {all} units respond to every one of {report.Settings.Samples} samples of {report.Settings.Split} alike, {worst.Zero} of them in `{worst.Tensor}`; they were left out",
            Value = units / (double)all, ValueUnit = "fraction", Verdict = few ? Verdict.Inconclusive : Verdict.Warn,
            Rule = what == "weights" ? "warn above 0" : $"warn above 0, inconclusive below {FewestSamples} samples",
            Evidence = $"SELECT tap, unit FROM redundancy_units WHERE cluster IS NULL AND tap LIKE '{(what == "weights" ? 'w' : 't')}%'",
            Source = "arXiv 1901.10900: a cosine needs a direction",
        };
    }

    private static Finding Responses(RedundancyReport report, RedundancyTotal total)
    {
        var enough = report.Settings.Samples >= FewestSamples;
        var untrained = total.Untrained;
        var warn = total.BeyondNull && total.Share - Math.Max(total.Null.Mean, untrained ?? 0) >= report.Settings.Excess;
        var control = untrained is { } share ? $"; with one set of re-drawn weights {Text.Percent(share)}" : "; there are no re-drawn weights to compare with";
        return new()
        {
            Id = "redundancy.network.responses", Analysis = Redundancy.Name,
            Title = enough
                ? $"{Share(total.Redundant, total.Units)} units respond as another does at {Similar(report, responses: true)}, {Against(total, "responses in random order")}{control}"
                : $"Too few samples to tell which units respond alike: {report.Settings.Samples}, and {FewestSamples} are needed",
            Value = enough ? total.Share : report.Settings.Samples, ValueUnit = enough ? "fraction" : "samples", Null = enough ? total.Null : null,
            // Units of an untrained network respond alike too, so without it a large share proves nothing.
            Verdict = !enough || (warn && untrained is null) ? Verdict.Inconclusive : warn ? Verdict.Warn : Verdict.Pass,
            Rule = Rule(report, "the null and the share with re-drawn weights") + "; inconclusive without those",
            Evidence = $"SELECT tap, tensor, units, redundant, null_mean, untrained FROM redundancy_thresholds WHERE tau = {Text.Setting(report.Settings.Tau)} AND tap LIKE 't%' ORDER BY redundant DESC",
            Source = $"{Variant(report)}, of {report.Settings.Responses} responses instead of weights (ours)",
        };
    }

    private static string Rule(RedundancyReport report, string controls) =>
        $"warn where the share exceeds every draw of the null, and {controls} by {Text.Setting(report.Settings.Excess)} (our cut-off; the paper gives none)";

    private static string Against(RedundancyTotal total, string what) =>
        $"{(total.BeyondNull ? "more than" : "no more than")} {what} ({Text.Percent(total.Null.Mean)})";

    // Where the threshold of the verdict shows nothing, lower ones may: the features are related, though none is another's repeat.
    private static string Widest(RedundancyReport report, RedundancyTotal total)
    {
        var widest = total.Curve.MaxBy(at => at.Share - at.NullMean)!;
        return widest.Tau == report.Settings.Tau || widest.Share <= widest.NullMax || widest.Share - widest.NullMean < .01
            ? ""
            : $"; the gap is widest at cosine {Text.Setting(widest.Tau)}: {Text.Percent(widest.Share)} against {Text.Percent(widest.NullMean)}";
    }

    private static string Share(int redundant, int units) => $"{redundant} of {units} ({Text.Percent(redundant / (double)units)})";

    private static string Similar(RedundancyReport report, bool responses = false)
    {
        var name = responses && report.Settings.Responses == "centred" ? "correlation" : "cosine";
        return $"{(report.Settings.Cosine == "signed" ? name : $"|{name}|")} {Text.Setting(report.Settings.Tau)}";
    }

    private static string Variant(RedundancyReport report) =>
        $"arXiv 1901.10900, {report.Settings.Linkage} linkage, {report.Settings.Cosine} cosine";
}
