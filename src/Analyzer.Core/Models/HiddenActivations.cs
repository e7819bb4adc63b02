namespace Analyzer.Models;

/// <summary>How far the theory of activation codes reaches for a nonlinearity.</summary>
public enum CodeTheory
{
    /// <summary>ReLU: a bit is set where the output is above zero, and the bits name a linear region.</summary>
    Exact,
    /// <summary>LeakyReLU, PReLU: two linear pieces as well, told apart by the sign of the pre-activation.</summary>
    PreActivation,
    /// <summary>Everything else: more than two pieces, or none; the threshold is a convention, and results must say so.</summary>
    Declared,
}

/// <summary>A hidden activation, and how its code bits are read.</summary>
/// <param name="Nonlinearity">`Relu`, `Relu6`, `Gelu`, …</param>
/// <param name="Tensor">The tensor to threshold: the activation, or the pre-activation where the theory asks for it.</param>
/// <param name="Activation">Name of the activation itself.</param>
/// <param name="Threshold">A bit is set where the tensor is above this, in the tensor's own unit.</param>
/// <param name="Theory">What the bits mean.</param>
public sealed record HiddenActivation(string Nonlinearity, ModelTensor Tensor, string Activation, double Threshold, CodeTheory Theory);

/// <summary>Finds the activations that make up a network's neural code.</summary>
/// <remarks>He et al., arXiv 2101.05490: every hidden ReLU-like layer; output layer and pools are out.</remarks>
public static class HiddenActivations
{
    /// <summary>Operations that only change form on the way to an output.</summary>
    private static readonly HashSet<string> Forms = new(StringComparer.Ordinal)
    {
        "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Softmax", "LogSoftmax", "Dropout",
        "QuantizeLinear", "DequantizeLinear", "QLinearSoftmax",
    };

    /// <summary>
    /// The model's hidden activations in graph order. What does nothing but reach the model's outputs, at once or through operations
    /// that only change its form, belongs to the output layer and is left out; a hidden layer that is returned as well stays.
    /// </summary>
    public static IReadOnlyList<HiddenActivation> Of(OnnxModel model) =>
        [.. model.Nonlinearities.All.Where(found => !IsHead(model, found.Output)).Select(found => Describe(model, found))];

    private static HiddenActivation Describe(OnnxModel model, Nonlinearity found)
    {
        var activation = model.Tensor(found.Output);
        var before = model.Index.Makers.ContainsKey(found.Input) ? model.Tensor(found.Input) : null;
        return found.Op switch
        {
            "Relu" => new(found.Op, activation, found.Output, 0, CodeTheory.Exact),
            "LeakyRelu" or "PRelu" when before is not null => new(found.Op, before, found.Output, 0, CodeTheory.PreActivation),
            // The signs of pre-activation and output agree where the slope is positive, as LeakyReLU's is by nature.
            "LeakyRelu" when found.Node.Float("alpha", 0.01f) > 0 => new(found.Op, activation, found.Output, 0, CodeTheory.PreActivation),
            // These are never negative: the middle of their range is where the pre-activation changes sign.
            "Sigmoid" or "HardSigmoid" => new(found.Op, activation, found.Output, 0.5, CodeTheory.Declared),
            "Softplus" => new(found.Op, activation, found.Output, Math.Log(2), CodeTheory.Declared),
            _ => new(found.Op, activation, found.Output, 0, CodeTheory.Declared),
        };
    }

    private static bool IsHead(OnnxModel model, string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([name]);
        while (open.TryPop(out var next))
        {
            if (!seen.Add(next)) continue;
            var readers = model.Index.Consumers(next);
            if (readers.Count == 0 && !model.Index.IsModelOutput(next)) return false;
            if (!readers.All(node => Forms.Contains(node.Op) && node.Outputs.Count > 0)) return false;
            foreach (var reader in readers) open.Push(reader.Outputs[0]);
        }

        return true;
    }
}
