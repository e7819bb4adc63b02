using Analyzer.Reports;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="SelfSimilarityReport"/> comes to.</summary>
internal static class SelfSimilarityFindings
{
    private const double FarOutside = 3;
    private const double Level = 0.05;
    private const int WorstLayers = 3;
    private const string Paper = "arXiv 2507.17785";

    public static IReadOnlyList<Finding> Of(SelfSimilarityReport report, IReadOnlyList<LayerDetail> details, SelfSimilarityOptions options)
    {
        if (report.Network is not { } network) return [Nothing(report)];
        var findings = new List<Finding> { Rate(report, network.Rate, options) };
        if (network.Boxes is { } boxes) findings.Add(Boxes(report, boxes));
        if (Training(details) is { } training) findings.Add(training);
        findings.AddRange(Loud(report, options));
        findings.Add(PowerLaws(report));
        if (Networks(report) is { } networks) findings.Add(networks);
        return [.. findings.OrderByDescending(f => f.Verdict is Verdict.Warn)];
    }

    private static Finding Nothing(SelfSimilarityReport report)
    {
        var few = report.Settings.Samples < SelfSimilarityMeasurement.FewestSamples;
        return new()
        {
            Id = "selfsimilarity.network.rate", Analysis = SelfSimilarity.Name,
            Title = few
                ? $"Too few samples of {report.Settings.Split} to measure self-similarity: {report.Settings.Samples}, at least {SelfSimilarityMeasurement.FewestSamples} are needed"
                : $"No layer could be measured for self-similarity: {report.LeftOut[0].Tensor} was left out because {report.LeftOut[0].Reason}",
            Value = few ? report.Settings.Samples : 0, ValueUnit = few ? "samples" : "layers", Verdict = Verdict.Inconclusive,
            Rule = $"inconclusive below {SelfSimilarityMeasurement.FewestSamples} samples, and where no layer has {SelfSimilarityMeasurement.FewestUnits} units that differ",
            Evidence = "SELECT * FROM taps", Source = Paper,
        };
    }

    private static Finding Rate(SelfSimilarityReport report, NullDeviation deviation, SelfSimilarityOptions options)
    {
        var beyond = deviation.PValue <= Level;
        double[] shifts = [.. report.Layers.Select(l => Math.Abs(l.SsRate - l.NullMean)).Order()];
        var median = (shifts[(shifts.Length - 1) / 2] + shifts[shifts.Length / 2]) / 2;
        var visible = median >= options.SmallestShift;
        var farthest = report.Layers.MaxBy(l => Math.Abs(l.SsRate - l.NullMean))!;
        return Against(report, "rate", deviation, "SS_rate",
            !beyond ? $"Nothing beyond the null: SS_rate of {Layers(report.Layers.Count)} is that of units shuffled one by one"
            : visible ? $"SS_rate tells {Units(report.Layers.Count, farthest)} from unrelated ones: {Text.Number(farthest.SsRate)}, {Text.Number(farthest.NullMean)} where each unit is shuffled"
            : $"SS_rate lies {Text.Number(deviation.Value)} standard deviations from its null, and yet hardly differs: shuffling each unit moves it by {Text.Number(median)} in the median of {Layers(report.Layers.Count)}",
            $"; visible where also the median layer moves by {Text.Number(options.SmallestShift)} or more (our rule)");
    }

    private static Finding Boxes(SelfSimilarityReport report, NullDeviation deviation)
    {
        var farthest = report.Layers.Where(l => l.BoxDimension is not null && l.BoxNull is not null).MaxBy(l => Math.Abs(l.BoxNull!.Z ?? 0))!;
        var beyond = deviation.PValue <= Level;
        return Against(report, "box-dimension", deviation, "box count by complete linkage", beyond
            ? $"The box dimension tells {Units(report.Layers.Count(l => l.BoxDimension is not null), farthest)} from unrelated ones: {Text.Number(farthest.BoxDimension!.Value)}, {Text.Number(farthest.BoxNull!.Mean)} where each unit is shuffled"
            : $"Nothing beyond the null: the box dimension of {Layers(report.Layers.Count(l => l.BoxDimension is not null))} is that of units shuffled one by one", "");
    }

