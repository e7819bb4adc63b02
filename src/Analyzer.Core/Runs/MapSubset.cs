namespace Analyzer.Runs;

/// <summary>The samples whose whole maps are stored: as many of each class, the first ones of a split.</summary>
/// <param name="Split">Index of the split.</param>
/// <param name="Rows">Samples within it, ascending.</param>
internal sealed record MapSubset(int Split, int[] Rows)
{
    /// <summary>Chooses them from <c>train</c>, else from the first split: the paper screens on samples the network was fitted on.</summary>
    /// <param name="splits">The splits.</param>
    /// <param name="labels">Labels by split; a split without them gives its first samples.</param>
    /// <param name="samples">How many are wanted; a class that has too few gives all it has, and no other fills its place.</param>
    /// <returns>Null where none are wanted.</returns>
    public static MapSubset? Choose(IReadOnlyList<SplitEntry> splits, IReadOnlyList<int[]?> labels, int samples)
    {
        if (samples == 0) return null;
        var split = Enumerable.Range(0, splits.Count).Where(s => splits[s].Name == "train").FirstOrDefault(0);
        if (labels[split] is not { } of) return new(split, [.. Enumerable.Range(0, Math.Min(samples, splits[split].Samples))]);
        var used = of.AsSpan(0, splits[split].Samples);
        var perClass = Math.Max(1, samples / (1 + Largest(used)));
        var taken = new int[1 + Largest(used)];
        var rows = new List<int>();
        for (var i = 0; i < used.Length && rows.Count < samples; i++)
            if (taken[used[i]]++ < perClass) rows.Add(i);
        return new(split, [.. rows]);
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

    private static int Largest(ReadOnlySpan<int> labels)
    {
        var largest = 0;
        foreach (var label in labels) largest = Math.Max(largest, label);
        return largest;
    }
}
