namespace Analyzer.Datasets;

/// <summary>Finds what somebody meant to type.</summary>
internal static class Nearest
{
    // A hostile name must not cost more than it is worth; names that people type are far shorter.
    private const int LongestCompared = 200;

    /// <summary>The candidate with the least edit distance to <paramref name="name"/>, case ignored; the first of several.</summary>
    /// <exception cref="ArgumentException">No candidates.</exception>
    public static string To(string name, IEnumerable<string> candidates) =>
        candidates.MinBy(c => Distance(Cut(name), Cut(c))) ?? throw new ArgumentException("no candidates", nameof(candidates));

    private static string Cut(string name) => (name.Length > LongestCompared ? name[..LongestCompared] : name).ToLowerInvariant();

    // Levenshtein's distance, one row of the table at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
