using System.Globalization;

namespace Analyzer.Models;

/// <summary>Tells shortly what is left out: a model may have thousands of such tensors, and whoever reads of them wants to know why.</summary>
internal static class Gaps
{
    private const int NamesTold = 3, ReasonsTold = 8;

    /// <summary>A line a reason, those with the most names first, of each a few names.</summary>
    /// <param name="gaps">Names with the reason for each.</param>
    /// <param name="all">Where all of them are to be found.</param>
    public static IEnumerable<string> InShort(IEnumerable<UncoveredTensor> gaps, string all)
    {
        var reasons = gaps.GroupBy(g => g.Reason, g => g.Name).Select(g => (Reason: g.Key, Names: g.ToArray())).OrderByDescending(g => g.Names.Length).ToArray();
        foreach (var (reason, names) in reasons.Take(ReasonsTold))
            yield return $"{string.Join(", ", names.Take(NamesTold).Select(n => $"`{n}`"))}{(names.Length > NamesTold ? $" and {Count(names.Length - NamesTold)} more" : "")}: {reason}";
        if (reasons.Length > ReasonsTold)
            yield return $"{Count(reasons.Skip(ReasonsTold).Sum(r => r.Names.Length))} more for {Count(reasons.Length - ReasonsTold)} other reasons: {all}";
    }

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
