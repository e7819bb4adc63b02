using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>A random part of the samples in which each class has the share it has in the whole.</summary>
internal static class ClassKeptSample
{
    /// <summary>Chooses rows.</summary>
    /// <param name="rows">Rows to choose from.</param>
    /// <param name="labels">Label of each row of the split.</param>
    /// <param name="most">How many at most; one of each class is kept even where that makes more.</param>
    /// <param name="seed">Determines the choice.</param>
    /// <returns>Ascending; <paramref name="rows"/> themselves where they are few enough.</returns>
    public static int[] Choose(int[] rows, int[] labels, int most, long seed)
    {
        if (rows.Length <= most) return rows;
        var random = new SeededRandom((ulong)seed);
        var chosen = new List<int>();
        long seen = 0;
        foreach (var group in rows.GroupBy(r => labels[r]).OrderBy(g => g.Key))
        {
            int[] members = [.. group];
            random.Shuffle(members.AsSpan());
            // Differences of rounded sums: each class is within one of its share, and all together are `most`.
            var count = (seen + members.Length) * most / rows.Length - seen * most / rows.Length;
            chosen.AddRange(members.AsSpan(0, (int)Math.Max(1, count)));
            seen += members.Length;
        }
        return [.. chosen.Order()];
    }
}
