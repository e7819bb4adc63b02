using Analyzer.Analyses;
using Analyzer.Datasets;
using Analyzer.Extraction;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>The whole flow: model file → taps → patched model → batches → run → analyses → findings → report.</summary>
public static class Pipeline
{
    /// <summary>What a model is made of and what of it can be tapped; nothing is run and no weight is read.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="taps">Selectors to try out; empty for none.</param>
    /// <exception cref="AnalyzerException">The file is no model, or a selector matches nothing.</exception>
    public static ModelInspection Inspect(string path, IReadOnlyList<string> taps)
    {
        var model = OnnxModel.Open(path);
        var inferred = TensorTypes.Infer(model);
        var typed = model.WithTypes(inferred.Types);
        return ModelInspection.Of(typed, inferred.Refusal, taps.Count == 0 ? null : Selector.Select(typed, taps));
    }

    /// <summary>Runs the patched model over the data and stores what the taps see.</summary>
    /// <exception cref="AnalyzerException">Whatever the user can mend; see <see cref="Failure"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what is finished is kept and <see cref="ExtractOptions.Resume"/> goes on.</exception>
    public static void Extract(ExtractOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var model = OnnxModel.Open(options.Model);
        using var data = Dataset.Open(options.Data);
        new ModelExtraction(model, data, options, progress, cancellation).Run();
    }

    /// <summary>Runs the analysis <c>codes</c> on a stored run and stores its result there.</summary>
    public static AnalysisResult AnalyzeCodes(string run, CodesOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        using var opened = Runs.Run.Open(run);
        return Codes.Analyze(opened, options, progress, cancellation);
    }

    /// <summary>Writes report.json, report.html and report.md from what is stored.</summary>
    public static Report Report(string run)
    {
        using var opened = Runs.Run.Open(run);
        var report = ReportBuilder.Build(opened);
        opened.WriteFile("report.json", report.ToJson());
        opened.WriteFile("report.md", ReportMarkdown.Render(report));
        opened.WriteFile("report.html", ReportHtml.RenderAsync(report).GetAwaiter().GetResult());
        return report;
    }

    /// <summary>Extracts, runs every analysis that applies, and reports. The seed is the extraction's throughout.</summary>
    public static Report Audit(ExtractOptions options, CodesOptions codes, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        Extract(options, progress, cancellation);
        AnalyzeCodes(options.Out, codes with { Seed = options.Seed }, progress, cancellation);
        return Report(options.Out);
    }
}
