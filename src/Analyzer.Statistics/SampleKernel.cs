using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>The linear kernel of samples, k(i, j) = xᵢ·xⱼ of centred rows, its diagonal left out: what the unbiased HSIC is made of.</summary>
/// <remarks>8·n² bytes. Sums in double, in an order that neither threads nor vector width change.</remarks>
public sealed class SampleKernel
{
    /// <summary>Samples at most: two kernels then take 400 MB.</summary>
    public const int MostSamples = 5_000;

    private SampleKernel(int samples, double[] values, double[] sums) => (Samples, Values, Sums) = (samples, values, sums);

    /// <summary>n.</summary>
    public int Samples { get; }

    // [n × n] with a diagonal of 0, and [n] sums of its rows.
    internal double[] Values { get; }
    internal double[] Sums { get; }

    /// <summary>Computes it.</summary>
    /// <param name="rows">[n samples, d units], finite; n in [4, <see cref="MostSamples"/>].</param>
    /// <param name="threads">Threads at most; the result does not depend on it. Default: all processors.</param>
    /// <param name="cancel">Stops the computation.</param>
    /// <exception cref="ArgumentException">Too few or too many samples, or a value that is not finite.</exception>
    /// <remarks>O(n²·d), half of it by symmetry.</remarks>
    public static SampleKernel Of(Matrix rows, int? threads = null, CancellationToken cancel = default)
    {
        var n = Require.InRange(rows.Rows, 4, MostSamples, nameof(rows));
        var (centred, width) = Centred(rows);
        var values = new double[n * n];
        Blocks.For(n, 16, threads ?? Environment.ProcessorCount, (first, count) =>
        {
            for (var i = first; i < first + count; i++)
                for (var j = 0; j < i; j++)
                    values[i * n + j] = values[j * n + i] = Dot(centred.AsSpan(i * width, width), centred.AsSpan(j * width, width));
        }, cancel);
        var sums = new double[n];
        for (var i = 0; i < n; i++) sums[i] = LaneMath.Sum(values.AsSpan(i * n, n));
        return new(n, values, sums);
    }

    /// <summary>Rows less their mean, [n, width] in double, zeros behind the units up to whole vectors.</summary>
    internal static (double[] Values, int Width) Centred(Matrix rows)
    {
        rows.RequireFinite(nameof(rows));
        var width = (rows.Columns + Vector512<double>.Count - 1) / Vector512<double>.Count * Vector512<double>.Count;
        var mean = new double[rows.Columns];
        for (var i = 0; i < rows.Rows; i++) LaneMath.Add(rows.Row(i), mean);
        for (var j = 0; j < mean.Length; j++) mean[j] /= rows.Rows;
        var centred = new double[checked(rows.Rows * width)];
        for (var i = 0; i < rows.Rows; i++)
        {
            var row = rows.Row(i);
            for (var j = 0; j < row.Length; j++) centred[i * width + j] = row[j] - mean[j];
        }
        return (centred, width);
    }

    /// <summary>Dot product of whole vectors; the lanes are summed in their order.</summary>
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector512<double>> left = MemoryMarshal.Cast<double, Vector512<double>>(x), right = MemoryMarshal.Cast<double, Vector512<double>>(y);
        Vector512<double> even = default, odd = default;
        var k = 0;
        for (; k + 1 < left.Length; k += 2)
        {
            even = Vector512.FusedMultiplyAdd(left[k], right[k], even);
            odd = Vector512.FusedMultiplyAdd(left[k + 1], right[k + 1], odd);
        }
        if (k < left.Length) even = Vector512.FusedMultiplyAdd(left[k], right[k], even);
        even += odd;
        double sum = 0;
        for (var lane = 0; lane < Vector512<double>.Count; lane++) sum += even[lane];
        return sum;
    }
}
