namespace Analyzer.Reports;

/// <summary>What the analysis <c>redundancy</c> says: <c>analyses.redundancy</c> of the report.</summary>
public sealed record RedundancyReport
{
    /// <summary>The paper and what differs from it.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required RedundancySettings Settings { get; init; }

    /// <summary>The weights of all layers together; null where none was compared.</summary>
    public RedundancyTotal? Weights { get; init; }

    /// <summary>The responses of all taps together; null where none was compared.</summary>
    public RedundancyTotal? Responses { get; init; }

    /// <summary>Features as the paper has them, units' weights: a layer an entry, in graph order.</summary>
    public required IReadOnlyList<LayerRedundancy> Layers { get; init; }

    /// <summary>The same of units' responses to samples (ours), a tap an entry, in graph order.</summary>
    public required IReadOnlyList<LayerRedundancy> Activations { get; init; }
}

/// <summary>How redundancy was measured.</summary>
/// <param name="Linkage">The distance of two clusters: average, complete or single.</param>
/// <param name="Cosine">How alike two features are: signed or absolute cosine.</param>
/// <param name="Responses">Whether responses were centred (their cosine is then a correlation) or taken raw.</param>
/// <param name="Tau">The τ that verdicts are about.</param>
/// <param name="Duplicate">Similarity of duplicates.</param>
/// <param name="Excess">Cut-off of the share beyond the null.</param>
/// <param name="Draws">Draws of the nulls at most.</param>
/// <param name="Samples">Samples whose responses were compared; 0 where none were.</param>
/// <param name="Split">The split they are of.</param>
/// <param name="Seed">Where random choices started from.</param>
public sealed record RedundancySettings(
    string Linkage, string Cosine, string Responses, double Tau, double Duplicate, double Excess, int Draws, int Samples, string? Split, long Seed);

/// <summary>Several layers together, cut at the settings' τ.</summary>
/// <param name="Units">Units compared.</param>
/// <param name="Redundant">n_r, summed over layers.</param>
/// <param name="Share">n_r/units, in [0, 1).</param>
/// <param name="Null">The share where nothing is to be found, layers summed draw by draw.</param>
/// <param name="BeyondNull">Whether the share exceeds every draw: by chance once in draws + 1.</param>
/// <param name="Untrained">The share with re-drawn weights; null where no control was stored or the features are weights.</param>
/// <param name="Curve">The share at every τ, ascending, beside the null's mean.</param>
public sealed record RedundancyTotal(
    int Units, int Redundant, double Share, NullSummary Null, bool BeyondNull, double? Untrained, IReadOnlyList<ShareAtThreshold> Curve);

/// <summary>Share of redundant units at one τ.</summary>
/// <param name="Tau">The similarity.</param>
/// <param name="Share">Redundant among those compared, in [0, 1].</param>
/// <param name="NullMean">Mean of that in the null.</param>
/// <param name="NullMax">The most that the largest draws of all layers give together.</param>
public sealed record ShareAtThreshold(double Tau, double Share, double NullMean, double NullMax);

/// <summary>The features of one layer.</summary>
public sealed record LayerRedundancy
{
    /// <summary>Id of the weights (<c>w0000</c>) or of the tap (<c>t0000</c>).</summary>
    public required string Tap { get; init; }

    /// <summary>The constant that holds the weights, or the tapped tensor.</summary>
    public required string Tensor { get; init; }

    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>Its operator.</summary>
    public required string Op { get; init; }

    /// <summary>Units of the layer.</summary>
    public required int Units { get; init; }

    /// <summary>Units compared, n′: those with a direction.</summary>
    public required int Compared { get; init; }

    /// <summary>Numbers a unit has: weights without the bias, or samples.</summary>
    public required int Dimension { get; init; }

    /// <summary>Groups of units that are compared within theirs only.</summary>
    public required int Groups { get; init; }

    /// <summary>The distance of two clusters: average, complete or single.</summary>
    public required string Linkage { get; init; }

    /// <summary>Units without a direction: of weights all zero, or of responses that never change. They are left out of the rest.</summary>
    public required int Zero { get; init; }

