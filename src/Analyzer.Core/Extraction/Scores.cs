using System.Numerics.Tensors;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>Reads predicted class and loss off the model's output that holds class scores.</summary>
/// <param name="Output">Index of that output.</param>
/// <param name="Classes">Scores a sample has.</param>
/// <param name="Kind">What the scores are: logits, probabilities or log-probabilities.</param>
internal sealed record Scores(int Output, int Classes, string Kind)
{
    /// <summary>Finds the output with class scores: the first floating-point one with room for every label.</summary>
    /// <returns>The output, or null and the reason why accuracy cannot be told.</returns>
    public static (Scores? Scores, string? Reason) Find(OnnxModel model, ModelOutputs first, int batch, int? labels)
    {
        if (labels is null) return (null, "the data has no labels, so accuracy is not told");
        for (var o = 0; o < model.Outputs.Count; o++)
        {
            if (!first.IsTensor(o) || !first.Element(o).IsTappable() || first.Element(o) == ElementType.BFloat16) continue;
            var dims = first.Dims(o);
            var classes = dims.Skip(1).Aggregate(1L, (a, b) => a * b);
            if (dims.Length < 2 || dims[0] != batch || classes < Math.Max(2, labels.Value) || classes > 1_000_000) continue;
            // Scores may be shaped [N,K,1,1]; two axes longer than one would be a map, not a class.
            if (dims.Skip(1).Count(d => d > 1) != 1) continue;
            return (new(o, (int)classes, KindOf(model, model.Outputs[o].Name)), null);
        }
        return (null, $"no output of the model has scores for {labels} classes, so accuracy is not told");
    }

    /// <summary>Class with the highest score (the smallest one among equals) and cross-entropy in nats.</summary>
    public (int Predicted, double? Loss) Of(ReadOnlySpan<float> scores, int? label)
    {
        var predicted = 0;
        for (var c = 1; c < scores.Length; c++)
            if (scores[c] > scores[predicted]) predicted = c;
        return (predicted, label is { } truth && truth < scores.Length ? Loss(scores, truth) : null);
    }

    private double Loss(ReadOnlySpan<float> scores, int truth)
    {
        switch (Kind)
        {
            case "log-probabilities": return -scores[truth];
            // A float cannot hold a smaller probability than this, so the loss cannot be told to be larger.
            case "probabilities": return -Math.Log(Math.Max(scores[truth], float.Epsilon));
        }
        double largest = TensorPrimitives.Max(scores), sum = 0;
        foreach (var score in scores) sum += Math.Exp(score - largest);
        return largest + Math.Log(sum) - scores[truth];
    }

    private static string KindOf(OnnxModel model, string output) => model.Nodes.FirstOrDefault(n => n.Outputs.Contains(output))?.Op switch
    {
        "Softmax" => "probabilities",
        "LogSoftmax" => "log-probabilities",
        _ => "logits",
    };
}
