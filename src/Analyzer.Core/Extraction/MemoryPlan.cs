using System.Numerics;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>What a sample takes of memory on its way through the model, from shapes alone: the same command gives the same plan on every machine that runs it on the same device.</summary>
/// <param name="Weights">Bytes of the model's file and its external data.</param>
/// <param name="LargestWeight">Bytes of the largest of its tensors.</param>
/// <param name="Sample">
/// Bytes of every tensor that a sample makes, its inputs twice, and what the largest reducer makes on the way. No order of the nodes keeps
/// more than that alive, so it bounds what ONNX Runtime allocates a sample; mostly it takes less.
/// </param>
/// <param name="Reading">Bytes that reading takes beside the samples, such as images on their way to one.</param>
/// <param name="LargestTensor">Bytes of the largest tensor that a sample makes.</param>
/// <param name="Fetched">Bytes of the largest tensor that is fetched of a sample.</param>
internal sealed record MemoryNeed(long Weights, long LargestWeight, long Sample, long Reading = 0, long LargestTensor = 0, long Fetched = 0)
{
    /// <summary>The largest batch of which every tensor that is fetched stays within the 2 GiB that ONNX Runtime hands over at once; at least 1.</summary>
    public int MostFetched => (int)Math.Clamp(int.MaxValue / Math.Max(1, Fetched), 1, int.MaxValue);

    // A core's second-level cache, about: what one operator makes is there still when the next reads it.
    private const long Cache = 1 << 20;

    private const int LeastInCache = 32;

    /// <summary>
    /// The largest batch that is worth it on a CPU: the largest of its tensors stays in the cache, and 32 samples at least. A ResNet-20 takes 4,600 images a
    /// second 32 at a time and 4,200 256 at a time, and with signs stored 3,200 and 2,700.
    /// </summary>
    public int BatchInCache => Math.Clamp(1 << BitOperations.Log2((ulong)Math.Max(1, Cache / Math.Max(1, LargestTensor))), LeastInCache, MemoryPlan.UsualBatch);
}

/// <summary>Batch, parts and passes that keep an extraction under a ceiling.</summary>
/// <param name="Batch">Samples a model run takes.</param>
/// <param name="Partition">How samples are cut into parts; depends on the taps and the batch, never on the ceiling.</param>
/// <param name="Passes">For each pass over a part the taps it stores.</param>
/// <param name="Peak">Resident bytes the process takes at most, estimated.</param>
internal sealed record MemoryPlan(int Batch, Partition Partition, IReadOnlyList<int[]> Passes, long Peak)
{
    /// <summary>What the process takes before it has seen a model: .NET, ONNX Runtime, DuckDB, measured with room to spare.</summary>
    public const long Process = 176L << 20;

    /// <summary>
    /// How often the weights lie in memory at the worst moment, when a second session is loaded: its bytes, ONNX Runtime's parse of them,
    /// initialisers and packed copies, beside the first session's. Measured with 200 MB of weights.
    /// </summary>
    public const int WeightCopies = 5;

    /// <summary>How often the largest tensor lies in memory while it is stored or drawn anew: bytes, floats or doubles, and what the collector has not come for.</summary>
    public const int LargestCopies = 6;

    // The arena's blocks double, so they are larger than what lies in them: with three large tensors and nothing else the process took a fifth of one more than
    // all else that is counted here.
    private const int ArenaSlack = 2;

    // The batch that runs, the one being written, and two between them.
    private const int BatchesInFlight = 4;

    // What waits of a tap before its file takes it: a page, and the numbers of a row group's samples.
    private static long Waiting(TapEntry tap) => Math.Max(RowFile.PageBytes, tap.BytesPerSample) + RowFile.RowGroupRows * sizeof(long);

    // Fewer samples a run waste the cores, more passes waste whole runs: at this batch the one costs as much as the other. Ours.
    private const int FewestInOnePass = 8;

    private const int UsualInPasses = 32;

    /// <summary>The largest batch that is chosen where nobody says one.</summary>
    public const int UsualBatch = 256;

