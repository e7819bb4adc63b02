using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Reads units' responses to samples as features: a row a unit.</summary>
internal static class RedundancyResponses
{
    private const int ChunkBytes = 64 << 20;

    /// <summary>The responses of a tap's units to evenly spaced samples of a split.</summary>
    /// <param name="run">The run, or a control of it.</param>
    /// <param name="tap">A tap of means.</param>
    /// <param name="split">The split.</param>
    /// <param name="options">How many samples, and whether to centre.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    /// <returns>[units, samples], and how many samples were left out because a response is not finite.</returns>
    public static (Matrix Features, int NotFinite) Read(Run run, TapEntry tap, SplitSamples split, RedundancyOptions options, CancellationToken cancellation)
    {
        var wanted = Math.Min(options.Samples, split.Count);
        var rows = new List<float[]>(wanted);
        var chunk = Math.Max(1, ChunkBytes / sizeof(float) / tap.Units);
        for (int first = 0, taken = 0; taken < wanted; first += chunk)
        {
            var part = split with { First = split.First + first, Count = Math.Min(chunk, split.Count - first) };
            var values = run.ReadValues(tap, part, cancellation);
            for (; taken < wanted && Sample(taken) < first + part.Count; taken++)
                rows.Add(values.Row(Sample(taken) - first).ToArray());
        }
        var all = rows.Count;
        rows.RemoveAll(row => row.Any(value => !float.IsFinite(value)));
        if (rows.Count == 0) return (new Matrix(0, 1), all);

        var features = new Matrix(tap.Units, rows.Count);
        for (var i = 0; i < rows.Count; i++)
            for (var unit = 0; unit < tap.Units; unit++)
                features.Row(unit)[i] = rows[i][unit];
        for (var unit = 0; unit < tap.Units && options.Responses == Responses.Centred; unit++) Centre(features.Row(unit));
        return (features, all - rows.Count);

        int Sample(int i) => (int)((long)i * split.Count / wanted);
    }

    private static void Centre(Span<float> values)
    {
        // A mean that is rounded would leave a constant unit a direction.
        if (!values.ContainsAnyExcept(values[0]))
        {
            values.Clear();
            return;
        }
        double sum = 0;
        foreach (var value in values) sum += value;
        var mean = sum / values.Length;
        foreach (ref var value in values) value = (float)(value - mean);
    }
}
