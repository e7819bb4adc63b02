using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Eigenvalues of the covariance of units.</summary>
public static class CovarianceSpectrum
{
    /// <summary>The eigenvalues above 0, by the smaller of the two products XXᵀ and XᵀX.</summary>
    /// <param name="units">[d units, n samples], finite.</param>
    /// <param name="cancel">Stops the computation.</param>
    /// <returns>
    /// At most min(d, n − 1) variances (n − 1 in the denominator), descending, in the square of the values' unit. Those below
    /// max(d, n) · 2⁻⁵² of the largest, or of the largest mean square, are rounding and left out; none for constant units or a single sample.
    /// </returns>
    /// <exception cref="ArgumentException">A value that is not finite.</exception>
    /// <remarks>
    /// O(d · n · m + m³) with m = min(d, n). Householder's tridiagonal form, then implicit QL steps (Golub and Van Loan, Matrix
    /// Computations, 4th ed., algorithms 8.3.1 and 8.3.3). Eigenvalues err by some m · 2⁻⁵² of the largest.
    /// </remarks>
    public static double[] Of(Matrix units, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(units);
        units.RequireFinite(nameof(units));
        if (units.Columns < 2 || units.Rows == 0) return [];
        var bySamples = units.Rows > units.Columns;
        var rows = bySamples ? units.Transpose() : units;
        int m = rows.Rows, samples = units.Columns;
        var products = Gram.Products(rows, cancel: cancel);
        double largest = 0;
        for (var i = 0; i < m; i++) largest = Math.Max(largest, products[i * m + i] / (samples - 1));
        if (bySamples) CentreBoth(products, m);
        else SubtractMeans(products, rows);
        for (var i = 0; i < products.Length; i++) products[i] /= samples - 1;

        var values = SymmetricEigenvalues(products, m, cancel);
        Array.Sort(values);
        Array.Reverse(values);
        // What is left of constant units is the rounding of their squares, not a variance.
        var floor = Math.Max(values[0], largest) * Math.Max(units.Rows, samples) * Math.Pow(2, -52);
        return [.. values.Take(Math.Min(units.Rows, samples - 1)).TakeWhile(value => value > floor && value > 0)];
    }

    /// <summary>Σ xⱼ xₖ − n · mean · mean.</summary>
    private static void SubtractMeans(double[] products, Matrix rows)
    {
        var m = rows.Rows;
        var sums = new double[m];
        for (var i = 0; i < m; i++)
            foreach (var value in rows.Row(i))
                sums[i] += value;
        for (var i = 0; i < m; i++)
            for (var j = 0; j < m; j++)
                products[i * m + j] -= sums[i] * sums[j] / rows.Columns;
    }

    /// <summary>Subtracts the means of rows and columns: the products of samples less their mean.</summary>
    internal static void CentreBoth(double[] products, int m)
    {
        var means = new double[m];
        for (var i = 0; i < m; i++) means[i] = LaneMath.Sum(products.AsSpan(i * m, m)) / m;
        var mean = LaneMath.Sum(means) / m;
        for (var i = 0; i < m; i++)
            for (var j = 0; j < m; j++)
                products[i * m + j] += mean - means[i] - means[j];
    }

    /// <summary>All eigenvalues of a symmetric matrix, in no order; the matrix is overwritten.</summary>
    internal static double[] SymmetricEigenvalues(double[] matrix, int n, CancellationToken cancel)
    {
        var (diagonal, off) = (new double[n], new double[n]);
        Tridiagonalise(matrix, n, diagonal, off, cancel);
        Tridiagonal.Eigenvalues(diagonal, off);
        return diagonal;
    }

    private static void Tridiagonalise(double[] a, int n, double[] diagonal, double[] off, CancellationToken cancel)
    {
        var (v, w) = (new double[n], new double[n]);
        for (var k = 0; k < n; k++)
        {
            cancel.ThrowIfCancellationRequested();
            diagonal[k] = a[k * n + k];
            var size = n - k - 1;
            if (size == 0) break;
            Span<double> mirror = v.AsSpan(0, size), step = w.AsSpan(0, size);
            a.AsSpan(k * n + k + 1, size).CopyTo(mirror);
            var norm = Math.Sqrt(Dot(mirror, mirror));
            off[k] = mirror[0] > 0 ? -norm : norm;
            if (size == 1)
            {
                off[k] = mirror[0];
                continue;
            }
            if (norm == 0) continue;
            mirror[0] -= off[k];
            var factor = 2 / Dot(mirror, mirror);
            for (var i = 0; i < size; i++) step[i] = factor * Dot(a.AsSpan((k + 1 + i) * n + k + 1, size), mirror);
            var half = 0.5 * factor * Dot(mirror, step);
            for (var i = 0; i < size; i++) step[i] -= half * mirror[i];
            for (var i = 0; i < size; i++) Subtract(a.AsSpan((k + 1 + i) * n + k + 1, size), mirror[i], step, step[i], mirror);
        }
    }

    // Eight sums on every machine, so that the bits do not depend on the vector width.
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector512<double> sum = default, other = default;
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref b, (nuint)i), sum);
            other = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref a, (nuint)i + 8), Vector512.LoadUnsafe(ref b, (nuint)i + 8), other);
        }
        var total = Transcendental.Sum(sum + other);
        for (; i < x.Length; i++) total = Math.FusedMultiplyAdd(x[i], y[i], total);
        return total;
    }

    /// <summary>row −= p · x + q · y.</summary>
    private static void Subtract(Span<double> row, double p, ReadOnlySpan<double> x, double q, ReadOnlySpan<double> y)
    {
        ref double target = ref MemoryMarshal.GetReference(row);
        ref double a = ref MemoryMarshal.GetReference(x[..row.Length]), b = ref MemoryMarshal.GetReference(y[..row.Length]);
        Vector512<double> left = Vector512.Create(-p), right = Vector512.Create(-q);
        var i = 0;
        for (; i + 8 <= row.Length; i += 8)
        {
            var sum = Vector512.FusedMultiplyAdd(left, Vector512.LoadUnsafe(ref a, (nuint)i), Vector512.LoadUnsafe(ref target, (nuint)i));
            Vector512.FusedMultiplyAdd(right, Vector512.LoadUnsafe(ref b, (nuint)i), sum).StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < row.Length; i++) row[i] = Math.FusedMultiplyAdd(-q, y[i], Math.FusedMultiplyAdd(-p, x[i], row[i]));
    }
}
