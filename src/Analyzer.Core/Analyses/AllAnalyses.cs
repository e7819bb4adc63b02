using System.Security.Cryptography;
using System.Text.Json;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>How each analysis measures. The seed of all is one.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Bytes the process may take: an analysis that needs more is left out, and the report says so. Default null: no ceiling.</summary>
    public long? Memory { get; init; }

    /// <summary>Whether results that an earlier attempt stored with the same options are kept. Default false.</summary>
    public bool Resume { get; init; }

    /// <summary>Of <c>preprocessing</c>.</summary>
    public PreprocessingOptions Preprocessing { get; init; } = new();

    /// <summary>Of <c>redundancy</c>.</summary>
    public RedundancyOptions Redundancy { get; init; } = new();

    /// <summary>Of <c>codes</c>.</summary>
    public CodesOptions Codes { get; init; } = new();

    /// <summary>Of <c>discriminate</c>.</summary>
    public DiscriminateOptions Discriminate { get; init; } = new();

    /// <summary>Of <c>anomalies</c>.</summary>
    public AnomaliesOptions Anomalies { get; init; } = new();

    /// <summary>Of <c>selfsimilarity</c>.</summary>
    public SelfSimilarityOptions SelfSimilarity { get; init; } = new();

    /// <summary>What decides a result beside the run: all options but those of <see cref="Memory"/> and <see cref="Resume"/>, and the program that measures.</summary>
    internal string Basis() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new
    {
        Options = this with { Memory = null, Resume = false },
        Programs = new[] { typeof(AnalysisOptions).Module.ModuleVersionId, typeof(Statistics.Matrix).Module.ModuleVersionId },
    })));
}

/// <summary>The analyses there are.</summary>
public static class AllAnalyses
{
    private delegate AnalysisResult Analysis(Run run, AnalysisOptions options, Experiments experiments, IProgress<ProgressUpdate>? progress, CancellationToken cancellation);

    private static readonly Dictionary<string, Analysis> ByName = new()
    {
        // First, for where inputs are prepared wrongly nothing else means much.
        [Analyses.Preprocessing.Name] = (run, o, experiments, progress, cancellation) => Analyses.Preprocessing.Analyze(run, o.Preprocessing, experiments.TryInputs, progress, cancellation),
        [Analyses.Redundancy.Name] = (run, o, _, progress, cancellation) => Analyses.Redundancy.Analyze(run, o.Redundancy with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Codes.Name] = (run, o, _, progress, cancellation) => Analyses.Codes.Analyze(run, o.Codes with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Discriminate.Name] = (run, o, _, progress, cancellation) => Analyses.Discriminate.Analyze(run, o.Discriminate with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Anomalies.Name] = (run, o, experiments, progress, cancellation) => Analyses.Anomalies.Analyze(run, o.Anomalies with { Seed = o.Seed }, experiments.Ablate, progress, cancellation),
        [Analyses.SelfSimilarity.Name] = (run, o, _, progress, cancellation) => Analyses.SelfSimilarity.Analyze(run, o.SelfSimilarity with { Seed = o.Seed }, progress, cancellation),
    };

    /// <summary>Their names, in the order a report has them.</summary>
    public static IReadOnlyList<string> Names => [.. ByName.Keys];

    /// <summary>Runs one analysis; its result is stored in the run.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="run">A finished run.</param>
    /// <param name="options">Options of all analyses.</param>
    /// <param name="experiments">What can be done with the model itself.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <exception cref="AnalyzerException">The run does not hold what the analysis reads.</exception>
    public static AnalysisResult Run(string name, Run run, AnalysisOptions options, Experiments experiments, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var result = ByName[name](run, options, experiments, progress, cancellation) with { Basis = options.Basis() };
        run.WriteResult(name, result.ToJson());
        return result;
    }

    /// <summary>Runs every analysis; one that does not apply stores why.</summary>
    /// <inheritdoc cref="Run"/>
    public static IReadOnlyList<AnalysisResult> RunAll(Run run, AnalysisOptions options, Experiments experiments, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var results = new List<AnalysisResult>();
        var basis = options.Basis();
        var stored = options.Resume ? run.Results().Select(r => AnalysisResult.FromJson(r.Key, r.Value)).Where(r => r.Basis == basis).ToDictionary(r => r.Analysis) : [];
        var refusals = AnalysisNeeds.Of(run.Manifest.Taps, run.Manifest.Weights, run.Manifest.Data.Splits, run.Samples().SelectMany(s => s.Labels ?? []).Distinct().Count(), options).ToDictionary(n => n.Analysis, n => AnalysisNeeds.Refusal(n, options.Memory));
        foreach (var name in Names)
        {
            if (stored.TryGetValue(name, out var kept))
            {
                results.Add(kept);
                continue;
            }
            try
            {
                if (refusals[name] is { } refusal) throw new AnalyzerException(refusal, "give more `--memory`", Failure.Inconclusive);
                results.Add(Run(name, run, options, experiments, progress, cancellation));
            }
            catch (AnalyzerException e) when (e.Kind == Failure.Inconclusive)
            {
                results.Add(AnalysisResult.DoesNotApply(name, e.Message));
                run.WriteResult(name, results[^1].ToJson());
            }
            // What one analysis held is nothing to the next, and the collector is in no hurry.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        }
        return results;
    }
}
