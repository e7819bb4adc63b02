using System.Text.RegularExpressions;
using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>
/// SQL over a run. Views: <c>samples</c>, <c>taps</c>, <c>activations</c> and <c>codes</c> (with a column <c>tap</c>), <c>weights</c>, one
/// per analysis table (<c>codes_regions</c> for <c>analyses/codes/regions.parquet</c>), and the same of each control
/// (<c>untrained_codes</c>).
/// </summary>
public sealed partial class RunQuery : IDisposable
{
    private readonly DuckDbConnection _duckDb;
    private readonly DuckDbReader _reader;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _interrupt;

    private RunQuery(DuckDbConnection duckDb, DuckDbReader reader, bool json, CancellationTokenRegistration interrupt, CancellationToken cancellation) =>
        (_duckDb, _reader, Json, _interrupt, _cancellation) = (duckDb, reader, json, interrupt, cancellation);

    /// <summary>Whether each row is one JSON object in a single column.</summary>
    public bool Json { get; }

    /// <summary>Column names.</summary>
    public IReadOnlyList<string> Columns => [.. Enumerable.Range(0, _reader.Columns).Select(_reader.ColumnName)];

    /// <summary>Starts a query.</summary>
    /// <param name="run">The run to look into.</param>
    /// <param name="sql">One statement that returns rows.</param>
    /// <param name="json">Whether to return each row as a JSON object; it has null where a value is NaN or infinite.</param>
    /// <param name="cancellation">Stops the statement, while rows are read too.</param>
    /// <exception cref="AnalyzerException">DuckDB refuses the statement; its message is kept.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RunQuery Start(Run run, string sql, bool json, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var duckDb = new DuckDbConnection();
        var interrupt = cancellation.Register(duckDb.Interrupt);
        try
        {
            foreach (var view in RunViews.Of(run.Path)) view.Create(duckDb);
            // DuckDB forgets an interrupt that comes between two statements.
            cancellation.ThrowIfCancellationRequested();
            var statement = sql.Trim().TrimEnd(';');
            // The line break ends a comment at the statement's end. DuckDB turns every type into text or JSON itself; nested ones included.
            return new(duckDb, duckDb.Query(json ? $"SELECT to_json(row_)::VARCHAR AS json FROM ({statement}\n) row_" : $"SELECT COLUMNS(*)::VARCHAR FROM ({statement}\n)"), json, interrupt, cancellation);
        }
        catch (Exception e) when (e is DuckDbException or OperationCanceledException)
        {
            interrupt.Dispose();
            duckDb.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new AnalyzerException($"the query failed: {FirstLine(e.Message)}", $"give one SELECT, for nothing can be written here; `analyzer query {run.Path} \"SHOW TABLES\"` lists what there is", Failure.Usage, e);
        }
    }

    /// <summary>The rows, each cell as text; NULL is null. Streams.</summary>
    /// <exception cref="AnalyzerException">The query fails on the way.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IEnumerable<IReadOnlyList<string?>> Rows()
    {
        while (Next())
        {
            for (var row = 0; row < _reader.Rows; row++)
                yield return [.. Enumerable.Range(0, _reader.Columns).Select(column => Json ? Finite(_reader.Text(column, row)) : _reader.Text(column, row))];
        }
    }

    /// <summary>Ends the query.</summary>
    public void Dispose()
    {
        _interrupt.Dispose();
        _reader.Dispose();
        _duckDb.Dispose();
    }

    private bool Next()
    {
        try
        {
            var more = _reader.Read();
            _cancellation.ThrowIfCancellationRequested();
            return more;
        }
        catch (DuckDbException e)
        {
            _cancellation.ThrowIfCancellationRequested();
            throw new AnalyzerException($"the query failed: {FirstLine(e.Message)}", "check the statement, or extract the run again if a file is damaged", Failure.Usage, e);
        }
    }

    // DuckDB's JSON writes numbers that are none as bare words, in lists and structs too; JSON has no such numbers.
    private static string? Finite(string? json) => json is null || !json.Contains("NaN", StringComparison.Ordinal) && !json.Contains("Infinity", StringComparison.Ordinal)
        ? json
        : TextOrNotFinite().Replace(json, match => match.ValueSpan[0] == '"' ? match.Value : "null");

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)
        """)]
    private static partial Regex TextOrNotFinite();

    internal static string FirstLine(string message) => message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0];
}
