namespace Analyzer;

/// <summary>How an image is laid out before its values are changed.</summary>
public enum InputArrangement
{
    /// <summary>As the data gives it.</summary>
    AsGiven,
    /// <summary>Its channels the other way round: RGB as BGR.</summary>
    ReversedChannels,
    /// <summary>Rows as columns.</summary>
    Transposed,
}

/// <summary>A change of what a model is fed: an arrangement, then x·scale + offset.</summary>
/// <param name="Name">What it does, as a participle: <c>divided by 255</c>; the first of a trial is <c>as given</c>.</param>
/// <param name="Arrangement">Order of channels and axes.</param>
/// <param name="Scale">Factor: one, or one a channel of the arranged image.</param>
/// <param name="Offset">Added after it: one, or one a channel.</param>
public sealed record InputChange(string Name, InputArrangement Arrangement, IReadOnlyList<double> Scale, IReadOnlyList<double> Offset)
{
    /// <summary>The inputs as the data gives them.</summary>
    public static InputChange None { get; } = new("as given", InputArrangement.AsGiven, [1], [0]);

    /// <summary>Whether values stay as they are and only move.</summary>
    public bool IsRearrangement => Arrangement != InputArrangement.AsGiven && Scale is [1] && Offset is [0];
}

/// <summary>What a trial knows of the model's input before anything runs.</summary>
/// <param name="Channels">Channels of an image; null where it is no image of 1 or 3 channels.</param>
/// <param name="Square">Whether the image is as high as wide.</param>
/// <param name="Least">Smallest value fed, over most samples of the extraction's comparison.</param>
/// <param name="Most">Largest value fed.</param>
public sealed record InputFacts(int? Channels, bool Square, double Least, double Most);

/// <summary>A BatchNorm as the model holds it: what its input was like in training.</summary>
/// <param name="Node">The operation.</param>
/// <param name="Mean">[channels] running mean.</param>
/// <param name="Variance">[channels] running variance, ε added.</param>
public sealed record NormalizationLayer(string Node, double[] Mean, double[] Variance);

/// <summary>What the input of a BatchNorm is like now, ε added to variances: [groups][channels].</summary>
public sealed record LayerMoments(double[][] Mean, double[][] Variance);

/// <summary>What a model made of changed inputs.</summary>
/// <param name="Layers">Moments of the input of each BatchNorm, by group of samples.</param>
/// <param name="Right">[samples] whether the predicted class is the label; null where there are no labels or class scores.</param>
public sealed record TrialedInput(IReadOnlyList<LayerMoments> Layers, bool[]? Right);

/// <summary>A trial of several changes on the same samples.</summary>
/// <param name="Facts">Of the input.</param>
/// <param name="Split">Where the samples are from.</param>
/// <param name="Samples">How many they are.</param>
/// <param name="Layers">The first BatchNorms of the model whose statistics survive in it; empty where none do.</param>
/// <param name="Changes">What was tried, <see cref="InputChange.None"/> first.</param>
/// <param name="Inputs">What came of it, one for each change.</param>
public sealed record InputTrialOutcome(
    InputFacts Facts, string Split, int Samples, IReadOnlyList<NormalizationLayer> Layers, IReadOnlyList<InputChange> Changes, IReadOnlyList<TrialedInput> Inputs)
{
    /// <summary>Share of the most frequent label among the samples: what saying always the same gets right; null without labels.</summary>
    public double? Chance { get; init; }
}

/// <summary>Which changes to try: many on few samples, then a few of them on other samples, so that luck on the first does not count.</summary>
/// <param name="Screened">Samples of the first trial at most.</param>
/// <param name="Samples">Samples of the second at most.</param>
/// <param name="Changes">All changes that make sense for an input.</param>
/// <param name="Keep">Those worth a second trial, <see cref="InputChange.None"/> first.</param>
public sealed record InputTrialPlan(
    int Screened, int Samples, Func<InputFacts, IReadOnlyList<InputChange>> Changes, Func<InputTrialOutcome, IReadOnlyList<InputChange>> Keep);

/// <summary>Feeds the audited model with changed inputs.</summary>
/// <param name="plan">What to try.</param>
/// <param name="progress">Told after every batch.</param>
/// <param name="cancellation">Stops between two batches.</param>
/// <returns>The outcome of both trials.</returns>
/// <exception cref="AnalyzerException">
/// The model or data of the run is not there any more or is another; or (<see cref="Failure.Inconclusive"/>) the model takes no single
/// tensor of floats, or has neither BatchNorm statistics nor labelled class scores to judge by, or the samples are too few.
/// </exception>
public delegate (InputTrialOutcome Screen, InputTrialOutcome Trial) TryInputs(InputTrialPlan plan, IProgress<ProgressUpdate>? progress, CancellationToken cancellation);

/// <summary>What analyses do with the audited model and its data themselves.</summary>
/// <param name="Ablate">Silences units.</param>
/// <param name="TryInputs">Changes inputs.</param>
/// <param name="Draw">Looks at samples.</param>
public sealed record Experiments(Ablate Ablate, TryInputs TryInputs, DrawSamples Draw);
