using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads CSV: a number a column, and perhaps a label. DuckDB takes the lines apart; what a cell means is decided here.</summary>
/// <remarks>
/// RFC 4180 with `,`, `;`, tab or `|`, whichever the first line has most of. The first line is a header where it names the label, or where
/// none of its cells is a number. Cells are read as float64. A row with a cell that is no finite number, or with another number of cells
/// than the first line, is unreadable.
/// </remarks>
internal static class CsvFile
{
    private static readonly char[] Delimiters = [',', ';', '\t', '|'];

    /// <summary>Reads a file.</summary>
    /// <param name="file">Path.</param>
    /// <param name="label">Name or number of the label's column; null where nothing was said.</param>
    /// <exception cref="AnalyzerException">No such file or column, or no rows.</exception>
    public static TableRows Read(string file, string? label)
    {
        var (delimiter, columns) = FirstLine(file);
        // One column more than the first line has shows the rows that are longer.
        var declared = string.Join(", ", Enumerable.Range(0, columns + 1).Select(c => $"'c{c}': 'VARCHAR'"));
        var text = $"read_csv({TableRows.Quoted(file)}, delim = '{delimiter}', quote = '\"', escape = '\"', header = false, auto_detect = false, strict_mode = false, null_padding = true, columns = {{{declared}}})";
        using var duckDb = TableRows.Connect();
        string?[]? first = null;
        TableRows.Query(duckDb, file, "CSV", $"SELECT * FROM {text} LIMIT 1", r => first = [.. Enumerable.Range(0, r.Columns).Select(c => r.Text(c, 0))]);
        if (first is null) throw BadData.Because($"`{file}` holds no rows", "write a row for every sample");
        var cells = first.Take(columns).Select(c => c ?? "").ToArray();
        // A number names a column by its place, so it makes no header of a row that happens to hold it.
        var named = TableRows.LabelColumn(file, cells, label) is { } place && !IsNumber(Encoding.UTF8.GetBytes(label ?? cells[place]), out _);
        var header = named || !cells.Any(c => IsNumber(Encoding.UTF8.GetBytes(c), out _));
        string[] names = header ? cells : [.. Enumerable.Range(0, columns).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        var labelColumn = TableRows.LabelColumn(file, names, label);
        int[] features = [.. Enumerable.Range(0, columns).Where(c => c != labelColumn)];
        if (features.Length == 0) throw BadData.Because($"`{file}` has the column `{names[0]}` only, which holds the labels", "a sample needs at least one column of numbers");

        var (labels, faults, row) = (new LabelTexts(), new SortedDictionary<int, string>(), 0);
        var record = new double[features.Length];
        var isNumeric = new bool[features.Length];
        var records = TableSource.NewRecords();
        var skip = header;
        TableRows.Query(duckDb, file, "CSV", $"SELECT * FROM {text}", r =>
        {
            for (var i = 0; i < r.Rows; i++)
            {
                if (skip)
                {
                    skip = false;
                    continue;
                }
                for (var f = 0; f < features.Length; f++)
                {
                    var missing = r.IsNull(features[f], i);
                    if (!missing && IsNumber(r.Bytes(features[f], i), out record[f]))
                    {
                        isNumeric[f] = true;
                        continue;
                    }
                    record[f] = 0;
                    if (!missing && r.Bytes(features[f], i).Contains((byte)'\n'))
                        throw BadData.Because($"`{file}` opens a quote in row {row}, column `{names[features[f]]}`, and does not close it on that line", "mend that line");
                    faults.TryAdd(row, missing ? $"the column `{names[features[f]]}` is empty" : $"the column `{names[features[f]]}` is `{Short(r.Text(features[f], i)!)}`, no finite number");
                }
                if (!r.IsNull(columns, i)) faults.TryAdd(row, $"more than {columns} cells");
                if (labelColumn is { } at) labels.Add(r, at, i);
                records.Write(MemoryMarshal.AsBytes<double>(record));
                row++;
            }
        });
        if (row > 0 && Array.IndexOf(isNumeric, false) is var words and >= 0)
            throw BadData.Because($"the column `{names[features[words]]}` of `{file}` holds no number in any row", $"if it is the class, call it `label`, or write `labels: {names[features[words]]}` beside the file's `inputs` in a `dataset.yaml`; else leave it out");
        records.Flush();
        return new(file, [(null, new TableSource(file, ElementType.Double, [features.Length], records))], labelColumn is null ? null : labels.Texts, faults, row, []);
    }

    private static bool IsNumber(ReadOnlySpan<byte> cell, out double number) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static string Short(string cell) => cell.Length <= 20 ? cell : cell[..20] + "…";

    private static (char Delimiter, int Cells) FirstLine(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        using var reader = new StreamReader(stream);
        var line = reader.ReadLine() ?? "";
        // What stands between quotes separates nothing.
        var (counts, quoted) = (new int[Delimiters.Length], false);
        foreach (var c in line)
        {
            if (c == '"') quoted = !quoted;
            else if (!quoted && Array.IndexOf(Delimiters, c) is var d and >= 0) counts[d]++;
        }
        return (Delimiters[Array.IndexOf(counts, counts.Max())], 1 + counts.Max());
    }
}
