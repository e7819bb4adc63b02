using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>
/// SQL over a run. Views: <c>samples</c>, <c>taps</c>, <c>activations</c> and <c>codes</c> (with a column <c>tap</c>), one
/// per analysis table (<c>codes_regions</c> for <c>analyses/codes/regions.parquet</c>), and the same of each control
/// (<c>untrained_codes</c>).
/// </summary>
public sealed class RunQuery : IDisposable
{
    private readonly DuckDbConnection _duckDb;
    private readonly DuckDbReader _reader;

    private RunQuery(DuckDbConnection duckDb, DuckDbReader reader, bool json) => (_duckDb, _reader, Json) = (duckDb, reader, json);

    /// <summary>Whether each row is one JSON object in a single column.</summary>
    public bool Json { get; }

    /// <summary>Column names.</summary>
    public IReadOnlyList<string> Columns => [.. Enumerable.Range(0, _reader.Columns).Select(_reader.ColumnName)];

    /// <summary>Starts a query.</summary>
    /// <param name="run">The run to look into.</param>
    /// <param name="sql">One statement that returns rows.</param>
    /// <param name="json">Whether to return each row as a JSON object.</param>
    /// <exception cref="AnalyzerException">DuckDB refuses the statement; its message is kept.</exception>
    public static RunQuery Start(Run run, string sql, bool json)
    {
        var duckDb = new DuckDbConnection();
        try
        {
            CreateViews(duckDb, run.Path, "");
            foreach (var kind in new[] { NullKind.Untrained, NullKind.RandomInputs })
                CreateViews(duckDb, RunPaths.Null(run.Path, kind), kind.Replace('-', '_') + "_");
            var statement = sql.Trim().TrimEnd(';');
            // DuckDB turns every type into text or JSON itself; nested ones included.
            return new(duckDb, duckDb.Query(json ? $"SELECT to_json(row_)::VARCHAR AS json FROM ({statement}) row_" : $"SELECT COLUMNS(*)::VARCHAR FROM ({statement})"), json);
        }
        catch (DuckDbException e)
        {
            duckDb.Dispose();
            throw new AnalyzerException($"the query failed: {FirstLine(e.Message)}", $"`analyzer query {run.Path} \"SHOW TABLES\"` lists what there is", Failure.Usage, e);
        }
    }

    /// <summary>The rows, each cell as text; NULL is null. Streams.</summary>
    /// <exception cref="AnalyzerException">The query fails on the way.</exception>
    public IEnumerable<IReadOnlyList<string?>> Rows()
    {
        while (Next())
        {
            for (var row = 0; row < _reader.Rows; row++)
                yield return [.. Enumerable.Range(0, _reader.Columns).Select(column => _reader.Text(column, row))];
        }
    }

    /// <summary>Ends the query.</summary>
    public void Dispose()
    {
        _reader.Dispose();
        _duckDb.Dispose();
    }

    private bool Next()
    {
        try
        {
            return _reader.Read();
        }
        catch (DuckDbException e)
        {
            throw new AnalyzerException($"the query failed: {FirstLine(e.Message)}", "check the statement, or extract the run again if a file is damaged", Failure.Usage, e);
        }
    }

    private static void CreateViews(DuckDbConnection duckDb, string run, string prefix)
    {
        void View(string name, string glob, bool hive)
        {
            var folder = Path.GetDirectoryName(glob)!;
            if (Directory.Exists(hive ? Path.GetDirectoryName(folder)! : folder) && Exists(glob))
                duckDb.Execute($"CREATE VIEW \"{prefix}{name}\" AS SELECT * FROM read_parquet({RunPaths.Quoted(glob)}{(hive ? ", hive_partitioning = true" : "")})");
        }
        View("samples", RunPaths.Samples(run), false);
        View("taps", RunPaths.Taps(run), false);
        View("activations", Path.Combine(run, "activations", "*", "part-*.parquet"), true);
        View("codes", Path.Combine(run, "codes", "*", "part-*.parquet"), true);
        var analyses = Path.Combine(run, "analyses");
        if (!Directory.Exists(analyses)) return;
        foreach (var file in Directory.EnumerateFiles(analyses, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            View($"{Path.GetFileName(Path.GetDirectoryName(file))}_{Path.GetFileNameWithoutExtension(file)}", file, false);
    }

    private static bool Exists(string glob) => !glob.Contains('*', StringComparison.Ordinal)
        ? File.Exists(glob)
        : Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetDirectoryName(glob))!, "part-*.parquet", SearchOption.AllDirectories).Any();

    private static string FirstLine(string message) => message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0];
}
