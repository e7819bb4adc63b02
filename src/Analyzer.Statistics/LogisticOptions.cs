namespace Analyzer.Statistics;

/// <summary>How two-class regressions make a classifier of many classes.</summary>
public enum LogisticScheme
{
    /// <summary>One model for each pair of classes; they vote (He et al., arXiv 2101.05490).</summary>
    OneVsOne,

    /// <summary>One model with a softmax over all classes.</summary>
    Multinomial,
}

/// <summary>How <see cref="LogisticRegression"/> fits. Defaults follow scikit-learn 1.2 with <c>lbfgs</c>.</summary>
public sealed record LogisticOptions
{
    /// <summary>How two-class regressions make a classifier of many classes. Default one-vs-one.</summary>
    public LogisticScheme Scheme { get; init; } = LogisticScheme.OneVsOne;

    /// <summary>Weight of the losses against ‖w‖²/2, C; the smaller, the stronger the penalty. Default 1.</summary>
    public double C { get; init => field = Require.InRange(value, 1e-9, 1e9); } = 1;

    /// <summary>A model is fitted when no component of its gradient is larger than this. Default 1e-4.</summary>
    public double Tolerance { get; init => field = Require.InRange(value, 1e-10, 1e6); } = 1e-4;

    /// <summary>Newton steps at most. Default 100; 10 to 20 are usual.</summary>
    public int MaxIterations { get; init => field = Require.InRange(value, 1, 100_000); } = 100;

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}
