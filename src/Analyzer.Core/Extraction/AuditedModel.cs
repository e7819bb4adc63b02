using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>The model and data of a run, opened again for an experiment and known to be the same.</summary>
internal sealed record AuditedModel(OnnxModel Model, Dataset Data) : IDisposable
{
    /// <summary>Opens both.</summary>
    /// <exception cref="AnalyzerException">They are not where they were, or have changed.</exception>
    public static AuditedModel Open(Manifest manifest, CancellationToken cancellation)
    {
        var model = SizeBinding.Bind(OnnxModel.Open(manifest.Model.Path), manifest.Bind ?? new Dictionary<string, long>());
        if (model.Sha256 != manifest.Model.Sha256)
            throw Changed(manifest.Model.Path, manifest.Model.Sha256, model.Sha256);
        return new(model.WithTypes(TensorTypes.Infer(model).Types), OpenData(manifest, cancellation));
    }

    /// <summary>Opens the data alone.</summary>
    /// <exception cref="AnalyzerException">It is not where it was, or has changed.</exception>
    public static Dataset OpenData(Manifest manifest, CancellationToken cancellation)
    {
        var data = Dataset.Open(manifest.Data.Path);
        var fingerprint = data.Fingerprint(cancellation: cancellation);
        if (fingerprint != manifest.Data.Sha256)
        {
            data.Dispose();
            throw Changed(manifest.Data.Path, manifest.Data.Sha256, fingerprint);
        }
        data.SetAside((manifest.Data.Unreadable ?? []).Select(u => (u.Split, u.Source, u.Reason)));
        return data;
    }

    public void Dispose() => Data.Dispose();

    private static AnalyzerException Changed(string path, string was, string now) =>
        new($"`{path}` has the sha256 {now[..12]}… and the run is of {was[..12]}…", "extract the run again", Failure.BadInput);
}
