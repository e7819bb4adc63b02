using System.Diagnostics;
using System.Globalization;
using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Native;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>One model, one dataset, one run directory: plans the taps, then makes the pass itself and those of its controls.</summary>
internal sealed class ModelExtraction
{
    // Rows of some hundred floats into a tap's file on one core, measured.
    private const double WrittenPerSecond = 600e6;

    // No memory holds more samples at once, and offsets of bytes stay whole numbers of 64 bits.
    private const int LargestBatch = 1 << 24;

    private readonly OnnxModel _model;
    private readonly Dataset _data;
    private readonly ExtractOptions _options;
    private readonly IProgress<ProgressUpdate>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly IReadOnlyList<SplitEntry> _splits;
    private readonly IReadOnlyList<UnreadableEntry> _unreadable;
    private readonly BatchSource _batches;
    private readonly MemoryPlan _memory;
    private readonly TapPlan _plan;
    private readonly Scores? _scores;
    private readonly MapSubset? _maps;
    private readonly HeadLayer? _head;
    private readonly string? _noHead;
    private readonly IReadOnlyList<WeightLayer> _weights;
    private readonly IReadOnlyList<UncoveredTensor> _weightsLeftOut;
    private readonly List<string> _notes = [];
    private readonly Lazy<string?> _externalSha256;
    private readonly HashSet<string> _kept;
    private string? _fingerprint;

