using Analyzer.Analyses;
using Analyzer.Datasets;
using Analyzer.Extraction;
using Analyzer.Gates;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>The whole flow: model file → taps → patched model → batches → run → analyses → findings → report.</summary>
public static class Pipeline
{
    private const int TimedSamples = 256;

    /// <summary>What a model is made of, what it costs and what of it can be tapped; nothing is run and no weight is read.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="taps">Selectors to try out; empty for none.</param>
    /// <param name="bind">Sizes for axes that the model leaves open; see <see cref="SizeBinding"/>.</param>
    /// <exception cref="AnalyzerException">The file is no model, a selector matches nothing, or no axis has a name that a size is given for.</exception>
    public static ModelInspection Inspect(string path, IReadOnlyList<string> taps, IReadOnlyDictionary<string, long>? bind = null)
    {
        var model = SizeBinding.Bind(OnnxModel.Open(path), bind ?? new Dictionary<string, long>());
        var inferred = TensorTypes.Infer(model);
        var typed = model.WithTypes(inferred.Types);
        var single = SizeBinding.OneSample(model);
        return ModelInspection.Of(typed, inferred.Refusal, single.WithTypes(TensorTypes.InferFolded(single).Types), taps.Count == 0 ? null : Selector.Select(typed, taps));
    }

    /// <summary>Runs the patched model over the data and stores what the taps see.</summary>
    /// <exception cref="AnalyzerException">Whatever the user can mend; see <see cref="Failure"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what is finished is kept and <see cref="ExtractOptions.Resume"/> goes on.</exception>
    public static void Extract(ExtractOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default) =>
        ExtractAndHold(options, progress, cancellation).Dispose();

    /// <summary>What an extraction would store, take and last, and what each analysis would need; one batch is run to time the model, and nothing is written.</summary>
    /// <exception cref="AnalyzerException">What <see cref="Extract"/> would refuse too.</exception>
    public static Forecast Plan(ExtractOptions options, AnalysisOptions analyses, CancellationToken cancellation = default)
    {
        var model = SizeBinding.Bind(OnnxModel.Open(options.Model), options.Bind);
        using var data = OpenData(options);
        // Enough for the batch that is timed; what else cannot be read shows in the extraction.
        data.SetAside(Math.Min(options.Limit ?? TimedSamples, TimedSamples), 1, null, cancellation);
        var forecast = new ModelExtraction(model, data, options, null, cancellation).Forecast((taps, weights, splits) =>
            AnalysisNeeds.Of(taps, weights, splits, data.Splits.SelectMany(s => s.Labels ?? []).Distinct().Count(), analyses));
        var refused = forecast.Analyses.Select(need => (need.Analysis, Why: AnalysisNeeds.Refusal(need, options.Memory))).Where(need => need.Why is not null);
        return forecast with { Notes = [.. forecast.Notes, .. refused.Select(need => $"an audit would leave out {need.Analysis}: {need.Why}")] };
    }

    /// <summary>Runs one analysis on a stored run and stores its result there.</summary>
    /// <param name="run">The run's directory.</param>
    /// <param name="analysis">One of <see cref="AllAnalyses.Names"/>.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <exception cref="AnalyzerException">The run does not hold what the analysis reads, or is damaged.</exception>
    public static AnalysisResult Analyze(string run, string analysis, AnalysisOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        using var opened = Runs.Run.Open(run);
        using var writer = WriterLock.Take(run);
        return AllAnalyses.Run(analysis, opened, options, ExperimentsWith(opened), progress, cancellation);
    }

    /// <summary>Runs every analysis on a stored run; one that does not apply stores why.</summary>
    /// <inheritdoc cref="Analyze"/>
    public static IReadOnlyList<AnalysisResult> AnalyzeAll(string run, AnalysisOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        using var opened = Runs.Run.Open(run);
        using var writer = WriterLock.Take(run);
        return AnalyzeAll(opened, options, progress, cancellation);
    }

