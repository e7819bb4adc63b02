namespace Analyzer.Statistics;

/// <summary>How well clusters found without labels agree with labels.</summary>
public sealed record ClusterAgreement
{
    private ClusterAgreement(double purity, double matched, int[] majority) => (Purity, Matched, Majority) = (purity, matched, majority);

    /// <summary>Many-to-one accuracy: each cluster predicts its most frequent label. A fraction in (0, 1].</summary>
    public double Purity { get; }

    /// <summary>One-to-one accuracy under the best matching of clusters with labels. A fraction in [0, <see cref="Purity"/>].</summary>
    /// <remarks>Where there are more clusters than labels, samples of the clusters left over count as wrong.</remarks>
    public double Matched { get; }

    /// <summary>The most frequent label of each cluster, [clusters]; ties go to the smallest label, −1 where a cluster is empty.</summary>
    public int[] Majority { get; }

    /// <summary>Measures purity and one-to-one accuracy.</summary>
    /// <param name="clusters">[n] cluster of each sample, from 0.</param>
    /// <param name="labels">[n] label of each sample, from 0.</param>
    /// <returns>Both accuracies and the majority label of each cluster. O(n + (clusters + labels)³).</returns>
    /// <exception cref="ArgumentException">No samples, different lengths, or a negative entry.</exception>
    /// <remarks>He et al., arXiv 2101.05490: purity in the paper, one-to-one in the authors' later code.</remarks>
    public static ClusterAgreement Measure(ReadOnlySpan<int> clusters, ReadOnlySpan<int> labels)
    {
        Require.SameLength(labels.Length, clusters.Length, nameof(labels));
        if (labels.Length == 0) throw new ArgumentException("there are no samples, so no accuracy", nameof(labels));
        int clusterCount = 1 + Largest(clusters, nameof(clusters)), labelCount = 1 + Largest(labels, nameof(labels));

        var counts = new double[clusterCount, labelCount];
        for (var i = 0; i < labels.Length; i++) counts[clusters[i], labels[i]]++;

        double pure = 0;
        var majority = new int[clusterCount];
        for (var cluster = 0; cluster < clusterCount; cluster++)
        {
            majority[cluster] = -1;
            double most = 0;
            for (var label = 0; label < labelCount; label++)
                if (counts[cluster, label] > most)
                    (most, majority[cluster]) = (counts[cluster, label], label);
            pure += most;
        }

        double matched = 0;
        var partner = OptimalAssignment.Maximise(counts);
        for (var cluster = 0; cluster < clusterCount; cluster++)
            if (partner[cluster] >= 0)
                matched += counts[cluster, partner[cluster]];
        return new(pure / labels.Length, matched / labels.Length, majority);
    }

    private static int Largest(ReadOnlySpan<int> values, string name)
    {
        var largest = 0;
        foreach (var value in values)
            largest = Math.Max(largest, value >= 0 ? value : throw new ArgumentException($"an entry is {value}; the least is 0", name));
        return largest;
    }
}
