namespace Analyzer.Models;

/// <summary>The groups that `type:` names.</summary>
internal static class OperationGroups
{
    private static readonly HashSet<string> Conv =
        Set("Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv", "FusedConv", "NhwcFusedConv");

    private static readonly HashSet<string> Products = Set("MatMul", "MatMulInteger", "QLinearMatMul", "FusedMatMul");

    private static readonly HashSet<string> Dense =
        Set("Gemm", "FusedGemm", "MatMulNBits", "DynamicQuantizeMatMul", "MatMulIntegerToFloat");

    private static readonly HashSet<string> Norm = Set(
        "BatchNormalization", "InstanceNormalization", "GroupNormalization", "GroupNorm", "LayerNormalization", "RMSNormalization", "LRN",
        "LpNormalization", "MeanVarianceNormalization", "SimplifiedLayerNormalization", "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization");

    private static readonly HashSet<string> Attention = Set(
        "Attention", "MultiHeadAttention", "QAttention", "GroupQueryAttention", "DecoderMaskedMultiHeadAttention", "LongformerAttention");

    private static readonly HashSet<string> Recurrent = Set("LSTM", "GRU", "RNN", "AttnLSTM");

    public static Dictionary<string, Func<ModelTensor, bool>> Of(OnnxModel model)
    {
        var index = model.Index;
        var activations = model.Nonlinearities.All.Select(found => found.Output).ToHashSet(StringComparer.Ordinal);
        var norms = model.Nonlinearities.Composites.Where(composite => composite.Op == "LayerNormalization")
            .Select(composite => composite.Output).ToHashSet(StringComparer.Ordinal);
        // The product of two activations mixes positions; a product with weights is a layer.
        bool Weighted(Node node) => node.Inputs.Any(index.IsConstant);
        bool Mixes(Node node) => Products.Contains(node.Op) && node.Inputs.Count >= 2 && !Weighted(node);
        // Quantised while the model runs, a layer is three nodes: integers, a cast, and the product with the scale, which gives numbers.
        Node? Scaled(Node node) => node.Op != "Mul" ? null : node.Inputs.Select(name => index.MakerOf(name) is { Op: "Cast", Inputs: [var integers] } ? index.MakerOf(integers) : null)
            .FirstOrDefault(maker => maker?.Op is "MatMulInteger" or "ConvInteger");
        Node? Source(Node node) => node.Inputs.Count > 0 ? index.MakerOf(node.Inputs[0]) : null;
        // Exporters put casts and dropouts between the softmax and the product.
        bool IsSoftmax(Node? node) => node is { Op: "Softmax" } || (node is { Op: "Cast" or "Dropout" or "Identity" or "Where" } && node.Inputs.Any(name => index.MakerOf(name)?.Op == "Softmax"));
        bool Attends(Node node) => Mixes(node) && IsSoftmax(Source(node));
        // A sum of two products is a blend, such as a rotary embedding or a gate, and no stream that something is added to.
        IEnumerable<string> Summands(Node node) => node.Op == "QLinearAdd" && node.Inputs.Count > 3 ? [node.Inputs[0], node.Inputs[3]] : node.Inputs;
        bool Blends(Node node) => Summands(node).All(name => index.MakerOf(name)?.Op == "Mul" && Scaled(index.MakerOf(name)!) is null);
        return new Dictionary<string, Func<ModelTensor, bool>>(StringComparer.OrdinalIgnoreCase)
        {
            ["conv"] = tensor => Conv.Contains(tensor.Node.Op) || Scaled(tensor.Node)?.Op == "ConvInteger",
            ["dense"] = tensor => Dense.Contains(tensor.Node.Op) || (Products.Contains(tensor.Node.Op) && Weighted(tensor.Node))
                || (Scaled(tensor.Node) is { Op: "MatMulInteger" } product && Weighted(product)),
            ["norm"] = tensor => Norm.Contains(tensor.Node.Op) || norms.Contains(tensor.Name),
            ["activation"] = tensor => activations.Contains(tensor.Name),
            ["pool"] = tensor => tensor.Node.Op.EndsWith("Pool", StringComparison.Ordinal),
            // Weights over positions (a softmax that such a product reads) and the products themselves.
            ["attention"] = tensor => Attention.Contains(tensor.Node.Op) || Mixes(tensor.Node) || (Scaled(tensor.Node) is { } mixed && Mixes(mixed))
                || (tensor.Node.Op == "Softmax" && index.Consumers(tensor.Name).Any(Mixes)),
            // What attention hands on: heads side by side again, [batch, tokens, units].
            ["attended"] = tensor => Attention.Contains(tensor.Node.Op) || (Attends(tensor.Node) && tensor.Type.Shape?.Rank == 3)
                || (tensor.Node.Op == "Reshape" && Source(tensor.Node) is { Op: "Transpose" } merged && Source(merged) is { } heads && Attends(heads)),
            ["recurrent"] = tensor => Recurrent.Contains(tensor.Node.Op),
            ["embedding"] = tensor => tensor.Node.Op == "Gather" && tensor.Node.Inputs.Count > 0 && index.IsConstant(tensor.Node.Inputs[0]),
            ["residual"] = tensor => tensor.Node.Op is "Add" or "QLinearAdd" && !Summands(tensor.Node).Any(index.IsConstant) && !Blends(tensor.Node),
        };
    }

    private static HashSet<string> Set(params string[] operations) => new(operations, StringComparer.Ordinal);
}
