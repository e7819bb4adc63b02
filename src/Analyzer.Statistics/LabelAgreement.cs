namespace Analyzer.Statistics;

/// <summary>Whether the label of each sample is that of the samples nearest to it.</summary>
/// <param name="Winner">[n] The label that most neighbours of a sample have; ties go to the smallest.</param>
/// <param name="Votes">[n] Neighbours that have it, in [1, k].</param>
/// <param name="Own">[n] Neighbours that have the sample's own label, in [0, k].</param>
/// <param name="ClearVotes">
/// Votes from which on a sample is clear: as many as at least half of the samples have, so that samples between classes are not
/// judged.
/// </param>
public sealed record LabelAgreement(int[] Winner, int[] Votes, int[] Own, int ClearVotes)
{
    /// <summary>Counts the neighbours' labels.</summary>
    /// <param name="neighbours">Of each of n samples among the others, such as <see cref="KNearest.Others"/> finds.</param>
    /// <param name="labels">[n] from 0.</param>
    /// <returns>O(n · k).</returns>
    /// <exception cref="ArgumentException">No samples, another number of labels than samples, or a negative label.</exception>
    /// <remarks>
    /// Ours. A label that a sample's surroundings contradict is the usual sign of a mistake (Wilson's edited nearest neighbours, IEEE
    /// Trans. SMC 2 (1972) 408); that only clear samples are looked at is what anchor points are for in arXiv 1609.03683.
    /// </remarks>
    public static LabelAgreement Of(NearestNeighbours neighbours, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(neighbours);
        if (labels.Length == 0) throw new ArgumentException("there are no samples", nameof(labels));
        Require.SameLength(labels.Length, neighbours.Queries, nameof(labels));
        var winner = KNearest.Vote(neighbours, labels);
        var (votes, own) = (new int[winner.Length], new int[winner.Length]);
        for (var i = 0; i < winner.Length; i++)
            for (var k = 0; k < neighbours.Neighbours; k++)
            {
                var label = labels[neighbours.Indices[i, k]];
                if (label == winner[i]) votes[i]++;
                if (label == labels[i]) own[i]++;
            }
        var sorted = (int[])votes.Clone();
        Array.Sort(sorted);
        return new(winner, votes, own, sorted[sorted.Length / 2]);
    }

    /// <summary>Whether enough neighbours of a sample agree for its label to be judged.</summary>
    public bool IsClear(int sample) => Votes[sample] >= ClearVotes;
}
