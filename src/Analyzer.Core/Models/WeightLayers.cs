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
            foreach (var (input, read, integers) in Weighted(model, node))
            {
                if (model.Index.StoredConstant(input) is not { } stored)
                {
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` are computed from constants (quantised, or built in the graph), not stored as they are used"));
                    continue;
                }
                var (name, dims, flipped, dequantized) = stored;
                if ((integers ?? dequantized) is { } how && (!IsStored(model, how.Scale) || !IsStored(model, how.ZeroPoint) || (integers?.Axis is not null && flipped)))
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` are quantised with a scale that is computed in the graph, or lie otherwise than it"));
                else if (WeightReader.Count(dims, name, model.Path) > Array.MaxLength)
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` have the shape [{string.Join(',', dims)}], and at most {Array.MaxLength} are compared at once"));
                else if (read(dims, flipped) is not { } shape)
                    leftOut.Add(new(input, $"the weights of {node.Op} `{node.Label}` have the shape [{string.Join(',', dims)}], which does not say what its units are"));
                else if (shape.Units > 0 && shape.Dimension > 0)
                    layers.Add(new(node, name, dims, shape.Layout, shape.Units, shape.Dimension, shape.Groups, integers ?? dequantized));
            }
        }
        return (layers, leftOut);
    }

    private static bool IsStored(OnnxModel model, string name) =>
        name.Length == 0 || model.Index.StoredTensor(name) is not null;

    private readonly record struct Shape(WeightLayout Layout, int Units, int Dimension, int Groups);

    private delegate Shape? Reading(IReadOnlyList<long> dims, bool flipped);

    private static IEnumerable<(string Input, Reading Read, Quantization? Quantized)> Weighted(OnnxModel model, Node node)
    {
        string Input(int i) => node.Inputs.Count > i ? node.Inputs[i] : "";
        bool Constant(int i) => model.Index.IsConstant(Input(i));
        Quantization Integers(int scale, int zeroPoint, int axis) =>
            new(scale < 0 ? "" : Input(scale), Input(zeroPoint), Vector(scale) || Vector(zeroPoint) ? axis : null);
        bool Vector(int i) => i >= 0 && model.Index.ConstantDims(Input(i)) is { } dims && dims.Any(dim => dim > 1);
        Shape? Convolved(IReadOnlyList<long> dims, bool flipped) => Convolution(dims, (int)node.Int("group", 1));
        Shape? Multiplied(IReadOnlyList<long> dims, bool flipped) => Matrix(dims, node.Int("transB", 0) != 0 != flipped);
        switch (node.Op)
        {
            case "Conv" or "FusedConv" or "NhwcFusedConv" when Constant(1):
                yield return (Input(1), Convolved, null);
                break;
            case "QLinearConv" when Constant(3):
                yield return (Input(3), Convolved, Integers(4, 5, axis: 0));
                break;
            case "ConvInteger" when Constant(1):
                yield return (Input(1), Convolved, Integers(-1, 3, axis: 0));
                break;
            case "ConvTranspose" when Constant(1):
                yield return (Input(1), (dims, _) => Transposed(dims, (int)node.Int("group", 1)), null);
                break;
            case "Gemm" or "FusedGemm" when Constant(1):
                yield return (Input(1), Multiplied, null);
                break;
            case "MatMul" or "FusedMatMul" when Constant(1) && !Constant(0):
                yield return (Input(1), Multiplied, null);
                break;
            case "QLinearMatMul" or "QGemm" when Constant(3):
                yield return (Input(3), Multiplied, Integers(4, 5, axis: node.Int("transB", 0) != 0 ? 0 : -1));
                break;
            case "DynamicQuantizeMatMul" when Constant(1):
                yield return (Input(1), Multiplied, Integers(2, 3, axis: -1));
                break;
            case "MatMulIntegerToFloat" when Constant(1):
                yield return (Input(1), Multiplied, Integers(3, 5, axis: -1));
                break;
            case "MatMulInteger" when Constant(1):
                yield return (Input(1), Multiplied, Integers(-1, 3, axis: -1));
                break;
            // Blocks of 4-bit weights with a scale each: no layout that we read.
            case "MatMulNBits" when Constant(1):
                yield return (Input(1), (_, _) => null, null);
                break;
            // Weights on the left: each of their rows makes one row of the product.
            case "MatMul" or "FusedMatMul" when Constant(0) && !Constant(1):
                yield return (Input(0), (dims, flipped) => Matrix(dims, node.Int("transA", 0) == 0 != flipped), null);
                break;
            case "LSTM" or "GRU" or "RNN":
                if (Constant(1)) yield return (Input(1), Gates, null);
                if (Constant(2)) yield return (Input(2), Gates, null);
                break;
            case "Attention" when node.Domain == "com.microsoft" && Constant(1):
                // Query, key and value lie side by side and are three maps, not one.
                yield return (Input(1), (dims, flipped) => Matrix(dims, flipped) is { } all && all.Units % 3 == 0 ? all with { Groups = 3 } : null, null);
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
