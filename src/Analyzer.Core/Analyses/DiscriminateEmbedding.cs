using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Lays the units of all taps side by side as −1, 0, +1, and fits the same linear probe to them and to each layer alone.</summary>
internal sealed class DiscriminateEmbedding
{
    // However many units there are: with fewer samples a probe would say nothing.
    private const int FewestRows = 1_000;

    private readonly DiscriminateOptions _options;
    private readonly int[] _fitRows, _scoreRows, _fitLabels, _scoreLabels;
    private readonly Matrix _fit, _score;
    private readonly string _probes;
    private readonly List<string> _notes;
    private readonly List<(TapEntry Tap, int[] Predicted)> _layers = [];
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
        _probes = probes.Describe(splits);
    }

    /// <summary>Adds a layer and fits its probe.</summary>
    public void Add(TapEntry tap, Matrix fit, Matrix score, CancellationToken cancellation)
    {
        Matrix own = Discriminate.Pick(fit, _fitRows), other = Discriminate.Pick(score, _scoreRows);
        var embedding = TernaryEmbedding.Fit(own, new() { Upper = _options.Upper, Lower = _options.Lower });
        embedding.Apply(own, _fit, _units);
        embedding.Apply(other, _score, _units);
        _units += tap.Units;
        _layers.Add((tap, Probe(UnitNorm.Of(own), UnitNorm.Of(other), tap.Tensor, null, cancellation)));
    }

    /// <summary>Fits the probe of the embedding; the columns of layers that were left out are 0 and weigh nothing.</summary>
    public EmbeddingReport Report(DiscriminateStep progress, CancellationToken cancellation)
    {
        var predicted = Probe(_fit, _score, "embedding", progress, cancellation);
        var (accuracy, n) = (Accuracy.Of(predicted, _scoreLabels), _scoreLabels.Length);
        var (last, best) = (_layers[^1], _layers.MaxBy(l => Accuracy.Of(l.Predicted, _scoreLabels)));
        // Both probes answered for the same samples: only those count where one is right and the other wrong.
        int[] differences = [.. Enumerable.Range(0, n).Select(i => (predicted[i] == _scoreLabels[i] ? 1 : 0) - (last.Predicted[i] == _scoreLabels[i] ? 1 : 0))];
        var gain = differences.Sum() / (double)n;
        return new(_units, _probes, _fitLabels.Length, n, _options.Upper, _options.Lower, _options.C, accuracy, Wilson.Interval(accuracy, n),
            Layer(last.Tap, last.Predicted), Layer(best.Tap, best.Predicted),
            gain, Math.Sqrt(Math.Max(0, differences.Count(d => d != 0) / (double)n - gain * gain) / n),
            _scoreLabels.GroupBy(l => l).Max(g => g.Count()) / (double)n);
    }

    private LayerProbe Layer(TapEntry tap, int[] predicted)
    {
        var accuracy = Accuracy.Of(predicted, _scoreLabels);
        return new(tap.Id, tap.Tensor, accuracy, Wilson.Interval(accuracy, predicted.Length));
    }

    private int[] Probe(Matrix fit, Matrix score, string name, DiscriminateStep? progress, CancellationToken cancellation)
    {
        var model = LogisticRegression.Fit(fit, _fitLabels,
            new() { Scheme = LogisticScheme.Multinomial, C = _options.C, Tolerance = 1e-2 }, progress, cancellation);
        if (!model.Converged)
            _notes.Add(Discriminate.Invariant($"{Discriminate.Name}: the regression on {name} ended at {model.Iterations} steps with a gradient of {model.LargestGradient:g2}"));
        return model.Predict(score, null, cancellation);
    }
}
