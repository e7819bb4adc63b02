namespace Analyzer.Statistics;

/// <summary>Labels in random order: what a measurement gives where labels mean nothing.</summary>
public static class LabelPermutation
{
    /// <summary>All labels in random order.</summary>
    /// <param name="labels">[n].</param>
    /// <param name="seed">Determines the order, through <see cref="SeededRandom"/>.</param>
    /// <returns>[n]: the same labels; the input is not changed. O(n).</returns>
    public static int[] Shuffle(ReadOnlySpan<int> labels, ulong seed) => ShuffleFirst(labels, labels.Length, seed);

    /// <summary>The first labels in random order among themselves, the others where they were.</summary>
    /// <param name="labels">[n].</param>
    /// <param name="count">How many, in [0, n]: ⌊ρn⌋ for label noise at rate ρ.</param>
    /// <param name="seed">Determines the order, through <see cref="SeededRandom"/>.</param>
    /// <returns>[n]; the input is not changed. O(n).</returns>
    /// <exception cref="ArgumentOutOfRangeException">More than there are.</exception>
    /// <remarks>He et al., arXiv 2101.05490, label noise (authors' code).</remarks>
    public static int[] ShuffleFirst(ReadOnlySpan<int> labels, int count, ulong seed)
    {
        Require.InRange(count, 0, labels.Length, nameof(count));
        var shuffled = labels.ToArray();
        new SeededRandom(seed).Shuffle(shuffled.AsSpan(0, count));
        return shuffled;
    }
}
