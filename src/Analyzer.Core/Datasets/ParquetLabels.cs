namespace Analyzer.Datasets;

/// <summary>The label's column of a Parquet file.</summary>
/// <param name="name">The column.</param>
/// <param name="type">Its type.</param>
internal sealed class ParquetLabels(string name, string type) : LabelTexts
{
    /// <summary>What to select. Some writers do not say of text that it is text.</summary>
    public string Sql => type == "BLOB" ? $"coalesce(TRY(decode({ParquetFile.Quoted(name)})), {ParquetFile.Quoted(name)}::VARCHAR)" : $"{ParquetFile.Quoted(name)}::VARCHAR";
}
