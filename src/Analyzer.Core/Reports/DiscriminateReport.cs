namespace Analyzer.Reports;

/// <summary>What the analysis <c>discriminate</c> says: <c>analyses.discriminate</c> of the report.</summary>
public sealed record DiscriminateReport
{
    /// <summary>The paper and what differs from it.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required DiscriminateSettings Settings { get; init; }

    /// <summary>Which samples the statistics are of, in words.</summary>
    public required string Samples { get; init; }

    /// <summary>The classes that occur there, ascending.</summary>
    public required IReadOnlyList<ClassSize> Classes { get; init; }

    /// <summary>All layers together.</summary>
    public required NetworkDiscrimination Network { get; init; }

    /// <summary>Each tap alone, in graph order.</summary>
    public required IReadOnlyList<LayerDiscrimination> Layers { get; init; }

    /// <summary>Units of all layers side by side, standardised and cut to −1, 0, +1, and what a linear probe reads from them.</summary>
    public required EmbeddingReport Embedding { get; init; }
}

/// <summary>How pairs of unit and class were tested.</summary>
/// <param name="Pooling">What stands for a unit's map: mean or max.</param>
/// <param name="MostSamples">Cap on the samples.</param>
/// <param name="Draws">Label permutations.</param>
/// <param name="Quantile">τ is this quantile of the null.</param>
/// <param name="Rate">False discovery rate of the verdicts.</param>
/// <param name="SinglesOut">Signed KS from which on one unit singles out a class.</param>
/// <param name="Seed">Where random choices started from.</param>
public sealed record DiscriminateSettings(string Pooling, int MostSamples, int Draws, double Quantile, double Rate, double SinglesOut, long Seed);

/// <summary>A class.</summary>
/// <param name="Class">Its label.</param>
/// <param name="Name">Its name, where the dataset has one.</param>
/// <param name="Samples">Its samples among those measured.</param>
public sealed record ClassSize(int Class, string? Name, int Samples);

/// <summary>All layers together.</summary>
/// <param name="Pairs">Pairs of a unit that varies and a class.</param>
/// <param name="Presence">Share of them with KS ≥ τ, in [0, 1].</param>
/// <param name="Absence">Share of them with KS ≤ −τ, in [0, 1].</param>
/// <param name="FalseDiscoveryRate">Null pairs at or above τ that one draw gives on average, over those observed; absent where none is observed.</param>
/// <param name="Null">The share of both under permuted labels; absent where no unit varies.</param>
/// <param name="Q">Of the hypothesis that no unit of any layer tells any class apart (Simes), in [0, 1].</param>
/// <param name="SinglesOut">Units that single out a class.</param>
/// <param name="Curve">What a threshold keeps, pairs of all layers.</param>
/// <param name="Top">The strongest pairs, one a unit, with their distributions.</param>
public sealed record NetworkDiscrimination(
    int Pairs, double Presence, double Absence, double? FalseDiscoveryRate, NullSummary? Null, double Q, int SinglesOut,
    IReadOnlyList<ThresholdPoint> Curve, IReadOnlyList<PairDistribution> Top);

/// <summary>What a threshold on the statistic keeps of signal and removes of noise.</summary>
/// <param name="Threshold">On |KS| √(nm/(n + m)), so that classes of all sizes share one scale; the critical value at .05 is 1.358.</param>
/// <param name="SignalKept">Share of the observed pairs at or above it.</param>
/// <param name="NoiseRemoved">Share of the pairs under permuted labels below it.</param>
public sealed record ThresholdPoint(double Threshold, double SignalKept, double NoiseRemoved);

/// <summary>The distributions of a unit inside and outside a class.</summary>
/// <param name="Tap">The tap.</param>
/// <param name="Tensor">Its tensor.</param>
/// <param name="Unit">The unit.</param>
/// <param name="Class">The class.</param>
/// <param name="SignedKs">The statistic.</param>
/// <param name="Values">Places, ascending.</param>
/// <param name="Inside">Share of the class's samples with a value up to there.</param>
/// <param name="Outside">Share of the other samples.</param>
/// <param name="Histogram">The same as shares of samples by value.</param>
public sealed record PairDistribution(
    string Tap, string Tensor, int Unit, int Class, double SignedKs, IReadOnlyList<double> Values, IReadOnlyList<double> Inside, IReadOnlyList<double> Outside,
    PairHistogram? Histogram = null);

/// <summary>Shares of samples in equal bins of a unit's value; a value on an edge counts in the bin above it, the largest in the last.</summary>
/// <param name="Low">Where the first bin starts.</param>
/// <param name="High">Where the last one ends.</param>
/// <param name="Inside">[bins] of the class's samples; sums to 1.</param>
/// <param name="Outside">[bins] of the other samples; sums to 1.</param>
public sealed record PairHistogram(double Low, double High, IReadOnlyList<double> Inside, IReadOnlyList<double> Outside);

/// <summary>One tap.</summary>
public sealed record LayerDiscrimination
{
    /// <summary>Id of the tap.</summary>
    public required string Tap { get; init; }

    /// <summary>The tapped tensor.</summary>
    public required string Tensor { get; init; }

