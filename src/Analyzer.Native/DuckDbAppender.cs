using static Analyzer.Native.DuckDbLibrary;

namespace Analyzer.Native;

/// <summary>The column types that <see cref="DuckDbAppender"/> writes; the numbers are <c>duckdb.h</c>'s.</summary>
public enum DuckDbType
{
    /// <summary>32-bit signed integer.</summary>
    Integer = 4,
    /// <summary>64-bit signed integer.</summary>
    BigInt = 5,
    /// <summary>64-bit floating point.</summary>
    Double = 11,
    /// <summary>UTF-8 text.</summary>
    Text = 17,
}

/// <summary>Writes rows into a table, column after column; a full chunk is handed to DuckDB by itself.</summary>
/// <remarks>A row is complete when <see cref="EndRow"/> is called; each column of it must be set exactly once before.</remarks>
public sealed unsafe class DuckDbAppender : IDisposable
{
    private const int ChunkRows = 2048;

    // Wide rows fill memory long before they fill a chunk: what waits in one is bounded, the bytes that come out are the same.
    private const long ChunkBytes = 1 << 20;

    private readonly nint[] _vectors;
    private nint _appender;
    private nint _chunk;
    private int _row;
    private long _waiting;

    internal DuckDbAppender(nint connection, string table, DuckDbType[] types)
    {
        _vectors = new nint[types.Length];
        if (duckdb_appender_create(connection, null, table, out _appender) != 0)
            throw Failure();
        var logical = new nint[types.Length];
        for (var c = 0; c < types.Length; c++)
            logical[c] = duckdb_create_logical_type((int)types[c]);
        fixed (nint* first = logical)
            _chunk = duckdb_create_data_chunk(first, (ulong)types.Length);
        for (var c = 0; c < types.Length; c++)
            duckdb_destroy_logical_type(ref logical[c]);
        BindVectors();
    }

    /// <summary>Sets a fixed-width cell of the row at hand.</summary>
    public void Set<T>(int column, T value) where T : unmanaged => ((T*)duckdb_vector_get_data(_vectors[column]))[_row] = value;

    /// <summary>Sets a cell of the row at hand to NULL.</summary>
    public void SetNull(int column)
    {
        duckdb_vector_ensure_validity_writable(_vectors[column]);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(_vectors[column]), (ulong)_row);
    }

    /// <summary>Sets a VARCHAR (UTF-8) cell of the row at hand.</summary>
    public void Set(int column, ReadOnlySpan<byte> bytes)
    {
        _waiting += bytes.Length;
        fixed (byte* first = bytes)
            duckdb_vector_assign_string_element_len(_vectors[column], (ulong)_row, first, (ulong)bytes.Length);
    }

    /// <summary>Sets a VARCHAR cell of the row at hand; null becomes NULL.</summary>
    public void Set(int column, string? text)
    {
        if (text is null) SetNull(column);
        else Set(column, System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Ends the row at hand.</summary>
    /// <exception cref="DuckDbException">The table refused the chunk.</exception>
    public void EndRow()
    {
        if (++_row == ChunkRows || _waiting >= ChunkBytes)
            FlushChunk();
    }

    /// <summary>Hands over what is left and ends writing; without this call the last rows are lost.</summary>
    /// <exception cref="DuckDbException">The table refused the rows.</exception>
    public void Complete()
    {
        FlushChunk();
        if (duckdb_appender_close(_appender) != 0)
            throw Failure();
    }

    /// <summary>Frees the writer; rows not completed may be lost.</summary>
    public void Dispose()
    {
        if (_chunk != 0) duckdb_destroy_data_chunk(ref _chunk);
        if (_appender != 0) _ = duckdb_appender_destroy(ref _appender);
    }

    private void FlushChunk()
    {
        if (_row == 0) return;
        duckdb_data_chunk_set_size(_chunk, (ulong)_row);
        if (duckdb_append_data_chunk(_appender, _chunk) != 0)
            throw Failure();
        duckdb_data_chunk_reset(_chunk);
        BindVectors();
        (_row, _waiting) = (0, 0);
    }

    private void BindVectors()
    {
        for (var c = 0; c < _vectors.Length; c++)
            _vectors[c] = duckdb_data_chunk_get_vector(_chunk, (ulong)c);
    }

    private DuckDbException Failure() => new(DuckDbConnection.Text(duckdb_appender_error(_appender)));
}
