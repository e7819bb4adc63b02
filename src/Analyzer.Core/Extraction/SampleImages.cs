using Analyzer.Datasets;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>Small images of a run's samples, from the data that it was extracted from.</summary>
internal static class SampleImages
{
    /// <inheritdoc cref="DrawSamples"/>
    public static IReadOnlyDictionary<long, string> Draw(Manifest manifest, IReadOnlyCollection<long> samples, CancellationToken cancellation)
    {
        using var data = AuditedModel.OpenData(manifest, cancellation);
        var images = new SortedDictionary<long, string>();
        long first = 0;
        for (var s = 0; s < data.Splits.Count; s++)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = manifest.Data.Splits[s].Samples;
            long[] mine = [.. samples.Where(n => n >= first && n < first + count).Order()];
            // Of several inputs none is the one to look at.
            var pictures = data.Splits[s].Inputs is [var only] ? Thumbnail.Of(only, [.. mine.Select(n => (int)(n - first))]) : [];
            for (var i = 0; i < pictures.Count; i++) images.Add(mine[i], Convert.ToBase64String(pictures[i]));
            first += count;
        }
        return images;
    }
}
