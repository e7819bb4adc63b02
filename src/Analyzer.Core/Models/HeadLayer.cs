namespace Analyzer.Models;

/// <summary>The last layer: class scores are a linear map of its input.</summary>
/// <param name="Node">Gemm or MatMul.</param>
/// <param name="Input">Its input h, [batch, features].</param>
public sealed record HeadLayer(Node Node, ModelTensor Input)
{
    private static readonly HashSet<string> Forms = new(StringComparer.Ordinal)
    {
        "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Softmax", "LogSoftmax",
    };

    /// <summary>Follows an output back to the dense layer that makes its scores.</summary>
    /// <returns>The layer, or null and the reason why there is none.</returns>
    public static (HeadLayer? Head, string? Reason) Find(OnnxModel model, string output)
    {
        var name = output;
        while (model.Index.MakerOf(name) is { } node)
        {
            var varying = node.Inputs.Where(i => i.Length > 0 && !model.Index.IsConstant(i)).ToArray();
            if (node.Op is "Gemm" or "MatMul" && varying is [var input] && node.Inputs[0] == input)
                return model.Index.MakerOf(input) is null
                    ? (null, $"the last layer `{node.Label}` reads the model's input, so there is no hidden layer before it")
                    : (new(node, model.Tensor(input)), null);
            if (varying.Length != 1 || !(Forms.Contains(node.Op) || node.Op == "Add"))
                return (null, $"the class scores come from {node.Op} `{node.Label}`, not from a dense layer");
            name = varying[0];
        }
        return (null, "the class scores come from no layer");
    }
}
