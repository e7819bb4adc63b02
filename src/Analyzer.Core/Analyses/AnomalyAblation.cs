using Analyzer.Reports;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Does the model generalise better without its anomaly filters? Against random and low-index filters of the same layers (H3 of arXiv 2412.10457).</summary>
internal static class AnomalyAblation
{
    private enum Kind
    {
        Whole, Anomalies, Lowest, Random,
    }

    /// <summary>Scores the model without the anomaly filters, without as many of least index, and without as many at random.</summary>
    /// <param name="layers">Layers with anomalies among them.</param>
    /// <param name="ablate">Scores the model with units silenced.</param>
    /// <param name="options">Number of random ablations, samples and seed.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="AnalyzerException">The model or data of the run is not there any more, or nothing has labels.</exception>
    public static AblationReport Run(
        IReadOnlyList<MeasuredLayer> layers, Ablate ablate, AnomaliesOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var affected = layers.Where(l => l.Found.Filters.Length > 0).ToArray();
        List<(Kind Kind, TensorUnit[] Units)> variants =
        [
            (Kind.Whole, []),
            (Kind.Anomalies, [.. affected.SelectMany(l => l.Found.Filters.Select(f => new TensorUnit(l.Tap.Tensor, f)))]),
        ];
        if (affected.All(l => Others(l).Length >= l.Found.Filters.Length))
            variants.Add((Kind.Lowest, [.. affected.SelectMany(l => Others(l).OrderBy(f => l.Filters[f].Clusters!.Index?.LogIndex ?? double.NegativeInfinity)
                .Take(l.Found.Filters.Length).Select(f => new TensorUnit(l.Tap.Tensor, f)))]));
        var random = new SeededRandom((ulong)options.Seed + 1);
        // The same set twice would be one draw counted twice; where there are few sets, all of them are found in so many attempts.
        var seen = new HashSet<string>();
        for (var attempt = 0; attempt < 50 * options.Ablations && seen.Count < options.Ablations; attempt++)
        {
            TensorUnit[] units = [.. affected.SelectMany(l => Draw(l, random).Order().Select(f => new TensorUnit(l.Tap.Tensor, f)))];
            if (seen.Add(string.Join(' ', units))) variants.Add((Kind.Random, units));
        }

        var outcome = ablate([.. variants.Select(v => v.Units)], options.AblationSamples, progress, cancellation);
        var splits = outcome.Samples.Where(s => s.Value > 0).ToDictionary(s => s.Key, s => new SplitAblation(
            s.Value, Of(Kind.Whole, s.Key)[0], Of(Kind.Anomalies, s.Key)[0], Of(Kind.Lowest, s.Key) is [var lowest] ? lowest : null, Of(Kind.Random, s.Key)));
        return new(variants[1].Units.Length, affected[0].Samples.Split, splits, outcome.Notes);

        double[] Of(Kind kind, string split) => [.. outcome.Accuracy.Where((_, v) => variants[v].Kind == kind).Select(a => a[split])];
    }

    // Live filters that are no anomalies; where they are too few, random ones are drawn from all live ones.
    private static int[] Others(MeasuredLayer layer) =>
        [.. Enumerable.Range(0, layer.Filters.Count).Where(f => layer.Filters[f].Clusters is not null).Except(layer.Found.Filters)];

    private static int[] Draw(MeasuredLayer layer, SeededRandom random)
    {
        var count = layer.Found.Filters.Length;
        var from = Others(layer);
        if (from.Length < count) from = [.. from, .. layer.Found.Filters];
        random.Shuffle(from.AsSpan());
        return from[..count];
    }
}
