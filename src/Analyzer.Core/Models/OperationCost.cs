namespace Analyzer.Models;

/// <summary>
/// Floating-point operations that a node takes for one sample: two (a multiplication and an addition) for each multiply-add of
/// convolutions, matrix products, recurrent layers and attention. Biases, normalisations, activations, pools and all else that is done
/// once an element are left out, as is usual: they count as 0.
/// </summary>
/// <param name="model">With the types that inference gives for one sample, see <see cref="SizeBinding.OneSample"/>.</param>
/// <param name="samples">How many samples those sizes are of, where the model fixes its batch; else 1.</param>
internal sealed class OperationCost(OnnxModel model, long samples)
{
    /// <summary>Operators of ONNX Runtime's own domain that do something once an element, or less.</summary>
    private static readonly HashSet<string> FreeOfMicrosoft = new(StringComparer.Ordinal)
    {
        "Gelu", "FastGelu", "BiasGelu", "QuickGelu", "LayerNormalization", "SimplifiedLayerNormalization", "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization", "EmbedLayerNormalization", "GroupNorm", "BiasAdd", "BiasSoftmax", "BiasDropout", "QuantizeLinear",
        "DequantizeLinear", "QLinearAdd", "QLinearMul", "QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax", "QLinearConcat", "QLinearAveragePool",
        "QLinearGlobalAveragePool", "QLinearReduceMean", "QLinearWhere", "RotaryEmbedding", "Inverse", "Pad", "Rfft",
    };

    private readonly HashSet<string> _functions = [.. model.Functions];

    /// <summary>FLOPs for one sample, exact; null where a size that they depend on is open, or where the operation is not known to us.</summary>
    public long? Of(Node node)
    {
        if (!node.Outputs.Any(model.Index.DependsOnInput.Contains)) return 0;
        if (node.Op is "If" or "Loop" or "Scan" || _functions.Contains($"{node.Domain}:{node.Op}")) return null;
        var multiplyAdds = MultiplyAdds(node);
        return multiplyAdds is { } all && all <= long.MaxValue / 2 ? (long)(2 * all / samples) : null;
    }

    private Int128? MultiplyAdds(Node node) => node.Op switch
    {
        "Conv" or "FusedConv" or "NhwcFusedConv" or "ConvInteger" or "DeformConv" => Output(node) * PerUnit(Dims(node, 1)),
        "QLinearConv" => Output(node) * PerUnit(Dims(node, 3)),
        "ConvTranspose" => Elements(Dims(node, 0)) * PerUnit(Dims(node, 1)),
        "Gemm" or "FusedGemm" => Output(node) * Inner(node, 0, 1),
        "QGemm" => Output(node) * Inner(node, 0, 3),
        "MatMul" or "FusedMatMul" or "MatMulInteger" or "DynamicQuantizeMatMul" or "MatMulIntegerToFloat" => Output(node) * Inner(node, 0, 1),
        "QLinearMatMul" => Output(node) * Inner(node, 0, 3),
        "MatMulNBits" => Output(node) * (node.Attribute("K") is { HasI: true } k ? k.I : null),
        "Einsum" => Einsum(node),
        "LSTM" or "GRU" or "RNN" => Recurrent(node),
        "Attention" when node.Domain.Length == 0 => Attention(node, pastInput: 4),
        "MultiHeadAttention" => Attention(node, pastInput: 6),
        "Attention" or "QAttention" => Projected(node),
        _ => node.Domain is "" or "ai.onnx.ml" || (node.Domain == "com.microsoft" && FreeOfMicrosoft.Contains(node.Op)) ? 0 : null,
    };

    private Int128? Output(Node node) => Elements(model.ShapeOf(node.Outputs[0]));

    private TensorShape? Dims(Node node, int input) => node.Inputs.Count > input && node.Inputs[input].Length > 0 ? model.ShapeOf(node.Inputs[input]) : null;

    private static Int128? Elements(TensorShape? shape) => shape?.Count;

    /// <summary>Weights of one output channel, and of one input channel where the convolution is transposed.</summary>
    private static Int128? PerUnit(TensorShape? weights) => weights?.CountPerSample;

    /// <summary>How many products each element of the result sums.</summary>
    private Int128? Inner(Node node, int left, int right)
    {
        var (a, b) = (Dims(node, left), Dims(node, right));
        long? At(TensorShape? shape, int fromEnd) => shape is null || shape.Rank == 0 ? null : shape.Dims[Math.Max(0, shape.Rank - fromEnd)].Size;
        return At(a, node.Int("transA", 0) != 0 ? 2 : 1) ?? At(b, node.Int("transB", 0) != 0 ? 1 : 2);
    }

    /// <summary>Every combination of indices is one multiply-add of two operands.</summary>
    private Int128? Einsum(Node node)
    {
        if (node.Inputs.Count != 2 || node.Attribute("equation") is not { HasS: true } equation) return null;
        var operands = equation.S.ToStringUtf8().Replace(" ", "", StringComparison.Ordinal).Split("->")[0].Split(',');
        var sizes = new Dictionary<char, long>();
        for (var o = 0; o < 2; o++)
        {
            if (Dims(node, o) is not { } shape || operands.Length != 2 || operands[o].Length != shape.Rank || operands[o].Contains('.', StringComparison.Ordinal)) return null;
            for (var axis = 0; axis < shape.Rank; axis++)
            {
                if (shape.Dims[axis].Size is not { } size) return null;
                sizes[operands[o][axis]] = Math.Max(size, sizes.GetValueOrDefault(operands[o][axis]));
            }
        }
        return sizes.Values.Aggregate((Int128)1, (all, size) => all * size);
    }

    /// <summary>Each step multiplies by the weights of input and state once, in each direction.</summary>
    private Int128? Recurrent(Node node) => Dims(node, 0) is { Rank: 3 } input && input.Dims[0].Size * input.Dims[1].Size is { } steps
        ? steps * (Elements(Dims(node, 1)) + Elements(Dims(node, 2)))
        : null;

    /// <summary>Queries against keys, then weights against values; with keys of earlier calls there is no telling how many.</summary>
    private Int128? Attention(Node node, int pastInput)
    {
        if (Dims(node, 0) is not { } q || Dims(node, 1) is not { } k || Dims(node, 2) is not { } v || q.Rank is not (3 or 4) || k.Rank != q.Rank || v.Rank != q.Rank
            || (node.Inputs.Count > pastInput && node.Inputs[pastInput].Length > 0)) return null;
        if (Elements(q) is not { } queries || k.Dims[^2].Size is not { } keys || v.Dims[^1].Size is not { } valueWidth || q.Dims[^1].Size is not { } width) return null;
        // With heads side by side on the last axis, as many values as there are heads of queries.
        var values = q.Rank == 4 ? valueWidth : valueWidth / Math.Max(1, node.Int("kv_num_heads", 1)) * Math.Max(1, node.Int("q_num_heads", 1));
        return queries * keys + queries / width * keys * values;
    }

    /// <summary>ONNX Runtime's fused attention: the projection of queries, keys and values, then attention of a sequence on itself.</summary>
    private Int128? Projected(Node node)
    {
        if (Dims(node, 0) is not { Rank: 3 } input || Elements(input) is not { } all || Dims(node, 1) is not { Rank: 2 } weights || weights.Dims[1].Size is not { } units
            || input.Dims[1].Size is not { } tokens || input.Dims[2].Size is not { } width || node.Attribute("qkv_hidden_sizes") is not null) return null;
        var positions = all / width;
        return all * units + 2 * positions * tokens * (units / 3);
    }
}
