using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>Writes columns as a Parquet file.</summary>
public static class Table
{
    /// <summary>Writes a file under a temporary name and renames it; an older one is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">At least one, all with the same number of rows.</param>
    public static void Write(string path, params ReadOnlySpan<Column> columns)
    {
        using var duckDb = new DuckDbConnection();
        Write(duckDb, path, columns);
    }

    internal static void Write(DuckDbConnection duckDb, string path, ReadOnlySpan<Column> columns)
    {
        var types = new DuckDbType[columns.Length];
        var sql = new string[columns.Length];
        for (var c = 0; c < columns.Length; c++)
            (types[c], sql[c]) = (columns[c].Type, $"\"{columns[c].Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\" {columns[c].SqlType}");
        duckDb.Execute($"CREATE OR REPLACE TABLE result ({string.Join(", ", sql)})");
        using (var rows = duckDb.Append("result", types))
        {
            for (var row = 0; row < columns[0].Rows; row++)
            {
                for (var c = 0; c < columns.Length; c++) columns[c].Write(rows, c, row);
                rows.EndRow();
            }
            rows.Complete();
        }
        RunPaths.WriteAtomically(path, temporary => duckDb.Execute($"COPY result TO {RunPaths.Quoted(temporary)} (FORMAT parquet)"));
        duckDb.Execute("DROP TABLE result");
    }
}