    /// <summary>Units.</summary>
    public required int Units { get; init; }

    /// <summary>Units with one value in all samples; they are in no share below.</summary>
    public required int ConstantUnits { get; init; }

    /// <summary>Classes.</summary>
    public required int Classes { get; init; }

    /// <summary>Samples.</summary>
    public required int Samples { get; init; }

    /// <summary>τ, the median over the classes, in [0, 1].</summary>
    public required double Threshold { get; init; }

    /// <summary>[least, largest] τ of a class; it is larger for small classes.</summary>
    public required double[] ThresholdRange { get; init; }

    /// <summary>
    /// c(α) √((n + m)/(nm)) of the class of median size, α = 1 − the quantile: the same τ by formula; it may exceed 1. τ lies below it where
    /// values tie.
    /// </summary>
    public double? CriticalValue { get; init; }

    /// <summary>Null pairs at or above τ that one draw gives on average, over those observed; absent where none is observed.</summary>
    public double? FalseDiscoveryRate { get; init; }

    /// <summary>Share of pairs with KS ≥ τ, in [0, 1].</summary>
    public required double Presence { get; init; }

    /// <summary>Share of pairs with KS ≤ −τ, in [0, 1].</summary>
    public required double Absence { get; init; }

    /// <summary>The share of both under permuted labels; absent where no unit varies.</summary>
    public NullSummary? Null { get; init; }

    /// <summary>The share of both with re-drawn weights; absent where no such control was stored.</summary>
    public double? Untrained { get; init; }

    /// <summary>Of the hypothesis that no unit here tells any class apart: Simes' test of all pairs, adjusted over the layers; in [0, 1].</summary>
    public required double Q { get; init; }

    /// <summary>The least |KS| that one lone pair of a class of median size needs to be found at the rate; above 1: none could be.</summary>
    public required double Detectable { get; init; }

    /// <summary>How many units are characteristic of 0, 1, 2, … classes; the last entry also counts units of more.</summary>
    public required IReadOnlyList<int> ClassesPerUnit { get; init; }

    /// <summary>How many units are characteristic of each class: [classes]; absent for more than a hundred, the table of pairs holds them.</summary>
    public IReadOnlyList<int>? UnitsPerClass { get; init; }

    /// <summary>Pairs by signed KS, 40 bins over [−1, 1].</summary>
    public required KsHistogram Histogram { get; init; }

    /// <summary>The pairs with the largest |KS|, one a unit.</summary>
    public required IReadOnlyList<TopPair> Top { get; init; }
}

/// <summary>Counts of pairs over signed KS, in equal bins over [−1, 1].</summary>
/// <param name="Observed">[bins].</param>
/// <param name="Null">[bins], mean of the draws.</param>
public sealed record KsHistogram(IReadOnlyList<int> Observed, IReadOnlyList<double> Null);

/// <summary>A unit and the class that it tells apart best.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Class">The class's label.</param>
/// <param name="SignedKs">In [−1, 1]; above 0: presence, below: absence.</param>
/// <param name="Q">Benjamini and Hochberg's over the pairs of the layer, of the asymptotic p-value.</param>
/// <param name="PermutationP">(1 + null ≥ |KS|)/(1 + null), pooled over the layer's units.</param>
public sealed record TopPair(int Unit, int Class, double SignedKs, double Q, double PermutationP);

/// <summary>The full-network embedding and its baselines, all read by a multinomial logistic regression of the same rows.</summary>
/// <param name="Units">Units of all layers.</param>
/// <param name="Probes">Which samples it was fitted on and scored on, in words.</param>
/// <param name="FitSamples">Samples fitted on.</param>
/// <param name="ScoreSamples">Samples scored on.</param>
/// <param name="Upper">z-score above which a unit is +1.</param>
/// <param name="Lower">z-score below which a unit is −1.</param>
/// <param name="C">Of the embedding's probe.</param>
/// <param name="Accuracy">Of the embedding, in [0, 1].</param>
/// <param name="Interval">95 %, Wilson's.</param>
/// <param name="Last">The last layer's values, each sample scaled to length 1.</param>
/// <param name="Best">The single layer that scores best, so scaled; chosen on the samples scored on, so its accuracy flatters it.</param>
/// <param name="Gain">Accuracy of the embedding minus that of the last layer.</param>
/// <param name="GainError">Its standard error; both were scored on the same samples.</param>
/// <param name="Commonest">Share of the commonest class among the samples scored on: what an answer without looking gets.</param>
public sealed record EmbeddingReport(
    int Units, string Probes, int FitSamples, int ScoreSamples, double Upper, double Lower, double C, double Accuracy, double[] Interval,
    LayerProbe Last, LayerProbe Best, double Gain, double GainError, double Commonest);

/// <summary>A probe on one layer.</summary>
/// <param name="Tap">The tap.</param>
/// <param name="Tensor">Its tensor.</param>
/// <param name="C">Of the probe.</param>
/// <param name="Accuracy">In [0, 1].</param>
/// <param name="Interval">95 %, Wilson's.</param>
public sealed record LayerProbe(string Tap, string Tensor, double C, double Accuracy, double[] Interval);
