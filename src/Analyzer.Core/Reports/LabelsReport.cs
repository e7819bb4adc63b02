namespace Analyzer.Reports;

/// <summary>What the analysis <c>labels</c> says: <c>analyses.labels</c> of the report.</summary>
public sealed record LabelsReport
{
    /// <summary>Where the measure comes from.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required LabelsSettings Settings { get; init; }

    /// <summary>Id of the tap whose codes agree best with the labels, so that they contradict them least; what follows is by this one.</summary>
    public required string Tap { get; init; }

    /// <summary>Its tensor.</summary>
    public required string Tensor { get; init; }

    /// <summary>Contradicted labels by labelled split.</summary>
    public required IReadOnlyDictionary<string, SplitLabels> Splits { get; init; }

    /// <summary>The same of every tap, in graph order.</summary>
    public required IReadOnlyList<LayerLabels> Layers { get; init; }

    /// <summary>Labels and what their surroundings say instead, the most frequent first, of the split with most; ten at most.</summary>
    public required IReadOnlyList<MistakenPair> Pairs { get; init; }

    /// <summary>The samples of that split whose labels are contradicted most, the worst first; twelve at most.</summary>
    public required IReadOnlyList<SuspectLabel> Suspects { get; init; }

    /// <summary>Accuracy of one split less that of another; null without two splits that have one.</summary>
    public AccuracyGap? Gap { get; init; }

    /// <summary>Small PNG images, base64, of suspects and their neighbours by number of the sample; empty where samples are no images.</summary>
    public required IReadOnlyDictionary<long, string> Images { get; init; }
}

/// <summary>How labels were looked at.</summary>
/// <param name="Neighbours">Nearest samples asked, k.</param>
/// <param name="Samples">Samples of a split at most.</param>
/// <param name="Excess">Share beyond the null worth a warning.</param>
/// <param name="MostNull">Null above which nothing is said.</param>
/// <param name="MostGap">Accuracy that the first split may have more.</param>
/// <param name="LeastGap">Accuracy that it may have less.</param>
/// <param name="Seed">Where random choices started from.</param>
public sealed record LabelsSettings(int Neighbours, int Samples, double Excess, double MostNull, double MostGap, double LeastGap, long Seed);

/// <summary>Contradicted labels of one split.</summary>
/// <param name="Samples">Samples looked at.</param>
/// <param name="Clear">Those of them whose neighbours agree: half or more.</param>
/// <param name="ClearVotes">Neighbours that had to agree.</param>
/// <param name="Contradicted">Clear samples that bear another label than their neighbours.</param>
/// <param name="Share">Contradicted/clear, in [0, 1]: an estimate of the share of mistaken labels, for mistakes that fall on clear samples as often as on others.</param>
/// <param name="Interval">95 %, Wilson's.</param>
/// <param name="Answers">Share of the clear samples that the network answers otherwise than their neighbours' labels say; null without class scores.</param>
/// <param name="Null">What of this is not the labels': the least of <paramref name="Answers"/> and of the shares of other splits that are not larger; null with neither.</param>
/// <param name="BeyondNull">95 % interval of <paramref name="Share"/> less the null's mean: Newcombe's, of independent shares for another split, of paired ones for the answers; null without a null.</param>
public sealed record SplitLabels(int Samples, int Clear, int ClearVotes, int Contradicted, double Share, double[] Interval, double? Answers, NullSummary? Null, double[]? BeyondNull);

/// <summary>Contradicted labels by the codes of one tap.</summary>
/// <param name="Tap">The tap.</param>
/// <param name="Tensor">Its tensor.</param>
/// <param name="Agreement">Share of all neighbours, over all splits, that have the label of their sample, in [0, 1].</param>
/// <param name="Splits">Share of contradicted labels among clear samples, by split.</param>
public sealed record LayerLabels(string Tap, string Tensor, double Agreement, IReadOnlyDictionary<string, double> Splits);

/// <summary>How often one label stands where the neighbours have another.</summary>
public sealed record MistakenPair(int Label, int Neighbours, int Samples);

/// <summary>A sample whose label its surroundings contradict.</summary>
/// <param name="Sample">Its number through all splits.</param>
/// <param name="Split">Its split.</param>
/// <param name="Label">Its label.</param>
/// <param name="Says">What its neighbours have.</param>
/// <param name="Votes">How many of them.</param>
/// <param name="Predicted">What the network answers; null without class scores.</param>
/// <param name="Nearest">Numbers of its nearest samples, the nearest first; three at most.</param>
/// <param name="NearestLabels">Their labels.</param>
public sealed record SuspectLabel(long Sample, string Split, int Label, int Says, int Votes, int? Predicted, IReadOnlyList<long> Nearest, IReadOnlyList<int> NearestLabels);

/// <summary>Accuracies of two splits.</summary>
/// <param name="First">The split that training is thought to have seen: <c>train</c>, or the first.</param>
/// <param name="Second">The other: <c>test</c>, or the last.</param>
/// <param name="FirstAccuracy">In [0, 1].</param>
/// <param name="SecondAccuracy">In [0, 1].</param>
/// <param name="Difference">First less second, in [−1, 1].</param>
/// <param name="Interval">95 %: Newcombe's of independent shares.</param>
/// <param name="Error">Standard error of the difference where both splits have one accuracy.</param>
public sealed record AccuracyGap(string First, string Second, double FirstAccuracy, double SecondAccuracy, double Difference, double[] Interval, double Error);
