using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>
/// Scores a run's model with units silenced: by zeros fed in the place of their weights where that is possible, else by a mask in a
/// rewritten copy. All variants go through one session with the same inputs open, so that they differ in nothing but the zeros.
/// </summary>
internal sealed class Ablation : IDisposable
{
    private readonly ModelRunner _runner;
    private readonly BatchSource _batches;
    private readonly Dataset _data;
    private readonly Manifest _manifest;
    private readonly Scores _scores;
    private readonly Dictionary<string, Site> _sites;

    // What is fed for a tensor: [entries] before, and which of them belong to a unit.
    private sealed record Fed(string Name, ElementType Type, long[] Dims, int Axis, byte[] Whole);

    private sealed record Site(IReadOnlyList<Fed> Inputs, string Note);

    private Ablation(OnnxModel model, Dataset data, Manifest manifest, IEnumerable<string> tensors, CancellationToken cancellation)
    {
        (_data, _manifest) = (data, manifest);
        var splits = manifest.Data.Splits;
        _batches = BatchSources.Of(model, data);
        var batch = manifest.Execution.Batch;
        var switches = tensors.ToDictionary(t => t, t => UnitSwitch.Of(model, model.Tensor(t)));
        var masked = switches.Values.Where(s => s.Reason is not null).Select(s =>
        {
            if (!model.Tensor(s.Tensor).Type.Element.IsTappable())
                throw new AnalyzerException($"units of `{s.Tensor}` cannot be silenced: its values are quantised, and {s.Reason}", "ablate the model that it was quantised from", Failure.Inconclusive);
            var tap = manifest.Taps.First(t => t.Tensor == s.Tensor && t.UnitAxis is not null);
            return (Switch: s, Tensor: model.Tensor(s.Tensor), Axis: tap.UnitAxis!.Value, Units: (int)tap.Shape[tap.UnitAxis.Value], Rank: tap.Shape.Count);
        }).ToArray();

        var patch = new ModelPatch(model);
        foreach (var initializer in switches.Values.SelectMany(s => s.Weights).Select(w => w.Initializer)) patch.AddOverride(initializer);
        var copy = masked.Length == 0 ? null : MaskedCopy.Of(model, [.. masked.Select(m => (m.Tensor, m.Axis, m.Units, m.Rank))]);
        _runner = new ModelRunner(copy is null ? patch.Apply() : [.. copy.Bytes, .. patch.ToBytes()], model.Path,
            FedWeights.Execution(new() { Threads = manifest.Execution.Threads, Device = Enum.Parse<Device>(manifest.Execution.Device, ignoreCase: true) }), [.. model.Outputs.Select(o => o.Name)], cancellation);

        _sites = switches.Values.Where(s => s.Reason is null).ToDictionary(s => s.Tensor, s => new Site(
            [.. s.Weights.Select(w => new Fed(w.Initializer.Name, w.Initializer.Type, [.. w.Initializer.Dims], w.Axis, model.ReadWeights(w.Initializer).Bytes.ToArray()))],
            $"{s.Tensor}: zero weights, biases and BatchNorm scale and shift"));
        for (var m = 0; m < masked.Length; m++)
        {
            var dims = Enumerable.Range(0, masked[m].Rank).Select(a => a == masked[m].Axis ? (long)masked[m].Units : 1L).ToArray();
            var type = masked[m].Tensor.Type.Element;
            _sites.Add(masked[m].Switch.Tensor, new([new(copy!.Masks[m], type, dims, masked[m].Axis, FedWeights.Bytes([.. Enumerable.Repeat(1.0, masked[m].Units)], type))],
                $"{masked[m].Switch.Tensor}: a mask in a rewritten copy, for {masked[m].Switch.Reason}"));
        }
        foreach (var fed in _sites.Values.SelectMany(s => s.Inputs)) Feed(fed, fed.Whole);
        using var first = _runner.Run(_batches(0, 0, Math.Min(batch, splits[0].Samples)));
        var (scores, reason) = Scores.Find(model, first, (int)first.Dims(0)[0], data);
        _scores = scores ?? throw new AnalyzerException($"ablations cannot be scored: {reason}", "give labelled data", Failure.Inconclusive);
    }

    /// <summary>The experiment on a run's own model and data.</summary>
    /// <exception cref="AnalyzerException">They are not where they were, or have changed.</exception>
    public static AblationOutcome Run(
        Manifest manifest, IReadOnlyList<IReadOnlyCollection<TensorUnit>> variants, int samples, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        using var audited = AuditedModel.Open(manifest, cancellation);
        using var ablation = new Ablation(audited.Model, audited.Data, manifest, variants.SelectMany(v => v).Select(u => u.Tensor).Distinct().Order(StringComparer.Ordinal), cancellation);
        return ablation.Score(variants, samples, progress, cancellation);
    }

    public void Dispose() => _runner.Dispose();

    private AblationOutcome Score(IReadOnlyList<IReadOnlyCollection<TensorUnit>> variants, int samples, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var splits = Enumerable.Range(0, _data.Splits.Count).Where(s => _data.Splits[s].Labels is not null)
            .Select(s => (Index: s, _manifest.Data.Splits[s].Name, Labels: _data.Splits[s].Labels!, Count: Math.Min(samples, _manifest.Data.Splits[s].Samples))).ToArray();
        var right = variants.Select(_ => splits.ToDictionary(s => s.Name, _ => 0)).ToArray();
        long done = 0, total = (long)variants.Count * splits.Sum(s => s.Count);
        foreach (var split in splits)
        {
            for (var first = 0; first < split.Count; first += _manifest.Execution.Batch)
            {
                var count = Math.Min(_manifest.Execution.Batch, split.Count - first);
                // To decode a batch costs more than to feed weights anew.
                var batch = _batches(split.Index, first, count);
                for (var v = 0; v < variants.Count; v++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Silence(variants[v]);
                    using var outputs = _runner.Run(batch);
                    var rows = outputs.Floats(_scores.Output);
                    for (var i = 0; i < count; i++)
                        right[v][split.Name] += _scores.Of(rows.Slice(i * _scores.Classes, _scores.Classes), null).Predicted == split.Labels[first + i] ? 1 : 0;
                    progress?.Report(new("ablation", done += count, total, "samples"));
                }
            }
        }
        return new([.. right.Select(r => (IReadOnlyDictionary<string, double>)splits.ToDictionary(s => s.Name, s => r[s.Name] / (double)s.Count))],
            splits.ToDictionary(s => s.Name, s => s.Count), [.. _sites.Values.Select(s => s.Note)]);
    }

    private void Silence(IReadOnlyCollection<TensorUnit> units)
    {
        foreach (var (tensor, site) in _sites)
        {
            var off = units.Where(u => u.Tensor == tensor).Select(u => u.Unit).ToArray();
            foreach (var fed in site.Inputs)
            {
                var bytes = fed.Whole;
                if (off.Length > 0)
                {
                    bytes = [.. fed.Whole];
                    var step = bytes.Length / (int)fed.Dims.Take(fed.Axis + 1).Aggregate(1L, (a, b) => a * b);
                    var entries = (int)fed.Dims[fed.Axis];
                    for (var block = 0; block < bytes.Length / (step * entries); block++)
                        foreach (var unit in off) bytes.AsSpan((block * entries + unit) * step, step).Clear();
                }
                Feed(fed, bytes);
            }
        }
    }

    private void Feed(Fed fed, byte[] bytes) => _runner.FeedAlways(new(fed.Name, fed.Type, fed.Dims, bytes));
}
