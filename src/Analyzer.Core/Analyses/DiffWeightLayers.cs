using System.Runtime.InteropServices;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>Matches the layers whose weights two runs store, and tells by how much they moved.</summary>
internal static class DiffWeightLayers
{
    public static IReadOnlyList<DiffWeights> Compare(Run a, Run b, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        // Exporters number the constants that they transpose; nodes keep the names of modules.
        var matches = LayerMatching.Of(a.Manifest.Weights, b.Manifest.Weights, w => w.Node, w => w.Op, w => $"{w.Op} {Size(w)}");
        var layers = new List<DiffWeights>();
        foreach (var (old, now, by) in matches)
        {
            cancellation.ThrowIfCancellationRequested();
            layers.Add(Compare(a, b, old, now, by));
            progress?.Report(new("weights", layers.Count, matches.Count, "layers"));
        }
        return layers;
    }

    private static DiffWeights Compare(Run a, Run b, WeightEntry? old, WeightEntry? now, string? by)
    {
        var layer = new DiffWeights(old?.Tensor, now?.Tensor, (now ?? old)!.Node, (now ?? old)!.Op, by, old is null ? null : Size(old), now is null ? null : Size(now), null, null, null, null);
        if (old is null || now is null) return layer with { Reason = "it has no partner" };
        if (old.Units != now.Units || old.Dimension != now.Dimension) return layer with { Reason = "its size is another" };
        float[] before = a.ReadWeights(old).Values, after = b.ReadWeights(now).Values;
        layer = layer with { BitEqual = MemoryMarshal.AsBytes<float>(before).SequenceEqual(MemoryMarshal.AsBytes<float>(after)) };
        double moved = 0, normA = 0, normB = 0, product = 0;
        for (var i = 0; i < before.Length; i++)
        {
            double x = before[i], y = after[i];
            moved += (y - x) * (y - x);
            normA += x * x;
            normB += y * y;
            product += x * y;
        }
        if (!double.IsFinite(moved + normA + normB)) return layer with { Reason = "it holds values that are not finite" };
        if (normA == 0) return layer with { Reason = "it is all 0 in A" };
        return layer with { RelativeChange = Math.Sqrt(moved / normA), Cosine = normB == 0 ? null : Math.Clamp(product / Math.Sqrt(normA * normB), -1, 1) };
    }

    private static string Size(WeightEntry w) => $"{w.Units}×{w.Dimension}";
}
