using System.Text.Json;
using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>Reads the names of classes that Hugging Face's datasets writes into a Parquet file: `info.features.label.names` under the key `huggingface`.</summary>
internal static class HuggingFaceFeatures
{
    /// <summary>The names in the order of labels; null where the file gives none for the column.</summary>
    /// <param name="duckDb">For the query.</param>
    /// <param name="file">Path.</param>
    /// <param name="label">The label's column.</param>
    /// <exception cref="AnalyzerException">The file is damaged.</exception>
    public static IReadOnlyList<string>? ClassNames(DuckDbConnection duckDb, string file, string label)
    {
        IReadOnlyList<string>? names = null;
        TableRows.Query(duckDb, file, "Parquet", $"SELECT value FROM parquet_kv_metadata({TableRows.Quoted(file)}) WHERE key = 'huggingface'::BLOB AND value IS NOT NULL",
                        r => names ??= Enumerable.Range(0, r.Rows).Select(i => Names(r.Bytes(0, i).ToArray(), label)).FirstOrDefault());
        return names;
    }

    private static string[]? Names(byte[] json, string label)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var at = document.RootElement;
            foreach (var key in new[] { "info", "features", label, "names" })
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at)) return null;
            if (at.ValueKind != JsonValueKind.Array || at.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String)) return null;
            string[] names = [.. at.EnumerateArray().Select(n => n.GetString()!)];
            return names.Length > 0 && names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or text that is no Unicode: it says nothing of classes, and the labels stay numbers.
            return null;
        }
    }
}
