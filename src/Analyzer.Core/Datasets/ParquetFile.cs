using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Analyzer.Models;
using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>Reads Parquet by any writer: a column of lists a model input, or columns of numbers that together are a sample.</summary>
/// <remarks>
/// Lists of one length (`FLOAT[]`, fixed-size arrays too): the column `inputs`, or the only one; several are named after the model's
/// inputs. float32, uint8 and integers keep their type (integers as int64), all else becomes float64. A row with a NULL, a number that is
/// not finite, or a list of another length than the first is unreadable.
/// </remarks>
internal static partial class ParquetFile
{
    private const string InputsName = "inputs";

    private static readonly string[] Integers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "BOOLEAN"];
    private static readonly string[] OtherNumbers = ["FLOAT", "DOUBLE", "UBIGINT", "HUGEINT", "UHUGEINT"];

    private sealed record Column(string Name, string Element, bool IsList);

    // One input of the model: columns of which each gives some elements.
    private sealed record Group(string? Name, IReadOnlyList<Column> Columns, ElementType Type, string Sql);

    /// <summary>Reads a file.</summary>
    /// <param name="file">Path.</param>
    /// <param name="label">Name or number of the label's column; null where nothing was said.</param>
    /// <exception cref="AnalyzerException">No such file or column, no rows, or columns that hold no numbers.</exception>
    public static TableRows Read(string file, string? label)
    {
        using (ArraySource.OpenFile(file)) { }
        using var duckDb = TableRows.Connect();
        var from = $"read_parquet({TableRows.Quoted(file)})";
        var (names, types) = (new List<string>(), new List<string>());
        TableRows.Query(duckDb, file, "Parquet", $"SELECT column_name::VARCHAR, column_type::VARCHAR FROM (DESCRIBE SELECT * FROM {from})", r =>
        {
            for (var i = 0; i < r.Rows; i++)
            {
                names.Add(r.Text(0, i)!);
                types.Add(r.Text(1, i)!);
            }
        });
        var at = TableRows.LabelColumn(file, names, label);
        if (at is { } labelled && types[labelled].EndsWith(']'))
            throw BadData.Because($"the column `{names[labelled]}` of `{file}` is {types[labelled]}; labels are one number or word per sample", "store the index of the class");
        var columns = Enumerable.Range(0, names.Count).Where(c => c != at).Select(c => ColumnOf(file, names[c], types[c])).ToArray();
        if (columns.Length == 0) throw BadData.Because($"`{file}` has no column but the labels", "a sample needs at least one column of numbers");
        var (groups, notes) = Grouped(file, columns);
        return Rows(duckDb, file, from, groups, at is { } l ? names[l] : null, notes);
    }

    private static TableRows Rows(DuckDbConnection duckDb, string file, string from, IReadOnlyList<Group> groups, string? label, IReadOnlyList<string> notes)
    {
        var (labels, faults, row) = (new List<string?>(), new SortedDictionary<int, string>(), 0);
        var interned = new Dictionary<string, string>(StringComparer.Ordinal);
        var writers = groups.Select(g => new RecordWriter(g)).ToArray();
        // Every column as a list: one way to read them all. list_count does not count NULL, len does.
        var sql = string.Join(", ", groups.SelectMany(g => g.Columns.Select(c => c.IsList ? $"{Quoted(c.Name)}::{g.Sql}[]" : $"[{Quoted(c.Name)}]::{g.Sql}[]")
            .Concat(g.Columns.Select(c => c.IsList ? $"({Quoted(c.Name)} IS NULL OR list_count({Quoted(c.Name)}::{g.Sql}[]) < len({Quoted(c.Name)}::{g.Sql}[]))::TINYINT" : $"({Quoted(c.Name)} IS NULL)::TINYINT"))));
        TableRows.Query(duckDb, file, "Parquet", $"SELECT {sql}{(label is null ? "" : $", {Quoted(label)}::VARCHAR")} FROM {from}", r =>
        {
            for (var i = 0; i < r.Rows; i++, row++)
            {
                var column = 0;
                foreach (var writer in writers)
                {
                    if (writer.Add(r, column, i) is { } fault) faults.TryAdd(row, fault);
                    column += 2 * writer.Columns;
                }
                if (label is null) continue;
                var word = r.Text(column, i)?.Trim();
                if (word is not null) word = interned.TryGetValue(word, out var same) ? same : interned[word] = word;
                labels.Add(word);
            }
        });
        if (row == 0) throw BadData.Because($"`{file}` holds no rows", "write a row for every sample");
        return new(file, [.. writers.Select(w => w.Finish(file))], label is null ? null : labels, faults, row, notes);
    }

    // Writes the rows of one input as records; zeros where a row is unreadable.
    private sealed class RecordWriter(Group group)
    {
        private readonly FileStream _records = TableSource.NewRecords();
        private readonly List<byte> _record = [];
        private int? _bytes;
        private long _pending;

        public int Columns => group.Columns.Count;

        /// <summary>Adds a row; returns its fault.</summary>
        public string? Add(DuckDbReader r, int first, int row)
        {
            _record.Clear();
            string? fault = null;
            for (var c = 0; c < Columns && fault is null; c++)
            {
                if (r.Values<sbyte>(first + Columns + c)[row] != 0) fault = $"the column `{group.Columns[c].Name}` holds NULL";
                else if (!Append(group.Type, r, first + c, row, _record)) fault = $"the column `{group.Columns[c].Name}` holds a number that is not finite";
            }
            if (fault is null && _record.Count == 0) fault = $"the column `{group.Columns[0].Name}` holds an empty list";
            if (fault is null && _bytes is { } bytes && bytes != _record.Count)
                fault = $"the column `{group.Columns[0].Name}` has {_record.Count / Dtype.Bytes(group.Type)} elements where the first row has {bytes / Dtype.Bytes(group.Type)}";
            if (fault is not null && _bytes is null)
            {
                // How long a record is shows in the first sound row.
                _pending++;
                return fault;
            }
            if (_bytes is null)
            {
                _bytes = _record.Count;
                for (; _pending > 0; _pending--) _records.Write(new byte[_bytes.Value]);
            }
            _records.Write(fault is null ? CollectionsMarshal.AsSpan(_record) : new byte[_bytes.Value]);
            return fault;
        }

        /// <summary>The finished records.</summary>
        public (string?, TableSource) Finish(string file)
        {
            if (_bytes is null)
                throw BadData.Because($"no row of the column `{group.Columns[0].Name}` of `{file}` can be read", "is it the right column?");
            _records.Flush();
            return (group.Name, new TableSource(file, group.Type, [_bytes.Value / Dtype.Bytes(group.Type)], _records));
        }
    }

    private static bool Append(ElementType type, DuckDbReader r, int column, int row, List<byte> record)
    {
        switch (type)
        {
            case ElementType.Float:
                var floats = r.List<float>(column, row);
                record.AddRange(MemoryMarshal.AsBytes(floats));
                return floats.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0;
            case ElementType.Double:
                var doubles = r.List<double>(column, row);
                record.AddRange(MemoryMarshal.AsBytes(doubles));
                return doubles.IndexOfAnyExceptInRange(double.MinValue, double.MaxValue) < 0;
            case ElementType.UInt8:
                record.AddRange(r.List<byte>(column, row));
                return true;
            default:
                record.AddRange(MemoryMarshal.AsBytes(r.List<long>(column, row)));
                return true;
        }
    }

    private static (IReadOnlyList<Group> Groups, IReadOnlyList<string> Notes) Grouped(string file, Column[] columns)
    {
        var lists = columns.Where(c => c.IsList).ToArray();
        if (lists.Length == 0) return ([GroupOf(null, columns)], []);
        Column[] chosen = lists.Where(c => c.Name == InputsName).ToArray() is { Length: 1 } only ? only : lists;
        var left = columns.Except(chosen).ToArray();
        return ([.. chosen.Select(c => GroupOf(chosen.Length == 1 ? null : c.Name, [c]))],
                left.Length == 0 ? [] : [$"left out: the columns {string.Join(", ", left.Select(c => $"`{c.Name}`"))} of `{Path.GetFileName(file)}`, for `{chosen[0].Name}` holds lists"]);
    }

    private static Group GroupOf(string? name, IReadOnlyList<Column> columns)
    {
        var elements = columns.Select(c => c.Element).Distinct().ToArray();
        var (type, sql) = elements is ["FLOAT"] ? (ElementType.Float, "FLOAT")
            : elements is ["UTINYINT"] ? (ElementType.UInt8, "UTINYINT")
            : elements.All(e => Integers.Contains(e, StringComparer.Ordinal)) ? (ElementType.Int64, "BIGINT")
            : (ElementType.Double, "DOUBLE");
        return new(name, columns, type, sql);
    }

    private static Column ColumnOf(string file, string name, string type)
    {
        var element = ListSuffix().Replace(type, "");
        return Integers.Contains(element, StringComparer.Ordinal) || OtherNumbers.Contains(element, StringComparer.Ordinal) || element.StartsWith("DECIMAL(", StringComparison.Ordinal)
            ? new(name, element, element != type)
            : throw BadData.Because($"the column `{name}` of `{file}` is {type}, which holds no numbers and no lists of them", "leave it out when the file is written, or name it as `labels` if it is the class");
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"\[[0-9]*\]$")] private static partial Regex ListSuffix();
}
