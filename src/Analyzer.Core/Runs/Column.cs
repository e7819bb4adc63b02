using Analyzer.Native;

namespace Analyzer.Runs;

/// <summary>A column of a table that an analysis stores: a name and its values, one a row.</summary>
public sealed record Column
{
    private Column(string name, int rows, DuckDbType type, string sqlType, Action<DuckDbAppender, int, int> write) =>
        (Name, Rows, Type, SqlType, Write) = (name, rows, type, sqlType, write);

    /// <summary>The column's name, lower case.</summary>
    public string Name { get; }

    /// <summary>Number of values.</summary>
    public int Rows { get; }

    internal DuckDbType Type { get; }
    internal string SqlType { get; }

    /// <summary>Writes the value of a row into a column of the appender.</summary>
    internal Action<DuckDbAppender, int, int> Write { get; }

    /// <summary>A BIGINT column.</summary>
    public static Column Of(string name, IReadOnlyList<long> values) => new(name, values.Count, DuckDbType.BigInt, "BIGINT", (to, c, row) => to.Set(c, values[row]));

    /// <summary>An INTEGER column; null becomes NULL.</summary>
    public static Column Of(string name, IReadOnlyList<int?> values) => new(name, values.Count, DuckDbType.Integer, "INTEGER", (to, c, row) =>
    {
        if (values[row] is { } value) to.Set(c, value);
        else to.SetNull(c);
    });

    /// <summary>A DOUBLE column; null becomes NULL.</summary>
    public static Column Of(string name, IReadOnlyList<double?> values) => new(name, values.Count, DuckDbType.Double, "DOUBLE", (to, c, row) =>
    {
        if (values[row] is { } value) to.Set(c, value);
        else to.SetNull(c);
    });

    /// <summary>A VARCHAR column; null becomes NULL.</summary>
    public static Column Of(string name, IReadOnlyList<string?> values) => new(name, values.Count, DuckDbType.Text, "VARCHAR", (to, c, row) => to.Set(c, values[row]));
}
