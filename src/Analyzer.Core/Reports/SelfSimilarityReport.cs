namespace Analyzer.Reports;

/// <summary>What the analysis <c>selfsimilarity</c> says: <c>analyses.selfsimilarity</c> of the report.</summary>
public sealed record SelfSimilarityReport
{
    /// <summary>The paper and what differs from it.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required SelfSimilaritySettings Settings { get; init; }

    /// <summary>Layers in graph order.</summary>
    public required IReadOnlyList<SelfSimilarityLayer> Layers { get; init; }

    /// <summary>Layers that could not be measured, and why.</summary>
    public required IReadOnlyList<UnmeasuredLayer> LeftOut { get; init; }

    /// <summary>Means over the layers; null where none was measured.</summary>
    public SelfSimilarityNetwork? Network { get; init; }

    /// <summary>Units of the first layer in the plane, trained and untrained together; null without an untrained control.</summary>
    public UnitMap? UnitMap { get; init; }
}

/// <summary>How self-similarity was measured.</summary>
/// <param name="Variant">Which estimate of boxes <c>ssRate</c> uses: <c>code</c>, the authors' code. The paper's printed formula stands beside it.</param>
/// <param name="Split">The split whose first samples were used.</param>
/// <param name="Samples">Samples, B; SS_rates compare at one B only.</param>
/// <param name="MaximumUnits">Layers with more units are sub-sampled to this many.</param>
/// <param name="Draws">Shuffles of the null.</param>
/// <param name="BootstrapDraws">Of the power laws' p-values.</param>
/// <param name="TrimmedShare">Share of units left out of <c>ssRateTrimmed</c>, those with the largest norms.</param>
/// <param name="MeanDegree">Mean degree at which ε of the unit network is chosen: ours, the paper gives no ε.</param>
/// <param name="Seed">Where random choices started from.</param>
public sealed record SelfSimilaritySettings(
    string Variant, string Split, int Samples, int MaximumUnits, int Draws, int BootstrapDraws, double TrimmedShare, double MeanDegree, long Seed);

/// <summary>A layer that was not measured.</summary>
public sealed record UnmeasuredLayer(string Tap, string Tensor, string Reason);

/// <summary>Means over the layers.</summary>
/// <param name="SsRate">Mean SS_rate.</param>
/// <param name="Null">The same mean where each unit's values are shuffled on their own.</param>
/// <param name="Rate">How far the layers' SS_rates lie from those of shuffled units.</param>
/// <param name="Boxes">How far their box dimensions do; null where no layer has one.</param>
/// <param name="Interval">95 %, from random halves of the samples.</param>
/// <param name="UntrainedSsRate">Mean SS_rate with re-drawn weights, over the layers that have it; null where none has.</param>
/// <param name="GammaStd">σ_γ: standard deviation of γ̂ over layers, the paper's statistical invariance; null below two layers.</param>
/// <param name="CorrelationDimensionSpread">Δ = (max − min)/mean over layers, the paper's geometric invariance; null below two layers.</param>
public sealed record SelfSimilarityNetwork(
    double SsRate, NullSummary Null, NullDeviation Rate, NullDeviation? Boxes, double[] Interval, double? UntrainedSsRate, double? GammaStd, double? CorrelationDimensionSpread);

/// <summary>How far the layers lie from their nulls, all together.</summary>
/// <param name="Value">
/// Root mean square, over layers, of the distance from the mean in standard deviations; both are over the draws and the layer itself, so
/// that it is at most draws/√(draws + 1): 6.2 for 39.
/// </param>
/// <param name="Null">The same of each draw: about 1.</param>
/// <param name="PValue">Rank of the value among the draws, in (0, 1]; exact where nothing relates the units.</param>
public sealed record NullDeviation(double Value, NullSummary Null, double PValue);

/// <summary>Self-similarity of one layer's units.</summary>
public sealed record SelfSimilarityLayer
{
    /// <summary>Id of the tap.</summary>
    public required string Tap { get; init; }

