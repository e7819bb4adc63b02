namespace Analyzer.Runs;

/// <summary>The samples whose whole maps are stored: as many of each class, the first ones of a split.</summary>
/// <param name="Split">Index of the split.</param>
/// <param name="Rows">Samples within it, ascending.</param>
internal sealed record MapSubset(int Split, int[] Rows)
{
    /// <summary>Chooses them from <c>train</c>, else from the first split: the paper screens on samples the network was fitted on.</summary>
    /// <param name="splits">The splits.</param>
    /// <param name="labels">Labels by split; a split without them gives its first samples.</param>
    /// <param name="samples">How many are wanted; a class that has too few gives all it has, and the others share its place.</param>
    /// <returns>Null where none are wanted.</returns>
    public static MapSubset? Choose(IReadOnlyList<SplitEntry> splits, IReadOnlyList<int[]?> labels, int samples)
    {
        if (samples == 0) return null;
        var split = Enumerable.Range(0, splits.Count).Where(s => splits[s].Name == "train").FirstOrDefault(0);
        if (labels[split] is not { } of) return new(split, [.. Enumerable.Range(0, Math.Min(samples, splits[split].Samples))]);
        var used = of.AsSpan(0, splits[split].Samples);
        var left = Shares(used, samples);
        var rows = new List<int>();
        for (var i = 0; i < used.Length; i++)
        {
            if (left[used[i]] == 0) continue;
            left[used[i]]--;
            rows.Add(i);
        }
        return new(split, [.. rows]);
    }

    // How many of each class: an equal share, and what a class lacks of its share goes to those that have more.
    private static Dictionary<int, int> Shares(ReadOnlySpan<int> labels, int samples)
    {
        var has = new Dictionary<int, int>();
        foreach (var label in labels) has[label] = has.GetValueOrDefault(label) + 1;
        var (shares, left, classes) = (new Dictionary<int, int>(), samples, has.Count);
        foreach (var (label, count) in has.OrderBy(h => h.Value).ThenBy(h => h.Key))
        {
            shares[label] = Math.Min(count, left / classes);
            left -= shares[label];
            classes--;
        }
        return shares;
    }

    /// <summary>Those in [first, end).</summary>
    public ReadOnlySpan<int> In(int first, int end)
    {
        var (from, to) = (LowerBound(first), LowerBound(end));
        return Rows.AsSpan(from, to - from);
    }

    private int LowerBound(int row)
    {
        var at = Array.BinarySearch(Rows, row);
        return at < 0 ? ~at : at;
    }
}
