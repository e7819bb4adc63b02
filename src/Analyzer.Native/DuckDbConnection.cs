using System.Runtime.InteropServices;
using static Analyzer.Native.DuckDbLibrary;

namespace Analyzer.Native;

/// <summary>DuckDB refused or failed; the message is DuckDB's own.</summary>
public sealed class DuckDbException(string message) : Exception(message);

/// <summary>One connection to an in-memory DuckDB. Not safe for use by several threads at once.</summary>
public sealed class DuckDbConnection : IDisposable
{
    private nint _database;
    private nint _connection;

    /// <summary>Opens a fresh in-memory database.</summary>
    /// <exception cref="DuckDbException">The library could not open one.</exception>
    public DuckDbConnection()
    {
        if (duckdb_open(":memory:", out _database) != 0 || duckdb_connect(_database, out _connection) != 0)
            throw new DuckDbException("DuckDB could not open an in-memory database");
    }

    /// <summary>The version of the loaded library, such as <c>v1.5.5</c>.</summary>
    public static string LibraryVersion => Marshal.PtrToStringUTF8(duckdb_library_version())!;

    /// <summary>Runs one or more statements and drops what they return.</summary>
    /// <exception cref="DuckDbException">DuckDB's message.</exception>
    public void Execute(string sql)
    {
        var state = duckdb_query(_connection, sql, out var result);
        try
        {
            if (state != 0)
                throw new DuckDbException(Text(duckdb_result_error(ref result)));
        }
        finally
        {
            duckdb_destroy_result(ref result);
        }
    }

    /// <summary>Runs one SELECT and streams what it returns, a chunk of at most 2,048 rows at a time.</summary>
    /// <exception cref="DuckDbException">DuckDB's message.</exception>
    public DuckDbReader Query(string sql)
    {
        if (duckdb_prepare(_connection, sql, out var statement) != 0)
        {
            var message = Text(duckdb_prepare_error(statement));
            duckdb_destroy_prepare(ref statement);
            throw new DuckDbException(message);
        }
        var state = duckdb_execute_prepared_streaming(statement, out var result);
        duckdb_destroy_prepare(ref statement);
        var reader = new DuckDbReader(result);
        if (state == 0)
            return reader;
        using (reader)
            throw new DuckDbException(reader.Error);
    }

    /// <summary>Opens a writer of rows into an existing table.</summary>
    /// <param name="table">The table's name; its columns must be of <paramref name="types"/>, in order.</param>
    /// <param name="types">What each column holds.</param>
    /// <exception cref="DuckDbException">No such table.</exception>
    public DuckDbAppender Append(string table, params DuckDbType[] types) => new(_connection, table, types);

    /// <summary>Asks a running statement to stop; the statement then throws. Any thread may call this.</summary>
    public void Interrupt() => duckdb_interrupt(_connection);

    /// <summary>Closes the connection and forgets the database.</summary>
    public void Dispose()
    {
        if (_connection != 0) duckdb_disconnect(ref _connection);
        if (_database != 0) duckdb_close(ref _database);
    }

    internal static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "DuckDB gave no reason";
}

/// <summary>What the lists of a cell are like.</summary>
public enum NestedLists
{
    /// <summary>Those of one depth are of one length; nothing is NULL.</summary>
    Regular,
    /// <summary>The cell, a list or an element is NULL.</summary>
    HoldNull,
    /// <summary>Lists of one depth differ in length.</summary>
    Ragged,
}

/// <summary>Streams the rows of one query, column by column within a chunk.</summary>
public sealed unsafe class DuckDbReader : IDisposable
{
    private Result _result;
    private nint _chunk;

    internal DuckDbReader(Result result) => _result = result;

    internal string Error => DuckDbConnection.Text(duckdb_result_error(ref _result));

    /// <summary>Number of columns.</summary>
    public int Columns => (int)duckdb_column_count(ref _result);

    /// <summary>Rows of the chunk at hand; 0 before the first <see cref="Read"/>.</summary>
    public int Rows => _chunk == 0 ? 0 : (int)duckdb_data_chunk_get_size(_chunk);

    /// <summary>The name of a column.</summary>
    public string ColumnName(int column) => DuckDbConnection.Text(duckdb_column_name(ref _result, (ulong)column));

    /// <summary>Moves to the next chunk; false at the end.</summary>
    /// <exception cref="DuckDbException">The query failed on the way, a damaged file for one.</exception>
    public bool Read()
    {
        if (_chunk != 0) duckdb_destroy_data_chunk(ref _chunk);
        _chunk = duckdb_fetch_chunk(_result);
        if (_chunk != 0 && Rows > 0)
            return true;
        if (duckdb_result_error(ref _result) is not 0 and var error)
            throw new DuckDbException(DuckDbConnection.Text(error));
        return false;
    }