    /// <summary>
    /// Writes report.json, report.html, report.md, junit.xml, report.sarif and model-index.yaml from what is stored. Gates are those the run
    /// was last judged by, the default ones if none.
    /// </summary>
    public static Report Report(string run)
    {
        using var opened = Runs.Run.Open(run);
        using var writer = WriterLock.Take(run);
        return Report(opened);
    }

    /// <summary>Writes every figure of the run's page as a file, and an index of them; no browser is needed.</summary>
    /// <returns>Where they lie, and how many.</returns>
    /// <exception cref="AnalyzerException">No run, or no report was written yet.</exception>
    public static FigureFiles Figures(string run, FigureOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        using var opened = Runs.Run.Open(run);
        using var writer = WriterLock.Take(run);
        return FigureFiles.Write(opened, options, progress, cancellation);
    }

    /// <summary>Holds a run against a policy, keeps the policy with the run, and writes its reports.</summary>
    /// <param name="run">The run's directory.</param>
    /// <param name="policy">The gates; null for those it was last judged by.</param>
    /// <param name="reference">A run that changes are measured against, or null.</param>
    /// <exception cref="AnalyzerException">No run, or the reference is none.</exception>
    public static Report Check(string run, Policy? policy = null, string? reference = null)
    {
        using var opened = Runs.Run.Open(run);
        using var writer = WriterLock.Take(run);
        if (policy is not null || reference is not null) JudgedBy.Store(opened, policy, reference);
        return Report(opened);
    }

    /// <summary>
    /// Extracts what the analyses need in one pass, runs every one that applies, and reports. The seed is the extraction's throughout; where
    /// it resumes, analyses that an earlier attempt finished are kept.
    /// </summary>
    /// <param name="options">What to extract; reducers are the audit's own.</param>
    /// <param name="analyses">How to measure.</param>
    /// <param name="policy">What the run is judged by; null for the default, or what the run was last judged by.</param>
    /// <param name="reference">A run that changes are measured against, or null.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends the work; what is finished is kept.</param>
    public static Report Audit(
        ExtractOptions options, AnalysisOptions analyses, Policy? policy = null, string? reference = null, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        // A reference that is none is told before an hour of work, not after.
        if (reference is not null) JudgedBy.ExpectReference(reference, options.Out);
        // Signs for the codes, means for everything that compares units; maps and weights come with them.
        using var writer = ExtractAndHold(options with { Reducers = [Reducer.Sign, Reducer.Mean] }, progress, cancellation);
        using var run = Runs.Run.Open(options.Out);
        if (policy is not null || reference is not null) JudgedBy.Store(run, policy, reference);
        AnalyzeAll(run, analyses with { Seed = options.Seed, Memory = options.Memory, Resume = options.Resume }, progress, cancellation);
        return Report(run);
    }

    /// <summary>Compares analysed runs of one family and writes sweep.json, sweep.html and its tables.</summary>
    /// <param name="runs">Directories of two or more runs.</param>
    /// <param name="folder">Where to write; files of an older sweep are replaced.</param>
    /// <param name="options">Factors and cut-offs.</param>
    /// <exception cref="AnalyzerException">A path is no run, a run has no results, nothing differs between the models, or the folder holds something else.</exception>
    public static SweepReport Sweep(IReadOnlyList<string> runs, string folder, SweepOptions options)
    {
        if (Directory.Exists(folder) && (File.Exists(RunPaths.Manifest(folder)) || (!File.Exists(RunPaths.Lock(folder)) && Directory.EnumerateFileSystemEntries(folder).Any())))
            throw new AnalyzerException($"`{folder}` holds something other than a sweep", "give a new directory to `--out`");
        var report = Analyses.Sweep.Compare(runs, options);
        using var writer = WriterLock.Take(folder);
        Analyses.Sweep.Store(report, folder);
        RunPaths.WriteAtomically(Path.Combine(folder, "sweep.json"), path => File.WriteAllText(path, report.ToJson()));
        RunPaths.WriteAtomically(Path.Combine(folder, "sweep.html"), path => File.WriteAllText(path, ReportHtml.RenderAsync(report).GetAwaiter().GetResult()));
        return report;
    }

