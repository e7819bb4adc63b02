namespace Analyzer.Statistics;

/// <summary>How many of the pairs called real may be chance.</summary>
public static class FalseDiscoveryRate
{
    /// <summary>The q-values of Benjamini and Hochberg 1995: q ≤ r keeps the expected share of false discoveries at r.</summary>
    /// <param name="pValues">[n], each in [0, 1].</param>
    /// <returns>[n] min over p_(j) ≥ p of p_(j) n / j, in [p, 1]. O(n log n).</returns>
    /// <exception cref="ArgumentOutOfRangeException">A p-value outside [0, 1], or NaN.</exception>
    /// <remarks>Valid for tests that are independent or positively dependent. statsmodels' <c>multipletests(method="fdr_bh")</c>.</remarks>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> pValues)
    {
        var sorted = pValues.ToArray();
        var order = new int[sorted.Length];
        for (var i = 0; i < order.Length; i++)
        {
            Require.InRange(sorted[i], 0, 1, nameof(pValues));
            order[i] = i;
        }
        Array.Sort(sorted, order);
        var q = new double[sorted.Length];
        double least = 1;
        for (var i = order.Length - 1; i >= 0; i--)
        {
            least = Math.Min(least, sorted[i] / ((i + 1) / (double)sorted.Length));
            q[order[i]] = least;
        }
        return q;
    }
}