    /// <summary>The tapped tensor.</summary>
    public required string Tensor { get; init; }

    /// <summary>Units measured, D.</summary>
    public required int Units { get; init; }

    /// <summary>Units the layer has.</summary>
    public required int LayerUnits { get; init; }

    /// <summary>Units measured that have one value for all samples, such as dead ones: they coincide or nearly so.</summary>
    public required int ConstantUnits { get; init; }

    /// <summary>Samples, B.</summary>
    public required int Samples { get; init; }

    /// <summary>Which estimate of boxes <see cref="SsRate"/> uses.</summary>
    public required string Variant { get; init; }

    /// <summary>SS_rate, ≥ 0; near 0: boxes fall as a power of 1 + θ, which independent units do too.</summary>
    public required double SsRate { get; init; }

    /// <summary>95 % from random halves of the samples.</summary>
    public required double[] SsRateInterval { get; init; }

    /// <summary>The same by the paper's printed formula.</summary>
    public required double SsRatePrinted { get; init; }

    /// <summary>SS_rate without the units of largest norm; null where too few units are left.</summary>
    public double? SsRateTrimmed { get; init; }

    /// <summary>SS_rate without as many of the other units, at random; null where too few units are left.</summary>
    public NullSummary? TrimNull { get; init; }

    /// <summary>The units left out of <see cref="SsRateTrimmed"/>.</summary>
    public required IReadOnlyList<int> LoudestUnits { get; init; }

    /// <summary>Mean SS_rate with each unit's values shuffled over the samples on its own.</summary>
    public required double NullMean { get; init; }

    /// <summary>Standard deviation of the same.</summary>
    public required double NullStd { get; init; }

    /// <summary>Two-sided rank of SS_rate among the shuffles, in (0, 1].</summary>
    public required double PValue { get; init; }

    /// <summary>SS_rate of independent normal values with each unit's mean and variance.</summary>
    public required NullSummary Gaussian { get; init; }

    /// <summary>d_B by complete linkage: minus the slope of ln N against ln(1 + θ); null where all merges coincide, or no two units are 0.1 apart.</summary>
    public double? BoxDimension { get; init; }

    /// <summary>√(RSS/(n − 2)) of that line in ln N, the error of the authors' code.</summary>
    public double? BoxDimensionError { get; init; }

    /// <summary>Least-squares standard error of d_B, the merges taken as independent: a lower bound.</summary>
    public double? BoxSlopeError { get; init; }

    /// <summary>d_B of the shuffled units; null where it has none.</summary>
    public NullSummary? BoxNull { get; init; }

    /// <summary>The covariance's eigenvalues.</summary>
    public required SpectrumReport Spectrum { get; init; }

    /// <summary>Correlation dimension of the samples; null where distances above 0 are too few.</summary>
    public double? CorrelationDimension { get; init; }

    /// <summary>The network of near units.</summary>
    public required UnitNetworkReport Network { get; init; }

    /// <summary>The same layer with re-drawn weights; null without that control.</summary>
    public UntrainedSelfSimilarity? Untrained { get; init; }

    /// <summary>Boxes by threshold for drawing; null beyond the layers that the report draws.</summary>
    public BoxCurves? Curves { get; init; }
}

/// <summary>Eigenvalues of the units' covariance.</summary>
/// <param name="Eigenvalues">How many lie above rounding.</param>
/// <param name="Gamma">γ̂ by the paper's formula, from all of them, the smallest setting the scale; null below two.</param>
/// <param name="Tail">Clauset–Shalizi–Newman fit; null below three different eigenvalues.</param>
public sealed record SpectrumReport(int Eigenvalues, double? Gamma, PowerLawReport? Tail);

