namespace Analyzer.Models;

/// <summary>
/// Which axis of each input counts samples. It is the first, but for the states of recurrent models, which have layers first
/// (<c>[2,batch,128]</c>), and for what concerns all samples alike, such as a sampling rate.
/// </summary>
internal static class BatchAxis
{
    /// <summary>The input that says what the batch is: the first whose first axis is open, else the first that has axes; null where none has.</summary>
    public static Declared? Leader(OnnxModel model) =>
        model.Inputs.FirstOrDefault(input => input.Type.Shape is { Rank: > 0 } shape && shape.Dims[0].Size is null)
            ?? model.Inputs.FirstOrDefault(input => input.Type.Shape is { Rank: > 0 });

    /// <summary>The axis of an input that counts samples; null where no axis does. An input of unknown shape is taken to have it first.</summary>
    public static int? Of(OnnxModel model, Declared input)
    {
        if (input.Type.Shape is not { } shape) return 0;
        if (shape.Rank == 0) return null;
        if (Leader(model)?.Type.Shape is not { } leader || leader.Dims[0] == shape.Dims[0]) return 0;
        var batch = leader.Dims[0];
        // An open first axis may be the batch under another name.
        if (shape.Dims[0].Size is null) return 0;
        int? At(Func<Dimension, bool> fits) => Enumerable.Range(0, shape.Rank).Where(axis => fits(shape.Dims[axis])).Cast<int?>().FirstOrDefault();
        if (batch.Size is { } size) return At(dim => dim.Size == size) ?? 0;
        return batch.Symbol is { } symbol && At(dim => dim.Symbol == symbol) is { } named ? named
            : shape.Dims.Count(dim => dim.Size is null) == 1 ? At(dim => dim.Size is null)
            : null;
    }

    /// <summary>Shapes of the inputs that have the batch first.</summary>
    public static IReadOnlyList<TensorShape> FirstAxisShapes(OnnxModel model) =>
        [.. model.Inputs.Where(input => Of(model, input) == 0).Select(input => input.Type.Shape).OfType<TensorShape>().Where(shape => shape.Rank > 0)];
}
