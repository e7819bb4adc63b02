namespace Analyzer.Reports;

/// <summary>What the analysis <c>preprocessing</c> says: <c>analyses.preprocessing</c> of the report.</summary>
public sealed record PreprocessingReport
{
    /// <summary>What was done, and that it is ours.</summary>
    public required string Source { get; init; }

    /// <summary>How it was measured.</summary>
    public required PreprocessingSettings Settings { get; init; }

    /// <summary>Smallest and largest value that the model was fed.</summary>
    public required double[] Range { get; init; }

    /// <summary>The BatchNorms whose running statistics were compared with their inputs; empty where the model keeps none.</summary>
    public required IReadOnlyList<string> Normalizations { get; init; }

    /// <summary>Every change, on the samples of the first look; as given first.</summary>
    public required IReadOnlyList<TriedChange> Screened { get; init; }

    /// <summary>The few that were tried on other samples; as given first.</summary>
    public required IReadOnlyList<TriedChange> Judged { get; init; }

    /// <summary>Share of the most frequent label among the judged samples: what saying always the same gets right; null without labels.</summary>
    public double? Chance { get; init; }

    /// <summary>The change that suits the model better than what it was given; null where none does.</summary>
    public string? Better { get; init; }

    /// <summary>Other changes that suit it better too, and no clearly worse than <see cref="Better"/>.</summary>
    public IReadOnlyList<string> Alike { get; init; } = [];

    /// <summary>A rearrangement that suits the BatchNorm statistics better by little, where there are no labels to decide; null where none does.</summary>
    public string? Suggested { get; init; }
}

/// <summary>How preprocessing was tried.</summary>
/// <param name="Split">Where samples were taken.</param>
/// <param name="Screened">Samples of the first look.</param>
/// <param name="Samples">Samples that verdicts are about.</param>
/// <param name="LeastDivergence">Divergence that a better change takes away, nats a channel.</param>
/// <param name="LeastGain">Accuracy that a better change adds.</param>
/// <param name="MostDivergence">Divergence above which data is unlike that of training, nats a channel.</param>
public sealed record PreprocessingSettings(string Split, int Screened, int Samples, double LeastDivergence, double LeastGain, double MostDivergence);

/// <summary>What a model made of inputs that were changed so.</summary>
/// <param name="Change">The change, as a participle.</param>
/// <param name="Divergence">
/// Kullback–Leibler divergence of the BatchNorm inputs from the running statistics, both as normal distributions: mean over channels and
/// layers, nats; null where the model keeps no statistics, or it is not finite.
/// </param>
/// <param name="Less">How much less that is than as given, its error from groups of the same samples; null for what was given.</param>
/// <param name="Accuracy">Share predicted right; null without labels.</param>
/// <param name="Gain">How much more that is than as given, on the same samples; null for what was given.</param>
public sealed record TriedChange(string Change, double? Divergence, PairedDifference? Less, double? Accuracy, PairedDifference? Gain);

/// <summary>The mean of differences between pairs.</summary>
/// <param name="Mean">In the measurement's unit.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Z">Mean over error; null where every difference is the same.</param>
public sealed record PairedDifference(double Mean, double Error, double? Z);