/// <summary>A power law fitted to the upper tail of a spectrum.</summary>
/// <param name="Exponent">α̂.</param>
/// <param name="ExponentError">Its standard error.</param>
/// <param name="Least">x_min by least Kolmogorov–Smirnov distance.</param>
/// <param name="Values">Eigenvalues in the tail.</param>
/// <param name="LongEnough">Whether they are at least 50; otherwise nothing was tested.</param>
/// <param name="PValue">Semiparametric bootstrap, x_min refitted; below .1 no power law. Null where not tested.</param>
/// <param name="Comparisons">ln likelihood ratios against other laws; empty where not tested.</param>
public sealed record PowerLawReport(
    double Exponent, double ExponentError, double Least, int Values, bool LongEnough, double? PValue, IReadOnlyList<LawComparison> Comparisons)
{
    /// <summary>Whether the law is neither rejected nor beaten at .1; null where it was not tested.</summary>
    public bool? Plausible => PValue is { } p ? p >= 0.1 && !Comparisons.Any(c => c.LogRatio < 0 && c.PValue < 0.1) : null;
}

/// <summary>A power law against another law on the same tail.</summary>
/// <param name="Alternative">lognormal, exponential or truncatedPowerLaw.</param>
/// <param name="LogRatio">ln of the power law's likelihood over the other's, in nats: above 0 favours the power law.</param>
/// <param name="PValue">Vuong's, or χ² for the truncated law; where it is large neither is favoured.</param>
public sealed record LawComparison(string Alternative, double LogRatio, double PValue);

/// <summary>Units joined where they are nearer than ε.</summary>
/// <param name="Epsilon">ε.</param>
/// <param name="Nodes">Units in the giant component.</param>
/// <param name="Share">Their share of all.</param>
/// <param name="Diameter">Its longest shortest path.</param>
/// <param name="BoxSizes">Box sizes from 2 to ¾ of the diameter: at least five for a fit.</param>
/// <param name="Dimension">Song–Havlin–Makse d_B; null below five sizes.</param>
/// <param name="DimensionError">Its standard error.</param>
/// <param name="AkaikeDifference">AIC of small-world less AIC of fractal: above 0 favours the fractal; null below five sizes.</param>
/// <param name="LargestSpread">Largest (most − fewest)/fewest boxes over the random orders.</param>
public sealed record UnitNetworkReport(
    double? Epsilon, int Nodes, double Share, int Diameter, int BoxSizes, double? Dimension, double? DimensionError, double? AkaikeDifference,
    double LargestSpread);

/// <summary>A layer with re-drawn weights.</summary>
/// <param name="SsRate">SS_rate; null where undefined.</param>
/// <param name="SsRateTrimmed">Without the units of largest norm.</param>
/// <param name="BoxDimension">d_B.</param>
/// <param name="Gamma">γ̂.</param>
/// <param name="CorrelationDimension">Of the samples.</param>
public sealed record UntrainedSelfSimilarity(double? SsRate, double? SsRateTrimmed, double? BoxDimension, double? Gamma, double? CorrelationDimension);

/// <summary>Curves of ln N against ln(1 + θ), a few points each: pairs [x, y].</summary>
/// <param name="Trained">The layer.</param>
/// <param name="Shuffled">One shuffle of it.</param>
/// <param name="Untrained">With re-drawn weights; null without.</param>
/// <param name="Fit">Both ends of the fitted line.</param>
/// <param name="Gaussian">One draw of independent normal values with each unit's mean and variance; null where it has no box count.</param>
public sealed record BoxCurves(double[][] Trained, double[][] Shuffled, double[][]? Untrained, double[][] Fit, double[][]? Gaussian = null);

/// <summary>Units in the plane by classical scaling of their distances.</summary>
/// <param name="Tap">The layer.</param>
/// <param name="Tensor">Its tensor.</param>
/// <param name="Trained">[units] pairs [x, y].</param>
/// <param name="Untrained">The same units with re-drawn weights.</param>
/// <param name="Kept">Share of the squared distances that the plane keeps, in [0, 1].</param>
public sealed record UnitMap(string Tap, string Tensor, double[][] Trained, double[][] Untrained, double Kept);
