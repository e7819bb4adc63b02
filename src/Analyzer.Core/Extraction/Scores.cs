using System.Numerics.Tensors;
using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Extraction;

/// <summary>Reads predicted class and loss off the model's output that holds class scores.</summary>
/// <param name="Output">Index of that output.</param>
/// <param name="Classes">Scores a sample has.</param>
/// <param name="Kind">What the scores are: logits, probabilities or log-probabilities.</param>
internal sealed record Scores(int Output, int Classes, string Kind)
{
    // Stray labels, such as 255 for "unknown", are the data's fault; more of them mean that the output is of something else. Ours.
    private const double MostBeyond = .01;

    /// <summary>Finds the output with class scores: the first floating-point one with room for every label, or for nearly all.</summary>
    /// <returns>The output, or null; and what a reader must know: why accuracy cannot be told, or which labels no output has a score for.</returns>
    public static (Scores? Scores, string? Note) Find(OnnxModel model, ModelOutputs first, int batch, Dataset data)
    {
        int[] labels = [.. data.Splits.SelectMany(s => s.Labels ?? [])];
        if (labels.Length == 0 && data.Classes is null) return (null, "the data has no labels, so accuracy is not told");
        var largest = labels.DefaultIfEmpty(data.Classes?.Count - 1 ?? 0).Max();
        (Scores Scores, int Beyond)? nearly = null;
        for (var o = 0; o < model.Outputs.Count; o++)
        {
            if (!first.IsTensor(o) || !first.Element(o).IsTappable() || first.Element(o) == ElementType.BFloat16) continue;
            var dims = first.Dims(o);
            var classes = dims.Skip(1).Aggregate(1L, (a, b) => a * b);
            if (dims.Length < 2 || dims[0] != batch || classes < 2 || classes > 1_000_000) continue;
            // Scores may be shaped [N,K,1,1]; two axes longer than one would be a map, not a class.
            if (dims.Skip(1).Count(d => d > 1) != 1) continue;
            var beyond = labels.Count(l => l >= classes);
            if (beyond > MostBeyond * labels.Length || (labels.Length == 0 && largest >= classes)) continue;
            var found = new Scores(o, (int)classes, KindOf(model, model.Outputs[o].Name, first.Floats(o), (int)classes));
            if (beyond == 0) return (found, null);
            nearly ??= (found, beyond);
        }
        if (nearly is { } output)
            return (output.Scores, $"{output.Beyond} of {labels.Length} labels are beyond the {output.Scores.Classes} classes that output `{model.Outputs[output.Scores.Output].Name}` has scores for (the largest is {largest}): they count as predicted wrong and have no loss");
        return (null, $"no output of the model has scores for {largest + 1} classes, so accuracy is not told");
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
