using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Inverse of the curvature's diagonal after each feature is centred.</summary>
/// <remarks>
/// Features that are not centred couple every weight with the intercept, and conjugate gradients pay for it many times
/// over. Shifting feature j by its curvature-weighted mean μ is the change of variables b → b − μ·w, which the
/// unpenalised intercept absorbs.
/// </remarks>
internal sealed class CentredDiagonal
{
    private readonly double[] _means;
    private readonly double[] _inverse;
    private readonly int _lanes;

    /// <param name="first">[columns + 1, lanes] weighted sums of the features; the last row sums the weights.</param>
    /// <param name="second">[columns + 1, lanes] weighted sums of the squared features.</param>
    /// <param name="decay">What the penalty adds to the diagonal.</param>
    /// <param name="lanes">Models side by side.</param>
    public CentredDiagonal(double[] first, double[] second, double decay, int lanes)
    {
        (_lanes, _means, _inverse) = (lanes, new double[first.Length - lanes], new double[first.Length]);
        for (var lane = 0; lane < lanes; lane++)
        {
            var weight = first[_means.Length + lane];
            _inverse[_means.Length + lane] = weight > 0 ? 1 / weight : 1;
            for (var i = lane; i < _means.Length; i += lanes)
            {
                _means[i] = weight > 0 ? first[i] / weight : 0;
                _inverse[i] = 1 / (Math.Max(0, second[i] - first[i] * _means[i]) + decay);
            }
        }
    }

    /// <summary>Sets <paramref name="scaled"/> to the inverse times <paramref name="residual"/>.</summary>
    public void Apply(ReadOnlySpan<double> residual, Span<double> scaled)
    {
        var intercepts = residual[_means.Length..];
        var shift = scaled[_means.Length..];
        TensorPrimitives.Multiply(intercepts, _inverse.AsSpan(_means.Length), shift);
        for (var i = 0; i < _means.Length; i += _lanes)
        {
            ReadOnlySpan<double> mean = _means.AsSpan(i, _lanes);
            var own = scaled.Slice(i, _lanes);
            TensorPrimitives.Multiply(mean, intercepts, own);
            TensorPrimitives.Subtract(residual.Slice(i, _lanes), own, own);
            TensorPrimitives.Multiply(own, _inverse.AsSpan(i, _lanes), own);
            for (var lane = 0; lane < _lanes; lane++) shift[lane] -= mean[lane] * own[lane];
        }
    }
}
