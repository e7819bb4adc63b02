using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Lays the units of all taps side by side as −1, 0, +1, and fits the same linear probe to them and to each layer alone.</summary>
internal sealed class DiscriminateEmbedding
{
    // However many units there are: with fewer samples a probe would say nothing.
    private const int FewestRows = 1_000;

    // The best C changes little with the samples, so that few are enough to choose it.
    private const int MostChoosing = 5_000;
    private static readonly double[] Cs = [.01, 1, 100];

    private readonly DiscriminateOptions _options;
    private readonly int[] _fitRows, _scoreRows, _fitLabels, _scoreLabels, _choosing, _heldOut;
    private readonly Matrix _fit, _score;
    private readonly string _probes;
    private readonly List<string> _notes;
    private readonly List<(TapEntry Tap, ProbeResult Probe)> _layers = [];
    private readonly long _firstScored;
    private int[] _embedded = [];
    private int _units;

    /// <summary>Chooses samples.</summary>
    /// <param name="splits">All splits.</param>
    /// <param name="probes">Which are fitted on and scored on.</param>
    /// <param name="rows">Rows of the split fitted on that are measured.</param>
    /// <param name="units">Units of all taps.</param>
    /// <param name="mostValues">Values that the embedding of either part may take; fewer samples are used where there are too many units.</param>
    /// <param name="options">Thresholds and C.</param>
    /// <param name="notes">Told what was limited.</param>
    public DiscriminateEmbedding(IReadOnlyList<SplitSamples> splits, ProbeSplit probes, int[] rows, int units, long mostValues, DiscriminateOptions options, List<string> notes)
    {
        (_options, _notes) = (options, notes);
        var most = (int)Math.Min(Math.Max(mostValues / units, FewestRows), options.MostSamples);
        int[] labels = splits[probes.Fit].Labels!, truth = splits[probes.Score].Labels!;
        var scored = probes.ScoreRows ?? [.. Enumerable.Range(0, truth.Length)];
        _fitRows = ClassKeptSample.Choose(rows, labels, most, options.Seed + 1);
        _scoreRows = ClassKeptSample.Choose(scored, truth, most, options.Seed + 2);
        if (_fitRows.Length < rows.Length || _scoreRows.Length < scored.Length)
            notes.Add(Discriminate.Invariant($"{Discriminate.Name}: the probes of the embedding were fitted on {_fitRows.Length} and scored on {_scoreRows.Length} of {scored.Length} samples, the shares of the classes kept"));
        (_fitLabels, _scoreLabels) = ([.. _fitRows.Select(r => labels[r])], [.. _scoreRows.Select(r => truth[r])]);
        (_fit, _score) = (new(_fitRows.Length, units), new(_scoreRows.Length, units));
        (_probes, _firstScored) = (probes.Describe(splits), splits[probes.Score].First);
        var part = ClassKeptSample.Choose([.. Enumerable.Range(0, _fitLabels.Length)], _fitLabels, MostChoosing, options.Seed + 3);
        _heldOut = ClassKeptSample.Choose(part, _fitLabels, part.Length / 5, options.Seed + 4);
        _choosing = [.. part.Except(_heldOut)];
    }

    /// <summary>Adds a layer and fits its probe.</summary>
    public void Add(TapEntry tap, Matrix fit, Matrix score, StepProgress progress, CancellationToken cancellation)
    {
        Matrix own = fit.SelectRows(_fitRows), other = score.SelectRows(_scoreRows);
        var embedding = TernaryEmbedding.Fit(own, new() { Upper = _options.Upper, Lower = _options.Lower });
        embedding.Apply(own, _fit, _units);
        embedding.Apply(other, _score, _units);
        _units += tap.Units;
        _layers.Add((tap, Probe(UnitNorm.Of(own), UnitNorm.Of(other), tap.Tensor, progress, cancellation)));
    }

    /// <summary>Fits the probe of the embedding; the columns of layers that were left out are 0 and weigh nothing.</summary>
    public EmbeddingReport Report(StepProgress progress, CancellationToken cancellation)
    {
        var probe = Probe(_fit, _score, "embedding", progress, cancellation);
        _embedded = probe.Predicted;
        var n = _scoreLabels.Length;
        var (last, best) = (_layers[^1], _layers.MaxBy(l => l.Probe.Accuracy));
        // Both probes answered for the same samples: only those count where one is right and the other wrong.
        int[] differences = [.. Enumerable.Range(0, n).Select(i => (probe.Predicted[i] == _scoreLabels[i] ? 1 : 0) - (last.Probe.Predicted[i] == _scoreLabels[i] ? 1 : 0))];
        var gain = differences.Sum() / (double)n;
        return new(_units, _probes, _fitLabels.Length, n, _options.Upper, _options.Lower, probe.C, probe.Accuracy, Wilson.Interval(probe.Accuracy, n),
            Layer(last.Tap, last.Probe), Layer(best.Tap, best.Probe),
            gain, Math.Sqrt(Math.Max(0, differences.Count(d => d != 0) / (double)n - gain * gain) / n),
            _scoreLabels.GroupBy(l => l).Max(g => g.Count()) / (double)n);
    }

    /// <summary>Stores what the probes said of each sample they were scored on; after <see cref="Report"/>.</summary>
    public void Store(Run run) => run.WriteTable(Discriminate.Name, "probes",
        Column.Of("sample", [.. _scoreRows.Select(r => _firstScored + r)]),
        Column.Of("embedding", [.. _embedded.Select(p => (int?)p)]), Column.Of("last_layer", [.. _layers[^1].Probe.Predicted.Select(p => (int?)p)]));

    private LayerProbe Layer(TapEntry tap, ProbeResult probe) =>
        new(tap.Id, tap.Tensor, probe.C, probe.Accuracy, Wilson.Interval(probe.Accuracy, _scoreLabels.Length));

    private ProbeResult Probe(Matrix fit, Matrix score, string name, StepProgress progress, CancellationToken cancellation)
    {
        // As many fits as there are Cs to choose from, and one more.
        var c = _options.C ?? Choose(fit, progress, cancellation);
        var model = Fit(fit, _fitLabels, c, progress.Part(Cs.Length, Cs.Length + 1), cancellation);
        if (!model.Converged)
            _notes.Add(Discriminate.Invariant($"{Discriminate.Name}: the regression on {name} ended at {model.Iterations} steps with a gradient of {model.LargestGradient:g2}"));
        var predicted = model.Predict(score, null, cancellation);
        return new(predicted, c, Accuracy.Of(predicted, _scoreLabels));
    }

    private double Choose(Matrix fit, StepProgress progress, CancellationToken cancellation)
    {
        int[] labels = [.. _choosing.Select(r => _fitLabels[r])], truth = [.. _heldOut.Select(r => _fitLabels[r])];
        if (labels.Distinct().Count() < 2) return 1;
        Matrix own = fit.SelectRows(_choosing), other = fit.SelectRows(_heldOut);
        // Of equals the strongest penalty.
        return Cs.Index().MaxBy(c => Accuracy.Of(Fit(own, labels, c.Item, progress.Part(c.Index, Cs.Length + 1), cancellation).Predict(other, null, cancellation), truth)).Item;
    }

    private static LogisticModel Fit(Matrix samples, int[] labels, double c, StepProgress progress, CancellationToken cancellation) =>
        LogisticRegression.Fit(samples, labels, new() { Scheme = LogisticScheme.Multinomial, C = c, Tolerance = 1e-2 }, progress, cancellation);

    private sealed record ProbeResult(int[] Predicted, double C, double Accuracy);
}
