namespace Analyzer.Statistics;

/// <summary>How alike two layers see the same samples, with what is known of its error.</summary>
/// <param name="Value">Debiased linear CKA, at most 1 but for small samples; about 0, and below it as often as above, for unrelated layers.</param>
/// <param name="Interval">[low, high] at 95 %, from random halves of the samples; null below 16 samples, or where a half has no CKA.</param>
/// <param name="Null">The same with the samples of one side permuted.</param>
public sealed record CkaEstimate(double Value, double[]? Interval, NullDistribution Null);

/// <summary>
/// Centred kernel alignment of linear kernels by the unbiased estimator of HSIC: Kornblith et al., arXiv 1905.00414, with the estimator of
/// Song et al. (ICML 2007; JMLR 13, 2012) as Nguyen, Raghu, Kornblith use it, arXiv 2010.15327. The plain one rises with units over samples;
/// this one does not.
/// </summary>
/// <remarks>
/// 1 for a layer with itself; the same after rotating or scaling units together. Undefined, and told as null, where a layer does not vary
/// over the samples, or where so few are given that the estimate of its own HSIC is not positive.
/// </remarks>
public static class LinearCka
{
    private const int FewestForHalves = 16;

    /// <summary>Measures it, without error: by units in O(n·d²) or by samples in O(n²·d), whichever is less.</summary>
    /// <param name="x">[n samples, d units], finite; n at least 4.</param>
    /// <param name="y">[n samples, e units], of the same samples in the same order.</param>
    /// <returns>Unitless; null where it is undefined.</returns>
    /// <exception cref="ArgumentException">Different numbers of samples, fewer than 4, or a value that is not finite.</exception>
    public static double? Measure(Matrix x, Matrix y)
    {
        Require.SameLength(y.Rows, x.Rows, nameof(y));
        Require.InRange(x.Rows, 4, int.MaxValue, nameof(x));
        double d = x.Columns, e = y.Columns, n = x.Rows;
        return n <= SampleKernel.MostSamples && n * (d + e) < d * d + d * e + e * e
            ? Measure(SampleKernel.Of(x), SampleKernel.Of(y))
            : Ratio(ByUnits(x, y), ByUnits(x, x), ByUnits(y, y));
    }

    /// <summary>Measures it from kernels of the same samples: O(n²).</summary>
    /// <returns>Unitless; null where it is undefined.</returns>
    /// <exception cref="ArgumentException">Different numbers of samples.</exception>
    public static double? Measure(SampleKernel x, SampleKernel y) => Ratio(Hsic(x, y, null), Hsic(x, x, null), Hsic(y, y, null));

    /// <summary>Measures it with an interval and a null.</summary>
    /// <param name="x">Of one layer.</param>
    /// <param name="y">Of the other, over the same samples in the same order.</param>
    /// <param name="options">How often to draw.</param>
    /// <param name="cancel">Stops between two draws.</param>
    /// <returns>Null where it is undefined. O((halves/4 + permutations)·n²).</returns>
    /// <exception cref="ArgumentException">Different numbers of samples.</exception>
    /// <remarks>
    /// The interval is the middle 95 % over random halves of the samples, drawn without replacement: their spread about the whole's value is
    /// that of the whole's about the truth (half-sampling; Politis, Romano, Wolf, Subsampling, 1999). Drawing with replacement would not do,
    /// for a sample drawn twice is like itself, which the estimator takes for alikeness. It is too wide near 0, and leaves out what another
    /// training would change.
    /// </remarks>
    public static CkaEstimate? Measure(SampleKernel x, SampleKernel y, LinearCkaOptions options, CancellationToken cancel = default)
    {
        double first = Hsic(x, x, null), second = Hsic(y, y, null);
        if (Ratio(Hsic(x, y, null), first, second) is not { } value) return null;
        var random = new SeededRandom(options.Seed);
        int[] order = [.. Enumerable.Range(0, x.Samples)];
        var nulls = new double[options.Permutations];
        for (var p = 0; p < nulls.Length; p++)
        {
            cancel.ThrowIfCancellationRequested();
            random.Shuffle(order.AsSpan());
            nulls[p] = Ratio(Hsic(x, y, order), first, second)!.Value;
        }
        var halves = new double[x.Samples < FewestForHalves ? 0 : options.Halves];
        var defined = halves.Length > 0;
        for (var h = 0; h < halves.Length && defined; h++)
        {
            cancel.ThrowIfCancellationRequested();
            random.Shuffle(order.AsSpan());
            var half = OfSome(x, y, order.AsSpan(0, x.Samples / 2));
            (defined, halves[h]) = (half is not null, half ?? 0);
        }
        Array.Sort(halves);
        return new(value, defined ? [Quantile(halves, .025), Quantile(halves, .975)] : null, NullDistribution.Of(nulls));
    }