    /// <summary>Whether a cell is NULL.</summary>
    public bool IsNull(int column, int row)
    {
        var validity = duckdb_vector_get_validity(Vector(column));
        return validity != null && (validity[row >> 6] >> (row & 63) & 1) == 0;
    }

    /// <summary>A fixed-width column of the chunk at hand, valid until the next <see cref="Read"/>.</summary>
    /// <typeparam name="T">The column's width and kind: long for BIGINT, float for FLOAT, and so on; the caller casts in SQL.</typeparam>
    public ReadOnlySpan<T> Values<T>(int column) where T : unmanaged =>
        new(duckdb_vector_get_data(Vector(column)), Rows);

    /// <summary>The bytes of a VARCHAR or BLOB cell, valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Bytes(int column, int row)
    {
        // duckdb_string_t: a length, then twelve bytes inline or a four-byte prefix and a pointer.
        var cell = (byte*)duckdb_vector_get_data(Vector(column)) + 16 * row;
        var length = *(int*)cell;
        return new(length <= 12 ? cell + 4 : *(byte**)(cell + 8), length);
    }

    /// <summary>A VARCHAR cell as a string, null where it is NULL.</summary>
    public string? Text(int column, int row) =>
        IsNull(column, row) ? null : System.Text.Encoding.UTF8.GetString(Bytes(column, row));

    /// <summary>The elements of a LIST cell, valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<T> List<T>(int column, int row) where T : unmanaged
    {
        var entry = (ulong*)duckdb_vector_get_data(Vector(column)) + 2 * row;
        var child = (T*)duckdb_vector_get_data(duckdb_list_vector_get_child(Vector(column)));
        return new(child + entry[0], (int)entry[1]);
    }

    /// <summary>Whether an element of a LIST cell is NULL.</summary>
    public bool ListHasNulls(int column, int row)
    {
        var validity = duckdb_vector_get_validity(duckdb_list_vector_get_child(Vector(column)));
        if (validity == null) return false;
        var entry = (ulong*)duckdb_vector_get_data(Vector(column)) + 2 * row;
        for (var i = entry[0]; i < entry[0] + entry[1]; i++)
            if ((validity[i >> 6] >> (int)(i & 63) & 1) == 0) return true;
        return false;
    }

    /// <summary>Appends the elements of a cell of lists in lists, in C order.</summary>
    /// <typeparam name="T">As for <see cref="Values"/>.</typeparam>
    /// <param name="column">The column.</param>
    /// <param name="row">The row of the chunk.</param>
    /// <param name="shape">An entry for each depth of lists; the length of its lists where they are regular.</param>
    /// <param name="into">Bytes; of use only where the lists are regular.</param>
    public NestedLists Nested<T>(int column, int row, Span<long> shape, List<byte> into) where T : unmanaged
    {
        shape.Fill(-1);
        return Nested<T>(Vector(column), (ulong)row, shape, into);
    }

    private static NestedLists Nested<T>(nint vector, ulong row, Span<long> shape, List<byte> into) where T : unmanaged
    {
        if (!AllValid(vector, row, 1)) return NestedLists.HoldNull;
        var entry = (ulong*)duckdb_vector_get_data(vector) + 2 * row;
        var (start, count) = (entry[0], entry[1]);
        if (shape[0] < 0) shape[0] = (long)count;
        if (shape[0] != (long)count) return NestedLists.Ragged;
        var child = duckdb_list_vector_get_child(vector);
        if (shape.Length > 1)
        {
            for (var i = start; i < start + count; i++)
                if (Nested<T>(child, i, shape[1..], into) is var inner and not NestedLists.Regular) return inner;
            return NestedLists.Regular;
        }
        if (!AllValid(child, start, count)) return NestedLists.HoldNull;
        into.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>((T*)duckdb_vector_get_data(child) + start, (int)count)));
        return NestedLists.Regular;
    }

    private static bool AllValid(nint vector, ulong first, ulong count)
    {
        var validity = duckdb_vector_get_validity(vector);
        if (validity == null) return true;
        for (var i = first; i < first + count; i++)
            if ((validity[i >> 6] >> (int)(i & 63) & 1) == 0) return false;
        return true;
    }

    /// <summary>Ends the query.</summary>
    public void Dispose()
    {
        if (_chunk != 0) duckdb_destroy_data_chunk(ref _chunk);
        duckdb_destroy_result(ref _result);
    }

    private nint Vector(int column) => duckdb_data_chunk_get_vector(_chunk, (ulong)column);
}
