using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>What was read of a table: records by input, and of each row its label's text and its fault.</summary>
/// <param name="File">Path.</param>
/// <param name="Inputs">Records; a null name where there is one input only; none where the samples are <see cref="Images"/>.</param>
/// <param name="Labels">Text of each row's label; null without a label column.</param>
/// <param name="Faults">Why a row cannot be read, by row.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Notes">Columns that were left out.</param>
internal sealed record TableRows(
    string File, IReadOnlyList<(string? Name, TableSource Source)> Inputs, IReadOnlyList<string?>? Labels, SortedDictionary<int, string> Faults, int Rows, IReadOnlyList<string> Notes)
{
    /// <summary>Encoded images, one of every row; null where the samples are numbers.</summary>
    public ImageRows? Images { get; init; }

    /// <summary>Names of the classes by label as the file itself gives them; null where it does not.</summary>
    public IReadOnlyList<string>? Described { get; init; }

    private const string UnknownCodec = "Unsupported compression codec";

    // The names that a label column has where nobody says which it is.
    private static readonly string[] UsualLabels = ["label", "labels"];

    /// <summary>The label's column: the one named or numbered so, else one called `label` or `labels`, else none.</summary>
    /// <param name="file">Path, for messages.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="wanted">A name, or a number from 0; null where nothing was said.</param>
    /// <exception cref="AnalyzerException">No such column.</exception>
    public static int? LabelColumn(string file, IReadOnlyList<string> columns, string? wanted)
    {
        var names = columns.ToList();
        if (wanted is null)
            return names.FindIndex(c => UsualLabels.Contains(c, StringComparer.OrdinalIgnoreCase)) is var usual and >= 0 ? usual : null;
        if (names.IndexOf(wanted) is var named and >= 0) return named;
        return int.TryParse(wanted, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number < columns.Count
            ? number
            : throw BadData.Because($"`{file}` has no column `{wanted}`; the nearest of its {columns.Count} is `{Models.NearestNames.Of(wanted, columns)}`",
                                    "give the label's column by name, or by number from 0");
    }

    /// <summary>Runs a query on a table; what DuckDB has to say becomes a complaint about the file.</summary>
    /// <exception cref="AnalyzerException">The file is no such table, or damaged.</exception>
    public static void Query(DuckDbConnection duckDb, string file, string kind, string sql, Action<DuckDbReader> chunk)
    {
        try
        {
            using var reader = duckDb.Query(sql);
            while (reader.Read()) chunk(reader);
        }
        catch (IOException e)
        {
            throw new AnalyzerException($"`{file}` was not brought into a temporary file in `{Path.GetTempPath()}`: {e.Message}", "make room, or name another folder in `TMPDIR`", Failure.Resource, e);
        }
        catch (DuckDbException e) when (e.Message.IndexOf(UnknownCodec, StringComparison.Ordinal) is var at and >= 0)
        {
            throw BadData.Because($"`{file}` cannot be read as {kind}: {e.Message[at..].Split('\n')[0].Trim()}", "write it again with one of those; zstd and snappy are known everywhere", e);
        }
        catch (DuckDbException e)
        {
            throw BadData.Because($"`{file}` cannot be read as {kind}: {e.Message.Split('\n')[0].Trim()}", "is it whole, and of that kind?", e);
        }
    }

    /// <summary>A connection that gives rows in the order of the file, and reads hardly ahead.</summary>
    public static DuckDbConnection Connect()
    {
        var duckDb = new DuckDbConnection();
        // DuckDB counts what it holds ready without the bytes that a cell points to: a MB of cells was all images of a file.
        duckDb.Execute("SET threads = 1; SET preserve_insertion_order = true; SET streaming_buffer_size = '1KB'");
        return duckDb;
    }

    /// <summary>A path as a SQL string.</summary>
    public static string Quoted(string file) => DuckDbPath.Quoted(DuckDbPath.Exact(file));
}
