using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>Of <c>labels</c>.</summary>
    public LabelsOptions Labels { get; init; } = new();

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

    /// <summary>The options of one analysis as they are stored with its result, the seed among them.</summary>
    internal JsonObject Of(string analysis)
    {
        var own = (JsonObject)Stored(this).First(o => o.Key.Equals(analysis, StringComparison.OrdinalIgnoreCase)).Value!.DeepClone();
        own["seed"] = Seed;
        return own;
    }

    /// <summary>Options under which an analysis measures as it did when it stored these.</summary>
    /// <exception cref="AnalyzerException">They are no options of the analysis.</exception>
    internal static AnalysisOptions From(string analysis, JsonNode stored)
    {
        AnalyzerException Wrong(string why, Exception? e = null) => new($"the stored options of `{analysis}` are none: {why}", $"run `analyzer analyze {analysis}` again", Failure.BadInput, e);
        if (stored is not JsonObject own || own["seed"] is not JsonValue at || !at.TryGetValue<long>(out var seed)) throw Wrong("they have no seed");
        var name = Stored(new()).First(o => o.Key.Equals(analysis, StringComparison.OrdinalIgnoreCase)).Key;
        try
        {
            return new JsonObject { ["seed"] = seed, [name] = own.DeepClone() }.Deserialize<AnalysisOptions>(AnalysisResult.Strict)!;
        }
        // What an option refuses is an ArgumentException.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw Wrong(e.Message.ReplaceLineEndings(" "), e);
        }
    }

    private static JsonObject Stored(AnalysisOptions options) => (JsonObject)JsonSerializer.SerializeToNode(options, Reports.Report.Json)!;

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
        // Next, for most of what follows is measured against labels.
        [Analyses.Labels.Name] = (run, o, experiments, progress, cancellation) => Analyses.Labels.Analyze(run, o.Labels with { Seed = o.Seed }, experiments.Draw, progress, cancellation),
        [Analyses.Redundancy.Name] = (run, o, _, progress, cancellation) => Analyses.Redundancy.Analyze(run, o.Redundancy with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Codes.Name] = (run, o, _, progress, cancellation) => Analyses.Codes.Analyze(run, o.Codes with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Discriminate.Name] = (run, o, _, progress, cancellation) => Analyses.Discriminate.Analyze(run, o.Discriminate with { Seed = o.Seed }, progress, cancellation),
        [Analyses.Anomalies.Name] = (run, o, experiments, progress, cancellation) => Analyses.Anomalies.Analyze(run, o.Anomalies with { Seed = o.Seed }, experiments.Ablate, experiments.Draw, progress, cancellation),
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
        run.TakeRead();
        var result = ByName[name](run, options, experiments, progress, cancellation) with { Basis = options.Basis(), Options = options.Of(name) };
        var read = run.TakeRead();
        result = result with { Reads = read, ReadsSha256 = RunCheck.SumOfRead(run.Path, read) };
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