    /// <summary>Chooses the largest batch that fits, in one pass if that leaves a batch worth running, else in as many as it takes.</summary>
    /// <param name="need">What a sample takes.</param>
    /// <param name="taps">What is stored.</param>
    /// <param name="samples">Samples of the largest split.</param>
    /// <param name="batch">The batch, where the model or the user says it.</param>
    /// <param name="partBytes">What a part may take.</param>
    /// <param name="memory">The ceiling.</param>
    /// <param name="most">The largest batch that is worth it, where nobody says one.</param>
    /// <exception cref="AnalyzerException">Not even one tap of one batch fits, or the batch that is said makes a tap of more than 2 GiB.</exception>
    public static MemoryPlan Fit(MemoryNeed need, IReadOnlyList<TapEntry> taps, int samples, int? batch, long partBytes, long memory, int most = UsualBatch)
    {
        if (Math.Min(batch ?? 1, samples) is var least && least > need.MostFetched)
            throw new AnalyzerException($"a tap takes {MiB(need.Fetched * least)} MiB in a batch of {least} samples, and ONNX Runtime hands over 2047 MiB at once",
                $"give `--batch {need.MostFetched}` to a new run where the model leaves it open; else leave the tap out", Failure.Resource);
        most = Math.Min(most, need.MostFetched);
        int[] batches = batch is { } said ? [said] : [UsualBatch, 128, 64, 32, 16, 8, 4, 2, 1];
        foreach (var b in batches.Where(b => batch is not null || b >= FewestInOnePass && b <= most))
        {
            if (Of(need, taps, samples, b, partBytes, long.MaxValue) is { } one && one.Peak <= memory) return one;
        }
        foreach (var b in batches.Where(b => batch is not null || b <= Math.Min(most, UsualInPasses)))
        {
            if (Of(need, taps, samples, b, partBytes, memory) is { } several) return several;
        }
        var takes = Enumerable.Range(0, taps.Count).Select(t => Of(need, taps, samples, batches[^1], partBytes, [t]).Peak)
            .DefaultIfEmpty(Of(need, taps, samples, batches[^1], partBytes, []).Peak).Max();
        throw new AnalyzerException(
            $"one pass over {batches[^1]} sample{(batches[^1] == 1 ? "" : "s")} and one tap needs some {MiB(takes)} MiB, and `--memory` is {memory >> 20} MiB",
            batch is > 1 ? $"give `--memory {MiB(takes)}MiB` or, where the model leaves it open, a smaller `--batch` to a new run" : $"give `--memory {MiB(takes)}MiB`", Failure.Resource);
    }

    private static long MiB(long bytes) => (bytes + (1 << 20) - 1) >> 20;

    // Null where a single tap does not fit.
    private static MemoryPlan? Of(MemoryNeed need, IReadOnlyList<TapEntry> taps, int samples, int batch, long partBytes, long memory)
    {
        // Without taps one pass is left, for predictions.
        var passes = new List<int[]>();
        if (taps.Count == 0) passes.Add([]);
        for (var first = 0; first < taps.Count;)
        {
            var end = first + 1;
            while (end < taps.Count && Of(need, taps, samples, batch, partBytes, [.. Enumerable.Range(first, end + 1 - first)]).Peak <= memory) end++;
            passes.Add([.. Enumerable.Range(first, end - first)]);
            first = end;
        }
        var each = passes.Select(pass => Of(need, taps, samples, batch, partBytes, pass)).ToArray();
        return each.Any(plan => plan.Peak > memory) ? null : each[0] with { Passes = passes, Peak = each.Max(plan => plan.Peak) };
    }

    private static MemoryPlan Of(MemoryNeed need, IReadOnlyList<TapEntry> taps, int samples, int batch, long partBytes, int[] pass)
    {
        var partition = PartPlan.Partition(taps, batch, partBytes);
        var rows = Math.Min(batch, samples);
        var peak = Process + WeightCopies * need.Weights + LargestCopies * need.LargestWeight + need.Reading + rows * (need.Sample + need.LargestTensor / ArenaSlack)
            + pass.Sum(t => BatchesInFlight * rows * (long)taps[t].BytesPerSample + Waiting(taps[t]));
        return new(batch, partition, [pass], peak);
    }
}