    private static string Units(int layers, SelfSimilarityLayer farthest) =>
        layers == 1 ? $"units of {farthest.Tensor}" : $"units of {Layers(layers)}, most in {farthest.Tensor},";

    private static Finding Against(SelfSimilarityReport report, string name, NullDeviation deviation, string variant, string title, string more) => new()
    {
        Id = $"selfsimilarity.network.{name}", Analysis = SelfSimilarity.Name, Title = title,
        Value = deviation.Value, ValueUnit = "standard deviations", Null = deviation.Null, Verdict = Verdict.Pass,
        Rule = $"beyond the null where the root mean square distance of the layers from their shuffles, in standard deviations, has rank p ≤ {Text.Number(Level)} among the draws (here {Text.Number(deviation.PValue)}); the paper sets no threshold{more}; a description, never a fault",
        Evidence = "SELECT tap, tensor, units, ss_rate, ss_rate_trimmed, null_mean, null_std, p, box_dimension, box_dimension_null FROM selfsimilarity_layers ORDER BY tap",
        Source = $"{Paper}, {variant}, authors' code; B = {report.Settings.Samples} samples of {report.Settings.Split}",
    };

    private static Finding? Training(IReadOnlyList<LayerDetail> details)
    {
        LayerDetail[] both = [.. details.Where(d => d.UntrainedHalves is not null && d.Layer.Untrained?.SsRate is not null)];
        if (both.Length == 0) return null;
        double trained = both.Average(d => d.Layer.SsRate), untrained = both.Average(d => d.Layer.Untrained!.SsRate!.Value), change = trained - untrained;
        // The same halves for both networks: what the samples have in common cancels.
        var spread = NullDistribution.Of([.. SelfSimilarity.MeanByDraw(both, d => d.Halves)
            .Zip(SelfSimilarity.MeanByDraw(both, d => d.UntrainedHalves!), (a, b) => a - b)]).StandardDeviation;
        return new()
        {
            Id = "selfsimilarity.network.training", Analysis = SelfSimilarity.Name,
            Title = $"Mean SS_rate of {Layers(both.Length)} is {Text.Number(trained)}; with one set of re-drawn weights it is {Text.Number(untrained)}",
            Value = trained, ValueUnit = "SS_rate", Null = new("untrained", untrained, spread, spread > 0 ? change / spread : null, 1),
            Interval = SelfSimilarityMeasurement.Interval(trained, SelfSimilarity.MeanByDraw(both, d => d.Halves)), Verdict = Verdict.Pass,
            Rule = "a description: spread and z are over random halves of the samples. Other re-drawn weights give other rates, often farther apart than this, so one set cannot tell what training did: compare runs of untrained networks with `sweep`",
            Evidence = "SELECT tap, tensor, ss_rate, untrained_ss_rate, box_dimension, untrained_box_dimension FROM selfsimilarity_layers ORDER BY tap",
            Source = $"{Paper}, Table 2 (untrained → trained), authors' code",
        };
    }

    private static IEnumerable<Finding> Loud(SelfSimilarityReport report, SelfSimilarityOptions options)
    {
        var moved = report.Layers.Where(l => Math.Abs(Shift(l)) > options.LoudShift && Math.Abs(l.TrimNull?.Z ?? 0) > FarOutside)
            .OrderByDescending(l => Math.Abs(Shift(l))).ToArray();
        var rule = $"warn where SS_rate moves by more than {Text.Number(options.LoudShift)} without the {Text.Percent(options.TrimmedShare)} of units (at least one) with the largest norms, and more than {Text.Number(FarOutside)} standard deviations from what leaving out other units gives (our rule; one hot channel moves noise from .2 to .6)";
        foreach (var layer in moved.Take(WorstLayers))
        {
            var units = $"{(layer.LoudestUnits.Count == 1 ? "unit" : "units")} {string.Join(", ", layer.LoudestUnits.Take(5))}{(layer.LoudestUnits.Count > 5 ? " and others" : "")}";
            yield return new()
            {
                Id = $"selfsimilarity.{layer.Tap}.loud-units", Analysis = SelfSimilarity.Name, Tap = layer.Tap, Unit = layer.LoudestUnits is [var only] ? only : null,
                Title = $"SS_rate of {layer.Tensor} rests on its loudest units: {Text.Number(layer.SsRate)}, but {Text.Number(layer.SsRateTrimmed!.Value)} without {units}",
                Value = layer.SsRateTrimmed.Value, ValueUnit = "SS_rate", Null = layer.TrimNull, Verdict = Verdict.Warn, Rule = rule,
                Evidence = $"SELECT unit, norm, trimmed FROM selfsimilarity_units WHERE tap = '{layer.Tap}' ORDER BY norm DESC LIMIT 20",
                Source = $"{Paper}, SS_rate, authors' code, trimmed",
            };
        }
        if (moved.Length > 0 || !report.Layers.Any(l => l.SsRateTrimmed is not null)) yield break;
        yield return new()
        {
            Id = "selfsimilarity.network.loud-units", Analysis = SelfSimilarity.Name, Title = "No layer's SS_rate rests on its loudest units",
            Value = report.Layers.Max(l => Math.Abs(Shift(l))), ValueUnit = "SS_rate", Verdict = Verdict.Pass, Rule = rule,
            Evidence = "SELECT tap, ss_rate, ss_rate_trimmed FROM selfsimilarity_layers ORDER BY tap", Source = $"{Paper}, SS_rate, authors' code, trimmed",
        };
    }

