namespace Analyzer.Models;

/// <summary>Finds what a misspelt name was meant to be.</summary>
internal static class NearestNames
{
    /// <summary>The three nearest of the known names, each in backticks; `none` where there are no names.</summary>
    public static string Quote(string name, IEnumerable<string> known)
    {
        var nearest = known.Distinct(StringComparer.Ordinal)
            .OrderBy(candidate => Distance(name, candidate)).ThenBy(candidate => candidate, StringComparer.Ordinal).Take(3);
        var quoted = string.Join(", ", nearest.Select(candidate => $"`{candidate}`"));
        return quoted.Length > 0 ? quoted : "none";
    }

    /// <summary>The nearest of the candidates; the first of several.</summary>
    /// <exception cref="ArgumentException">No candidates.</exception>
    public static string Of(string name, IEnumerable<string> candidates) =>
        candidates.MinBy(candidate => Distance(name, candidate)) ?? throw new ArgumentException("no candidates", nameof(candidates));

    /// <summary>Levenshtein's distance, case ignored; names are cut at 200 characters.</summary>
    public static int Distance(string a, string b)
    {
        a = (a.Length > 200 ? a[..200] : a).ToLowerInvariant();
        b = (b.Length > 200 ? b[..200] : b).ToLowerInvariant();
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
