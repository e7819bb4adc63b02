using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Which samples a probe is fitted on and which it is scored on.</summary>
/// <param name="Fit">The split fitted on.</param>
/// <param name="Score">The split scored on; the same split where there is but one, and then the rows are disjoint.</param>
/// <param name="FitRows">Rows of <paramref name="Fit"/>, or null for all.</param>
/// <param name="ScoreRows">Rows of <paramref name="Score"/>, or null for all.</param>
/// <param name="Classes">Number of classes: the different labels that occur.</param>
internal sealed record ProbeSplit(int Fit, int Score, int[]? FitRows, int[]? ScoreRows, int Classes)
{
    // Below this a class has too few samples in either part for an accuracy to mean anything.
    internal const int FewestSamples = 100;

    /// <summary>How many labelled samples each part needs, of which a class of one has none to be told by.</summary>
    internal static int Needed(int classes) => Math.Max(FewestSamples, 2 * classes);

    /// <summary>The choice in words.</summary>
    public string Describe(IReadOnlyList<SplitSamples> splits) => FitRows is null
        ? $"Fitted on {splits[Fit].Name}, scored on {splits[Score].Name}"
        : $"Fitted on a random four fifths of {splits[Fit].Name}, scored on the rest";

    /// <summary>Chooses: <c>train</c>, else the first labelled split, against <c>test</c>, else the last; one split is cut four to one.</summary>
    /// <returns>The choice, or null and the reason why nothing can be probed.</returns>
    public static (ProbeSplit? Split, string? Reason) Choose(IReadOnlyList<SplitSamples> splits, long seed)
    {
        var labelled = Enumerable.Range(0, splits.Count).Where(s => splits[s].Labels is not null && splits[s].Count > 0).ToArray();
        if (labelled.Length == 0)
            return (null, "no split has labels, so nothing was probed (K-Means, K-NN, logistic regression)");
        var classes = labelled.SelectMany(s => splits[s].Labels!).Distinct().Count();
        var fit = labelled.Where(s => splits[s].Name == "train").DefaultIfEmpty(labelled[0]).First();
        var score = labelled.Where(s => s != fit).OrderByDescending(s => splits[s].Name == "test").ThenByDescending(s => s).DefaultIfEmpty(fit).First();
        if (splits[fit].Labels!.Distinct().Count() < 2)
            return (null, $"all labels of {splits[fit].Name} are the same, so nothing was probed (K-Means, K-NN, logistic regression)");
        if (splits[fit].Count < FewestSamples || splits[score].Count < FewestSamples)
            return (null, $"fewer than {FewestSamples} labelled samples ({Counts()}), so nothing was probed");
        if (Math.Min(splits[fit].Count, splits[score].Count) < 2 * classes)
            return (null, $"fewer than two samples a class ({Counts()}; {classes} classes), so nothing was probed");
        if (fit != score)
            return (new(fit, score, null, null, classes), null);
        var rows = Enumerable.Range(0, splits[fit].Count).ToArray();
        new SeededRandom((ulong)seed).Shuffle(rows.AsSpan());
        var cut = rows.Length * 4 / 5;
        if (rows[..cut].Select(r => splits[fit].Labels![r]).Distinct().Count() < 2)
            return (null, $"all but a few labels of {splits[fit].Name} are the same, so nothing was probed (K-Means, K-NN, logistic regression)");
        return (new(fit, score, [.. rows[..cut].Order()], [.. rows[cut..].Order()], classes), null);

        string Counts() => string.Join(", ", new[] { fit, score }.Distinct().Select(s => $"{splits[s].Name}: {splits[s].Count}"));
    }

    /// <summary>The codes and labels to fit on.</summary>
    public (PackedBits Codes, int[] Labels) Fitting(IReadOnlyList<PackedBits> codes, IReadOnlyList<SplitSamples> splits) =>
        Pick(codes[Fit], splits[Fit].Labels!, FitRows);

    /// <summary>The codes and labels to score on.</summary>
    public (PackedBits Codes, int[] Labels) Scoring(IReadOnlyList<PackedBits> codes, IReadOnlyList<SplitSamples> splits) =>
        Pick(codes[Score], splits[Score].Labels!, ScoreRows);

    private static (PackedBits, int[]) Pick(PackedBits codes, int[] labels, int[]? rows) =>
        rows is null ? (codes, labels) : (codes.SelectRows(rows), [.. rows.Select(r => labels[r])]);
}
