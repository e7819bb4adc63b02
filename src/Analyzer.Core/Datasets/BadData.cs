namespace Analyzer.Datasets;

/// <summary>Complaints about data: every one is of kind <see cref="Failure.BadInput"/>.</summary>
internal static class BadData
{
    /// <summary>The exception to throw for data that the user can mend.</summary>
    public static AnalyzerException Because(string message, string hint, Exception? inner = null) =>
        new(message, hint, Failure.BadInput, inner);

    /// <summary>`[28,28]`: a shape as messages write it.</summary>
    public static string Shape(IEnumerable<long> dims) => $"[{string.Join(',', dims)}]";

    /// <summary>`[?,28,28]`: a shape with free axes.</summary>
    public static string Shape(IEnumerable<long?> dims) => $"[{string.Join(',', dims.Select(d => d?.ToString() ?? "?"))}]";

    /// <summary>`1 sample`, `2 samples`.</summary>
    public static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
