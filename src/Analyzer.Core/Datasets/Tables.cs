using System.Globalization;

namespace Analyzer.Datasets;

/// <summary>Puts the tables of a dataset's splits together: classes, labels, and which rows are samples.</summary>
/// <remarks>
/// Labels are whole numbers from 0 where most of them are; else words, whose classes are those of the <c>dataset.yaml</c> or, in ordinal
/// order, those of all splits. With listed classes a name counts before a number.
/// </remarks>
internal static class Tables
{
    /// <summary>The file endings that are read, and by which reader.</summary>
    public static string? FormatOf(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".csv" or ".tsv" => "csv",
        ".parquet" => "parquet",
        _ => null,
    };

    /// <summary>The split that a file's name gives: `train` for `train-00000-of-00001.parquet`, as Hugging Face names them.</summary>
    public static string SplitOf(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file);
        return stem.Length > 15 && stem.LastIndexOf("-of-", StringComparison.Ordinal) is var of and > 6 && stem[of - 6] == '-' ? stem[..(of - 6)] : stem;
    }

    /// <summary>Reads the tables.</summary>
    /// <param name="tables">Split, path, format (csv or parquet) and label column of each.</param>
    /// <param name="listed">Classes by label, where they are given.</param>
    /// <exception cref="AnalyzerException">A file that is no such table, or whose columns do not fit.</exception>
    public static (IReadOnlyList<SplitSource> Splits, IReadOnlyList<string>? Classes, IReadOnlyList<string> Notes) Open(
        IReadOnlyList<(string Split, string File, string Format, string? Label)> tables, IReadOnlyList<string>? listed)
    {
        var read = tables.Select(t => t.Format == "csv" ? CsvFile.Read(t.File, t.Label) : ParquetFile.Read(t.File, t.Label)).ToArray();
        string[] words = [.. read.SelectMany(r => r.Labels ?? []).OfType<string>()];
        var numbered = words.Count(w => Number(w) is not null) * 2 > words.Length;
        IReadOnlyList<string>? classes = listed ?? (numbered || words.Length == 0 ? null : [.. words.Where(w => w.Length > 0).Distinct().Order(StringComparer.Ordinal)]);
        var indices = classes?.Select((c, i) => (c, i)).DistinctBy(c => c.c).ToDictionary(c => c.c, c => c.i, StringComparer.Ordinal);
        return ([.. tables.Zip(read).Select(t => SplitOf(t.First.Split, t.Second, word =>
            indices?.TryGetValue(word, out var index) == true ? index : numbered && Number(word) is { } number && (classes is null || number < classes.Count) ? number : null))],
            classes, [.. read.SelectMany(r => r.Notes)]);
    }

    private static SplitSource SplitOf(string split, TableRows table, Func<string, int?> classOf)
    {
        var (rows, labels, unreadable) = (new List<int>(), new List<int>(), new List<UnreadableSample>());
        for (var row = 0; row < table.Rows; row++)
        {
            var word = table.Labels?[row];
            var label = word is null ? null : classOf(word);
            var reason = table.Faults.GetValueOrDefault(row)
                ?? (table.Labels is null || label is not null ? null : string.IsNullOrEmpty(word) ? "it has no label" : $"its label `{word}` is no class");
            if (reason is not null)
            {
                unreadable.Add(new(TableSource.SourceOf(table.File, row), label, reason));
                continue;
            }
            rows.Add(row);
            if (label is { } known) labels.Add(known);
        }
        foreach (var (_, source) in table.Inputs) source.Choose([.. rows]);
        return new SplitSource(split, [.. table.Inputs.Select(i => (i.Name, (SampleSource)i.Source))], null)
        {
            KnownLabels = table.Labels is null ? null : [.. labels], Unreadable = unreadable,
        };
    }

    // pandas writes 1.0 where a column of whole numbers has gaps.
    private static int? Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;
}
