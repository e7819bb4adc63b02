using System.Numerics;
using System.Numerics.Tensors;

namespace Analyzer.Datasets;

/// <summary>(x·scale − mean)/std for one row, each step rounded to <typeparamref name="T"/> as NumPy does.</summary>
/// <remarks>
/// Steps that move pixels (resize, crop) will be an ONNX graph; these act on one element at a time, and vectorised they cost less than a
/// call into an engine. A fused x·a + b would be one rounding instead of three, and so not what training computed.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class Affine<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T? _scale;
    private readonly T[] _mean;
    private readonly T[] _std;

    /// <summary>Spreads values per channel over the elements of a row.</summary>
    /// <param name="preprocessing">Scale, mean and std.</param>
    /// <param name="layout">Where the channels are.</param>
    /// <param name="elements">Elements of a row.</param>
    /// <param name="subject">How messages begin.</param>
    /// <exception cref="AnalyzerException">As many values as there are neither channels nor one.</exception>
    public Affine(Preprocessing preprocessing, SampleLayout layout, int elements, string subject)
    {
        _scale = preprocessing.Scale is { } scale ? T.CreateTruncating(scale) : null;
        _mean = Spread(preprocessing.Mean, "mean", layout, elements, subject);
        _std = Spread(preprocessing.Std, "std", layout, elements, subject);
    }

    /// <summary>Applies it in place.</summary>
    /// <param name="row">All elements of one row.</param>
    public void Apply(Span<T> row)
    {
        if (_scale is { } scale) TensorPrimitives.Multiply(row, scale, row);
        if (_mean.Length == 1) TensorPrimitives.Subtract(row, _mean[0], row);
        else if (_mean.Length > 1) TensorPrimitives.Subtract(row, _mean, row);
        if (_std.Length == 1) TensorPrimitives.Divide(row, _std[0], row);
        else if (_std.Length > 1) TensorPrimitives.Divide(row, _std, row);
    }

    private static T[] Spread(IReadOnlyList<double> values, string key, SampleLayout layout, int elements, string subject)
    {
        if (values.Count <= 1) return [.. values.Select(T.CreateTruncating)];
        if (values.Count != layout.Channels)
            throw BadData.Because($"{subject}: `{key}` has {values.Count} values; rows of shape {BadData.Shape(layout.Shape)} have " +
                                  BadData.Count(layout.Channels, "known channel"),
                                  "give one number, or one per channel; `layout` says where the channels are");
        var spread = new T[elements];
        for (var i = 0; i < elements; i++)
            spread[i] = T.CreateTruncating(values[i / layout.ChannelStride % layout.Channels]);
        return spread;
    }
}
