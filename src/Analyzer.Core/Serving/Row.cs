using System.Globalization;
using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A row of a page's own query, cell by cell.</summary>
/// <param name="cells">As text.</param>
internal readonly struct Row(IReadOnlyList<string?> cells)
{
    /// <summary>The rows of a query.</summary>
    public static Row[] Of(RunDatabase database, string sql, int most = int.MaxValue) => [.. database.Rows(sql, most).Rows.Select(r => new Row(r))];

    public string? Text(int column) => cells[column];

    public long? Whole(int column) => long.TryParse(cells[column], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;

    /// <summary>As DuckDB writes it, where infinity is short.</summary>
    public double? Real(int column) => cells[column] switch
    {
        null => null, "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : null,
    };
}
