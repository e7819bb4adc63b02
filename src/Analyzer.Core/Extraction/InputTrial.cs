using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Extraction;

/// <summary>Feeds a run's model with changed inputs, and looks at the inputs of its BatchNorms and at its predictions.</summary>
internal sealed class InputTrial : IDisposable
{
    // What is wrong with the input shows in the first normalisations; later ones only cost.
    private const int MostLayers = 8;
    private const int UsualBlock = 32, Groups = 16, FewestSamples = 2 * Groups;

    private readonly ModelRunner _runner;
    private readonly BatchSource _batches;
    private readonly ChangedInput _changed;
    private readonly Normalization[] _layers;
    private readonly (int Mean, int? Std)[] _moments;
    private readonly Scores? _scores;
    private readonly int _split, _samples, _block;
    private readonly string _name;
    private readonly int[]? _labels;
    private readonly InputFacts _facts;

    private InputTrial(OnnxModel model, Dataset data, Manifest manifest, CancellationToken cancellation)
    {
        if (model.Inputs is not [var input] || !ChangedInput.Takes(input.Type.Element))
            throw Refused($"`{model.Path}` takes {(model.Inputs is [var only] ? $"`{only.Name}` as {only.Type.Element.ToString().ToLowerInvariant()}" : $"{model.Inputs.Count} inputs")}, and only one input of floats is tried in other forms");
        var splits = manifest.Data.Splits;
        var order = Enumerable.Range(0, splits.Count).OrderByDescending(s => splits[s].Labelled).ThenByDescending(s => splits[s].Name == "train");
        _split = order.First();
        (_name, _samples, _labels) = (splits[_split].Name, splits[_split].Samples, data.Splits[_split].Labels);
        _block = Math.Min(UsualBlock, manifest.Execution.Batch);
        if (_samples < 2 * Math.Max(_block, FewestSamples))
            throw Refused($"{_name} has {_samples} samples, and {2 * Math.Max(_block, FewestSamples)} are needed to try other forms of the input");
        _batches = BatchSources.Of(model, data);
        var first = _batches(_split, 0, _block);
        _changed = new(first[0].Dims);
        var range = manifest.InputRanges![input.Name];
        _facts = new(_changed.Channels, _changed.IsSquare, range.Min, range.Max);

        _layers = [.. Normalization.Of(model).Take(MostLayers)];
        var execution = new ExecutionOptions { Threads = manifest.Execution.Threads, Device = Enum.Parse<Device>(manifest.Execution.Device, ignoreCase: true) };
        var (shapes, (scores, _)) = TapPlan.ShapesOf(model, _layers.Select(l => l.Input), first, execution, outputs => Scores.Find(model, outputs, (int)first[0].Dims[0], data), cancellation);
        _scores = _labels is null ? null : scores;
        if (_layers.Length == 0 && _scores is null)
            throw Refused("the model keeps no BatchNorm statistics (exporters fold them into convolutions) and the data has no labels for its class scores, so nothing tells how its inputs should look");
        var patch = new ModelPatch(model);
        var taps = _layers.Select(l =>
        {
            var shape = TensorShape.Of([-1, .. shapes[l.Input.Name].Skip(1)]);
            var mean = patch.AddTap(l.Input, Reducer.Mean, shape).OutputName;
            return (Mean: mean, Std: shape.CountPerSample > shape.Dims[1].Size ? patch.AddTap(l.Input, Reducer.Std, shape).OutputName : null);
        }).ToArray();
        string[] outputs = [.. model.Outputs.Select(o => o.Name).Concat(taps.SelectMany(t => new[] { t.Mean, t.Std })).OfType<string>().Distinct()];
        _moments = [.. taps.Select(t => (Array.IndexOf(outputs, t.Mean), t.Std is { } std ? Array.IndexOf(outputs, std) : (int?)null))];
        _runner = new(patch.Apply(), model.Path, execution, outputs, cancellation);
    }

    /// <summary>Both trials of a plan.</summary>
    /// <inheritdoc cref="TryInputs"/>
    public static (InputTrialOutcome Screen, InputTrialOutcome Trial) Run(Manifest manifest, InputTrialPlan plan, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        using var audited = AuditedModel.Open(manifest, cancellation);
        using var trial = new InputTrial(audited.Model, audited.Data, manifest, cancellation);
        var blocks = trial.Blocks(plan.Screened + plan.Samples);
        // Every so many blocks are for the first look, so that both trials see all of the split.
        var every = Math.Max(2, (plan.Screened + plan.Samples) / Math.Max(1, plan.Screened));
        var screen = trial.Try(plan.Changes(trial._facts), [.. blocks.Where((_, i) => i % every == 0)], "inputs, first look", progress, cancellation);
        return (screen, trial.Try(plan.Keep(screen), [.. blocks.Where((_, i) => i % every != 0)], "inputs, on other samples", progress, cancellation));
    }

