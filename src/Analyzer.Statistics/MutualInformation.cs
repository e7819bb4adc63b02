namespace Analyzer.Statistics;

/// <summary>How much two ways to group the same samples tell of one another.</summary>
public static class MutualInformation
{
    /// <summary>Mutual information over the mean of the two entropies.</summary>
    /// <param name="first">[n] group of each sample, any integers.</param>
    /// <param name="second">[n] group of each sample, any integers.</param>
    /// <returns>Unitless, in [0, 1]: 0 where the one tells nothing of the other, 1 where each determines the other.</returns>
    /// <exception cref="ArgumentException">No samples, or different lengths.</exception>
    /// <remarks>
    /// scikit-learn's <c>normalized_mutual_info_score</c>, arithmetic; as there, 1 where both have a single group and 0 where
    /// only one has. Not adjusted for chance: of few samples in many groups it is above 0. O(n + groups).
    /// </remarks>
    public static double Normalised(ReadOnlySpan<int> first, ReadOnlySpan<int> second)
    {
        Require.SameLength(second.Length, first.Length, nameof(second));
        if (first.Length == 0) throw new ArgumentException("there are no samples, so no information", nameof(first));
        var joint = new Dictionary<(int, int), int>();
        Dictionary<int, int> rows = [], columns = [];
        for (var i = 0; i < first.Length; i++)
        {
            Count(joint, (first[i], second[i]));
            Count(rows, first[i]);
            Count(columns, second[i]);
        }
        if (rows.Count == 1 && columns.Count == 1) return 1;
        double n = first.Length, shared = 0;
        foreach (var ((row, column), count) in joint)
            shared += count / n * Transcendental.Log(count * n / ((double)rows[row] * columns[column]));
        var mean = (Entropy(rows.Values, n) + Entropy(columns.Values, n)) / 2;
        return Math.Clamp(shared / mean, 0, 1);
    }

    private static double Entropy(IEnumerable<int> counts, double n)
    {
        double sum = 0;
        foreach (var count in counts) sum -= count / n * Transcendental.Log(count / n);
        return sum;
    }

    private static void Count<T>(Dictionary<T, int> counts, T key)
        where T : notnull => counts[key] = counts.GetValueOrDefault(key) + 1;
}
