using System.Text.Json.Serialization;
using Analyzer.Models;

namespace Analyzer;

/// <summary>What <c>inspect</c> says of a model.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Producer">What wrote it, by its own word.</param>
/// <param name="IrVersion">Version of the file format.</param>
/// <param name="Opsets">Operator sets by domain; ONNX's own under the empty name.</param>
/// <param name="Parameters">Elements of all weights; those that no module has (<see cref="InspectedModule"/>) are read by no tensor's node.</param>
/// <param name="Flops">
/// Floating-point operations for one sample: two a multiply-add of convolutions, matrix products, recurrent layers and attention; all else is
/// left out. The sum of those that are known.
/// </param>
/// <param name="FlopsUnknown">Operations whose count is not known and so not in <paramref name="Flops"/>.</param>
/// <param name="OpenSizes">Names of the axes of inputs that are open, the batch left out; binding them makes more counts known.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it returns.</param>
/// <param name="Modules">Modules, outermost first, in graph order; the top is the first and has an empty path.</param>
/// <param name="Tensors">What nodes of the main graph make, in graph order; only those that selectors take, where any were given.</param>
/// <param name="Selectors">How many tensors each selector would take; the first is what <c>audit</c> taps by itself.</param>
/// <param name="NotCovered">What exists when the model runs on data but cannot be tapped, and why.</param>
/// <param name="Notes">What could not be found out, in words.</param>
public sealed record ModelInspection(
    string Path, string Sha256, string Producer, long IrVersion, IReadOnlyDictionary<string, long> Opsets, long Parameters, long Flops, int FlopsUnknown,
    IReadOnlyList<string> OpenSizes, IReadOnlyList<InspectedValue> Inputs, IReadOnlyList<InspectedValue> Outputs, IReadOnlyList<InspectedModule> Modules,
    IReadOnlyList<InspectedTensor> Tensors, IReadOnlyList<InspectedSelector> Selectors, IReadOnlyList<InspectedGap> NotCovered, IReadOnlyList<string> Notes)
{
    /// <summary>How the first of <see cref="Selectors"/> is called.</summary>
    public const string Default = "(default)";

    /// <summary><see cref="NotCovered"/> for people: a line a reason.</summary>
    [JsonIgnore] public IEnumerable<string> NotCoveredInShort => Gaps.InShort(NotCovered.Select(g => new UncoveredTensor(g.Name, g.Reason)), "`--json` has all");

    internal static ModelInspection Of(OnnxModel model, string? refusal, OnnxModel single, IReadOnlyList<ModelTensor>? selected)
    {
        var hidden = HiddenActivations.Of(model).Select(h => h.Tensor.Name).ToHashSet(StringComparer.Ordinal);
        var chosen = selected?.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var paths = new ModulePath(model);
        var parameters = NodeParameters.Of(model);
        var fixedBatch = BatchAxis.Leader(single)?.Type.Shape?.Dims[0].Size ?? 1;
        var cost = new OperationCost(single, Math.Max(1, fixedBatch));
        // What a node has is told of its first tensor.
        var tensors = model.Tensors.Select(t =>
        {
            var first = t.Node.Outputs.First(name => name.Length > 0) == t.Name;
            return new InspectedTensor(t.Name, t.Node.Label, t.Node.Op, string.Join('.', paths.Of(t.Node)), Shape(t.Type), Element(t.Type), t.Units,
                first ? parameters.GetValueOrDefault(t.Node.Index) : 0, first ? cost.Of(t.Node) : 0, hidden.Contains(t.Name), t.IsOutput, t.DependsOnInput,
                TapRules.WhyNot(model, t, t.Type.Shape)?.Why);
        }).ToArray();
        var gaps = tensors.Where(t => t.NotCovered is not null).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var batch = SizeBinding.BatchSymbols(model);
        string[] open = [.. SizeBinding.OpenAxes(model).Where(name => !batch.Contains(name))];
        var notes = new List<string>();
        if (CustomOperators.Of(model) is { Count: > 0 } custom) notes.Add($"the model cannot be run: ONNX Runtime does not have {CustomOperators.Describe(custom)}");
        if (refusal is not null) notes.Add($"shapes are only those that the file declares, for ONNX Runtime refused the model: {refusal}");
        if (fixedBatch > 1) notes.Add($"the model fixes its batch at {fixedBatch}: FLOPs are those of a batch divided by it");
        return new(model.Path, model.Sha256, model.Producer, model.IrVersion, model.Opsets, model.Parameters, tensors.Sum(t => t.Flops ?? 0), tensors.Count(t => t.Flops is null),
            open, [.. model.Inputs.Select(Value)], [.. model.Outputs.Select(Value)], InspectedModule.Of(tensors),
            [.. tensors.Where(t => chosen?.Contains(t.Name) ?? true)],
            [new(Default, hidden.Count, tensors.Count(t => t.Hidden && t.NotCovered is not null)), .. OfferedSelectors.Of(model).Select(s => new InspectedSelector(s.Selector, s.Tensors.Count, s.Tensors.Count(gaps.Contains)))],
            [
                .. model.Uncovered.Select(u => new InspectedGap(u.Name, u.Reason)),
                .. tensors.Where(t => t.DependsOnInput && t.NotCovered is not null).Select(t => new InspectedGap(t.Name, t.NotCovered!)),
            ], notes);
    }

    private static InspectedValue Value(Declared value) => new(value.Name, Shape(value.Type), Element(value.Type));

    private static string Shape(TensorType type) => type.Shape?.ToString() ?? "?";

    private static string Element(TensorType type) => type.Element == ElementType.Undefined ? "?" : type.Element.ToString().ToLowerInvariant();
}

