using System.Globalization;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="DiscriminateReport"/> comes to.</summary>
internal static class DiscriminateFindings
{
    private const double FarOutside = 3;

    // Where a lone pair would need more than this to be found, finding none says little.
    private const double Coarse = .5;

    public static IReadOnlyList<Finding> Of(DiscriminateReport report)
    {
        List<Finding> findings = [Characteristic(report)];
        if (report.Layers.Count > 1) findings.Add(Silent(report));
        if (report.Network.Pairs > 0) findings.Add(SinglesOut(report));
        // Of one layer the embedding is the layer itself with less detail, so that only both of them failing says something.
        if (report.Layers.Count > 1 || TellsNothing(report.Embedding)) findings.Add(Embedding(report.Embedding));
        return [.. findings.OrderByDescending(f => f.Verdict is Verdict.Fail).ThenByDescending(f => f.Verdict is Verdict.Warn)];
    }

    /// <summary>The only finding where samples do not suffice.</summary>
    public static Finding TooFew(int samples, int needed) => new()
    {
        Id = "discriminate.network.characteristic",
        Analysis = Discriminate.Name,
        Title = $"Too few labelled samples to tell whether units are characteristic of classes: {samples}, and at least {needed} are needed",
        Value = samples,
        ValueUnit = "samples",
        Verdict = Verdict.Inconclusive,
        Rule = $"inconclusive below {needed} labelled samples of a part, which is two a class and at least {ProbeSplit.FewestSamples}",
        Evidence = "SELECT split, label, count(*) AS samples FROM samples GROUP BY ALL ORDER BY ALL",
        Source = Discriminate.Source,
    };

    private static Finding Characteristic(DiscriminateReport report)
    {
        var (network, settings) = (report.Network, report.Settings);
        var share = network.Presence + network.Absence;
        var found = network.Pairs > 0 && network.Q <= settings.Rate;
        var finest = report.Layers.Min(l => l.Detectable);
        var verdict = found ? Verdict.Pass : network.Pairs > 0 && finest > Coarse ? Verdict.Inconclusive : Verdict.Warn;
        return new()
        {
            Id = "discriminate.network.characteristic",
            Analysis = Discriminate.Name,
            Title = network.Pairs == 0 ? "No unit tells any class apart: every unit has one value in all samples"
                : verdict == Verdict.Pass
                ? Invariant($"Units tell classes apart: {Text.Percent(share)} of {network.Pairs:#,0} pairs of unit and class are characteristic, {Text.Percent(network.Presence)} by presence and {Text.Percent(network.Absence)} by absence")
                : verdict == Verdict.Warn
                ? Invariant($"No unit tells any class apart better than under shuffled labels, and a |KS| of {finest:0.00} would have been found")
                : Invariant($"Too few samples of the classes to tell whether units are characteristic of them: {Needed(report, finest):#,0} samples are needed"),
            Value = share,
            ValueUnit = "fraction",
            Null = network.Null,
            Q = network.Q,
            Verdict = verdict,
            Rule = Invariant($"pass where the smallest q of all pairs, adjusted over the layers, is at most {settings.Rate}; else inconclusive where a lone pair would need a |KS| above {Coarse} to be found, and warn where it would not"),
            Evidence = "SELECT tap, kind, count(*) AS pairs, max(abs(signed_ks)) AS strongest, min(q) AS q FROM discriminate_pairs GROUP BY ALL ORDER BY ALL",
            Source = Discriminate.Source,
        };
    }

    // With the same shares of the classes the detectable statistic falls with the root of the samples.
    private static double Needed(DiscriminateReport report, double detectable) =>
        Math.Ceiling(report.Layers[0].Samples * Math.Pow(detectable / Coarse, 2));

    private static Finding Silent(DiscriminateReport report)
    {
        var rate = report.Settings.Rate;
        LayerDiscrimination[] silent = [.. report.Layers.Where(l => l.Q > rate)];
        var blind = silent.Length > 0 && silent.All(l => l.Units > l.ConstantUnits && l.Detectable > Coarse);
        return new()
        {
            Id = "discriminate.layers.silent",
            Analysis = Discriminate.Name,
            Tap = silent.FirstOrDefault()?.Tap,
            Title = silent.Length == 0
                ? Invariant($"Each of the {report.Layers.Count} layers has units that are characteristic of classes")
                : Invariant($"{silent.Length} of {report.Layers.Count} layers {(silent.Length == 1 ? "has" : "have")} no unit that is characteristic of any class: {Named(silent)}"),
            Value = silent.Length / (double)report.Layers.Count,
            ValueUnit = "fraction",
            Q = silent.Length == 0 ? report.Layers.Max(l => l.Q) : silent.Min(l => l.Q),
            Verdict = silent.Length == 0 ? Verdict.Pass : blind ? Verdict.Inconclusive : Verdict.Warn,
            Rule = Invariant($"warn where a layer's smallest q, adjusted over the layers, is above {rate}; inconclusive where those layers would have needed a |KS| above {Coarse}"),
            Evidence = "SELECT tap, min(q) AS q, max(abs(signed_ks)) AS strongest FROM discriminate_pairs GROUP BY tap ORDER BY q DESC LIMIT 20",
            Source = Discriminate.Source,
        };
    }

