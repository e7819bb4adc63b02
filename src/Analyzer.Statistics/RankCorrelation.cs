namespace Analyzer.Statistics;

/// <summary>Spearman's rank correlation: whether one quantity grows with another, however.</summary>
/// <param name="Rho">Correlation of the ranks, in [−1, 1]; null where one of the two does not vary.</param>
/// <param name="PValue">Probability of |ρ| at least as large where the two have nothing to do with each other, in (0, 1]; null with ρ.</param>
/// <param name="Pairs">Number of pairs, n.</param>
/// <param name="Method"><c>exact</c> (all n! orders) or <c>t</c> (Student's distribution with n − 2 degrees of freedom).</param>
public sealed record RankCorrelation(double? Rho, double? PValue, int Pairs, string Method)
{
    /// <summary>Pairs up to which all orders are tried: 9! = 362,880.</summary>
    public const int MostExactPairs = 9;

    /// <summary>Measures it.</summary>
    /// <param name="a">[n] values, none NaN.</param>
    /// <param name="b">[n] values, none NaN.</param>
    /// <returns>Ties share the mean of their ranks. O(n log n), or n! for n ≤ 9.</returns>
    /// <exception cref="ArgumentException">Different lengths, or a NaN.</exception>
    /// <remarks>
    /// ρ, and p for n > 9, as SciPy's <c>spearmanr</c>. For fewer pairs SciPy still takes Student's distribution, which gives
    /// p = 0 for five pairs in order where 2 of 120 orders reach that; here those are counted.
    /// </remarks>
    public static RankCorrelation Of(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Require.SameLength(b.Length, a.Length, nameof(b));
        double[] first = Ranks(a, nameof(a)), second = Ranks(b, nameof(b));
        var n = a.Length;
        var method = n <= MostExactPairs ? "exact" : "t";
        var norm = Math.Sqrt(Dot(first, first) * Dot(second, second));
        if (n < 2 || norm == 0) return new(null, null, n, method);
        var rho = Math.Clamp(Dot(first, second) / norm, -1, 1);
        return new(rho, n <= MostExactPairs ? Exact(first, second) : StudentTail(rho, n - 2), n, method);
    }

    // Ranks less their mean, ties at the mean of theirs.
    private static double[] Ranks(ReadOnlySpan<double> values, string name)
    {
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = !double.IsNaN(values[i]) ? i : throw new ArgumentException("a value is NaN; values must have an order", name);
        var sorted = values.ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[values.Length];
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            for (end = first + 1; end < sorted.Length && sorted[end] == sorted[first]; end++) { }
            for (var i = first; i < end; i++) ranks[order[i]] = (first + end - 1) / 2.0 - (values.Length - 1) / 2.0;
        }
        return ranks;
    }

    // Every order of the second, by Heap's exchanges; ranks are halves of integers, so their products are exact.
    private static double Exact(double[] first, double[] second)
    {
        var wanted = Math.Abs(Dot(first, second));
        var permuted = (double[])second.Clone();
        var counters = new int[second.Length];
        long reached = 1, orders = 1;
        for (var i = 0; i < counters.Length;)
        {
            if (counters[i] >= i)
            {
                counters[i++] = 0;
                continue;
            }
            var j = i % 2 == 0 ? 0 : counters[i];
            (permuted[i], permuted[j]) = (permuted[j], permuted[i]);
            orders++;
            if (Math.Abs(Dot(first, permuted)) >= wanted) reached++;
            counters[i]++;
            i = 0;
        }
        return reached / (double)orders;
    }

    // P(|T| ≥ t) = I(1 − ρ²; ν/2, ½) with t² = ν ρ²/(1 − ρ²).
    private static double StudentTail(double rho, int degrees)
    {
        double x = (1 - rho) * (1 + rho), a = degrees / 2.0;
        if (x <= 0) return double.Epsilon;
        // B(a, ½) by B(½, ½) = π or B(1, ½) = 2 and B(a + 1, ½) = B(a, ½) a/(a + ½).
        var beta = degrees % 2 == 1 ? Math.PI : 2;
        for (var from = degrees % 2 == 1 ? 0.5 : 1; from < a; from++) beta *= from / (from + 0.5);
        return x < (a + 1) / (a + 2.5)
            ? Math.Pow(x, a) * Math.Sqrt(1 - x) / (a * beta) * ContinuedFraction(x, a, 0.5)
            : 1 - Math.Pow(x, a) * Math.Sqrt(1 - x) / (0.5 * beta) * ContinuedFraction(1 - x, 0.5, a);
    }

    // Of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
    private static double ContinuedFraction(double x, double a, double b)
    {
        const double tiny = 1e-300;
        double c = 1, d = 1 / NotZero(1 - (a + b) * x / (a + 1)), value = d;
        for (var m = 1; m < 10_000; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / NotZero(1 + even * d);
            c = NotZero(1 + even / c);
            value *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / NotZero(1 + odd * d);
            c = NotZero(1 + odd / c);
            value *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15) break;
        }
        return value;
        static double NotZero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
