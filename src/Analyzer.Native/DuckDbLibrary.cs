using System.Runtime.InteropServices;

namespace Analyzer.Native;

/// <summary>The functions of DuckDB's C API that Analyzer calls, under the names of <c>duckdb.h</c>.</summary>
internal static unsafe partial class DuckDbLibrary
{
    private const string Name = "duckdb";

    /// <summary>What a query returned; passed by value to <see cref="duckdb_fetch_chunk"/>, so its size matters.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Result
    {
        private readonly ulong _columns, _rows, _changed;
        private readonly nint _columnData, _error, _internal;
    }

    [LibraryImport(Name)] internal static partial nint duckdb_library_version();

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_open(string? path, out nint database);

    [LibraryImport(Name)] internal static partial int duckdb_connect(nint database, out nint connection);

    [LibraryImport(Name)] internal static partial void duckdb_disconnect(ref nint connection);

    [LibraryImport(Name)] internal static partial void duckdb_close(ref nint database);

    [LibraryImport(Name)] internal static partial void duckdb_interrupt(nint connection);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_prepare(nint connection, string sql, out nint statement);

    [LibraryImport(Name)] internal static partial nint duckdb_prepare_error(nint statement);

    [LibraryImport(Name)] internal static partial void duckdb_destroy_prepare(ref nint statement);

    [LibraryImport(Name)] internal static partial int duckdb_execute_prepared_streaming(nint statement, out Result result);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_query(nint connection, string sql, out Result result);

    [LibraryImport(Name)] internal static partial void duckdb_destroy_result(ref Result result);

    [LibraryImport(Name)] internal static partial nint duckdb_result_error(ref Result result);

    [LibraryImport(Name)] internal static partial ulong duckdb_column_count(ref Result result);

    [LibraryImport(Name)] internal static partial nint duckdb_column_name(ref Result result, ulong column);

    [LibraryImport(Name)] internal static partial nint duckdb_fetch_chunk(Result result);

    [LibraryImport(Name)] internal static partial nint duckdb_create_logical_type(int type);

    [LibraryImport(Name)] internal static partial void duckdb_destroy_logical_type(ref nint type);

    [LibraryImport(Name)] internal static partial nint duckdb_create_data_chunk(nint* types, ulong columns);

    [LibraryImport(Name)] internal static partial void duckdb_destroy_data_chunk(ref nint chunk);

    [LibraryImport(Name)] internal static partial void duckdb_data_chunk_reset(nint chunk);

    [LibraryImport(Name)] internal static partial void duckdb_data_chunk_set_size(nint chunk, ulong rows);

    [LibraryImport(Name)] internal static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(Name)] internal static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong column);

    [LibraryImport(Name)] internal static partial void* duckdb_vector_get_data(nint vector);

    [LibraryImport(Name)] internal static partial ulong* duckdb_vector_get_validity(nint vector);

    [LibraryImport(Name)] internal static partial void duckdb_vector_ensure_validity_writable(nint vector);

    [LibraryImport(Name)] internal static partial void duckdb_validity_set_row_invalid(ulong* validity, ulong row);

    [LibraryImport(Name)]
    internal static partial void duckdb_vector_assign_string_element_len(nint vector, ulong row, byte* bytes, ulong length);

    [LibraryImport(Name)] internal static partial nint duckdb_list_vector_get_child(nint vector);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int duckdb_appender_create(nint connection, string? schema, string table, out nint appender);

    [LibraryImport(Name)] internal static partial int duckdb_append_data_chunk(nint appender, nint chunk);

    [LibraryImport(Name)] internal static partial int duckdb_appender_close(nint appender);

    [LibraryImport(Name)] internal static partial int duckdb_appender_destroy(ref nint appender);

    [LibraryImport(Name)] internal static partial nint duckdb_appender_error(nint appender);
}
