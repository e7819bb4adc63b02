using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>What is tapped and how: the patch, and which output of the patched model holds which tap.</summary>
/// <param name="Taps">Entries for the manifest, in graph order.</param>
/// <param name="Patch">The patch; may still be added to.</param>
/// <param name="Outputs">Outputs that can be fetched, each once: the model's own, then those of the taps.</param>
/// <param name="OutputOf">For each tap the index of its output.</param>
/// <param name="Above">For each tap what an element must exceed where the signs of its output are yet to be packed; null for all others.</param>
/// <param name="LeftOut">What was selected but cannot be tapped, and why.</param>
internal sealed record TapPlan(
    IReadOnlyList<TapEntry> Taps, ModelPatch Patch, IReadOnlyList<string> Outputs, IReadOnlyList<int> OutputOf, IReadOnlyList<float?> Above, IReadOnlyList<LeftOutTap> LeftOut)
{
    /// <summary>Decides what is tapped.</summary>
    /// <param name="model">With inferred types.</param>
    /// <param name="options">Selectors and reducers.</param>
    /// <param name="wanted">What to tap, from <see cref="Select"/>.</param>
    /// <param name="head">The last layer's input, if it is to be tapped.</param>
    /// <param name="maps">How many samples' maps are stored.</param>
    /// <param name="shapes">Shapes of tensors as they are when the model runs, from <see cref="ShapesOf"/>.</param>
    /// <param name="rows">Rows of the batch that those shapes are of.</param>
    /// <param name="mask">What that batch has for the model's mask of tokens; null where it has none.</param>
    /// <returns>The plan; without taps where the model has no hidden activation and none was asked for.</returns>
    /// <exception cref="AnalyzerException">Nothing that the selectors match can be tapped.</exception>
    public static TapPlan Make(OnnxModel model, ExtractOptions options, IReadOnlyList<Wanted> wanted, ModelTensor? head, int maps, IReadOnlyDictionary<string, long[]> shapes, int rows, TensorData? mask)
    {
        var patch = new ModelPatch(model, packs: !ExecutionProvider.IsCpu(options.Execution.Device));
        var (taps, leftOut) = (new List<(TapEntry Entry, string Output, float? Above)>(), new List<LeftOutTap>());
        void Tap(ModelTensor tensor, Reducer reducer, double threshold, string? note, int? samples = null, bool headInput = false)
        {
            if (tensor is { Quantized: { } quantized } && !tensor.Type.Element.IsTappable())
                note = Joined(note, Quantized(tensor, quantized));
            var shape = shapes[tensor.Name];
            try
            {
                var actual = TensorShape.Of([-1, .. shape.Skip(1)]);
                var tokens = TapRules.HasTokens(tensor, actual);
                // A mask of another number of tokens is of another sequence: an encoder's beside a decoder's, or before some were merged.
                var heeded = tokens && mask is { Dims: [_, var masked] } && masked == shape[1];
                var pooling = new TokenPooling(options.Pool, heeded ? mask!.Name : null);
                var output = patch.AddTap(tensor, reducer, actual, threshold, pooling);
                if (tokens)
                    note = Joined(note, pooling.Note(reducer), mask is not null && !heeded ? $"over all tokens, for `{mask.Name}` has {mask.Dims[^1]} and the tensor {shape[1]}" : null);
                taps.Add((new($"t{taps.Count:D4}", tensor.Name, tensor.Node.Label, tensor.Node.Op, [-1, .. shape.Skip(1)],
                    tensor.Type.Element.ToString().ToLowerInvariant(), reducer.ToString().ToLowerInvariant(), checked((int)output.Units), note,
                    TapRules.UnitAxisOf(tensor, actual), samples, headInput), output.OutputName, reducer == Reducer.Sign && output.Type == ElementType.Float ? (float)output.Threshold : null));
            }
            catch (AnalyzerException e)
            {
                leftOut.Add(new(tensor.Name, e.Message));
            }
        }
        foreach (var (tensor, threshold, note, values) in wanted)
        {
            if (shapes[tensor.Name] is not [var first, ..] || first != rows)
            {
                leftOut.Add(new(tensor.Name, $"tensor `{tensor.Name}` of `{model.Path}` cannot be tapped: its shape is [{string.Join(',', shapes[tensor.Name])}] for a batch of {rows}, so its first axis does not count samples"));
                continue;
            }
            foreach (var reducer in options.Reducers)
                Tap(reducer == Reducer.Sign ? tensor : values, reducer, threshold, reducer == Reducer.Sign ? note : null);
            if (maps > 0 && !options.Reducers.Contains(Reducer.None) && HasMaps(values, shapes[values.Name]))
                Tap(values, Reducer.None, 0, null, maps);
        }
        if (taps.Count == 0 && options.Taps.Count > 0)
            throw new AnalyzerException(leftOut[0].Reason, $"`analyzer inspect {model.Path}` lists what can be tapped");
        if (head is not null && shapes[head.Name] is [var batch, _] && batch == rows && !taps.Any(t => t.Entry.Tensor == head.Name && t.Entry.IsMean))
            Tap(head, Reducer.Mean, 0, "input of the last layer", headInput: true);
        string[] outputs = [.. model.Outputs.Select(o => o.Name).Concat(taps.Select(t => t.Output)).Distinct()];
        return new([.. taps.Select(t => t.Entry)], patch, outputs, [.. taps.Select(t => Array.IndexOf(outputs, t.Output))], [.. taps.Select(t => t.Above)], leftOut);
    }

    private static string? Joined(params string?[] notes) => notes.OfType<string>().ToArray() is { Length: > 0 } some ? string.Join("; ", some) : null;

    private static string Quantized(ModelTensor tensor, Quantization how) =>
        $"{tensor.Type.Element.ToString().ToLowerInvariant()} in the model, told as (value − zero point) × scale{(how.Axis is null ? "" : " of its channel")}, with scale `{how.Scale}` and {(how.ZeroPoint.Length > 0 ? $"zero point `{how.ZeroPoint}`" : "zero point 0")}";

    // Channels that lie before positions: the maps of a convolution. Tokens have no neighbourhood that a map would show.
    private static bool HasMaps(ModelTensor tensor, long[] shape) =>
        shape.Length is 3 or 4 && TapRules.UnitAxisOf(tensor, TensorShape.Of([-1, .. shape.Skip(1)])) is 1 && shape.Skip(2).Aggregate(1L, (a, b) => a * b) > 1;

    /// <summary>A tensor that is wanted: the one whose signs are taken and from where on it counts as active, and the one whose values are.</summary>
    internal sealed record Wanted(ModelTensor Tensor, double Threshold, string? Note, ModelTensor Values)
    {
        /// <summary>A hidden activation, with what a reader of its codes must know.</summary>
        public static Wanted Of(OnnxModel model, HiddenActivation hidden) => new(hidden.Tensor, hidden.Threshold, hidden.Theory switch
        {
            CodeTheory.Exact => null,
            CodeTheory.PreActivation => $"bits are the signs of what goes into {hidden.Nonlinearity} `{hidden.Activation}`",
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{hidden.Nonlinearity} has more than two linear pieces or none, which the theory of codes does not cover; bits say value > {hidden.Threshold:0.####}, a convention"),
        }, model.Tensor(hidden.Activation));
    }

    /// <summary>The tensors that the options ask for: by selector, or the hidden activations.</summary>
    public static IReadOnlyList<Wanted> Select(OnnxModel model, ExtractOptions options)
    {
        // Two nonlinearities may read one tensor; its signs are taken once.
        var hidden = HiddenActivations.Of(model).DistinctBy(h => h.Tensor.Name).ToArray();
        if (options.Taps.Count == 0)
            return [.. hidden.Select(h => Wanted.Of(model, h))];
        // A hidden activation that is selected by hand keeps its threshold and its caveat, and its values are its own.
        var known = hidden.ToDictionary(h => h.Tensor.Name);
        return [.. Selector.Select(model, options.Taps).Select(t => known.TryGetValue(t.Name, out var h) ? Wanted.Of(model, h) with { Values = t } : new(t, 0, null, t))];
    }

    /// <summary>Runs one batch and asks every wanted tensor for its shape: shapes that no exporter declares and no inference guesses.</summary>
    public static (IReadOnlyDictionary<string, long[]> Shapes, T FromOutputs) ShapesOf<T>(
        OnnxModel model, IEnumerable<ModelTensor> wanted, IReadOnlyList<TensorData> batch, ExecutionOptions execution, Func<ModelOutputs, T> read, CancellationToken cancellation)
    {
        var patch = new ModelPatch(model);
        var probes = wanted.DistinctBy(t => t.Name).ToDictionary(t => t.Name, patch.AddShapeProbe);
        string[] outputs = [.. model.Outputs.Select(o => o.Name).Concat(probes.Values).Distinct()];
        using var runner = new ModelRunner(patch.Apply(), model.Path, execution, outputs, cancellation);
        using var result = runner.Run(batch);
        return (probes.ToDictionary(p => p.Key, p => MemoryMarshal.Cast<byte, long>(result.Bytes(Array.IndexOf(outputs, p.Value))).ToArray()), read(result));
    }
}
