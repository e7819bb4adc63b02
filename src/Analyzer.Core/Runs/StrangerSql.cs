using System.Text.Json;
using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>
/// Looks at a statement before it is run, as DuckDB itself reads it. What it could read is shut off elsewhere; but some table functions turn
/// on logs, take addresses in memory, or run text as SQL.
/// </summary>
internal static class StrangerSql
{
    private static readonly HashSet<string> Harmless = ["range", "generate_series", "unnest", "repeat", "json_each", "json_tree", "histogram", "histogram_values", "duckdb_columns", "duckdb_views", "duckdb_functions"];

    /// <summary>Refuses what is no SELECT, and what calls a table function that is not known to be harmless.</summary>
    /// <exception cref="DuckDbException">It is refused.</exception>
    public static void Check(DuckDbConnection duckDb, string sql)
    {
        using var rows = duckDb.Query($"SELECT json_serialize_sql({DuckDbPath.Quoted(sql)})::VARCHAR");
        if (!rows.Read() || rows.Text(0, 0) is not { } text) throw new DuckDbException("the statement cannot be read");
        JsonDocument read;
        try
        {
            read = JsonDocument.Parse(text, new() { MaxDepth = 1_000 });
        }
        catch (JsonException)
        {
            throw new DuckDbException("the statement is nested too deep");
        }
        using (read)
        {
            if (read.RootElement.GetProperty("error").GetBoolean()) throw new DuckDbException(read.RootElement.GetProperty("error_message").GetString() ?? "it cannot be read");
            Check(read.RootElement);
        }
    }

    private static void Check(JsonElement node)
    {
        if (node.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in node.EnumerateArray()) Check(item);
        }
        else if (node.ValueKind == JsonValueKind.Object)
        {
            if (node.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("TABLE_FUNCTION"))
            {
                var name = node.TryGetProperty("function", out var function) && function.TryGetProperty("function_name", out var called) ? called.GetString() ?? "" : "";
                if (!Harmless.Contains(name)) throw new DuckDbException($"the table function `{name}` is not to be had here; {string.Join(", ", Harmless)} are");
            }
            foreach (var property in node.EnumerateObject()) Check(property.Value);
        }
    }
}
