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
            return (new(o, (int)classes, KindOf(model, model.Outputs[o].Name, first.Floats(o), (int)classes)), null);
        }
        return (null, $"no output of the model has scores for {labels} classes, so accuracy is not told");
    }

    /// <summary>
    /// Class with the highest score (the smallest one among equals) and cross-entropy in nats. Neither where a score or the loss is
    /// NaN or infinite: there is no class to be read.
    /// </summary>
    public (int? Predicted, double? Loss, bool Finite) Of(ReadOnlySpan<float> scores, int? label)
    {
        var predicted = 0;
        for (var c = 0; c < scores.Length; c++)
        {
            if (!float.IsFinite(scores[c])) return (null, null, false);
            if (scores[c] > scores[predicted]) predicted = c;
        }
        return (predicted, label is { } truth && truth < scores.Length ? Loss(scores, truth) : null, true);
    }

    /// <summary>‖p − y‖₂: the class probabilities against the label as a unit vector, in [0, √2].</summary>
    /// <remarks>For softmax cross-entropy this is the norm of the loss's gradient by the logits.</remarks>
    public double ErrorNorm(ReadOnlySpan<float> scores, int truth)
    {
        double largest = Kind == "probabilities" ? 0 : TensorPrimitives.Max(scores), sum = 0, squares = 0;
        double Weight(float score) => Kind == "probabilities" ? score : Math.Exp(score - largest);
        foreach (var score in scores) sum += Weight(score);
        for (var c = 0; c < scores.Length; c++)
        {
            var error = (sum > 0 ? Weight(scores[c]) / sum : 0) - (c == truth ? 1 : 0);
            squares += error * error;
        }
        return Math.Sqrt(squares);
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

    // By the operator that made them, or by what they are: an exporter may hide a softmax behind a cast, or take it apart.
    private static string KindOf(OnnxModel model, string output, ReadOnlySpan<float> scores, int classes)
    {
        if (model.Nodes.FirstOrDefault(n => n.Outputs.Contains(output))?.Op == "LogSoftmax") return "log-probabilities";
        for (var row = 0; row < scores.Length; row += classes)
        {
            var sample = scores.Slice(row, classes);
            // A hundredth covers sums over thousands of float16 probabilities.
            if (TensorPrimitives.Min(sample) < 0 || Math.Abs(TensorPrimitives.Sum(sample) - 1) > .01) return "logits";
        }
        return "probabilities";
    }
}