/// <summary>An input or output: shape with symbolic sizes kept, such as <c>[N,3,32,32]</c>.</summary>
public sealed record InspectedValue(string Name, string Shape, string Dtype);

/// <summary>A tensor of the main graph.</summary>
/// <param name="Name">Its name, an exact selector.</param>
/// <param name="Node">The node that makes it.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="Module">The module that the node belongs to, parts joined by dots; empty at the top.</param>
/// <param name="Shape">Sizes, symbols and <c>?</c>.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Units">Channels or neurons, where known.</param>
/// <param name="Parameters">Weights that its node is the first to read; 0 for all but the node's first tensor.</param>
/// <param name="Flops">As <see cref="ModelInspection.Flops"/>, of its node; 0 for all but the node's first tensor; null where not known.</param>
/// <param name="Hidden">Whether the analysis <c>codes</c> taps it by itself.</param>
/// <param name="Output">Whether the model returns it.</param>
/// <param name="DependsOnInput">Whether it changes with the data; constants of the graph do not.</param>
/// <param name="NotCovered">Why it cannot be tapped; null where nothing known before a run speaks against it.</param>
public sealed record InspectedTensor(
    string Name, string Node, string Op, string Module, string Shape, string Dtype, long? Units, long Parameters, long? Flops, bool Hidden, bool Output,
    bool DependsOnInput, string? NotCovered);

/// <summary>A module with everything inside it.</summary>
/// <param name="Path">Names from the outermost module on, joined by dots; empty at the top.</param>
/// <param name="Tensors">Tensors that depend on the input, in it and in the modules inside it.</param>
/// <param name="Parameters">Sum over them.</param>
/// <param name="Flops">Sum over those that are known.</param>
/// <param name="FlopsUnknown">How many are not.</param>
public sealed record InspectedModule(string Path, int Tensors, long Parameters, long Flops, int FlopsUnknown)
{
    internal static IReadOnlyList<InspectedModule> Of(IReadOnlyList<InspectedTensor> tensors)
    {
        var sums = new Dictionary<string, InspectedModule>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (var tensor in tensors.Where(t => t.DependsOnInput))
        {
            var parts = tensor.Module.Split('.', StringSplitOptions.RemoveEmptyEntries);
            for (var depth = 0; depth <= parts.Length; depth++)
            {
                var path = string.Join('.', parts[..depth]);
                if (!sums.TryGetValue(path, out var sum)) order.Add(path);
                sum ??= new(path, 0, 0, 0, 0);
                sums[path] = sum with
                {
                    Tensors = sum.Tensors + 1, Parameters = sum.Parameters + tensor.Parameters, Flops = sum.Flops + (tensor.Flops ?? 0),
                    FlopsUnknown = sum.FlopsUnknown + (tensor.Flops is null ? 1 : 0),
                };
            }
        }
        return [.. order.Select(path => sums[path])];
    }
}

/// <summary>How many tensors a selector takes.</summary>
/// <param name="Selector">As <c>--tap</c> has it.</param>
/// <param name="Tensors">Tensors of the main graph.</param>
/// <param name="NotCovered">How many of them cannot be tapped: an extraction names and skips them.</param>
public sealed record InspectedSelector(string Selector, int Tensors, int NotCovered);

/// <summary>A tensor that cannot be tapped.</summary>
public sealed record InspectedGap(string Name, string Reason);
