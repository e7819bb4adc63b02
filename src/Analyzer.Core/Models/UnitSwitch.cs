namespace Analyzer.Models;

/// <summary>What switches off single units of an activation: entries of initialisers that, set to zero, make the unit zero for every sample.</summary>
/// <param name="Tensor">The activation.</param>
/// <param name="Weights">The initialisers, each with the axis that counts units; empty where no weight can do it.</param>
/// <param name="Reason">Why no weight can do it; null where it can.</param>
public sealed record UnitSwitch(string Tensor, IReadOnlyList<(Initializer Initializer, int Axis)> Weights, string? Reason)
{
    // f(0) = 0, so that zero weights and biases make a silent unit.
    private static readonly HashSet<string> ZeroAtZero = new(StringComparer.Ordinal)
    {
        "Relu", "Relu6", "LeakyRelu", "PRelu", "ThresholdedRelu", "Elu", "Selu", "Celu", "Gelu", "Silu", "HardSwish", "Tanh", "Softsign", "Mish",
    };

    /// <summary>Follows an activation back to the layer that feeds it, through biases and batch normalisation.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tensor">A tensor of it.</param>
    public static UnitSwitch Of(OnnxModel model, ModelTensor tensor)
    {
        var nonlinearity = model.Nonlinearities.All.FirstOrDefault(n => n.Output == tensor.Name);
        if (nonlinearity is not null && (nonlinearity.Input.Length == 0 || !ZeroAtZero.Contains(nonlinearity.Op)))
            return new(tensor.Name, [], $"{nonlinearity.Op} is not zero where its input is, or is fused with its layer");
        var weights = new List<(Initializer Initializer, int Axis)>();
        var (name, first) = (nonlinearity?.Input ?? tensor.Name, true);
        while (true)
        {
            // What others read as well would fall silent for them too.
            if ((nonlinearity is not null || !first) && Readers(model, name) > (first ? NonlinearityReads(model, nonlinearity!, name) : 1))
                return new(tensor.Name, [], $"`{name}`, on the way to it, is read elsewhere too");
            if (model.Index.MakerOf(name) is not { } node)
                return new(tensor.Name, [], "it follows the model's input without a layer between");
            first = false;
            var constants = node.Inputs.Select((input, i) => (Input: input, Place: i)).Where(i => model.Index.IsConstant(i.Input)).ToArray();
            switch (node.Op)
            {
                case "BatchNormalization":
                    if (!Take(model, weights, node.Inputs[1], 0) || !Take(model, weights, node.Inputs[2], 0)) return Computed(tensor, node);
                    name = node.Inputs[0];
                    break;
                case "Add" or "Sub" when constants is [var bias]:
                    if (UnitsFromEnd(model, node) is not { } fromEnd || !Take(model, weights, bias.Input, -fromEnd)) return Computed(tensor, node);
                    name = node.Inputs[1 - bias.Place];
                    break;
                case "Mul" or "Div" when constants is [{ Place: var place }] && (node.Op == "Mul" || place == 1):
                    name = node.Inputs[1 - place];
                    break;
                case "Identity":
                    name = node.Inputs[0];
                    break;
                case "Conv" or "Gemm" or "MatMul" or "ConvTranspose" when node.Inputs.Count > 1 && model.Index.IsConstant(node.Inputs[1]) && !model.Index.IsConstant(node.Inputs[0]):
                    var unitAxis = node.Op switch { "Conv" => 0, "Gemm" => node.Int("transB", 0) != 0 ? 0 : 1, _ => 1 };
                    if (node.Op == "ConvTranspose" && node.Int("group", 1) != 1) return Computed(tensor, node);
                    if (!Take(model, weights, node.Inputs[1], unitAxis) || (node.Inputs.Count > 2 && node.Inputs[2].Length > 0 && !Take(model, weights, node.Inputs[2], -1)))
                        return Computed(tensor, node);
                    // An entry a unit, on every one of them: a bias that is shared or that runs along another axis silences something else.
                    var units = weights.First(w => w.Initializer.Name == node.Inputs[1]);
                    return weights.All(w => w.Initializer.Dims[w.Axis] == units.Initializer.Dims[units.Axis]) ? new(tensor.Name, weights, null) : Computed(tensor, node);
                default:
                    return new(tensor.Name, [], node.Op == "Add" ? $"it follows the residual sum `{node.Label}`" : $"it follows {node.Op} `{node.Label}`");
            }
        }
    }

    private static int Readers(OnnxModel model, string name) => model.Index.Consumers(name).Count + (model.Index.IsModelOutput(name) ? 1 : 0);

    // A nonlinearity that an exporter took apart (x · sigmoid(x)) reads its input in several places.
    private static int NonlinearityReads(OnnxModel model, Nonlinearity nonlinearity, string name) =>
        model.Nonlinearities.Composites.FirstOrDefault(c => c.Output == nonlinearity.Output) is { } composite
            ? model.Index.Consumers(name).Count(reader => composite.Nodes.Contains(reader.Index))
            : 1;

    private static UnitSwitch Computed(ModelTensor tensor, Node node) =>
        new(tensor.Name, [], $"a weight of {node.Op} `{node.Label}` is shared, grouped, or no initialiser that can be fed");

    // Broadcasting lines shapes up at their ends: where units lie counted from there.
    private static int? UnitsFromEnd(OnnxModel model, Node node) =>
        model.Tensor(node.Outputs[0]) is { UnitAxis: { } axis, Type.Shape: { } shape } ? axis < 0 ? -axis : shape.Rank - axis : null;

    // An axis below zero counts from the end, and no other axis of such a bias may have more than one entry.
    private static bool Take(OnnxModel model, List<(Initializer Initializer, int Axis)> weights, string name, int axis)
    {
        if (model.Initializers.FirstOrDefault(i => i.Name == name) is not { IsSparse: false } initializer || !initializer.Type.IsTappable()
            || model.Index.Consumers(name).Count != 1) return false;
        var at = axis < 0 ? initializer.Dims.Count + axis : axis;
        if (at < 0 || at >= initializer.Dims.Count || (axis < 0 && initializer.Dims.Where((_, a) => a != at).Any(d => d != 1))) return false;
        weights.Add((initializer, at));
        return true;
    }
}
