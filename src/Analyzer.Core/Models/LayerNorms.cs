namespace Analyzer.Models;

/// <summary>
/// Finds layer normalisation written out: (x − mean)/√(variance + ε), then a gain and a bias if they follow. The variance may be the
/// mean of squared differences or E[x²] − E[x]², and the gain may be multiplied into the reciprocal root beforehand.
/// </summary>
/// <remarks>
/// Instance normalisation has the same arithmetic. Layer normalisation scales each of the values it averages over on its own, so its
/// gain varies along the averaged axes; where there is no gain, it averages over the units.
/// </remarks>
internal sealed class LayerNorms(OnnxModel model)
{
    private static readonly HashSet<string> Statistics = new(StringComparer.Ordinal)
    {
        "Mul", "Div", "Add", "Sub", "Pow", "Cast", "Identity", "ReduceMean", "ReduceSum", "Sqrt", "Reciprocal", "Max", "Reshape", "Expand",
        "Unsqueeze", "Squeeze",
    };

    private readonly GraphIndex _index = model.Index;

    /// <summary>The normalisation whose difference from the mean this subtraction takes, if it is one.</summary>
    public Composite? At(Node centre)
    {
        if (centre.Inputs.Count != 2) return null;
        var x = centre.Inputs[0];
        if (_index.Between(centre.Inputs[1], x, Statistics) is not { } mean || mean.Find(Averages) is not { } average) return null;
        foreach (var scale in _index.Consumers(centre.Outputs[0]).Where(node => node.Op is "Mul" or "Div"))
        {
            var deviation = GraphIndex.OtherOperand(scale, centre.Outputs[0]);
            if (deviation.Length == 0 || _index.IsConstant(deviation)) continue;
            if (_index.Between(deviation, x, Statistics) is not { } spread || !spread.Exists(node => node.Op == "Sqrt")
                || !spread.Exists(Averages)) continue;
            var nodes = mean.Concat(spread).Append(centre).Append(scale).Select(node => node.Index).ToHashSet();
            var current = scale.Outputs[0];
            var gain = spread.Where(node => node.Op == "Mul").SelectMany(node => node.Inputs).FirstOrDefault(name => IsVector(name));
            foreach (var op in new[] { "Mul", "Add" })
            {
                if (_index.OnlyConsumer(current, op) is not { } affine) continue;
                var factor = GraphIndex.OtherOperand(affine, current);
                if (!_index.IsConstant(factor)) continue;
                if (op == "Mul") gain ??= factor;
                nodes.Add(affine.Index);
                current = affine.Outputs[0];
            }

            if (IsOverItsGain(average, x, gain)) return new Composite("LayerNormalization", x, current, nodes);
        }

        return null;
    }

    private static bool Averages(Node node) => node.Op is "ReduceMean" or "ReduceSum";

    private bool IsVector(string name) => _index.ConstantDims(name) is { } dims && dims.Any(dim => dim > 1);

    private bool IsOverItsGain(Node average, string x, string? gain)
    {
        var axes = average.Attribute("axes")?.Ints.Select(axis => (int)axis).ToArray()
            ?? (average.Inputs.Count > 1 ? _index.Values(average.Inputs[1])?.Select(axis => (int)axis).ToArray() : null);
        if (axes is null) return false;
        var tensor = _index.MakerOf(x) is null ? null : model.Tensor(x);
        var rank = tensor?.Type.Shape?.Rank;
        if (rank is { } known) axes = [.. axes.Select(axis => axis < 0 ? axis + known : axis)];
        if (gain is not null && rank is { } of && _index.ConstantDims(gain) is { } dims && dims.Any(dim => dim > 1))
            return Enumerable.Range(0, dims.Count).Where(axis => dims[axis] > 1).All(axis => axes.Contains(axis + of - dims.Count));
        return axes.Contains(-1) || tensor?.UnitAxis is not { } units || axes.Contains(units);
    }
}
