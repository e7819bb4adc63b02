namespace Analyzer.Statistics;

/// <summary>Eigenvalues of a symmetric tridiagonal matrix.</summary>
/// <remarks>Implicit QL with Wilkinson's shift (EISPACK <c>tql2</c>; Bowdler, Martin, Reinsch and Wilkinson 1968).</remarks>
internal static class Tridiagonal
{
    private const int MostSweeps = 60;

    /// <summary>The largest eigenvalue and its eigenvector.</summary>
    /// <param name="diagonal">[n].</param>
    /// <param name="coupling">[n − 1] beside the diagonal.</param>
    /// <param name="firstRow">The eigenvector's entries from this one on are wanted; the fewer, the cheaper: O(n² + n² · wanted).</param>
    /// <returns>The eigenvalue, and entries <paramref name="firstRow"/> … n − 1 of its unit eigenvector.</returns>
    public static (double Value, double[] Entries) Largest(IReadOnlyList<double> diagonal, IReadOnlyList<double> coupling, int firstRow)
    {
        double[] d = [.. diagonal], e = [.. coupling, 0];
        var rows = d.Length - firstRow;
        // vectors[i] holds column i of the wanted rows, so that a rotation touches two arrays in order.
        var vectors = new double[d.Length][];
        for (var i = 0; i < d.Length; i++)
        {
            vectors[i] = new double[rows];
            if (i >= firstRow) vectors[i][i - firstRow] = 1;
        }
        Diagonalise(d, e, vectors);
        var best = 0;
        for (var i = 1; i < d.Length; i++)
            if (d[i] > d[best]) best = i;
        return (d[best], vectors[best]);
    }

    /// <summary>All eigenvalues, in no order, in the place of the diagonal. O(n²).</summary>
    /// <param name="diagonal">[n], overwritten.</param>
    /// <param name="coupling">[n], the last entry unused; overwritten.</param>
    public static void Eigenvalues(double[] diagonal, double[] coupling) => Diagonalise(diagonal, coupling, null);

    private static void Diagonalise(double[] d, double[] e, double[][]? vectors)
    {
        for (var l = 0; l < d.Length; l++)
        {
            for (var sweep = 0; ; sweep++)
            {
                var m = l;
                while (m < d.Length - 1 && Math.Abs(e[m]) > 1.2e-16 * (Math.Abs(d[m]) + Math.Abs(d[m + 1]))) m++;
                if (m == l || sweep == MostSweeps) break;
                Sweep(d, e, vectors, l, m);
            }
        }
    }

    private static void Sweep(double[] d, double[] e, double[][]? vectors, int l, int m)
    {
        var g = (d[l + 1] - d[l]) / (2 * e[l]);
        var r = Length(g, 1);
        g = d[m] - d[l] + e[l] / (g + Math.CopySign(r, g));
        double s = 1, c = 1, p = 0;
        for (var i = m - 1; i >= l; i--)
        {
            double f = s * e[i], b = c * e[i];
            e[i + 1] = r = Length(f, g);
            if (r == 0)
            {
                d[i + 1] -= p;
                e[m] = 0;
                return;
            }
            (s, c) = (f / r, g / r);
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            if (vectors is not null) Rotate(vectors[i], vectors[i + 1], c, s);
        }
        d[l] -= p;
        e[l] = g;
        e[m] = 0;
    }

    private static void Rotate(double[] left, double[] right, double c, double s)
    {
        for (var row = 0; row < left.Length; row++)
        {
            var (a, b) = (left[row], right[row]);
            (left[row], right[row]) = (c * a - s * b, s * a + c * b);
        }
    }

    private static double Length(double a, double b)
    {
        var (large, small) = (Math.Max(Math.Abs(a), Math.Abs(b)), Math.Min(Math.Abs(a), Math.Abs(b)));
        return large == 0 ? 0 : large * Math.Sqrt(1 + small / large * (small / large));
    }
}
