namespace Analyzer.Models;

/// <summary>Operators that neither ONNX nor ONNX Runtime defines, nor the model itself as a function.</summary>
internal static class CustomOperators
{
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft", "com.microsoft.experimental", "com.microsoft.nchwc",
        "com.ms.internal.nhwc", "org.pytorch.aten",
    };

    /// <summary>Domains with the operators used of each, in the order of their names.</summary>
    public static IReadOnlyList<(string Domain, IReadOnlyList<string> Operators)> Of(OnnxModel model)
    {
        var defined = model.Functions.ToHashSet(StringComparer.Ordinal);
        return [.. GraphIndex.GraphsOf(model.Proto.Graph).SelectMany(graph => graph.Node).Concat(model.Proto.Functions.SelectMany(function => function.Node))
            .Where(node => !Known.Contains(node.Domain) && !defined.Contains($"{node.Domain}:{node.OpType}"))
            .GroupBy(node => node.Domain, node => node.OpType, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, (IReadOnlyList<string>)[.. group.Distinct().Order(StringComparer.Ordinal)]))];
    }

    /// <summary>In words, such as: `Sampler` and `Warp` of domain `com.example`.</summary>
    public static string Describe(IReadOnlyList<(string Domain, IReadOnlyList<string> Operators)> custom) =>
        string.Join("; ", custom.Select(c => $"{string.Join(", ", c.Operators.Select(op => $"`{op}`"))} of domain `{c.Domain}`"));

    /// <summary>Says so where a model cannot be run for them.</summary>
    /// <exception cref="AnalyzerException">It uses some.</exception>
    public static void Refuse(OnnxModel model)
    {
        if (Of(model) is { Count: > 0 } custom)
            throw new AnalyzerException($"`{model.Path}` uses operators that ONNX Runtime does not have: {Describe(custom)}",
                "export the model with standard operators, or with these as functions of the model; `analyzer inspect` works as it is", Failure.BadInput);
    }
}