    /// <summary>What changed from run <paramref name="a"/> to run <paramref name="b"/>; written as diff.json, diff.md and diff.html where a folder is given.</summary>
    /// <exception cref="AnalyzerException">A path is no run, both are one, or the folder holds something else.</exception>
    public static DiffReport Diff(string a, string b, DiffOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Out is { } folder) DiffFolder.ExpectPlaceFor(folder);
        if (Path.GetFullPath(a) == Path.GetFullPath(b)) throw new AnalyzerException($"`{a}` is given twice", "give two runs, the older one first");
        using var first = Runs.Run.Open(a);
        using var second = Runs.Run.Open(b);
        var report = Analyses.Diff.Compare(first, second, ModelDiff.Of(first.Manifest, second.Manifest), ExtractionFindings.Of, options, progress, cancellation);
        if (options.Out is not null) DiffFolder.Store(report, options.Out);
        return report;
    }

    /// <summary>The findings of a run, the gravest first; nothing is written.</summary>
    /// <param name="run">The run's directory.</param>
    /// <exception cref="AnalyzerException">No run there, or a damaged one.</exception>
    public static IReadOnlyList<Finding> Findings(string run)
    {
        using var opened = Runs.Run.Open(run);
        return ReportBuilder.Findings(opened, ReportBuilder.Results(opened));
    }

    /// <summary>All that is known of one finding of a run: its place, the rows and samples behind it, and the commands that measure it again.</summary>
    /// <exception cref="AnalyzerException">The run has no such finding.</exception>
    public static Explanation Explain(string run, string finding, CancellationToken cancellation = default)
    {
        using var opened = Runs.Run.Open(run);
        return ExplanationBuilder.Build(opened, finding, cancellation);
    }

    /// <summary>Checks that a run is what it says: its files by their checksums, its findings by measuring them again. Nothing in it changes.</summary>
    /// <exception cref="AnalyzerException">The directory is no run, or a file cannot be read.</exception>
    public static VerifyReport Verify(string run, VerifyOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default) =>
        Verification.Of(run, options, ExperimentsWith, progress, cancellation);

    private static Dataset OpenData(ExtractOptions options)
    {
        var data = Dataset.Open(options.Data);
        // A quarter of what there is for images on their way; the plan counts what they take.
        data.KeepTo(Math.Min(ReadingBudget.Usual, options.Memory / 4));
        return data;
    }

    // From the first file to the last no other writer comes between.
    private static WriterLock ExtractAndHold(ExtractOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        RunWriter.ExpectPlaceFor(options.Out, options.Resume);
        var model = SizeBinding.Bind(OnnxModel.Open(options.Model), options.Bind);
        using var data = OpenData(options);
        data.SetAside(options.Limit, options.MaxUnreadable, progress, cancellation);
        var extraction = new ModelExtraction(model, data, options, progress, cancellation);
        var writer = WriterLock.Take(options.Out);
        try
        {
            extraction.Run();
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private static IReadOnlyList<AnalysisResult> AnalyzeAll(Run run, AnalysisOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation) =>
        AllAnalyses.RunAll(run, options, ExperimentsWith(run), progress, cancellation);

    private static Report Report(Run run)
    {
        var report = JudgedBy.Judge(run, ReportBuilder.Build(run));
        run.VouchForResults();
        run.WriteFiles(
            ("report.json", report.ToJson()), ("report.md", ReportMarkdown.Render(report)), ("report.html", ReportHtml.RenderAsync(report).GetAwaiter().GetResult()),
            ("junit.xml", JUnit.Render(report)), ("report.sarif", Sarif.Render(report)), ("model-index.yaml", ModelIndex.Render(report)));
        return report;
    }

    private static Experiments ExperimentsWith(Run run) => new(
        (variants, samples, progress, cancellation) => Extraction.Ablation.Run(run.Manifest, variants, samples, progress, cancellation),
        (plan, progress, cancellation) => InputTrial.Run(run.Manifest, plan, progress, cancellation),
        (samples, cancellation) => SampleImages.Draw(run.Manifest, samples, cancellation));
}
