using System.Text.Json.Serialization;

namespace Analyzer.Reports;

/// <summary>What the analysis <c>anomalies</c> says: <c>analyses.anomalies</c> of the report.</summary>
public sealed record AnomaliesReport
{
    /// <summary>The paper and what differs from it.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required AnomaliesSettings Settings { get; init; }

    /// <summary>All layers together.</summary>
    public required NetworkAnomalies Network { get; init; }

    /// <summary>Samples far from all others in most filters of a layer; null where there are none.</summary>
    public DataOutlierReport? DataOutliers { get; init; }

    /// <summary>Each tap of maps, in graph order.</summary>
    public required IReadOnlyList<LayerAnomalies> Layers { get; init; }

    /// <summary>Loss and gradient of the outlier samples; null where there are none to compare, or nothing to compare them by.</summary>
    public OutlierReport? Outliers { get; init; }

    /// <summary>Small PNG images, base64, of outlier samples by number: of the data, and of the filters that are drawn; empty where samples are no images.</summary>
    public IReadOnlyDictionary<long, string> Images { get; init; } = new Dictionary<long, string>();

    /// <summary>The model without its anomaly filters; null where it has none or could not be scored.</summary>
    public AblationReport? Ablation { get; init; }
}

/// <summary>How anomalies were measured.</summary>
/// <param name="Clusters">Clusters tried at most.</param>
/// <param name="Restarts">Starts of each mixture.</param>
/// <param name="Score">Robust z of ln CH above which a filter is suspect.</param>
/// <param name="Minority">Share that its smallest cluster holds at most.</param>
/// <param name="DeadVariance">Mean variance below which a filter is dead.</param>
/// <param name="Draws">Of the null.</param>
/// <param name="Seed">Where random choices started from.</param>
public sealed record AnomaliesSettings(int Clusters, int Restarts, double Score, double Minority, double DeadVariance, int Draws, long Seed);

/// <summary>Anomaly filters of all layers.</summary>
/// <param name="Samples">Samples whose maps were clustered.</param>
/// <param name="Filters">Filters in all layers.</param>
/// <param name="Judged">Those with clusters, in layers where the rule can be asked.</param>
/// <param name="Dead">Filters whose maps do not vary.</param>
/// <param name="Anomalies">Anomaly filters.</param>
/// <param name="OutlierSamples">Samples in a small cluster of at least one of them.</param>
/// <param name="Null">Share of anomaly filters among those judged, where each filter's maps are Gaussian.</param>
/// <param name="PValue">How often the null has as many, in (0, 1].</param>
public sealed record NetworkAnomalies(int Samples, int Filters, int Judged, int Dead, int Anomalies, int OutlierSamples, NullSummary? Null, double? PValue);

/// <summary>Anomaly filters of one layer.</summary>
public sealed record LayerAnomalies
{
    /// <summary>Id of the tap.</summary>
    public required string Tap { get; init; }

    /// <summary>The tapped tensor.</summary>
    public required string Tensor { get; init; }

    /// <summary>Filters, the dead ones among them.</summary>
    public required int Filters { get; init; }

    /// <summary>Filters whose maps do not vary.</summary>
    public required int Dead { get; init; }

    /// <summary>Filters whose maps vary but fall into no two clusters.</summary>
    public int Unclustered { get; init; }

    /// <summary>Filters with a small group farther off than Gaussian maps of the same variances show, whatever the rest of the layer does.</summary>
    public required int WithOutliers { get; init; }

    /// <summary>Why the layer could not be judged; null where it was.</summary>
    public string? Undecided { get; init; }

    /// <summary>Median of ln CH over the layer's filters; null where none has clusters.</summary>
    public double? MedianLogIndex { get; init; }

    /// <summary>Median distance from it times 1.4826; null where the layer has no scale.</summary>
    public double? DeviationLogIndex { get; init; }

    /// <summary>Calinski–Harabasz indices in ascending order, evenly thinned to at most 64.</summary>
    public required IReadOnlyList<double> Indices { get; init; }

    /// <summary>How many filters have 1, 2, … clusters by the index.</summary>
    public required IReadOnlyList<int> Components { get; init; }

    /// <summary>How many filters have 1, 2, … components by BIC.</summary>
    public required IReadOnlyList<int> BicComponents { get; init; }

    /// <summary>Median share of a filter's variance that its plane explains.</summary>
    public double? MedianExplained { get; init; }

    /// <summary>Mean number of anomaly filters where each filter's maps are Gaussian.</summary>
    public double? NullMean { get; init; }

    /// <summary>The anomaly filters, worst first.</summary>
    public required IReadOnlyList<AnomalyFilter> Anomalies { get; init; }

    /// <summary>Filters with outliers (<see cref="WithOutliers"/>) that are no anomaly filters, the farthest first.</summary>
    public IReadOnlyList<OutlyingFilter> Outlying { get; init; } = [];
}

/// <summary>A filter with a small group farther off than Gaussian maps show, though its index is nothing special in its layer.</summary>
/// <param name="Filter">Number of the filter within its layer, from 0.</param>
/// <param name="Distance">Of those samples from all others, in standard deviations of the others; null where the others do not vary that way.</param>
/// <param name="Samples">Samples in small clusters, ascending; they count through all splits.</param>
public sealed record OutlyingFilter(int Filter, double? Distance, IReadOnlyList<long> Samples);

/// <summary>A filter for which a few samples lie far from all others.</summary>
public sealed record AnomalyFilter
{
    /// <summary>Number of the filter within its layer, from 0.</summary>
    public required int Filter { get; init; }

