namespace Analyzer;

/// <summary>Makes small images of samples, for a report to show.</summary>
/// <param name="samples">Their numbers through all splits.</param>
/// <param name="cancellation">Stops between two splits.</param>
/// <returns>PNG files of at most 48 pixels a side, base64, by number; empty where samples are no images or have several parts.</returns>
/// <exception cref="AnalyzerException">The data of the run is not there any more, or is another.</exception>
public delegate IReadOnlyDictionary<long, string> DrawSamples(IReadOnlyCollection<long> samples, CancellationToken cancellation);