    private static double Shift(SelfSimilarityLayer layer) => layer.SsRateTrimmed is { } trimmed ? layer.SsRate - trimmed : 0;

    private static Finding PowerLaws(SelfSimilarityReport report)
    {
        var tested = report.Layers.Where(l => l.Spectrum.Tail?.Plausible is not null).ToArray();
        var plausible = tested.Count(l => l.Spectrum.Tail!.Plausible == true);
        var longest = report.Layers.Max(l => l.Spectrum.Tail?.Values ?? 0);
        return new()
        {
            Id = "selfsimilarity.network.power-law", Analysis = SelfSimilarity.Name,
            Title = tested.Length == 0
                ? $"Too few eigenvalues to tell whether spectra follow a power law: the longest tail has {longest}, at least {PowerLawFit.FewestTail} are needed"
                : plausible == 0
                ? $"No covariance spectrum follows a power law ({Layers(tested.Length)} tested): an exponent γ describes none of them"
                : $"A power law describes the covariance spectrum of {plausible} of {Layers(tested.Length)} tested",
            Value = tested.Length == 0 ? longest : plausible / (double)tested.Length, ValueUnit = tested.Length == 0 ? "eigenvalues" : "fraction",
            Verdict = tested.Length == 0 ? Verdict.Inconclusive : Verdict.Pass,
            Rule = $"a layer is tested where its tail has {PowerLawFit.FewestTail} eigenvalues; described where the bootstrap gives p ≥ .1 and no lognormal, exponential or truncated law is more likely at .1; a description, never a fault",
            Evidence = "SELECT tap, tensor, gamma, power_law_exponent, power_law_least, power_law_values, power_law_p FROM selfsimilarity_layers ORDER BY tap",
            Source = $"{Paper}, statistical invariance; test of Clauset, Shalizi and Newman, SIAM Review 51 (2009)",
        };
    }

    private static Finding? Networks(SelfSimilarityReport report)
    {
        var decided = report.Layers.Where(l => l.Network.AkaikeDifference is not null).ToArray();
        if (decided.Length == 0) return null;
        var fractal = decided.Count(l => l.Network.AkaikeDifference > 0);
        return new()
        {
            Id = "selfsimilarity.network.boxes", Analysis = SelfSimilarity.Name,
            Title = $"Unit networks are fractal rather than small-world in {fractal} of {Layers(decided.Length)} with enough box sizes",
            Value = fractal / (double)decided.Length, ValueUnit = "fraction", Verdict = Verdict.Pass,
            Rule = $"told by AIC of ln N against ln ℓ and ℓ over at least {NetworkFractalityResult.FewestLengths} box sizes; a description, never a fault",
            Evidence = "SELECT tap, tensor, network_nodes, network_dimension, network_aic_difference FROM selfsimilarity_layers ORDER BY tap",
            Source = $"{Paper}, feature network, ε by mean degree {Text.Number(report.Settings.MeanDegree)} (ours); Song, Havlin and Makse, Nature 433 (2005)",
        };
    }

    private static string Layers(int count) => count == 1 ? "1 layer" : $"{count} layers";
}
