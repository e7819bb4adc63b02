namespace Analyzer.Runs;

/// <summary>One part of a run: consecutive samples of one split.</summary>
/// <param name="Index">Number of the part files.</param>
/// <param name="Split">Index of the split.</param>
/// <param name="First">First sample, counted within the split.</param>
/// <param name="Count">Samples.</param>
/// <param name="FirstSample">First sample, counted through all splits: the <c>sample</c> column.</param>
internal readonly record struct Part(int Index, int Split, int First, int Count, long FirstSample);

/// <summary>Cuts splits into parts: what an interrupted extraction does again is one of them at most.</summary>
internal static class PartPlan
{
    // A part of one tap past this size gains nothing.
    private const long LargestTapPart = 32L << 20, MostRows = 1 << 16;

    /// <summary>How a run's samples are cut: by what is stored of a sample and by the batch alone, so that equal work gives equal files.</summary>
    /// <param name="taps">What is stored.</param>
    /// <param name="batch">Samples a model run takes.</param>
    /// <param name="partBytes">What a part may take before Parquet; it holds one batch at least.</param>
    public static Partition Partition(IReadOnlyList<TapEntry> taps, int batch, long partBytes)
    {
        var (every, maps) = (taps.Where(t => t.Samples is null).ToArray(), taps.Where(t => t.Samples is not null).ToArray());
        return new(SamplesPerPart(every, batch, partBytes), maps.Length == 0 ? int.MaxValue : SamplesPerPart(maps, 1, partBytes), batch);
    }

    /// <summary>Samples a part holds: a multiple of <paramref name="batch"/>, so that no batch is torn by a part's end.</summary>
    /// <param name="taps">What is stored per sample.</param>
    /// <param name="batch">Samples a model run takes.</param>
    /// <param name="buffer">Bytes that may wait for writing.</param>
    private static int SamplesPerPart(IReadOnlyList<TapEntry> taps, int batch, long buffer)
    {
        var largest = Math.Max(1, taps.Select(t => (long)t.BytesPerSample).DefaultIfEmpty().Max());
        var all = Math.Max(1, taps.Sum(t => (long)t.BytesPerSample));
        var samples = Math.Min(MostRows, Math.Min(LargestTapPart / largest, buffer / all));
        return (int)Math.Max(batch, samples / batch * batch);
    }

    /// <summary>All parts, in order.</summary>
    /// <param name="splits">The splits.</param>
    /// <param name="partition">How they are cut.</param>
    /// <param name="maps">The samples whose maps are stored too, if any: a part ends early where it would hold too many of them.</param>
    public static IReadOnlyList<Part> Parts(IReadOnlyList<SplitEntry> splits, Partition partition, MapSubset? maps)
    {
        var parts = new List<Part>();
        long before = 0;
        for (var split = 0; split < splits.Count; split++)
        {
            var (first, end, mapped) = (0, 0, 0);
            while (end < splits[split].Samples)
            {
                var next = Math.Min(end + partition.Batch, splits[split].Samples);
                var more = maps is null || maps.Split != split ? 0 : maps.In(end, next).Length;
                if (end > first && (next - first > partition.SamplesPerPart || mapped + more > partition.MapsPerPart))
                {
                    parts.Add(new(parts.Count, split, first, end - first, before + first));
                    (first, mapped) = (end, 0);
                }
                (end, mapped) = (next, mapped + more);
            }
            if (end > first) parts.Add(new(parts.Count, split, first, end - first, before + first));
            before += splits[split].Samples;
        }
        return parts;
    }
}