    // Of row i in one kernel and row order[i] in the other.
    private static double Hsic(SampleKernel x, SampleKernel y, int[]? order)
    {
        Require.SameLength(y.Samples, x.Samples, nameof(y));
        var n = x.Samples;
        double trace = 0, joint = 0;
        for (var i = 0; i < n; i++)
        {
            var other = order?[i] ?? i;
            ReadOnlySpan<double> left = x.Values.AsSpan(i * n, n), right = y.Values.AsSpan(other * n, n);
            double sum = 0;
            if (order is null) for (var j = 0; j < n; j++) sum += left[j] * right[j];
            else for (var j = 0; j < n; j++) sum += left[j] * right[order[j]];
            trace += sum;
            joint += x.Sums[i] * y.Sums[other];
        }
        return Unbiased(n, trace, LaneMath.Sum(x.Sums), LaneMath.Sum(y.Sums), joint);
    }

    private static double? OfSome(SampleKernel x, SampleKernel y, ReadOnlySpan<int> some)
    {
        double xy = 0, xx = 0, yy = 0, jointXy = 0, jointXx = 0, jointYy = 0, allX = 0, allY = 0;
        foreach (var i in some)
        {
            ReadOnlySpan<double> left = x.Values.AsSpan(i * x.Samples, x.Samples), right = y.Values.AsSpan(i * x.Samples, x.Samples);
            double sumX = 0, sumY = 0, ab = 0, aa = 0, bb = 0;
            foreach (var j in some)
            {
                double a = left[j], b = right[j];
                sumX += a;
                sumY += b;
                ab += a * b;
                aa += a * a;
                bb += b * b;
            }
            xy += ab;
            xx += aa;
            yy += bb;
            jointXy += sumX * sumY;
            jointXx += sumX * sumX;
            jointYy += sumY * sumY;
            allX += sumX;
            allY += sumY;
        }
        return Ratio(Unbiased(some.Length, xy, allX, allY, jointXy), Unbiased(some.Length, xx, allX, allX, jointXx), Unbiased(some.Length, yy, allY, allY, jointYy));
    }

    // tr(K̃L̃) = ‖XᵀY‖² − Σ kᵢᵢlᵢᵢ, and K̃1 = X(Xᵀ1) − diag K, where Xᵀ1 = 0 of centred rows.
    private static double ByUnits(Matrix x, Matrix y)
    {
        double[] left = Columns(x, out var stride), right = ReferenceEquals(x, y) ? left : Columns(y, out _);
        double trace = 0;
        for (var a = 0; a < x.Columns; a++)
            for (var b = 0; b < y.Columns; b++)
            {
                var product = SampleKernel.Dot(left.AsSpan(a * stride, stride), right.AsSpan(b * stride, stride));
                trace += product * product;
            }
        double allX = 0, allY = 0, joint = 0;
        for (var i = 0; i < x.Rows; i++)
        {
            double normX = 0, normY = 0;
            for (var a = 0; a < x.Columns; a++) normX += left[a * stride + i] * left[a * stride + i];
            for (var b = 0; b < y.Columns; b++) normY += right[b * stride + i] * right[b * stride + i];
            allX -= normX;
            allY -= normY;
            joint += normX * normY;
        }
        return Unbiased(x.Rows, trace - joint, allX, allY, joint);
    }

    // [units, stride] of centred values, samples behind one another.
    private static double[] Columns(Matrix rows, out int stride)
    {
        var (centred, width) = SampleKernel.Centred(rows);
        stride = (rows.Rows + 7) / 8 * 8;
        var columns = new double[checked(rows.Columns * stride)];
        for (var i = 0; i < rows.Rows; i++)
            for (var j = 0; j < rows.Columns; j++) columns[j * stride + i] = centred[i * width + j];
        return columns;
    }

    // Song et al., equation 5: K̃ and L̃ without diagonals, 1ᵀK̃1 and 1ᵀL̃1 their sums, joint = 1ᵀK̃L̃1.
    private static double Unbiased(int n, double trace, double sumX, double sumY, double joint) =>
        (trace + sumX / (n - 1) * (sumY / (n - 2)) - 2 * joint / (n - 2)) / ((double)n * (n - 3));

    private static double? Ratio(double xy, double xx, double yy) => xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : null;

    // Between order statistics, as NumPy does.
    private static double Quantile(double[] sorted, double share)
    {
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }
}
