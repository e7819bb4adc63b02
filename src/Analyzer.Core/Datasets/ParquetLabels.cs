using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>The label's column of a Parquet file, as text.</summary>
/// <param name="name">The column.</param>
/// <param name="type">Its type.</param>
internal sealed class ParquetLabels(string name, string type)
{
    private readonly Dictionary<string, string> _interned = new(StringComparer.Ordinal);
    private readonly List<string?> _texts = [];

    /// <summary>Text of each row's label so far.</summary>
    public IReadOnlyList<string?> Texts => _texts;

    /// <summary>What to select. Some writers do not say of text that it is text.</summary>
    public string Sql => type == "BLOB" ? $"coalesce(TRY(decode({ParquetFile.Quoted(name)})), {ParquetFile.Quoted(name)}::VARCHAR)" : $"{ParquetFile.Quoted(name)}::VARCHAR";

    /// <summary>Takes the label of a row.</summary>
    public void Add(DuckDbReader r, int column, int row)
    {
        var word = r.Text(column, row)?.Trim();
        if (word is not null) word = _interned.TryGetValue(word, out var same) ? same : _interned[word] = word;
        _texts.Add(word);
    }
}