    public ModelExtraction(OnnxModel model, Dataset data, ExtractOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        CustomOperators.Refuse(model);
        var inferred = TensorTypes.Infer(model);
        (_model, _data, _options, _progress, _cancellation) = (model.WithTypes(inferred.Types), data, options, progress, cancellation);
        _splits = [.. data.Splits.Select(s => new SplitEntry(s.Name, Math.Min(s.Samples, options.Limit ?? int.MaxValue), s.Samples, s.Labels is not null))];
        _notes.AddRange(data.Notes);
        _unreadable = [.. data.Splits.SelectMany(s => s.Unreadable.Select(u => new UnreadableEntry(s.Name, u.Source, u.Label, u.Reason)))];
        if (_unreadable.Count > 0)
            _notes.Add($"left out: {_unreadable.Count} {(_unreadable.Count == 1 ? "sample" : "samples")} that cannot be read: {Dataset.Named([.. data.Splits.SelectMany(s => s.Unreadable)])}");
        foreach (var split in _splits.Where(s => s.Samples < s.Available))
            _notes.Add($"only the first {split.Samples} of {split.Available} samples of {split.Name} were used (`--limit`)");
        _externalSha256 = new(() => ExternalData.Sha256(model));
        ModelMemory.ExpectRoom(_model, options.Memory);
        var batch = ChooseBatch();
        var wanted = TapPlan.Select(_model, options);
        var mask = TokenPooling.FindMask(_model, options.Mask);
        _batches = BatchSources.Of(_model, _data);
        if (mask is not null && (options.Pool == TokenPool.Last || (options.Pool == TokenPool.Mean && options.Reducers.Any(r => r is Reducer.Mean or Reducer.Max or Reducer.Std)))) _batches = BatchSources.WithTokens(_batches, _data, mask.Name);
        var first = _batches(0, 0, Math.Min(batch ?? int.MaxValue, Math.Min(ModelMemory.ProbeRows(_model, options.Memory), _splits[0].Samples)));
        _kept = _model.Inputs.Where(i => BatchAxis.Of(_model, i) != 0).Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        if (_kept.Count > 0 && options.Nulls)
            _notes.Add($"the control with random inputs keeps the data's values of {string.Join(", ", _model.Inputs.Where(i => _kept.Contains(i.Name)).Select(i => $"`{i.Name}`"))}, whose first axis does not count samples");
        // A mask of noise would mask whole samples.
        if (mask is not null && _kept.Add(mask.Name) && options.Nulls) _notes.Add($"the control with random inputs keeps the data's mask `{mask.Name}`");
        var leader = BatchAxis.Leader(_model) ?? throw new AnalyzerException($"no input of `{_model.Path}` has a batch axis", "export the model with one", Failure.BadInput);
        var rows = (int)first.First(t => t.Name == leader.Name).Dims[0];
        var labelled = _data.Splits.Select(s => s.Labels).ToArray();
        _maps = MapSubset.Choose(_splits, labelled, options.Maps);
        // Where scores are read is known after the first batch only, and shapes are asked for in it: any output may be the one.
        var heads = _model.Outputs.ToDictionary(o => o.Name, o => HeadLayer.Find(_model, o.Name));
        var tensors = wanted.SelectMany(w => new[] { w.Tensor, w.Values }).Concat(heads.Values.Select(h => h.Head?.Input).OfType<ModelTensor>()).Concat(ModelMemory.Counted(_model));
        var (shapes, (scores, note)) = TapPlan.ShapesOf(_model, tensors, first, options.Execution, outputs => Scores.Find(_model, outputs, rows, data), cancellation);
        _scores = scores;
        if (note is not null) _notes.Add(note);
        // Without means there is nothing to set beside the last layer's input.
        if (scores is not null && options.Reducers.Contains(Reducer.Mean)) (_head, _noHead) = heads[_model.Outputs[scores.Output].Name];
        _plan = TapPlan.Make(_model, options, wanted, _head?.Input, _maps?.Rows.Length ?? 0, shapes, rows, mask is null ? null : first.First(t => t.Name == mask.Name));
        var need = ModelMemory.Of(_model, shapes, first, rows, _plan.Taps, [.. _plan.Above.Select(a => a is not null)]) with { Reading = data.ReadingBytes };
        _memory = MemoryPlan.Fit(need, _plan.Taps, _splits.Max(s => s.Samples), batch, options.Part, options.Memory,
            ExecutionProvider.IsCpu(options.Execution.Device) ? need.BatchInCache : MemoryPlan.UsualBatch);
        _notes.AddRange(_plan.LeftOut.Select(l => $"left out: {l.Reason}"));
        _notes.AddRange(Gaps.InShort(_model.Uncovered, "`taps.parquet` has all").Select(line => $"not covered: {line}"));
        if (_noHead is not null) _notes.Add($"no gradient norms of the last layer: {_noHead}");
        if (_maps is not null && _plan.Taps.Any(t => t.Samples is not null) && _maps.Rows.Length < _splits[_maps.Split].Samples && labelled[_maps.Split] is { } classes && _maps.Rows.CountBy(r => classes[r]).Select(c => c.Value).ToArray() is { Length: > 1 } counts && counts.Max() > counts.Min() + 1)
            _notes.Add($"whole maps are of {_maps.Rows.Length} samples of {_splits[_maps.Split].Name}, from {counts.Min()} to {counts.Max()} of a class: the smaller classes have no more");

        var (layers, left) = WeightLayers.Of(_model);
        _weights = [.. layers.DistinctBy(l => (l.Tensor, l.Layout))];
        _weightsLeftOut = left;
        if (_weights.Count(l => l.Quantized is { Scale.Length: > 0 }) is > 0 and var scaled)
            _notes.Add($"weights of {scaled} of {_weights.Count} layers are quantised and told as (value − zero point) × scale");
        if (_weights.Count(l => l.Quantized is { Scale.Length: 0 }) is > 0 and var unscaled)
            _notes.Add($"weights of {unscaled} of {_weights.Count} layers are quantised and told as value − zero point, for the operator applies the scale after the product; their directions, which redundancy compares, are the same");
        _notes.AddRange(left.Select(l => $"left out: {l.Reason}"));
        if (!_plan.Taps.All(t => t.HeadInput)) return;
        var none = _plan.LeftOut.Count > 0 ? _plan.LeftOut[0].Reason : $"`{model.Path}` has no hidden activation to tap";
        var hint = $"choose taps with `--tap`; `analyzer inspect {model.Path}` lists them";
        if (_weights.Count + _plan.Taps.Count == 0) throw new AnalyzerException($"{none}, and no weights that an analysis reads", hint, Failure.Inconclusive);
        _notes.Add($"{none}, so only weights and predictions are looked at; {hint}");
    }

