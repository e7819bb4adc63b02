using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Native;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>One model, one dataset, one run directory: plans the taps, then makes the pass itself and those of its controls.</summary>
internal sealed class ModelExtraction
{
    private const int UsualBatch = 256;

    private readonly OnnxModel _model;
    private readonly Dataset _data;
    private readonly ExtractOptions _options;
    private readonly IProgress<ProgressUpdate>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly IReadOnlyList<SplitEntry> _splits;
    private readonly BatchSource _batches;
    private readonly int _batch;
    private readonly TapPlan _plan;
    private readonly Scores? _scores;
    private readonly List<string> _notes = [];
    private IReadOnlyDictionary<string, InputRange>? _ranges;
    private string? _fingerprint;

    public ModelExtraction(OnnxModel model, Dataset data, ExtractOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var inferred = TensorTypes.Infer(model);
        (_model, _data, _options, _progress, _cancellation) = (model.WithTypes(inferred.Types), data, options, progress, cancellation);
        _splits = [.. data.Splits.Select(s => new SplitEntry(s.Name, Math.Min(s.Samples, options.Limit ?? int.MaxValue), s.Samples, s.Labels is not null))];
        foreach (var split in _splits.Where(s => s.Samples < s.Available))
            _notes.Add($"only the first {split.Samples} of {split.Available} samples of {split.Name} were used (`--limit`)");
        _batch = ChooseBatch();
        _batches = Batches();

        var wanted = TapPlan.Select(_model, options);
        var labels = data.Classes?.Count ?? (data.Splits.All(s => s.Labels is null) ? null : 1 + data.Splits.Max(s => s.Labels?.Max() ?? 0));
        var first = _batches(0, 0, Math.Min(_batch, _splits[0].Samples));
        var (shapes, (scores, reason)) = TapPlan.ShapesOf(_model, wanted, first, options.Execution, outputs => Scores.Find(_model, outputs, (int)first[0].Dims[0], labels));
        _scores = scores;
        if (reason is not null) _notes.Add(reason);
        _plan = TapPlan.Make(_model, options, wanted, shapes);
        _notes.AddRange(_plan.LeftOut.Select(l => $"left out: {l}"));
        _notes.AddRange(_model.Uncovered.Select(u => $"not covered: `{u.Name}`, {u.Reason}"));
    }

    /// <summary>Whether any tap holds sign bits; only those have controls.</summary>
    public bool HasCodes => _plan.Taps.Any(t => t.IsCode);

    /// <summary>The model as it is over the data as it is, into the run's directory.</summary>
    public void Run()
    {
        using var patched = new ModelRunner(_plan.Patch.Apply(), _model.Path, _options.Execution, _plan.Outputs);
        if (patched.Fallback is { } fallback) _notes.Add(fallback);
        using var writer = RunWriter.Begin(_options.Out, NewManifest(patched.Provider, null), _options.Resume);
        NonPerturbation nonPerturbation;
        using (var untouched = new ModelRunner(new ModelPatch(_model).Apply(), _model.Path, _options.Execution))
            (nonPerturbation, _ranges) = Rehearsal.Run(patched, untouched, _batches, _splits, _batch, _cancellation);
        Pass(patched, _batches, writer, "extract", range => writer.Manifest with { NonPerturbation = nonPerturbation, InputRanges = range, Notes = _notes });
    }

    /// <summary>The same graph with re-drawn weights over the same data.</summary>
    public void RunUntrained()
    {
        var redrawn = RedrawnWeights.Of(_model);
        var patch = _plan.Patch;
        foreach (var initializer in redrawn) patch.AddOverride(initializer);
        using var twin = new ModelRunner(patch.Apply(), _model.Path, _options.Execution, _plan.Outputs);
        foreach (var initializer in redrawn) twin.FeedAlways(RedrawnWeights.Draw(_model, initializer, _options.Seed));
        RunControl(twin, _batches, NullKind.Untrained);
    }

    /// <summary>The same model over uniform noise in the range of the data.</summary>
    public void RunRandomInputs()
    {
        using var patched = new ModelRunner(_plan.Patch.Apply(), _model.Path, _options.Execution, _plan.Outputs);
        RunControl(patched, new RandomInputs(_batches, _ranges!, _options.Seed).Next, NullKind.RandomInputs);
    }

    // A fixed batch is the model's to say; else as many samples as buffers have room for, up to the usual.
    private int ChooseBatch()
    {
        var fixedBatch = _model.Inputs.Select(i => i.Type.Shape is { Rank: > 0 } shape ? shape.Dims[0].Size : null).FirstOrDefault(size => size is not null);
        if (fixedBatch is { } size)
        {
            if (_options.Batch is { } wanted && wanted != size)
                _notes.Add($"`--batch {wanted}` was not used: the model fixes its batch at {size}");
            return checked((int)size);
        }
        return _options.Batch ?? UsualBatch;
    }

    private BatchSource Batches()
    {
        var assemblers = _data.Splits.Select(split => _model.Inputs.Select(input => new BatchAssembler(
            split.InputFor(input.Name), input.Name, input.Type.Element, [.. input.Type.Shape?.Dims.Select(d => d.Size) ?? []], _data.Preprocessing)).ToArray()).ToArray();
        return (split, first, count) => [.. assemblers[split].Select(a => a.Assemble(first, count))];
    }

    private void RunControl(ModelRunner runner, BatchSource batches, string kind)
    {
        using var writer = RunWriter.Begin(RunPaths.Null(_options.Out, kind), NewManifest(runner.Provider, kind), resume: true);
        Pass(runner, batches, writer, kind, _ => writer.Manifest);
    }

    private void Pass(ModelRunner runner, BatchSource batches, RunWriter writer, string step, Func<IReadOnlyDictionary<string, InputRange>?, Manifest> finished)
    {
        var pass = new ModelPass(runner, _plan.OutputOf, _scores, batches, [.. _data.Splits.Select(s => s.Labels)],
            (split, sample) => $"{Path.GetFileName(_data.Splits[split].Inputs[0].File)}#{sample}", _batch, _progress, step, _cancellation);
        pass.Run(writer);
        writer.Complete(finished(_ranges));
    }

    private Manifest NewManifest(string provider, string? kind)
    {
        // Controls answer for codes alone; their other taps would only cost disk.
        var taps = _plan.Taps;
        return new()
        {
            Model = new(_options.Model, _model.Sha256, _model.Parameters, _model.Opset, _model.Producer),
            Data = new(_options.Data, _data.Name, _fingerprint ??= _data.Fingerprint(cancellation: _cancellation), _splits, _data.Classes),
            Null = kind,
            Taps = taps,
            Execution = new(_options.Execution.Device.ToString().ToLowerInvariant(), provider, _options.Execution.Optimization.ToString().ToLowerInvariant(),
                _options.Execution.Threads, _batch, _options.Seed),
            Versions = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["analyzer"] = typeof(Pipeline).Assembly.GetName().Version!.ToString(3),
                ["onnxRuntime"] = ModelRunner.RuntimeVersion,
                ["duckDb"] = DuckDbConnection.LibraryVersion,
                ["dotnet"] = Environment.Version.ToString(),
            },
            CommandLine = _options.CommandLine,
            Partition = new(PartPlan.SamplesPerPart(taps, _batch, Math.Min(256L << 20, _options.Memory / 8))),
            Notes = _notes,
        };
    }
}
