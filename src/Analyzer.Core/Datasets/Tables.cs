using System.Globalization;

namespace Analyzer.Datasets;

/// <summary>Puts the tables of a dataset's splits together: classes, labels, and which rows are samples.</summary>
/// <remarks>
/// Labels are whole numbers from 0 where most of them are; else words, whose classes are those of the <c>dataset.yaml</c> or, in ordinal
/// order, those of all splits. With listed classes a name counts before a number. Names that a Parquet file itself gives to its numbers
/// (<see cref="HuggingFaceFeatures"/>) are taken where nothing is listed and all files agree.
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

    /// <summary>Reads a table.</summary>
    /// <param name="table">Split, path, format (csv or parquet) and label column.</param>
    /// <exception cref="AnalyzerException">A file that is no such table.</exception>
    public static TableRows Read((string Split, string File, string Format, string? Label) table) =>
        table.Format == "csv" ? CsvFile.Read(table.File, table.Label) : ParquetFile.Read(table.File, table.Label);

    /// <summary>Puts what was read together.</summary>
    /// <param name="tables">Split and content of each.</param>
    /// <param name="listed">Classes by label, where they are given.</param>
    /// <param name="preprocessing">What sources do to an encoded image.</param>
    public static (IReadOnlyList<SplitSource> Splits, IReadOnlyList<string>? Classes, IReadOnlyList<string> Notes) Open(
        IReadOnlyList<(string Split, TableRows Rows)> tables, IReadOnlyList<string>? listed, Preprocessing preprocessing)
    {
        string[] words = [.. tables.SelectMany(t => t.Rows.Labels ?? []).OfType<string>()];
        // As many models of two classes are trained: -1 is a class and no sign that a label is missing.
        var signed = words.Length > 0 && words.All(w => w is "-1" or "-1.0" or "1" or "1.0" or "+1") && words.Any(w => w[0] == '-');
        var numbered = !signed && words.Count(w => Number(w) is not null) * 2 > words.Length;
        if (!numbered && !signed && listed is null && words.FirstOrDefault(w => IsFraction(w)) is { } fraction && words.Count(IsFraction) * 2 > words.Length)
            throw BadData.Because($"the labels of `{tables[0].Rows.File}` are numbers such as `{fraction}`, and classes are whole numbers from 0 or words",
                "call the column otherwise than `label` to leave it out, or make classes of it");
        var (described, note) = listed is null ? Described([.. tables.Select(t => t.Rows)], words, numbered) : (null, null);
        IReadOnlyList<string>? classes = listed ?? described ?? (numbered || words.Length == 0 ? null : [.. words.Where(w => w.Length > 0).Distinct().Order(StringComparer.Ordinal)]);
        // Where the file names its classes its labels are numbers, even if the classes are called `0` and `1`.
        var indices = described is null ? classes?.Select((c, i) => (c, i)).DistinctBy(c => c.c).ToDictionary(c => c.c, c => c.i, StringComparer.Ordinal) : null;
        return ([.. tables.Select(t => SplitOf(t.Split, t.Rows, preprocessing, word =>
            indices?.TryGetValue(word, out var index) == true ? index : numbered && Number(word) is { } number && (classes is null || number < classes.Count) ? number : null))],
            classes, [.. note is null ? Array.Empty<string>() : [note], .. tables.SelectMany(t => t.Rows.Notes)]);
    }

    // The classes that the files themselves name, where all name the same and the labels are their numbers.
    private static (IReadOnlyList<string>? Classes, string? Note) Described(TableRows[] tables, string[] words, bool numbered)
    {
        if (Array.Find(tables, t => t.Described is not null) is not { Described: { } names } first) return (null, null);
        var found = $"names of {names.Count} classes in the metadata of `{Path.GetFileName(first.File)}`";
        if (!numbered) return (null, $"not read: the {found}, for the labels are no numbers");
        if (Array.Find(tables, t => t.Described?.SequenceEqual(names) == false) is { } other) return (null, $"not read: the {found}, for those of `{Path.GetFileName(other.File)}` are others");
        var most = words.Max(w => Number(w) ?? 0);
        return most < names.Count ? (names, $"the classes are the {found}") : (null, $"not read: the {found}, for there is a label {most}");
    }

    private static SplitSource SplitOf(string split, TableRows table, Preprocessing preprocessing, Func<string, int?> classOf)
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
        IReadOnlyList<(string?, SampleSource)> inputs = table.Images is { } images ? [(null, new DecodedImages(images, rows, preprocessing))] : [.. table.Inputs.Select(i => (i.Name, (SampleSource)i.Source))];
        return new SplitSource(split, inputs, null)
        {
            KnownLabels = table.Labels is null ? null : [.. labels], Unreadable = unreadable,
        };
    }

    private static bool IsFraction(string word) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number != Math.Floor(number);

    // pandas writes 1.0 where a column of whole numbers has gaps.
    private static int? Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;
}