    /// <summary>Calinski–Harabasz index; null where the clusters are points and it is infinite.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? CalinskiHarabasz { get; init; }

    /// <summary>Robust z of its logarithm within the layer; null where the index is infinite.</summary>
    public double? Score { get; init; }

    /// <summary>K*, clusters by the index.</summary>
    public required int Components { get; init; }

    /// <summary>Components by BIC, from 1.</summary>
    public required int BicComponents { get; init; }

    /// <summary>Share of the samples in the smallest cluster.</summary>
    public required double SmallestShare { get; init; }

    /// <summary>η²: share of the plane's variance that the clusters explain.</summary>
    public double? EtaSquared { get; init; }

    /// <summary>Mahalanobis distance of the smallest cluster from the largest, in the largest's standard deviations.</summary>
    public double? Distance { get; init; }

    /// <summary>Mean probability of a sample's own cluster.</summary>
    public required double MeanResponsibility { get; init; }

    /// <summary>Normalised mutual information of clusters and labels; null without labels.</summary>
    public double? LabelInformation { get; init; }

    /// <summary>Shares of the variance that the two axes explain.</summary>
    public required IReadOnlyList<double> ExplainedVarianceRatio { get; init; }

    /// <summary>Samples in small clusters, ascending; they count through all splits.</summary>
    public required IReadOnlyList<long> Samples { get; init; }

    /// <summary>What to draw; null but for the worst few filters.</summary>
    public AnomalyPlot? Plot { get; init; }
}

/// <summary>The plane of a filter.</summary>
/// <param name="OthersX">First component of samples in other clusters, thinned to at most 150.</param>
/// <param name="OthersY">Their second component.</param>
/// <param name="OutliersX">First component of samples in small clusters, thinned to at most 50.</param>
/// <param name="OutliersY">Their second component.</param>
/// <param name="Clusters">Each component of the mixture.</param>
public sealed record AnomalyPlot(
    IReadOnlyList<double> OthersX, IReadOnlyList<double> OthersY, IReadOnlyList<double> OutliersX, IReadOnlyList<double> OutliersY, IReadOnlyList<PlottedCluster> Clusters);

/// <summary>A Gaussian of the plane: mean and covariance.</summary>
public sealed record PlottedCluster(double X, double Y, double Xx, double Xy, double Yy);

/// <summary>Samples that lie far from all others in more than half of a layer's live filters.</summary>
/// <param name="Samples">Which, ascending; they count through all splits.</param>
/// <param name="Filters">Filters, over all layers, with a small group farther off than Gaussian maps of the same variances show.</param>
/// <param name="Live">Filters that vary.</param>
/// <param name="Null">Share of such samples where each filter's outliers are drawn at random.</param>
/// <param name="PValue">How often the null has as many, in (0, 1].</param>
public sealed record DataOutlierReport(IReadOnlyList<long> Samples, int Filters, int Live, NullSummary Null, double PValue);

/// <summary>Outlier samples, of anomaly filters or of the data, against the rest of those whose maps were clustered.</summary>
/// <param name="Outliers">How many.</param>
/// <param name="Rest">How many others.</param>
/// <param name="Loss">Cross-entropy in nats; null where no sample has one.</param>
/// <param name="GradientNorm">‖p − y‖₂ ‖h‖₂, the norm of the loss's gradient by the last layer's weights; null without a dense last layer.</param>
public sealed record OutlierReport(int Outliers, int Rest, Contrast? Loss, Contrast? GradientNorm);

/// <summary>A quantity of the outliers against the rest.</summary>
/// <param name="OutlierMean">Mean over the outliers.</param>
/// <param name="RestMean">Mean over the others.</param>
/// <param name="Null">Differences of means where outliers are drawn at random.</param>
/// <param name="PValue">How often such a difference is as large, in (0, 1].</param>
/// <param name="Error">Standard error of the difference of means, each part with its own variance (Welch).</param>
/// <param name="Values">What the means are of.</param>
public sealed record Contrast(double OutlierMean, double RestMean, NullSummary Null, double PValue, double Error, ContrastValues? Values = null);

/// <summary>Values of two parts, each ascending and thinned to at most 64, least and largest among them.</summary>
/// <param name="Outliers">Of the outliers.</param>
/// <param name="Rest">Of the others.</param>
public sealed record ContrastValues(IReadOnlyList<double> Outliers, IReadOnlyList<double> Rest);

/// <summary>What the model scores without some filters.</summary>
/// <param name="Silenced">Filters silenced at a time.</param>
/// <param name="ChosenOn">The split whose maps made them anomalies.</param>
/// <param name="Splits">By split.</param>
/// <param name="Notes">How they were silenced.</param>
public sealed record AblationReport(int Silenced, string ChosenOn, IReadOnlyDictionary<string, SplitAblation> Splits, IReadOnlyList<string> Notes);

/// <summary>Accuracies on one split, in [0, 1].</summary>
/// <param name="Samples">Samples scored.</param>
/// <param name="Whole">Of the whole model.</param>
/// <param name="WithoutAnomalies">Without the anomaly filters.</param>
/// <param name="WithoutLowest">Without as many filters of the least index in the same layers; null where a layer has too few others.</param>
/// <param name="WithoutRandom">Without as many random filters of the same layers: one value a set of filters, each set once.</param>
public sealed record SplitAblation(int Samples, double Whole, double WithoutAnomalies, double? WithoutLowest, IReadOnlyList<double> WithoutRandom);