    public void Dispose() => _runner.Dispose();

    private static AnalyzerException Refused(string why) => new(why, "give labelled images and a model of one float input", Failure.Inconclusive);

    // Blocks of consecutive samples, evenly spaced: sorted by class or not, all of the split is seen.
    private int[] Blocks(int samples)
    {
        var available = _samples / _block;
        var count = Math.Min(available, Math.Max(2, samples / _block));
        return [.. Enumerable.Range(0, count).Select(b => (int)((long)b * available / count) * _block)];
    }

    private InputTrialOutcome Try(IReadOnlyList<InputChange> changes, int[] blocks, string step, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        // At random, for data may repeat with a period.
        var group = Enumerable.Range(0, blocks.Length * _block).Select(i => i % Groups).ToArray();
        new SeededRandom(0).Shuffle(group.AsSpan());
        var groups = Math.Min(Groups, group.Length);
        var sums = changes.Select(_ => _layers.Select(l => new MomentSums(groups, l.Mean.Length)).ToArray()).ToArray();
        var right = changes.Select(_ => new List<bool>()).ToArray();
        long done = 0, total = (long)changes.Count * blocks.Length * _block;
        for (var b = 0; b < blocks.Length; b++)
        {
            var batch = _batches(_split, blocks[b], _block)[0];
            for (var c = 0; c < changes.Count; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var outputs = _runner.Run([changes[c] == InputChange.None ? batch : _changed.Apply(batch, changes[c])]);
                for (var l = 0; l < _layers.Length; l++)
                {
                    var means = outputs.Floats(_moments[l].Mean);
                    var deviations = _moments[l].Std is { } std ? outputs.Floats(std) : [];
                    var channels = _layers[l].Mean.Length;
                    for (var i = 0; i < _block; i++)
                        sums[c][l].Add(group[b * _block + i], means.Slice(i * channels, channels), deviations.Length == 0 ? [] : deviations.Slice(i * channels, channels));
                }
                if (_scores is not null)
                {
                    var rows = outputs.Floats(_scores.Output);
                    for (var i = 0; i < _block; i++)
                        right[c].Add(_scores.Of(rows.Slice(i * _scores.Classes, _scores.Classes), null).Predicted == _labels![blocks[b] + i]);
                }
                progress?.Report(new(step, done += _block, total, "samples"));
            }
        }
        return new(_facts, _name, blocks.Length * _block, [.. _layers.Select(l => new NormalizationLayer(l.Node.Label, l.Mean, [.. l.Variance.Select(v => v + l.Epsilon)]))], changes,
            [.. changes.Select((_, c) => new TrialedInput([.. _layers.Select((l, i) => sums[c][i].Moments(l.Epsilon))], _scores is null ? null : [.. right[c]]))])
        {
            Chance = _scores is null ? null : blocks.SelectMany(b => _labels!.AsSpan(b, _block).ToArray()).CountBy(l => l).Max(l => l.Value) / (double)(blocks.Length * _block),
        };
    }

    // From mean and deviation of each sample's map to those of all positions of all samples of a group.
    private sealed class MomentSums(int groups, int channels)
    {
        private readonly double[][] _sums = [.. Enumerable.Range(0, groups).Select(_ => new double[channels])];
        private readonly double[][] _squares = [.. Enumerable.Range(0, groups).Select(_ => new double[channels])];
        private readonly int[] _counts = new int[groups];

        public void Add(int group, ReadOnlySpan<float> means, ReadOnlySpan<float> deviations)
        {
            _counts[group]++;
            for (var c = 0; c < means.Length; c++)
            {
                double mean = means[c], deviation = deviations.Length == 0 ? 0 : deviations[c];
                _sums[group][c] += mean;
                _squares[group][c] += mean * mean + deviation * deviation;
            }
        }

        public LayerMoments Moments(double epsilon)
        {
            double[][] mean = [.. _sums.Select((sums, g) => Array.ConvertAll(sums, s => s / _counts[g]))];
            return new(mean, [.. _squares.Select((squares, g) => squares.Select((s, c) => Math.Max(0, s / _counts[g] - mean[g][c] * mean[g][c]) + epsilon).ToArray())]);
        }
    }
}
