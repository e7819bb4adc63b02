using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>The labels of one split by the codes of one tap.</summary>
/// <param name="Split">The split.</param>
/// <param name="Rows">Rows of the split that were looked at, ascending.</param>
/// <param name="Neighbours">Of each of them, as places among <paramref name="Rows"/>.</param>
/// <param name="Agreement">What their neighbours say.</param>
internal sealed record LookedAt(SplitSamples Split, int[] Rows, NearestNeighbours Neighbours, LabelAgreement Agreement)
{
    private int[]? _contradicted;

    /// <summary>Clear samples, as places among <see cref="Rows"/>.</summary>
    public int[] Clear { get; } = [.. Enumerable.Range(0, Rows.Length).Where(Agreement.IsClear)];

    /// <summary>Those of them whose label is another than that of their neighbours.</summary>
    public int[] Contradicted => _contradicted ??= [.. Clear.Where(IsContradicted)];

    /// <summary>Share of contradicted labels among clear samples.</summary>
    public double Share => Contradicted.Length / (double)Clear.Length;

    /// <summary>Share of clear samples that the network answers otherwise than their neighbours' labels say; null without class scores.</summary>
    public double? Answers => Split.Predicted is null ? null : Clear.Count(IsAnsweredOtherwise) / (double)Clear.Length;

    /// <summary>How much more often labels contradict the neighbours of clear samples than the network's answers do, which must be known.</summary>
    public PairedShares AgainstAnswers()
    {
        var answers = Clear.Count(IsAnsweredOtherwise);
        var both = Contradicted.Count(IsAnsweredOtherwise);
        return PairedShares.Of(both, answers - both, Contradicted.Length - both, Clear.Length - answers - Contradicted.Length + both);
    }

    private bool IsAnsweredOtherwise(int place) => Agreement.Winner[place] != Split.Predicted![Rows[place]];

    /// <summary>Whether a sample is clear and bears another label than its neighbours.</summary>
    public bool IsContradicted(int place) => Agreement.IsClear(place) && Agreement.Winner[place] != LabelOf(place);

    /// <summary>The label of a sample.</summary>
    public int LabelOf(int place) => Split.Labels![Rows[place]];
}

/// <summary>Asks the nearest samples of each sample what its label should be.</summary>
internal static class LabelsMeasurement
{
    /// <summary>Looks at every split by the codes of one tap.</summary>
    /// <param name="run">The run.</param>
    /// <param name="tap">A tap of codes.</param>
    /// <param name="splits">Labelled splits, and which rows of each to look at.</param>
    /// <param name="neighbours">Nearest samples asked.</param>
    /// <param name="progress">Told after each split.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static IReadOnlyList<LookedAt> Of(Run run, TapEntry tap, IReadOnlyList<(SplitSamples Split, int[] Rows)> splits, int neighbours, IProgress<double>? progress, CancellationToken cancellation)
    {
        var found = new List<LookedAt>();
        foreach (var (split, rows) in splits)
        {
            var codes = run.ReadCodes([tap], split, cancellation).SelectRows(rows);
            codes = ConstantBits.Of([codes]).Without(codes);
            var nearest = KNearest.Others(codes, new() { Neighbours = neighbours }, null, cancellation);
            found.Add(new(split, rows, nearest, LabelAgreement.Of(nearest, [.. rows.Select(r => split.Labels![r])])));
            progress?.Report(found.Count / (double)splits.Count);
        }
        return found;
    }

    /// <summary>Share of all neighbours that have the label of their sample.</summary>
    public static double Agreement(IReadOnlyList<LookedAt> splits) =>
        splits.Sum(s => s.Agreement.Own.Sum(own => (long)own)) / (double)splits.Sum(s => (long)s.Rows.Length * s.Neighbours.Neighbours);
}
