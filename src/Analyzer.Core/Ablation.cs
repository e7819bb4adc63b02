namespace Analyzer;

/// <summary>One unit of a tapped tensor.</summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="Unit">Channel or neuron, from 0.</param>
public readonly record struct TensorUnit(string Tensor, int Unit);

/// <summary>What a model scores with some of its units silenced.</summary>
/// <param name="Accuracy">For each variant, in the order asked: by split, the fraction of samples predicted right, in [0, 1].</param>
/// <param name="Samples">By split, how many samples each variant was scored on; the same ones for all.</param>
/// <param name="Notes">How units were silenced: by zero weights, or in a rewritten copy and why.</param>
public sealed record AblationOutcome(
    IReadOnlyList<IReadOnlyDictionary<string, double>> Accuracy, IReadOnlyDictionary<string, int> Samples, IReadOnlyList<string> Notes);

/// <summary>Silences units of the audited model in the graph and scores it anew.</summary>
/// <param name="variants">Sets of units; an empty set is the model as it is, under the same kernels.</param>
/// <param name="samples">At most so many samples of each labelled split, its first ones.</param>
/// <param name="progress">Told after every batch.</param>
/// <param name="cancellation">Stops between two batches.</param>
/// <exception cref="AnalyzerException">The model or data of the run is not there any more, or is another.</exception>
public delegate AblationOutcome Ablate(
    IReadOnlyList<IReadOnlyCollection<TensorUnit>> variants, int samples, IProgress<ProgressUpdate>? progress, CancellationToken cancellation);