    /// <summary>
    /// The model as it is over the data as it is, then the controls of its codes. The run says complete only when all of it is in
    /// place.
    /// </summary>
    public void Run()
    {
        using var patched = new ModelRunner(_plan.Patch.Apply(), _model.Path, _options.Execution, _plan.Outputs, _cancellation);
        if (patched.Fallback is { } fallback) _notes.Add(fallback);
        using var writer = RunWriter.Begin(_options.Out, NewManifest(patched.Provider, null, _plan.Taps), _maps);
        if (writer.Manifest.Complete) return;
        NonPerturbation nonPerturbation;
        IReadOnlyDictionary<string, InputRange> ranges;
        using (var untouched = new ModelRunner(new ModelPatch(_model).Apply(), _model.Path, _options.Execution, cancellation: _cancellation))
            (nonPerturbation, ranges) = Rehearsal.Run(patched, untouched, _batches, _splits, Batch, _cancellation);

        for (var w = 0; w < _weights.Count; w++)
        {
            var layer = _weights[w];
            writer.WriteWeights(writer.Manifest.Weights[w], () => _model.ReadWeights(layer));
            LargeArrays.GiveBack((long)layer.Units * layer.Dimension * sizeof(float));
        }
        Pass(patched, [.. Enumerable.Range(0, _plan.Taps.Count)], _memory.Passes, _batches, writer, "extract");
        if (_options.Nulls && _plan.Taps.Any(t => t.IsCode))
            Control(patched, new RandomInputs(_batches, ranges, _options.Seed, _kept).Next, NullKind.RandomInputs, t => t.IsCode);
        // The twin has weights of its own beside the model's; three sets of them would be one too many.
        patched.Dispose();
        if (_options.Nulls && _plan.Taps.Any(IsControlled)) Untrained();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        writer.Complete(writer.Manifest with { NonPerturbation = nonPerturbation, InputRanges = ranges, Notes = _notes }, _cancellation);
    }

    /// <summary>What <see cref="Run"/> would store, take and last. One batch goes through the model, to time it; nothing is written.</summary>
    public Forecast Forecast(Func<IReadOnlyList<TapEntry>, IReadOnlyList<WeightEntry>, IReadOnlyList<SplitEntry>, IReadOnlyList<Analyses.AnalysisNeed>> needs)
    {
        var manifest = NewManifest("", null, _plan.Taps, data: "");
        using var patched = new ModelRunner(_plan.Patch.Apply(), _model.Path, _options.Execution, _plan.Outputs, _cancellation);
        if (patched.Fallback is { } fallback) _notes.Add(fallback);
        var rows = Math.Min(Batch, _splits[0].Samples);
        var batch = _batches(0, 0, rows);
        int[] wanted = [.. _memory.Passes[0].Select(t => _plan.OutputOf[t]).Append(_scores?.Output ?? 0).Distinct()];
        // The first run allocates what later ones find.
        using (patched.Run(batch, wanted)) { }
        var start = Stopwatch.GetTimestamp();
        using (patched.Run(batch, wanted)) { }
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;

        var samples = _splits.Sum(s => (long)s.Samples);
        ForecastTap[] taps = [.. _plan.Taps.Select((t, i) => new ForecastTap(t.Id, t.Tensor, t.Op, t.Reducer, t.Units, t.BytesPerSample, t.Samples ?? samples,
            (t.Samples ?? samples) * t.BytesPerSample, 1 + _memory.Passes.Select((pass, p) => (pass, p)).First(x => x.pass.Contains(i)).p))];
        var controls = !_options.Nulls ? 0 : samples * _plan.Taps.Where(IsControlled).Sum(t => (t.IsCode ? 2L : 1L) * t.BytesPerSample);
        var stored = taps.Sum(t => t.Bytes);
        double runs = _memory.Passes.Count + (_options.Nulls && _plan.Taps.Any(t => t.IsCode) ? 1 : 0) + (_options.Nulls && _plan.Taps.Any(IsControlled) ? 1 : 0);
        var uncounted = _model.Tensors.Count(t => t.DependsOnInput) - ModelMemory.Counted(_model).Count();
        if (uncounted > 0) _notes.Add($"{uncounted} of {_model.Tensors.Count} tensors are of no type whose size is known, and are not counted in the memory");
        return new(_options.Model, _options.Data, samples, Batch, _memory.Passes.Count, _memory.Peak, _options.Memory, stored, controls,
            manifest.Weights.Sum(w => (long)w.Units * w.Dimension * sizeof(float)),
            new(Math.Max(took / rows * samples * runs, (stored + controls) / WrittenPerSecond), rows, took), taps,
            needs(_plan.Taps, manifest.Weights, _splits), _notes);
    }

