using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>The label's column of a table, as text; what many rows share is held once.</summary>
internal class LabelTexts
{
    private readonly Dictionary<string, string> _interned = new(StringComparer.Ordinal);
    private readonly List<string?> _texts = [];

    /// <summary>Text of each row's label so far.</summary>
    public IReadOnlyList<string?> Texts => _texts;

    /// <summary>Takes the label of a row.</summary>
    public void Add(DuckDbReader r, int column, int row)
    {
        var word = r.Text(column, row)?.Trim();
        if (word is not null) word = _interned.TryGetValue(word, out var same) ? same : _interned[word] = word;
        _texts.Add(word);
    }
}
