namespace Analyzer.Models;

/// <summary>A BatchNorm whose running statistics survive in the file: what its input was like in training.</summary>
/// <param name="Node">The operation.</param>
/// <param name="Input">The tensor it normalises; channels on axis 1.</param>
/// <param name="Mean">[channels] running mean.</param>
/// <param name="Variance">[channels] running variance.</param>
/// <param name="Epsilon">What the operation adds to the variance, above 0.</param>
public sealed record Normalization(Node Node, ModelTensor Input, double[] Mean, double[] Variance, double Epsilon)
{
    /// <summary>Those of a model, in graph order.</summary>
    /// <returns>Empty where exporters folded them into convolutions, or none reads a tensor that can be tapped.</returns>
    /// <exception cref="AnalyzerException">Statistics do not fit their declared shape.</exception>
    public static IEnumerable<Normalization> Of(OnnxModel model)
    {
        foreach (var node in model.Nodes)
        {
            // [x, scale, bias, mean, variance]; in training mode the statistics are of the batch, not of the file.
            if (node.Op != "BatchNormalization" || node.Inputs.Count < 5 || node.Int("training_mode", 0) != 0) continue;
            if (model.Index.MakerOf(node.Inputs[0]) is null || !model.Tensor(node.Inputs[0]).DependsOnInput) continue;
            if (Values(model, node.Inputs[3]) is { } mean && Values(model, node.Inputs[4]) is { } variance && mean.Length == variance.Length && variance.All(v => v >= 0))
                yield return new(node, model.Tensor(node.Inputs[0]), mean, variance, Math.Max(node.Float("epsilon", 1e-5f), 1e-12));
        }
    }

    private static double[]? Values(OnnxModel model, string name) =>
        model.Initializers.FirstOrDefault(i => i.Name == name) is { } initializer ? model.ReadWeights(initializer).ToDoubles()
        : model.Index.StoredTensor(name) is { } constant ? new Weights((ElementType)constant.DataType, [.. constant.Dims], constant.Dims.Aggregate(1L, (a, b) => a * b), WeightReader.Read(constant, model.Path)).ToDoubles()
        : null;
}