    private static string Named(LayerDiscrimination[] layers) =>
        string.Join(", ", layers.Take(3).Select(l => l.Tensor)) + (layers.Length > 3 ? ", …" : "");

    private static Finding SinglesOut(DiscriminateReport report)
    {
        var (count, threshold) = (report.Network.SinglesOut, report.Settings.SinglesOut);
        var (layer, top) = report.Layers.SelectMany(l => l.Top.Where(t => t.SignedKs > 0 && t.Q <= report.Settings.Rate).Take(1).Select(t => (Layer: l, Top: t))).OrderByDescending(p => p.Top.SignedKs).FirstOrDefault();
        var strongest = layer is null ? "none is clearly larger in one class than in the others"
            : Invariant($"the strongest is unit {top.Unit} of {layer.Tensor} for class {report.Classes.First(c => c.Class == top.Class) switch { { Name: { } name } => name, var c => c.Class }}, with a KS of {top.SignedKs:0.00}");
        return new()
        {
            Id = "discriminate.units.single-out",
            Analysis = Discriminate.Name,
            Tap = layer?.Tap,
            Unit = layer is null ? null : top.Unit,
            Title = count == 0 ? $"No single unit singles out a class; {strongest}"
                : Invariant($"{count} unit{(count == 1 ? " singles" : "s single")} out a class on {(count == 1 ? "its" : "their")} own; {strongest}"),
            Value = layer is null ? 0 : top.SignedKs,
            ValueUnit = "signed KS",
            Q = layer is null ? null : top.Q,
            Verdict = count == 0 ? Verdict.Pass : Verdict.Warn,
            Rule = Invariant($"warn where a unit's KS for a class is at least {threshold} (our cut-off) and its q at most {report.Settings.Rate}: what is known of the class then hangs on one unit"),
            Evidence = "SELECT tap, unit, class, signed_ks, q FROM discriminate_pairs ORDER BY signed_ks DESC LIMIT 20",
            Source = Discriminate.Source,
        };
    }

    private static bool TellsNothing(EmbeddingReport embedding) => Math.Max(embedding.Interval[0], embedding.Best.Interval[0]) <= embedding.Commonest;

    private static Finding Embedding(EmbeddingReport embedding)
    {
        var nothing = TellsNothing(embedding);
        var z = embedding.GainError > 0 ? embedding.Gain / embedding.GainError : (double?)null;
        var more = z > FarOutside || (z is null && embedding.Gain > 0);
        return new()
        {
            Id = "discriminate.embedding",
            Analysis = Discriminate.Name,
            Tap = embedding.Last.Tap,
            Title = nothing ? "Neither the full-network embedding nor any layer tells the classes apart better than always naming the commonest"
                : more ? Invariant($"The full-network embedding tells the classes apart better than the last layer: a linear probe is right for {Text.Percent(embedding.Accuracy)} on it and {Text.Percent(embedding.Last.Accuracy)} on {embedding.Last.Tensor}")
                : z < -FarOutside ? Invariant($"The last layer tells the classes apart better than the full-network embedding: a linear probe is right for {Text.Percent(embedding.Last.Accuracy)} on {embedding.Last.Tensor} and {Text.Percent(embedding.Accuracy)} on the embedding")
                : Invariant($"The full-network embedding tells the classes apart no clearly better than the last layer: a linear probe is right for {Text.Percent(embedding.Accuracy)} on it and {Text.Percent(embedding.Last.Accuracy)} on {embedding.Last.Tensor}, of {embedding.ScoreSamples} samples"),
            Value = embedding.Accuracy,
            ValueUnit = "fraction",
            Null = new("last-layer", embedding.Last.Accuracy, embedding.GainError, z, 1),
            Interval = embedding.Interval,
            Verdict = nothing || more ? Verdict.Warn : Verdict.Pass,
            Rule = $"warn where the embedding gains more than {FarOutside.ToString(CultureInfo.InvariantCulture)} standard errors (paired) over the last layer, or where nothing beats the commonest class",
            Evidence = "SELECT label, count(*) AS samples, avg((embedding = label)::INT) AS embedding, avg((last_layer = label)::INT) AS last_layer FROM discriminate_probes JOIN samples USING (sample) GROUP BY label ORDER BY label",
            Source = Discriminate.EmbeddingSource,
        };
    }

    private static string Invariant(FormattableString text) => Discriminate.Invariant(text);
}
