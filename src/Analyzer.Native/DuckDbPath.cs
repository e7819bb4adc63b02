namespace Analyzer.Native;

/// <summary>Paths as DuckDB's SQL takes them.</summary>
public static class DuckDbPath
{
    /// <summary>A path inside single quotes, as it is: for files to write, and for patterns.</summary>
    public static string Quoted(string path) => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A path in which nothing is a pattern: DuckDB reads patterns in names of files to read, and a name is meant. Still to be quoted.</summary>
    public static string Exact(string path) => string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString()));
}
