using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>The two directions in which samples vary most, and where the samples lie in that plane.</summary>
/// <remarks>
/// Principal component analysis, centred and not whitened, as scikit-learn's <c>PCA(2, svd_solver="full")</c> up to signs:
/// here the largest loading of an axis is positive (the first of those equal within 1e-9). The covariance is never formed:
/// each axis is the leading eigenvector that Lanczos finds orthogonal to those before, which also separates equal variances.
/// </remarks>
public sealed class PrincipalPlane
{
    private const int RowGroup = 4;

    private PrincipalPlane(double[] first, double[] second, double[] firstAxis, double[] secondAxis, double[] variances, double total)
    {
        (First, Second, FirstAxis, SecondAxis) = (first, second, firstAxis, secondAxis);
        (ExplainedVariance, TotalVariance) = (variances, total);
        ExplainedVarianceRatio = total > 0 ? [variances[0] / total, variances[1] / total] : null;
    }

    /// <summary>Score of each sample on the first axis, [samples], in the samples' unit; their mean is 0.</summary>
    public double[] First { get; }

    /// <summary>Score of each sample on the second axis, [samples]; all 0 where the samples vary in one direction only.</summary>
    public double[] Second { get; }

    /// <summary>Loadings of the first axis, [columns], of length 1; all 0 where nothing varies.</summary>
    public double[] FirstAxis { get; }

    /// <summary>Loadings of the second axis, [columns], of length 1; all 0 where the samples vary in one direction only.</summary>
    public double[] SecondAxis { get; }

    /// <summary>Variance of the scores on each axis, [2] (n − 1), descending.</summary>
    public double[] ExplainedVariance { get; }

    /// <summary>Each axis's share of the total variance, [2], fractions in [0, 1]; null where nothing varies.</summary>
    public double[]? ExplainedVarianceRatio { get; }

    /// <summary>Sum of the variances of all columns (n − 1).</summary>
    public double TotalVariance { get; }

    /// <summary>Finds the plane.</summary>
    /// <param name="samples">[samples, columns], finite; at least 2 samples.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>Scores, axes and variances; eigenvectors to a residual of 1e-10 of their eigenvalue.</returns>
    /// <exception cref="ArgumentException">Fewer than 2 samples, or a value that is not finite.</exception>
    /// <remarks>O(samples · columns · steps), usually 20 to 60 steps an axis; copies the samples in double.</remarks>
    public static PrincipalPlane Of(Matrix samples, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Rows < 2) throw new ArgumentException($"{samples.Rows} samples do not vary; at least 2 may", nameof(samples));
        samples.RequireFinite(nameof(samples));
        int rows = samples.Rows, columns = samples.Columns, stride = (columns + 7) / 8 * 8;
        var centred = Centre(samples, stride);
        var degrees = rows - 1.0;
        var total = SquaredNorm(centred) / degrees;

        var axes = new double[2][];
        var variances = new double[2];
        for (var axis = 0; axis < 2; axis++)
        {
            var (vector, value) = axis < columns
                ? Lanczos.Leading((v, w) => ApplyScatter(centred, stride, v, w), columns, stride, axis == 0 ? null : axes[0], variances[0] * degrees, cancel)
                : (new double[stride], 0);
            Orient(vector);
            (axes[axis], variances[axis]) = (vector, value / degrees);
        }
        double[] first = Scores(centred, stride, rows, axes[0]), second = Scores(centred, stride, rows, axes[1]);
        return new(first, second, axes[0][..columns], axes[1][..columns], variances, total);
    }

    // Rows of zeros fill the last group, and zeros each row to whole vectors: they change no product.
    private static double[] Centre(Matrix samples, int stride)
    {
        var means = new double[samples.Columns];
        for (var row = 0; row < samples.Rows; row++) LaneMath.Add(samples.Row(row), means);
        for (var j = 0; j < means.Length; j++) means[j] /= samples.Rows;
        var centred = new double[(samples.Rows + RowGroup - 1) / RowGroup * RowGroup * stride];
        for (var row = 0; row < samples.Rows; row++)
        {
            var source = samples.Row(row);
            var target = centred.AsSpan(row * stride, source.Length);
            for (var j = 0; j < source.Length; j++) target[j] = source[j] - means[j];
        }
        return centred;
    }

    // w = XᵀX v in one pass over the rows: each group is still in cache when its products are added.
    private static void ApplyScatter(double[] centred, int stride, double[] vector, double[] result)
    {
        Array.Clear(result);
        var v = MemoryMarshal.Cast<double, Vector512<double>>(vector);
        var w = MemoryMarshal.Cast<double, Vector512<double>>(result.AsSpan());
        for (var start = 0; start < centred.Length; start += RowGroup * stride)
        {
            var a = Row(centred, start, stride);
            var b = Row(centred, start + stride, stride);
            var c = Row(centred, start + 2 * stride, stride);
            var d = Row(centred, start + 3 * stride, stride);
            Vector512<double> sa = default, sb = default, sc = default, sd = default;
            for (var j = 0; j < v.Length; j++)
            {
                sa = Vector512.FusedMultiplyAdd(a[j], v[j], sa);
                sb = Vector512.FusedMultiplyAdd(b[j], v[j], sb);
                sc = Vector512.FusedMultiplyAdd(c[j], v[j], sc);
                sd = Vector512.FusedMultiplyAdd(d[j], v[j], sd);
            }
            sa = Vector512.Create(Transcendental.Sum(sa));
            sb = Vector512.Create(Transcendental.Sum(sb));
            sc = Vector512.Create(Transcendental.Sum(sc));
            sd = Vector512.Create(Transcendental.Sum(sd));
            for (var j = 0; j < w.Length; j++)
            {
                var left = Vector512.FusedMultiplyAdd(b[j], sb, a[j] * sa);
                var right = Vector512.FusedMultiplyAdd(d[j], sd, c[j] * sc);
                w[j] += left + right;
            }
        }
    }

    private static double[] Scores(double[] centred, int stride, int rows, double[] axis)
    {
        var scores = new double[rows];
        for (var row = 0; row < rows; row++) scores[row] = Lanczos.Dot(centred.AsSpan(row * stride, stride), axis);
        return scores;
    }

    private static void Orient(double[] axis)
    {
        double largest = 0;
        foreach (var loading in axis) largest = Math.Max(largest, Math.Abs(loading));
        foreach (var loading in axis)
        {
            if (Math.Abs(loading) < largest * (1 - 1e-9)) continue;
            if (loading < 0)
                for (var j = 0; j < axis.Length; j++) axis[j] = -axis[j];
            return;
        }
    }

    private static double SquaredNorm(double[] values) => Lanczos.Dot(values, values);

    private static ReadOnlySpan<Vector512<double>> Row(double[] values, int start, int stride) =>
        MemoryMarshal.Cast<double, Vector512<double>>(values.AsSpan(start, stride));
}
