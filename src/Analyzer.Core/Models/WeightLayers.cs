namespace Analyzer.Models;

/// <summary>Finds the layers whose units have weights: dense, convolutional, recurrent, and the projections of attention.</summary>
/// <remarks>Ayinde et al., arXiv 1901.10900, for dense and convolutional layers; the others by analogy, named by their operator.</remarks>
public static class WeightLayers
{
    /// <summary>The layers in graph order, and those whose weights could not be taken, each with the reason.</summary>
    public static (IReadOnlyList<WeightLayer> Layers, IReadOnlyList<UncoveredTensor> LeftOut) Of(OnnxModel model)
    {
        var (layers, leftOut) = (new List<WeightLayer>(), new List<UncoveredTensor>());
        foreach (var node in model.Nodes)
        {
            if (Quantized.TryGetValue(node.Op, out var place) && node.Inputs.Count > place && model.Index.IsConstant(node.Inputs[place]))
                leftOut.Add(new(node.Inputs[place], $"the weights of {node.Op} `{node.Label}` are quantised integers"));
            foreach (var (input, read) in Weighted(model, node))
            {
                if (model.Index.StoredConstant(input) is not { } stored)
                {
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` are computed from constants (quantised, or built in the graph), not stored as they are used"));
                    continue;
                }
                var (name, dims, flipped) = stored;
                if (WeightReader.Count(dims, name, model.Path) > Array.MaxLength)
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` have the shape [{string.Join(',', dims)}], and at most {Array.MaxLength} are compared at once"));
                else if (read(dims, flipped) is not { } shape)
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` have the shape [{string.Join(',', dims)}], which does not say what its units are"));
                else if (shape.Units > 0 && shape.Dimension > 0)
                    layers.Add(new(node, name, dims, shape.Layout, shape.Units, shape.Dimension, shape.Groups));
            }
        }
        return (layers, leftOut);
    }

    /// <summary>Where operators on integers have their weights.</summary>
    private static readonly Dictionary<string, int> Quantized = new(StringComparer.Ordinal)
    {
        ["QLinearConv"] = 3, ["QLinearMatMul"] = 3, ["QGemm"] = 3, ["ConvInteger"] = 1, ["MatMulInteger"] = 1, ["DynamicQuantizeMatMul"] = 1, ["MatMulIntegerToFloat"] = 1, ["MatMulNBits"] = 1,
    };

    private readonly record struct Shape(WeightLayout Layout, int Units, int Dimension, int Groups);

    private delegate Shape? Reading(IReadOnlyList<long> dims, bool flipped);

    private static IEnumerable<(string Input, Reading Read)> Weighted(OnnxModel model, Node node)
    {
        string Input(int i) => node.Inputs.Count > i ? node.Inputs[i] : "";
        bool Constant(int i) => model.Index.IsConstant(Input(i));
        switch (node.Op)
        {
            case "Conv" or "FusedConv" or "NhwcFusedConv" when Constant(1):
                yield return (Input(1), (dims, _) => Convolution(dims, (int)node.Int("group", 1)));
                break;
            case "ConvTranspose" when Constant(1):
                yield return (Input(1), (dims, _) => Transposed(dims, (int)node.Int("group", 1)));
                break;
            case "Gemm" or "FusedGemm" when Constant(1):
                yield return (Input(1), (dims, flipped) => Matrix(dims, node.Int("transB", 0) != 0 != flipped));
                break;
            case "MatMul" or "FusedMatMul" when Constant(1) && !Constant(0):
                yield return (Input(1), (dims, flipped) => Matrix(dims, node.Int("transB", 0) != 0 != flipped));
                break;
            // Weights on the left: each of their rows makes one row of the product.
            case "MatMul" or "FusedMatMul" when Constant(0) && !Constant(1):
                yield return (Input(0), (dims, flipped) => Matrix(dims, node.Int("transA", 0) == 0 != flipped));
                break;
            case "LSTM" or "GRU" or "RNN":
                if (Constant(1)) yield return (Input(1), Gates);
                if (Constant(2)) yield return (Input(2), Gates);
                break;
            case "Attention" when node.Domain == "com.microsoft" && Constant(1):
                // Query, key and value lie side by side and are three maps, not one.
                yield return (Input(1), (dims, flipped) => Matrix(dims, flipped) is { } all && all.Units % 3 == 0 ? all with { Groups = 3 } : null);
                break;
        }
    }

    private static Shape? Convolution(IReadOnlyList<long> dims, int groups) =>
        dims.Count >= 3 && groups >= 1 && dims[0] % groups == 0 ? new(WeightLayout.UnitsFirst, checked((int)dims[0]), Product(dims.Skip(1)), groups) : null;

    private static Shape? Transposed(IReadOnlyList<long> dims, int groups) => dims.Count >= 3 && groups >= 1 && dims[0] % groups == 0
        ? new(WeightLayout.Transposed, checked((int)(dims[1] * groups)), Product([dims[0] / groups, .. dims.Skip(2)]), groups)
        : null;

    private static Shape? Matrix(IReadOnlyList<long> dims, bool unitsFirst) => dims.Count != 2 ? null : unitsFirst
        ? new(WeightLayout.UnitsFirst, checked((int)dims[0]), checked((int)dims[1]), 1)
        : new(WeightLayout.UnitsLast, checked((int)dims[1]), checked((int)dims[0]), 1);

    // [directions, gates × hidden, inputs]: a direction sees the sequence its own way round.
    private static Shape? Gates(IReadOnlyList<long> dims, bool flipped) => dims.Count == 3 && !flipped
        ? new(WeightLayout.UnitsFirst, Product(dims.Take(2)), checked((int)dims[2]), checked((int)dims[0]))
        : null;

    private static int Product(IEnumerable<long> dims) => checked((int)dims.Aggregate(1L, (a, b) => a * b));
}
