using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>Rows of a statement, cells as text; NULL is null.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">As many cells each.</param>
/// <param name="More">Whether there were more than were asked for.</param>
public sealed record RunRows(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, bool More);

/// <summary>
/// A run as a database for statements of strangers: the views of <see cref="RunQuery"/>, and nothing else. It reads no other file, writes
/// none, loads no extension, reaches no network, and no statement can change that.
/// </summary>
public sealed class RunDatabase : IDisposable
{
    private readonly DuckDbConnection _duckDb = new();
    private readonly Lock _closing = new();
    private readonly Timer _interrupts;
    private readonly CancellationTokenRegistration _cancelled;
    private readonly CancellationToken _cancellation;
    private readonly string _run;
    private bool _closed;

    private RunDatabase(string run, CancellationToken cancellation)
    {
        (_run, _cancellation) = (run, cancellation);
        // DuckDB forgets an interrupt that comes between two statements, so it is told until it has ended.
        _interrupts = new(_ => Interrupt(), null, Timeout.Infinite, Timeout.Infinite);
        _cancelled = cancellation.Register(() => { lock (_closing) { if (!_closed) _interrupts.Change(0, 20); } });
    }

    /// <summary>Names of the views there are.</summary>
    public IReadOnlySet<string> Views { get; private set; } = new HashSet<string>();

    /// <summary>Opens a run.</summary>
    /// <param name="run">The run; its files must stay as they are while the database is used.</param>
    /// <param name="memory">What DuckDB may take, in bytes.</param>
    /// <param name="cancellation">Ends the statement at hand, and all later ones.</param>
    /// <exception cref="AnalyzerException">A file is damaged or gone.</exception>
    public static RunDatabase Open(Run run, long memory, CancellationToken cancellation = default)
    {
        var database = new RunDatabase(run.Path, cancellation);
        try
        {
            database.Guarded(() =>
            {
                RunView[] views = [.. RunViews.Of(run.Path).Where(v => v.IsOwn(run.Path))];
                foreach (var view in views) view.Create(database._duckDb);
                // Of files alone: a folder that may be read may be written to, too. The views name files as patterns that nothing else fits.
                database._duckDb.Execute($"""
                    SET memory_limit = '{memory >> 20}MiB'; SET temp_directory = ''; SET allow_community_extensions = false; SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;
                    SET allowed_paths = [{string.Join(", ", views.SelectMany(v => v.Files).SelectMany(f => new[] { f, DuckDbPath.Exact(f) }).Distinct().Select(DuckDbPath.Quoted))}];
                    SET enable_external_access = false; SET lock_configuration = true;
                    """);
                database.Views = views.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
                return 0;
            });
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Keeps what a statement returns as a table in memory, for those that follow.</summary>
    /// <exception cref="AnalyzerException">DuckDB refuses the statement.</exception>
    public void Keep(string table, string select) => Guarded(() =>
    {
        _duckDb.Execute($"CREATE TEMP TABLE {table} AS {select}");
        return 0;
    });

    // A cell of a gigabyte would cost as much again here.
    private const int MostCharacters = 4_096;

    /// <summary>What a statement of a stranger returns: one SELECT over tables and harmless functions. Cells are cut at 4,096 characters.</summary>
    /// <inheritdoc cref="Rows"/>
    public RunRows Ask(string sql, int most)
    {
        Guarded(() =>
        {
            StrangerSql.Check(_duckDb, Whole(sql));
            return 0;
        });
        return Rows($"SELECT left(COLUMNS(*)::VARCHAR, {MostCharacters}) FROM ({sql.Trim().TrimEnd(';')}\n)", most);
    }

    /// <summary>What one statement returns.</summary>
    /// <param name="sql">A SELECT; what a stranger wrote goes through <see cref="Ask"/>.</param>
    /// <param name="most">Rows that are wanted at most; no more are computed than it takes.</param>
    /// <exception cref="AnalyzerException">DuckDB refuses the statement; its message is kept.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public RunRows Rows(string sql, int most = int.MaxValue) => Guarded(() =>
    {
        using var reader = _duckDb.Query(Whole(sql));
        var rows = new List<IReadOnlyList<string?>>();
        var more = false;
        while (!more && reader.Read())
        {
            _cancellation.ThrowIfCancellationRequested();
            for (var row = 0; row < reader.Rows && !more; row++)
            {
                if (rows.Count == most) more = true;
                else rows.Add([.. Enumerable.Range(0, reader.Columns).Select(column => reader.Text(column, row))]);
            }
        }
        return new RunRows([.. Enumerable.Range(0, reader.Columns).Select(reader.ColumnName)], rows, more);
    });

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        _cancelled.Dispose();
        lock (_closing) _closed = true;
        _interrupts.Dispose();
        _duckDb.Dispose();
    }

    // The line break ends a comment at the statement's end; DuckDB turns every type into text itself, and prepares one statement only.
    private static string Whole(string sql) => $"SELECT COLUMNS(*)::VARCHAR FROM ({sql.Trim().TrimEnd(';')}\n)";

    private void Interrupt()
    {
        lock (_closing)
            if (!_closed) _duckDb.Interrupt();
    }

    private T Guarded<T>(Func<T> work)
    {
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            return work();
        }
        catch (DuckDbException e)
        {
            _cancellation.ThrowIfCancellationRequested();
            throw new AnalyzerException($"the query failed: {RunQuery.FirstLine(e.Message)}", $"give one SELECT, for nothing can be written here; `analyzer query {_run} \"SHOW TABLES\"` lists what there is", Failure.Usage, e);
        }
    }
}
