namespace Analyzer.Statistics;

/// <summary>Some rows of a design: those that follow one another, or any.</summary>
internal readonly ref struct RowSet
{
    private readonly ReadOnlySpan<int> _rows;
    private readonly int _first;

    /// <summary>[first, first + count).</summary>
    public RowSet(int first, int count) => (_first, Count) = (first, count);

    /// <summary>The rows of a list, in its order.</summary>
    public RowSet(ReadOnlySpan<int> rows)
    {
        _rows = rows;
        Count = rows.Length;
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>The number of a row in the design.</summary>
    public int this[int i] => _rows.IsEmpty ? _first + i : _rows[i];

    /// <summary>The first row where they follow one another, else null.</summary>
    public int? First => _rows.IsEmpty ? _first : null;
}
