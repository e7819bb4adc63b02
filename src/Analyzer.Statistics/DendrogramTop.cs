namespace Analyzer.Statistics;

/// <summary>The top of a tree: its last merges; whatever was merged before them is a leaf.</summary>
/// <param name="FirstItems">[leaves] the item of smallest number under each leaf, leaves in the order in which a drawing crosses no lines.</param>
/// <param name="Sizes">[leaves] items under each leaf.</param>
/// <param name="First">[leaves − 1] what a merge joins, on the left: a leaf by its place, or merge m as leaves + m.</param>
/// <param name="Second">[leaves − 1] the same on the right.</param>
/// <param name="Heights">[leaves − 1] ascending.</param>
public sealed record DendrogramTop(int[] FirstItems, int[] Sizes, int[] First, int[] Second, double[] Heights)
{
    /// <summary>The last merges of a tree, as SciPy's <c>dendrogram</c> draws them with <c>truncate_mode='lastp'</c>.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="leaves">Leaves at most, at least 1; all items where they are no more.</param>
    /// <exception cref="ArgumentOutOfRangeException">No leaf.</exception>
    /// <remarks>O(items).</remarks>
    public static DendrogramTop Of(Dendrogram tree, int leaves)
    {
        ArgumentNullException.ThrowIfNull(tree);
        leaves = Math.Min(Require.InRange(leaves, 1, int.MaxValue, nameof(leaves)), tree.Items);
        // Nodes below this one are leaves or lie under one.
        var lowest = 2 * tree.Items - leaves;
        var (smallest, sizes, place) = (new int[2 * tree.Items - 1], new int[2 * tree.Items - 1], new int[2 * tree.Items - 1]);
        for (var node = 0; node < smallest.Length; node++)
        {
            var merge = node - tree.Items;
            (smallest[node], sizes[node]) = merge < 0 ? (node, 1) : (Math.Min(smallest[tree.First[merge]], smallest[tree.Second[merge]]), tree.Sizes[merge]);
            place[node] = leaves + node - lowest;
        }
        var (order, open) = (new List<int>(leaves), new Stack<int>([2 * tree.Items - 2]));
        while (open.TryPop(out var node))
        {
            if (node < lowest)
            {
                place[node] = order.Count;
                order.Add(node);
                continue;
            }
            open.Push(tree.Second[node - tree.Items]);
            open.Push(tree.First[node - tree.Items]);
        }
        var shown = lowest - tree.Items;
        return new([.. order.Select(node => smallest[node])], [.. order.Select(node => sizes[node])],
            [.. tree.First[shown..].Select(node => place[node])], [.. tree.Second[shown..].Select(node => place[node])], tree.Heights[shown..]);
    }
}
