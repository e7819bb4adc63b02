namespace Analyzer.Analyses;

/// <summary>Small images of the samples that an analysis names.</summary>
internal static class Pictured
{
    /// <summary>Draws them; where the data is gone a note says so, for what was measured stays true.</summary>
    /// <param name="analysis">Whom the note is of.</param>
    /// <param name="draw">Null to draw nothing.</param>
    /// <param name="samples">Their numbers through all splits; they may repeat.</param>
    /// <param name="notes">Is told why there are none.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static IReadOnlyDictionary<long, string> Of(string analysis, DrawSamples? draw, IReadOnlyList<long> samples, List<string> notes, CancellationToken cancellation)
    {
        if (draw is null || samples.Count == 0) return new Dictionary<long, string>();
        try
        {
            return draw([.. samples.Distinct()], cancellation);
        }
        catch (AnalyzerException e)
        {
            notes.Add($"{analysis}: no images of samples: {e.Message}");
            return new Dictionary<long, string>();
        }
    }
}
