using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>Reads a column of encoded images: `BLOB`, or Hugging Face's struct of `bytes` and `path`. They are decoded later, as image files are.</summary>
internal static class ParquetImages
{
    // Hugging Face's sound looks the same; it is no JPEG or PNG, and each row says so.
    private static readonly string[] Structs = ["STRUCT(bytes BLOB, path VARCHAR)", "STRUCT(path VARCHAR, bytes BLOB)", "STRUCT(bytes BLOB)"];

    /// <summary>True for the types of columns that hold encoded images.</summary>
    public static bool Holds(string type) => type == "BLOB" || Structs.Contains(type, StringComparer.Ordinal);

    /// <summary>Brings the bytes into a temporary file.</summary>
    /// <param name="duckDb">For the query.</param>
    /// <param name="file">Path.</param>
    /// <param name="from">The file as SQL reads it.</param>
    /// <param name="name">The column.</param>
    /// <param name="type">Its type.</param>
    /// <param name="labels">Told of every row's label; null without.</param>
    /// <exception cref="AnalyzerException">Damaged, or no rows.</exception>
    public static TableRows Read(DuckDbConnection duckDb, string file, string from, string name, string type, ParquetLabels? labels)
    {
        var (faults, ends, end) = (new SortedDictionary<int, string>(), new List<long>(), 0L);
        var records = TableSource.NewRecords();
        var column = ParquetFile.Quoted(name);
        var bytes = type == "BLOB" ? column : $"struct_extract({column}, 'bytes')";
        var path = type.Contains("path", StringComparison.Ordinal) ? $"struct_extract({column}, 'path')" : "NULL::VARCHAR";
        TableRows.Query(duckDb, file, "Parquet", $"SELECT {bytes}, {path}{(labels is null ? "" : $", {labels.Sql}")} FROM {from}", r =>
        {
            for (var i = 0; i < r.Rows; i++)
            {
                var image = r.IsNull(0, i) ? [] : r.Bytes(0, i);
                if (image.Length == 0)
                    faults.Add(ends.Count, !r.IsNull(0, i) ? $"the column `{name}` holds no bytes"
                        : r.Text(1, i) is { } named ? $"the column `{name}` names the file `{named}` and does not hold its bytes" : $"the column `{name}` holds NULL");
                records.Write(image);
                ends.Add(end += image.Length);
                labels?.Add(r, 2, i);
            }
        });
        if (ends.Count == 0) throw ParquetFile.NoRows(file);
        return new(file, [], null, faults, ends.Count, []) { Images = new(file, name, records, ends) };
    }
}
