namespace Analyzer.Statistics;

/// <summary>A binary tree of merges in SciPy's convention: item i is node i, merge m makes node n + m.</summary>
public sealed record Dendrogram
{
    /// <summary>Sorts merges by height, those of one height in the order given, and names their clusters.</summary>
    internal Dendrogram(Merge[] merges)
    {
        var count = merges.Length;
        Items = count + 1;
        (First, Second, Heights, Sizes) = (new int[count], new int[count], new double[count], new int[count]);
        var parent = new int[2 * count + 1];
        var size = new int[2 * count + 1];
        for (var i = 0; i < parent.Length; i++) (parent[i], size[i]) = (i, 1);
        var next = 0;
        // LINQ's sort is stable.
        foreach (var merge in merges.OrderBy(merge => merge.Height))
        {
            int a = Root(parent, merge.First), b = Root(parent, merge.Second), node = Items + next;
            (First[next], Second[next], Heights[next]) = (Math.Min(a, b), Math.Max(a, b), merge.Height);
            Sizes[next] = size[node] = size[a] + size[b];
            parent[a] = parent[b] = node;
            next++;
        }
    }

    /// <summary>Items clustered, n.</summary>
    public int Items { get; }

    /// <summary>The node of smaller number that a merge joins, [n − 1].</summary>
    public int[] First { get; }

    /// <summary>The node of larger number that a merge joins, [n − 1].</summary>
    public int[] Second { get; }

    /// <summary>The distance of the clusters merged, ascending, [n − 1].</summary>
    public double[] Heights { get; }

    /// <summary>Items under a merge, in [2, n], [n − 1].</summary>
    public int[] Sizes { get; }

    /// <summary>How many clusters a cut leaves.</summary>
    /// <param name="height">Merges at this height are still made, as by SciPy's <c>fcluster</c> with criterion <c>distance</c>.</param>
    /// <returns>In [1, n]. O(log n).</returns>
    public int Clusters(double height) => Items - MergesAtMost(Heights, height);

    /// <summary>The cluster of each item under a cut.</summary>
    /// <param name="height">Merges at this height are still made.</param>
    /// <returns>[n] in [0, clusters), numbered by the smallest item of each. O(n).</returns>
    public int[] Labels(double height)
    {
        var merges = MergesAtMost(Heights, height);
        var labels = new int[Items + merges];
        Array.Fill(labels, -1);
        // Nodes above the cut have no parent below it; the others take their parent's number, from the top down.
        var parent = new int[Items + merges];
        for (var i = 0; i < parent.Length; i++) parent[i] = i;
        for (var merge = 0; merge < merges; merge++) parent[First[merge]] = parent[Second[merge]] = Items + merge;
        for (var node = parent.Length - 1; node >= 0; node--) parent[node] = parent[parent[node]];
        var next = 0;
        for (var item = 0; item < Items; item++)
        {
            var top = parent[item];
            if (labels[top] < 0) labels[top] = next++;
            labels[item] = labels[top];
        }
        return labels[..Items];
    }

    /// <summary>Items in the order in which a drawing of the tree crosses no lines, as SciPy's <c>leaves_list</c>.</summary>
    /// <returns>[n], a permutation. O(n).</returns>
    public int[] LeafOrder()
    {
        var order = new int[Items];
        var open = new Stack<int>([2 * Items - 2]);
        for (var next = 0; open.TryPop(out var node);)
        {
            if (node < Items)
            {
                order[next++] = node;
                continue;
            }
            open.Push(Second[node - Items]);
            open.Push(First[node - Items]);
        }
        return order;
    }

    /// <summary>How many of the ascending heights are at most a height: O(log n).</summary>
    internal static int MergesAtMost(ReadOnlySpan<double> heights, double height)
    {
        int low = 0, high = heights.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (heights[middle] <= height) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static int Root(int[] parent, int node)
    {
        while (parent[node] != node) node = parent[node] = parent[parent[node]];
        return node;
    }
}
