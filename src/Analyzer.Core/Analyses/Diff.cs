using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>What changed between two runs, by what they store; the models are not run again.</summary>
public static class Diff
{
    /// <summary>Compares them.</summary>
    /// <param name="a">The older run, or the reference.</param>
    /// <param name="b">The newer one.</param>
    /// <param name="graph">What differs between the models' graphs.</param>
    /// <param name="ofExtraction">What the extraction of a run found itself.</param>
    /// <param name="options">How to compare activations.</param>
    /// <param name="progress">Told of each layer.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="AnalyzerException">A run is damaged.</exception>
    /// <remarks>O(samples² · units + draws · samples²) a matched layer; memory: one tap's values of one split, and two kernels of 8·samples² bytes, up to 33 where layers are matched by their activations.</remarks>
    public static DiffReport Compare(Run a, Run b, DiffGraph graph, Func<Run, IEnumerable<Finding>> ofExtraction, DiffOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var notes = new List<string>();
        var shared = DiffSamples.Shared(a, b, notes);
        // As elsewhere: what a network has learnt shows on samples that it has not seen.
        var split = shared.FirstOrDefault(s => s.A.Name == "test") ?? (shared.Count > 0 ? shared[^1] : null);
        var layers = new DiffLayers(a, b, split, options, cancellation);
        if (!graph.Compared) notes.Add($"the graphs' nodes could not be compared: {graph.Reason} (paths are as they were typed when the runs were made)");
        var report = new DiffReport
        {
            A = Of(a), B = Of(b),
            Settings = new(split?.A.Name, layers.Samples, options.Halves, options.Permutations, options.Seed, DiffLayers.Source),
            Summary = [],
            Fields = DiffFields.Of(a.Manifest, b.Manifest),
            Graph = graph,
            Accuracy = DiffSamples.Accuracy(a, b, shared),
            Layers = layers.Compare(notes, progress),
            Weights = DiffWeightLayers.Compare(a, b, progress, cancellation),
            Findings = DiffFindings.Compare(a, b, ofExtraction, notes),
            Notes = notes,
        };
        return report with { Summary = [.. DiffSummary.Of(report)] };
    }

    private static DiffRun Of(Run run) => new(run.Path, run.Manifest.Model.Path, run.Manifest.Model.Sha256, run.Manifest.Model.Parameters);
}
