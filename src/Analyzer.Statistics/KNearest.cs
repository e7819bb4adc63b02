namespace Analyzer.Statistics;

/// <summary>Exact nearest neighbours of codes by Hamming distance.</summary>
public static class KNearest
{
    private const int QueryBlock = HammingTile.Others;

    /// <summary>Finds the k nearest training rows of each query.</summary>
    /// <param name="train">[n, bits].</param>
    /// <param name="queries">[q, bits].</param>
    /// <param name="options">k and threads; null for the defaults.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <returns>Rows and distances, [q, k]. Among rows equally far, the smallest row numbers come first and are kept.</returns>
    /// <exception cref="ArgumentException">Codes of different lengths, or fewer training rows than k.</exception>
    /// <remarks>O(n · q · bits / 512) vector operations; every distance is exact. He et al., arXiv 2101.05490, K-NN.</remarks>
    public static NearestNeighbours Find(
        PackedBits train, PackedBits queries, KNearestOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(queries);
        options ??= new();
        Require.SameLength(queries.Bits, train.Bits, nameof(queries));
        var k = Require.InRange(options.Neighbours, 1, train.Rows, nameof(options.Neighbours));

        var found = new NearestNeighbours(new int[queries.Rows, k], new int[queries.Rows, k]);
        var steps = new ProgressSteps(progress, Blocks.Count(queries.Rows, QueryBlock));
        Blocks.For(queries.Rows, QueryBlock, options.Threads, (first, count) =>
        {
            HammingSearch.Run(train, queries, first, count, found, cancel);
            steps.Finish();
        }, cancel);
        return found;
    }

    /// <summary>Finds the k nearest other rows of each row.</summary>
    /// <param name="rows">[n, bits].</param>
    /// <param name="options">k and threads; null for the defaults.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the search.</param>
    /// <returns>Rows and distances, [n, k]; a row is never its own neighbour.</returns>
    /// <exception cref="ArgumentException">Not more rows than k.</exception>
    /// <remarks>As <see cref="Find"/>, of k + 1.</remarks>
    public static NearestNeighbours Others(PackedBits rows, KNearestOptions? options = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new();
        var found = Find(rows, rows, options with { Neighbours = options.Neighbours + 1 }, progress, cancel);
        var others = new NearestNeighbours(new int[rows.Rows, options.Neighbours], new int[rows.Rows, options.Neighbours]);
        for (var row = 0; row < rows.Rows; row++)
            // Where many rows are equal the row itself may not be among those found, and then the last one goes.
            for (int from = 0, to = 0; to < options.Neighbours; from++)
                if (found.Indices[row, from] != row)
                    (others.Indices[row, to], others.Distances[row, to++]) = (found.Indices[row, from], found.Distances[row, from]);
        return others;
    }

    /// <summary>The label that most neighbours of each query have; every neighbour counts the same.</summary>
    /// <param name="neighbours">What <see cref="Find"/> returned.</param>
    /// <param name="labels">[n] labels of the training rows, from 0.</param>
    /// <returns>[q] labels; ties go to the smallest label. O(q · k + labels).</returns>
    /// <exception cref="ArgumentException">A neighbour without a label, or a negative label.</exception>
    public static int[] Vote(NearestNeighbours neighbours, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(neighbours);
        var largest = 0;
        foreach (var label in labels)
        {
            if (label < 0) throw new ArgumentException($"a label is {label}; the least is 0", nameof(labels));
            largest = Math.Max(largest, label);
        }
        var votes = new int[largest + 1];
        var winners = new int[neighbours.Queries];
        for (var query = 0; query < winners.Length; query++)
        {
            Array.Clear(votes);
            for (var i = 0; i < neighbours.Neighbours; i++)
            {
                var row = neighbours.Indices[query, i];
                if (row >= labels.Length)
                    throw new ArgumentException($"training row {row} has no label; there are {labels.Length}", nameof(labels));
                votes[labels[row]]++;
            }
            winners[query] = votes.AsSpan().IndexOf(votes.Max());
        }
        return winners;
    }
}