    // What is measured of the model with re-drawn weights too.
    private static bool IsControlled(TapEntry tap) => tap.IsCode || (tap.IsMean && !tap.HeadInput);

    /// <summary>The same graph with re-drawn weights over the same data; where the graph does not allow it, the report says why.</summary>
    private void Untrained()
    {
        var redrawn = RedrawnWeights.Of(_model);
        var share = _model.Parameters == 0 ? 0 : redrawn.Sum(i => (double)i.Count) / _model.Parameters;
        if (share < RedrawnWeights.LeastShare)
        {
            GiveUp(string.Create(CultureInfo.InvariantCulture, $"only {share:0.#%} of the weights are float initialisers that can be fed other values; the others are constants or quantised"));
            return;
        }
        if (share < 1) _notes.Add(string.Create(CultureInfo.InvariantCulture, $"re-drawn weights: {share:0.##%} of the parameters; constants of the graph stay"));
        foreach (var initializer in redrawn) _plan.Patch.AddOverride(initializer);
        var batch = _batches(0, 0, Math.Min(Batch, _splits[0].Samples));
        ModelRunner? twin = null;
        try
        {
            twin = new ModelRunner(_plan.Patch.Apply(), _model.Path, FedWeights.Execution(_options.Execution), _plan.Outputs, _cancellation);
            foreach (var initializer in redrawn)
            {
                twin.FeedAlways(RedrawnWeights.Draw(_model, initializer, _options.Seed));
                LargeArrays.GiveBack(initializer.Count * sizeof(double));
            }
            using (twin.Run(batch, [0])) { }
        }
        catch (AnalyzerException e) when (e.Kind == Failure.BadInput)
        {
            twin?.Dispose();
            GiveUp(e.Message);
            return;
        }
        using (twin) Control(twin, _batches, NullKind.Untrained, IsControlled);
    }

    private void GiveUp(string why)
    {
        _notes.Add($"no control with re-drawn weights: {why}");
        var begun = RunPaths.Null(_options.Out, NullKind.Untrained);
        if (Directory.Exists(begun)) Directory.Delete(begun, recursive: true);
    }

    private void Control(ModelRunner runner, BatchSource batches, string kind, Func<TapEntry, bool> answers)
    {
        // A control holds what it answers for; other taps would only cost disk.
        var kept = Enumerable.Range(0, _plan.Taps.Count).Where(t => answers(_plan.Taps[t])).ToArray();
        using var writer = RunWriter.Begin(RunPaths.Null(_options.Out, kind), NewManifest(runner.Provider, kind, [.. kept.Select(t => _plan.Taps[t])]), null);
        var passes = _memory.Passes.Select(pass => pass.Select(t => Array.IndexOf(kept, t)).Where(t => t >= 0).ToArray()).Where(pass => pass.Length > 0);
        Pass(runner, kept, [.. passes], batches, writer, kind);
        writer.Complete(writer.Manifest, _cancellation);
    }

