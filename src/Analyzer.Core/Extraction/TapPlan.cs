using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>What is tapped and how: the patch, and which output of the patched model holds which tap.</summary>
/// <param name="Taps">Entries for the manifest, in graph order.</param>
/// <param name="Patch">The patch; may still be added to.</param>
/// <param name="Outputs">Outputs to fetch: the model's own first, then those of the taps, each once.</param>
/// <param name="OutputOf">For each tap the index of its output.</param>
/// <param name="LeftOut">What was selected but cannot be tapped, and why.</param>
internal sealed record TapPlan(
    IReadOnlyList<TapEntry> Taps, ModelPatch Patch, IReadOnlyList<string> Outputs, IReadOnlyList<int> OutputOf, IReadOnlyList<LeftOutTap> LeftOut)
{
    /// <summary>Decides what is tapped.</summary>
    /// <param name="model">With inferred types.</param>
    /// <param name="options">Selectors and reducers.</param>
    /// <param name="wanted">What to tap, from <see cref="Select"/>.</param>
    /// <param name="shapes">Shapes of tensors as they are when the model runs, from <see cref="ShapesOf"/>.</param>
    /// <param name="rows">Rows of the batch that those shapes are of.</param>
    /// <exception cref="AnalyzerException">A selector matches nothing, or nothing that matches can be tapped.</exception>
    public static TapPlan Make(OnnxModel model, ExtractOptions options, IReadOnlyList<Wanted> wanted, IReadOnlyDictionary<string, long[]> shapes, int rows)
    {
        var patch = new ModelPatch(model);
        var (taps, leftOut) = (new List<(TapEntry Entry, string Output)>(), new List<LeftOutTap>());
        foreach (var (tensor, threshold, note) in wanted)
        {
            if (shapes[tensor.Name] is not [var first, ..] || first != rows)
            {
                leftOut.Add(new(tensor.Name, $"tensor `{tensor.Name}` of `{model.Path}` cannot be tapped: its shape is [{string.Join(',', shapes[tensor.Name])}] for a batch of {rows}, so its first axis does not count samples"));
                continue;
            }
            foreach (var reducer in options.Reducers)
            {
                try
                {
                    var output = patch.AddTap(tensor, reducer, TensorShape.Of([-1, .. shapes[tensor.Name].Skip(1)]), threshold);
                    taps.Add((Entry(taps.Count, tensor, reducer, shapes[tensor.Name], output, note), output.OutputName));
                }
                catch (AnalyzerException e)
                {
                    leftOut.Add(new(tensor.Name, e.Message));
                }
            }
        }
        if (taps.Count == 0)
            throw new AnalyzerException(leftOut.Count > 0 ? leftOut[0].Reason : $"`{model.Path}` has no hidden activation to tap",
                $"choose taps with `--tap`; `analyzer inspect {model.Path}` lists them", leftOut.Count > 0 ? Failure.Usage : Failure.Inconclusive);
        string[] outputs = [.. model.Outputs.Select(o => o.Name).Concat(taps.Select(t => t.Output)).Distinct()];
        return new([.. taps.Select(t => t.Entry)], patch, outputs, [.. taps.Select(t => Array.IndexOf(outputs, t.Output))], leftOut);
    }

    /// <summary>A tensor that is wanted, and from where on it counts as active.</summary>
    internal sealed record Wanted(ModelTensor Tensor, double Threshold, string? Note)
    {
        /// <summary>A hidden activation, with what a reader of its codes must know.</summary>
        public static Wanted Of(HiddenActivation hidden) => new(hidden.Tensor, hidden.Threshold, hidden.Theory switch
        {
            CodeTheory.Exact => null,
            CodeTheory.PreActivation => $"bits are the signs of what goes into {hidden.Nonlinearity} `{hidden.Activation}`",
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{hidden.Nonlinearity} has more than two linear pieces or none, which the theory of codes does not cover; bits say value > {hidden.Threshold:0.####}, a convention"),
        });
    }

    /// <summary>The tensors that the options ask for: by selector, or the hidden activations.</summary>
    public static IReadOnlyList<Wanted> Select(OnnxModel model, ExtractOptions options)
    {
        // Two nonlinearities may read one tensor; its signs are taken once.
        var hidden = HiddenActivations.Of(model).DistinctBy(h => h.Tensor.Name).ToArray();
        if (options.Taps.Count == 0)
            return [.. hidden.Select(Wanted.Of)];
        // A hidden activation that is selected by hand keeps its threshold and its caveat.
        var known = hidden.ToDictionary(h => h.Tensor.Name);
        return [.. Selector.Select(model, options.Taps).Select(t => known.TryGetValue(t.Name, out var h) ? Wanted.Of(h) : new(t, 0, null))];
    }

    /// <summary>Runs one batch and asks every wanted tensor for its shape: shapes that no exporter declares and no inference guesses.</summary>
    public static (IReadOnlyDictionary<string, long[]> Shapes, T FromOutputs) ShapesOf<T>(
        OnnxModel model, IReadOnlyList<Wanted> wanted, IReadOnlyList<TensorData> batch, ExecutionOptions execution, Func<ModelOutputs, T> read)
    {
        var patch = new ModelPatch(model);
        var probes = wanted.Select(w => w.Tensor).Distinct().ToDictionary(t => t.Name, patch.AddShapeProbe);
        string[] outputs = [.. model.Outputs.Select(o => o.Name).Concat(probes.Values).Distinct()];
        using var runner = new ModelRunner(patch.Apply(), model.Path, execution, outputs);
        using var result = runner.Run(batch);
        return (probes.ToDictionary(p => p.Key, p => MemoryMarshal.Cast<byte, long>(result.Bytes(Array.IndexOf(outputs, p.Value))).ToArray()), read(result));
    }

    private static TapEntry Entry(int index, ModelTensor tensor, Reducer reducer, long[] shape, TapOutput output, string? note) => new(
        $"t{index:D4}", tensor.Name, tensor.Node.Label, tensor.Node.Op, [-1, .. shape.Skip(1)],
        tensor.Type.Element.ToString().ToLowerInvariant(), reducer.ToString().ToLowerInvariant(), checked((int)output.Units), note);
}
