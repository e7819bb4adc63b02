using Analyzer.Models.Onnx;

namespace Analyzer.Models;

/// <summary>Gives sizes to axes that a model leaves open, by their symbols.</summary>
public static class SizeBinding
{
    /// <summary>The model as if it had been exported with these sizes; its file stays as it is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sizes">
    /// Size, at least 1, by symbol (<c>height</c>); an axis without a symbol goes by its input and its place from 0, such as <c>data.2</c>.
    /// </param>
    /// <exception cref="AnalyzerException">No input has such an axis.</exception>
    public static OnnxModel Bind(OnnxModel model, IReadOnlyDictionary<string, long> sizes)
    {
        if (sizes.Count == 0) return model;
        var open = OpenAxes(model);
        if (sizes.Keys.FirstOrDefault(key => !open.Contains(key)) is { } unknown)
            throw new AnalyzerException(
                $"`--bind {unknown}={sizes[unknown]}` names no open size of `{model.Path}`; {(open.Count == 0 ? "it has none" : $"its open sizes are {string.Join(", ", open.Select(name => $"`{name}`"))}")}",
                open.Count == 0 ? "leave `--bind` out" : "give sizes by these names");
        return Rewrite(model, (name, _) => sizes.TryGetValue(name, out var size) ? size : null);
    }

    /// <summary>Names of the axes of inputs that are open, each once, in order.</summary>
    public static IReadOnlyList<string> OpenAxes(OnnxModel model) =>
        [.. model.Inputs.SelectMany(OpenAxes).Distinct()];

    /// <summary>Names of the open axes of one input.</summary>
    public static IReadOnlyList<string> OpenAxes(Declared input) =>
        [.. (input.Type.Shape?.Dims ?? []).Select((dim, axis) => dim.Size is null ? dim.Symbol ?? $"{input.Name}.{axis}" : null).OfType<string>()];

    /// <summary>The model as it is for a batch of one sample, where it leaves its batch open.</summary>
    internal static OnnxModel OneSample(OnnxModel model)
    {
        var batch = BatchSymbols(model);
        return batch.Count == 0 ? model : Rewrite(model, (name, _) => batch.Contains(name) ? 1 : null);
    }

    /// <summary>Names of the axes of the inputs that count samples, where they are open.</summary>
    internal static HashSet<string> BatchSymbols(OnnxModel model) => model.Inputs
        .Select(input => (Input: input, Axis: BatchAxis.Of(model, input)))
        .Where(i => i.Axis is { } axis && i.Input.Type.Shape is { } shape && shape.Rank > axis && shape.Dims[axis].Size is null)
        .Select(i => i.Input.Type.Shape!.Dims[i.Axis!.Value].Symbol ?? $"{i.Input.Name}.{i.Axis}").ToHashSet(StringComparer.Ordinal);

    private static OnnxModel Rewrite(OnnxModel model, Func<string, int, long?> sizeOf)
    {
        var proto = model.Proto.Clone();
        foreach (var value in proto.Graph.Input.Concat(proto.Graph.Output).Concat(proto.Graph.ValueInfo))
        {
            var dims = value.Type?.TensorType?.Shape?.Dim;
            for (var axis = 0; axis < dims?.Count; axis++)
            {
                if (dims[axis] is { ValueCase: TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue, DimValue: >= 0 }) continue;
                if (sizeOf(dims[axis].DimParam is { Length: > 0 } symbol ? symbol : $"{value.Name}.{axis}", axis) is { } size) dims[axis].DimValue = size;
            }
        }
        return new OnnxModel(model.Path, model.FileLength, proto);
    }
}