    private void Pass(ModelRunner runner, int[] taps, IReadOnlyList<int[]> passes, BatchSource batches, RunWriter writer, string step)
    {
        var pass = new ModelPass(runner, [.. taps.Select(t => _plan.OutputOf[t])], [.. taps.Select(t => _plan.Above[t])], passes, _scores, batches, [.. _data.Splits.Select(s => s.Labels)],
            (split, sample) => _data.Splits[split].SourceOf(sample), Batch, _options.Execution.Threads, _progress, step, _cancellation);
        pass.Run(writer);
    }

    private int Batch => _memory.Batch;

    // A fixed batch is the model's to say, any other the user's or that of a run begun; null where memory may decide.
    private int? ChooseBatch()
    {
        var fixedBatch = _model.Inputs.Select(i => BatchAxis.Of(_model, i) is { } axis && i.Type.Shape is { Rank: > 0 } shape ? shape.Dims[axis].Size : null).FirstOrDefault(size => size is not null);
        if (fixedBatch is { } size)
        {
            if (_options.Batch is { } wanted && wanted != size)
                _notes.Add($"`--batch {wanted}` was not used: the model fixes its batch at {size}");
            return size is >= 1 and <= LargestBatch ? (int)size : throw new AnalyzerException($"`{_model.Path}` fixes its batch at {size}; the limit is 1 to {LargestBatch}", "export the model with a dynamic batch axis", Failure.BadInput);
        }
        // A run that was begun keeps its batch: `--memory` may be another now, and its bytes must not be.
        var begun = _options.Resume && _options.Batch is null && File.Exists(RunPaths.Manifest(_options.Out)) ? Runs.Run.ReadManifest(_options.Out).Execution.Batch : (int?)null;
        return _options.Batch ?? begun;
    }

    private Manifest NewManifest(string provider, string? kind, IReadOnlyList<TapEntry> taps, string? data = null) => new()
    {
        Model = new(_options.Model, _model.Sha256, _externalSha256.Value, _model.Parameters, _model.Opset, _model.Producer,
            _model.Metadata.Count == 0 ? null : new SortedDictionary<string, string>(_model.Metadata.ToDictionary(), StringComparer.Ordinal)),
        Data = new(_options.Data, _data.Name, data ?? (_fingerprint ??= _data.Fingerprint(cancellation: _cancellation)), _splits, _data.Classes, _unreadable.Count == 0 ? null : _unreadable),
        Null = kind,
        Nulls = kind is null && _options.Nulls,
        Bind = _options.Bind.Count == 0 ? null : new SortedDictionary<string, long>(_options.Bind.ToDictionary(), StringComparer.Ordinal),
        ClassScores = _scores is null ? null : $"output `{_model.Outputs[_scores.Output].Name}` as {_scores.Kind}",
        LeftOut = kind is null ? [.. _plan.LeftOut, .. _model.Uncovered.Concat(_weightsLeftOut).Select(u => new LeftOutTap(u.Name, u.Reason))] : [],
        Taps = taps,
        Weights = kind is null ? [.. _weights.Select((w, i) => new WeightEntry($"w{i:D4}", w.Tensor, w.Node.Label, w.Node.Op, w.Node.Outputs[0], w.Units, w.Dimension, w.Groups))] : [],
        Head = _head is not null && taps.FirstOrDefault(t => t.Tensor == _head.Input.Name && t.IsMean) is { } input ? new(_head.Node.Label, input.Id) : null,
        Execution = new(_options.Execution.Device.ToString().ToLowerInvariant(), provider, (kind == NullKind.Untrained ? FedWeights.Execution(_options.Execution) : _options.Execution).Optimization.ToString().ToLowerInvariant(),
            _options.Execution.Threads, Batch, _options.Seed),
        Versions = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["analyzer"] = typeof(Pipeline).Assembly.GetName().Version!.ToString(3),
            ["onnxRuntime"] = ModelRunner.RuntimeVersion,
            ["duckDb"] = DuckDbConnection.LibraryVersion,
            ["dotnet"] = Environment.Version.ToString(),
        },
        CommandLine = _options.CommandLine,
        Passes = _memory.Passes.Count,
        Partition = _memory.Partition,
        Notes = _notes,
    };
}
