namespace Analyzer.Reports;

/// <summary>What the analysis <c>codes</c> says: <c>analyses.codes</c> of the report.</summary>
public sealed record CodesReport
{
    /// <summary>The paper and what differs from it.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required CodesSettings Settings { get; init; }

    /// <summary>All code taps side by side.</summary>
    public required CodeMeasurement Network { get; init; }

    /// <summary>Each tap alone; where there is one tap, it equals the network.</summary>
    public required IReadOnlyList<CodeMeasurement> Layers { get; init; }

    /// <summary>R of the network's codes against sample size, by split: of the network, then of its controls.</summary>
    public IReadOnlyList<CodeGrowth> Growth { get; init; } = [];
}

/// <summary>How codes were measured.</summary>
/// <param name="Neighbours">k of K-NN.</param>
/// <param name="Restarts">Starts of K-Means.</param>
/// <param name="C">Of the regressions.</param>
/// <param name="Draws">Label shuffles; the regression is fitted anew for at most five of them.</param>
/// <param name="UnderExpressive">Cut-off of R.</param>
/// <param name="Seed">Where random choices started from.</param>
/// <param name="LayersProbed">Whether each layer was probed alone too.</param>
public sealed record CodesSettings(int Neighbours, int Restarts, double C, int Draws, double UnderExpressive, long Seed, bool LayersProbed);

/// <summary>The codes of one tap, or of all taps side by side.</summary>
public sealed record CodeMeasurement
{
    /// <summary>Id of the tap; null for the network.</summary>
    public string? Tap { get; init; }

    /// <summary>The tapped tensor; null for the network.</summary>
    public string? Tensor { get; init; }

    /// <summary>Bits of a code.</summary>
    public required int Bits { get; init; }

    /// <summary>Bits with the same value in every sample of every split; they change neither R nor Hamming order.</summary>
    public required int ConstantBits { get; init; }

    /// <summary>Distinct codes by split.</summary>
    public required IReadOnlyDictionary<string, SplitCodes> Splits { get; init; }

    /// <summary>Which split the probes were fitted on and which they were scored on, in words; null without labels, and for a layer that was not probed.</summary>
    public string? Probes { get; init; }

    /// <summary>K-Means on the codes, without labels.</summary>
    public KMeansReport? KMeans { get; init; }

    /// <summary>Nearest neighbours by Hamming distance.</summary>
    public KNearestReport? KNearest { get; init; }

    /// <summary>Logistic regression; null too for more classes, or more pairs of them, than can be fitted: the report's notes say so.</summary>
    public LogisticReport? Logistic { get; init; }

    /// <summary>The same measurements where nothing is to be found.</summary>
    public required CodeNulls Nulls { get; init; }
}

/// <summary>Distinct codes of one split.</summary>
/// <param name="Samples">n.</param>
/// <param name="Distinct">m, distinct codes.</param>
/// <param name="Redundancy">(n − m)/n, in [0, 1).</param>
/// <param name="Interval">95 %, Wilson's, as if repeats came independently; right where they are rare, which is where it matters.</param>
public sealed record SplitCodes(int Samples, int Distinct, double Redundancy, double[] Interval);

/// <summary>What R would be for fewer samples of a split, drawn without replacement: an expectation, reckoned from how many samples have each code.</summary>
/// <param name="Split">The split.</param>
/// <param name="Of"><c>network</c>, <c>untrained</c> or <c>random-inputs</c>.</param>
/// <param name="Points">Ascending in samples; the last is the split as it is.</param>
public sealed record CodeGrowth(string Split, string Of, IReadOnlyList<GrowthPoint> Points);

/// <summary>Distinct codes among some samples.</summary>
/// <param name="Samples">n.</param>
/// <param name="Distinct">Expected number of distinct codes.</param>
/// <param name="Redundancy">(n − distinct)/n, in [0, 1).</param>
public sealed record GrowthPoint(int Samples, double Distinct, double Redundancy);

/// <summary>K-Means, fitted on each split apart; the values at the top are those of the split that probes are scored on.</summary>
/// <param name="Purity">Accuracy when each cluster takes its majority label (many-to-one), in [0, 1].</param>
/// <param name="Hungarian">Accuracy under the best one-to-one matching of clusters and labels, in [0, 1].</param>
/// <param name="Clusters">k.</param>
/// <param name="Splits">Purity, Hungarian accuracy and inertia by split.</param>
public sealed record KMeansReport(double Purity, double Hungarian, int Clusters, IReadOnlyDictionary<string, SplitKMeans> Splits);

/// <summary>K-Means on one split.</summary>
public sealed record SplitKMeans(double Purity, double Hungarian, double Inertia, int Iterations);

/// <summary>K nearest neighbours, uniform vote, ties by the smallest label.</summary>
/// <param name="K">Neighbours.</param>
/// <param name="Accuracy">In [0, 1].</param>
public sealed record KNearestReport(int K, double Accuracy);

/// <summary>Logistic regression with L2; C stands in <see cref="CodesSettings"/>.</summary>
/// <param name="Accuracy">In [0, 1], of <paramref name="Scheme"/>.</param>
/// <param name="Scheme"><c>one-vs-one</c>, as the authors' code has it.</param>
/// <param name="Objective">Σ loss + ‖w‖²/(2C) in nats, summed over the pairs.</param>
/// <param name="Multinomial">The model with one softmax over all classes.</param>
public sealed record LogisticReport(double Accuracy, string Scheme, double Objective, MultinomialReport Multinomial);

/// <summary>The multinomial regression.</summary>
/// <param name="Accuracy">In [0, 1].</param>
/// <param name="Objective">Σ loss + ‖w‖²/(2C) in nats.</param>
public sealed record MultinomialReport(double Accuracy, double Objective);

/// <summary>The nulls of a code measurement.</summary>
public sealed record CodeNulls
{
    /// <summary>The same graph with re-drawn weights, same samples; null where none was stored.</summary>
    public ControlCodes? Untrained { get; init; }

    /// <summary>The same model on uniform noise, as many samples; null where none was stored.</summary>
    public ControlCodes? RandomInputs { get; init; }

    /// <summary>The same codes with shuffled labels; null where nothing was probed.</summary>
    public PermutedLabels? PermutedLabels { get; init; }
}

/// <summary>Codes of a control.</summary>
/// <param name="Splits">Distinct codes by split.</param>
/// <param name="KNearest">A vote of its own codes; null where it was not probed.</param>
/// <param name="Discordant">Share of the scored samples for which exactly one of its vote and the model's is right; null where it was not probed.</param>
public sealed record ControlCodes(IReadOnlyDictionary<string, SplitCodes> Splits, KNearestReport? KNearest, double? Discordant = null);

/// <summary>Probes against shuffled labels.</summary>
/// <param name="KNearest">Vote of the same neighbours.</param>
/// <param name="Purity">Purity of the same clusters.</param>
/// <param name="Hungarian">Hungarian accuracy of the same clusters.</param>
/// <param name="Logistic">Multinomial regression fitted anew; null where none was fitted.</param>
/// <param name="LogisticRows">Rows each of those fits saw.</param>
public sealed record PermutedLabels(NullSummary KNearest, NullSummary Purity, NullSummary Hungarian, NullSummary? Logistic, int LogisticRows);