    /// <summary>The first twenty of them.</summary>
    public required IReadOnlyList<int> ZeroUnits { get; init; }

    /// <summary>n_f and n_r at each τ, ascending, beside the null.</summary>
    public required IReadOnlyList<ThresholdRedundancy> Thresholds { get; init; }

    /// <summary>Which null: random-weights or permuted-responses.</summary>
    public required string NullKind { get; init; }

    /// <summary>Draws of it.</summary>
    public required int NullDraws { get; init; }

    /// <summary>Units with a duplicate in their layer.</summary>
    public required int DuplicateUnits { get; init; }

    /// <summary>Pairs of duplicates.</summary>
    public required long DuplicatePairs { get; init; }

    /// <summary>The ten most alike of them, each unit with its nearest.</summary>
    public required IReadOnlyList<UnitPair> Duplicates { get; init; }

    /// <summary>By how much the share of redundant units exceeds the null's, at the τ where it does most: in (−1, 1); 0 where nothing is compared.</summary>
    public required double Excess { get; init; }

    /// <summary>Cosines in the order of the dendrogram; only of the layer whose <see cref="Excess"/> is largest, and null for grouped layers.</summary>
    public OrderedCosines? Ordered { get; init; }

    /// <summary>The last merges of the dendrogram; only of the layer that <see cref="Ordered"/> is of.</summary>
    public MergeTree? Tree { get; init; }

    /// <summary>Share of the pairs by signed cosine, in fifty bins of .04 from −1 to 1; empty where there is no pair.</summary>
    public required IReadOnlyList<double> Cosines { get; init; }

    /// <summary>The same of the null.</summary>
    public required IReadOnlyList<double> NullCosines { get; init; }
}

/// <summary>A cut of a layer.</summary>
/// <param name="Tau">Clusters merge while their similarity is at least this.</param>
/// <param name="Clusters">n_f.</param>
/// <param name="Redundant">n_r = n′ − n_f.</param>
/// <param name="NullMean">n_r of the null.</param>
/// <param name="NullStd">Its standard deviation over draws.</param>
/// <param name="NullMax">Its largest draw.</param>
/// <param name="Z">(n_r − mean)/std; null where the draws are all equal.</param>
/// <param name="Untrained">n_r of the untrained control's responses; null for weights, or without that control.</param>
public sealed record ThresholdRedundancy(double Tau, int Clusters, int Redundant, double NullMean, double NullStd, double NullMax, double? Z, int? Untrained);

/// <summary>Cosines of a layer's units in the order of its dendrogram, neighbours averaged where they are many.</summary>
/// <param name="FirstUnits">The unit that each block begins with.</param>
/// <param name="Cells">[blocks][blocks] mean cosines, in [−1, 1].</param>
public sealed record OrderedCosines(IReadOnlyList<int> FirstUnits, IReadOnlyList<IReadOnlyList<double?>> Cells);

/// <summary>The top of a layer's dendrogram, of at most 64 leaves; clusters that were merged before are leaves.</summary>
/// <param name="Leaves">From left to right as a drawing crosses no lines.</param>
/// <param name="Merges">One fewer, ascending in height.</param>
public sealed record MergeTree(IReadOnlyList<TreeLeaf> Leaves, IReadOnlyList<TreeMerge> Merges);

/// <summary>A leaf of the drawn tree.</summary>
/// <param name="FirstUnit">Its unit of smallest number.</param>
/// <param name="Units">How many units it holds.</param>
public sealed record TreeLeaf(int FirstUnit, int Units);

/// <summary>A merge.</summary>
/// <param name="First">What it joins, on the left: a leaf by its place, or merge m as leaves + m.</param>
/// <param name="Second">The same on the right.</param>
/// <param name="Height">1 − the similarity of the two, as the linkage has it: at most 1 − τ where a cut at τ leaves them together.</param>
public sealed record TreeMerge(int First, int Second, double Height);

/// <summary>Two units that are alike.</summary>
public sealed record UnitPair(int Unit, int Other, double Similarity);
