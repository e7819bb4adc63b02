namespace Analyzer.Statistics;

/// <summary>What becomes of clusters without rows, as in scikit-learn 1.2.</summary>
internal static class EmptyClusters
{
    /// <summary>Rows that become the centres of clusters without any: those farthest from their own centres, the first of equals, and none that is at its own.</summary>
    /// <param name="counts">[clusters] rows of each; a cluster that gives its last one away is not empty now, but next time.</param>
    /// <param name="squaredDistance">Squared distance of a row from its own centre; only asked where a cluster is empty.</param>
    /// <param name="rows">Number of rows.</param>
    public static (int Row, int Cluster)[] Founders(int[] counts, Func<int, double> squaredDistance, int rows)
    {
        int[] empty = [.. Enumerable.Range(0, counts.Length).Where(cluster => counts[cluster] == 0)];
        if (empty.Length == 0) return [];
        double[] distances = [.. Enumerable.Range(0, rows).Select(squaredDistance)];
        var farthest = Enumerable.Range(0, rows).OrderByDescending(row => distances[row]).ThenBy(row => row).Take(empty.Length);
        return [.. farthest.TakeWhile(row => distances[row] > 0).Zip(empty)];
    }
}
