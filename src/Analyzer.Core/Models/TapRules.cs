namespace Analyzer.Models;

/// <summary>Which taps make sense, and what to say of those that do not.</summary>
internal static class TapRules
{
    /// <summary>Floats of a sample at most that are fetched from ONNX Runtime, which hands over 2 GiB at once.</summary>
    public const long MostFloats = int.MaxValue / sizeof(float);

    public static void Check(OnnxModel model, ModelTensor tensor, Reducer reducer, TensorShape actual, double threshold)
    {
        AnalyzerException Refused(string why, string hint) =>
            new($"tensor `{tensor.Name}` of `{model.Path}` cannot be tapped: {why}", hint, Failure.BadInput);

        if (!double.IsFinite(threshold))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A threshold is a finite number.");
        if (WhyNot(model, tensor, actual) is var (why, hint)) throw Refused(why, hint);
        if (reducer is Reducer.None or Reducer.Sign)
        {
            if (actual.CountPerSample is null)
                throw Refused($"its shape {actual} leaves open how many elements a sample has", "give the shape that it has for one batch");
            if (actual.CountPerSample == 0) throw Refused($"its shape {actual} has no elements", "choose another tensor");
            if (reducer == Reducer.Sign && actual.CountPerSample > int.MaxValue - 8)
                throw Refused($"its shape {actual} has more elements than bits can be packed", "choose a smaller tensor");
            if (reducer == Reducer.None && actual.CountPerSample > MostFloats)
                throw Refused($"its shape {actual} takes more than 2 GiB a sample", "use the reducer `mean` or `sign`, or choose a smaller tensor");
            return;
        }

        if (UnitAxisOf(tensor, actual) is not { } unit)
            throw Refused($"nothing says which axis of its shape {actual} holds units", "use the reducer `none` or `sign`");
        if (actual.Dims[unit].Size is null or 0)
            throw Refused($"its shape {actual} leaves open how many units it has", "give the shape that it has for one batch");
        var others = actual.Dims.Where((_, axis) => axis != 0 && axis != unit).ToList();
        if (reducer == Reducer.Std && others.All(dim => dim.Size == 1))
            throw Refused($"its shape {actual} has one value per unit and sample, so there is nothing for `std` to reduce over",
                "use the reducer `mean`, or `none`");
    }

    /// <summary>Why a tensor can be tapped by no reducer, and what to do instead; null where nothing that is known speaks against it.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="shape">Its shape, as far as it is known.</param>
    public static (string Why, string Hint)? WhyNot(OnnxModel model, ModelTensor tensor, TensorShape? shape)
    {
        if (tensor.Type.Element == ElementType.Undefined)
            return ("its element type is not known", "have the exporter declare it, for instance with ONNX's own shape inference");
        if (!tensor.HoldsNumbers)
            return ($"its elements are {tensor.Type.Element}, and taps are for floating-point tensors", "choose the tensor before it was quantised, or the one it indexes");
        if (!tensor.DependsOnInput) return ("it does not depend on the model's input, so it has no batch axis", "choose another tensor");
        if (shape is null) return null;
        if (shape.Rank == 0) return ("it is a scalar, so it has no batch axis", "choose another tensor");
        return NoBatchAxis(model, tensor, shape) is { } why ? (why, "choose another tensor") : null;
    }

    /// <summary>The unit axis of a tensor of this shape, from the front; null where nothing says which or it is the batch axis.</summary>
    public static int? UnitAxisOf(ModelTensor tensor, TensorShape actual)
    {
        var axis = tensor.UnitAxis ?? (actual.Rank >= 4 ? 1 : actual.Rank - 1);
        if (axis < 0) axis += actual.Rank;
        return axis > 0 && axis < actual.Rank ? axis : null;
    }

    /// <summary>Whether a tensor is [batch, tokens, units].</summary>
    public static bool HasTokens(ModelTensor tensor, TensorShape actual) => actual.Rank == 3 && UnitAxisOf(tensor, actual) == 2;

    /// <summary>Why the first axis cannot be the batch, judged by the first axes of the model's inputs.</summary>
    private static string? NoBatchAxis(OnnxModel model, ModelTensor tensor, TensorShape actual)
    {
        var inputs = BatchAxis.FirstAxisShapes(model);
        if (inputs.Count == 0 || model.Inputs.Any(input => input.Type.Shape is null)) return null;
        var first = actual.Dims[0];
        if (first.Size is { } size && inputs.All(shape => shape.Dims[0].Size is { } fixedBatch && fixedBatch != size))
            return $"its first axis has {size} entries and the model's inputs have {inputs[0].Dims[0]}, so it is not the batch";
        // A first axis of 1 is a model written for one sample at a time, whatever its input says; any other fixed size is no batch.
        if (tensor.Type.Shape is { Rank: > 0 } known && known.Dims[0].Size is { } always && always != 1
            && inputs.All(shape => shape.Dims[0].Size is null))
            return $"its first axis always has {always} entries, so it is not the batch";
        if ((first.Symbol ?? (tensor.Type.Shape is { Rank: > 0 } declared ? declared.Dims[0].Symbol : null)) is { } symbol
            && inputs.All(shape => shape.Dims[0].Symbol != symbol) && inputs.Any(shape => shape.Dims.Any(dim => dim.Symbol == symbol)))
            return $"its first axis is `{symbol}`, which is not the batch of the model's inputs";
        return null;
    }
}
