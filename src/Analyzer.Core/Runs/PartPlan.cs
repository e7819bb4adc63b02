namespace Analyzer.Runs;

/// <summary>One part of a run: consecutive samples of one split.</summary>
/// <param name="Index">Number of the part files.</param>
/// <param name="Split">Index of the split.</param>
/// <param name="First">First sample, counted within the split.</param>
/// <param name="Count">Samples.</param>
/// <param name="FirstSample">First sample, counted through all splits: the <c>sample</c> column.</param>
internal readonly record struct Part(int Index, int Split, int First, int Count, long FirstSample);

/// <summary>Cuts splits into parts so that what waits in memory stays bounded.</summary>
internal static class PartPlan
{
    // A part of one tap past this size gains nothing, and all taps of a part together wait in memory at once.
    private const long LargestTapPart = 64L << 20, MostRows = 1 << 16;

    /// <summary>Samples a part holds: a multiple of <paramref name="batch"/>, so that no batch is torn by a part's end.</summary>
    /// <param name="taps">What is stored per sample.</param>
    /// <param name="batch">Samples a model run takes.</param>
    /// <param name="buffer">Bytes that may wait for writing.</param>
    public static int SamplesPerPart(IReadOnlyList<TapEntry> taps, int batch, long buffer)
    {
        var largest = Math.Max(1, taps.Count == 0 ? 1 : taps.Max(t => (long)t.BytesPerSample));
        var all = Math.Max(1, taps.Sum(t => (long)t.BytesPerSample));
        var samples = Math.Min(MostRows, Math.Min(LargestTapPart / largest, buffer / all));
        return (int)Math.Max(batch, samples / batch * batch);
    }

    /// <summary>All parts, in order.</summary>
    public static IReadOnlyList<Part> Parts(IReadOnlyList<SplitEntry> splits, int samplesPerPart)
    {
        var parts = new List<Part>();
        long before = 0;
        for (var split = 0; split < splits.Count; split++)
        {
            for (var first = 0; first < splits[split].Samples; first += samplesPerPart)
                parts.Add(new(parts.Count, split, first, Math.Min(samplesPerPart, splits[split].Samples - first), before + first));
            before += splits[split].Samples;
        }
        return parts;
    }
}
