using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Analyzer.Models;
using Analyzer.Native;

namespace Analyzer.Datasets;

/// <summary>Reads Parquet by any writer: a column of images or of lists, or columns of numbers that together are a sample.</summary>
/// <remarks>
/// The column `inputs`, or else one of encoded images, or else lists: the only column of them, or several named after the model's inputs.
/// Lists of one length (`FLOAT[]`, fixed-size arrays too) are a sample of one axis, lists of lists one of several. float32, uint8 and
/// integers keep their type (integers as int64), all else becomes float64. A row with a NULL, a number that is not finite, ragged lists,
/// or another shape than the first sound row has is unreadable. Images are JPEG or PNG, `BLOB` or Hugging Face's struct of `bytes` and
/// `path`; see <see cref="ParquetImages"/>. While a file is brought over, DuckDB holds the rows of one row group, at most 2,048 of them.
/// </remarks>
internal static partial class ParquetFile
{
    private const string InputsName = "inputs";

    private static readonly string[] Integers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "BOOLEAN"];
    private static readonly string[] OtherNumbers = ["FLOAT", "DOUBLE", "UBIGINT", "HUGEINT", "UHUGEINT"];

    // How deep lists lie in lists; 0 for a number a row.
    private sealed record Column(string Name, string Type, string Element, int Depth)
    {
        public bool IsImage => ParquetImages.Holds(Type);

        public bool IsNumeric => Integers.Contains(Element, StringComparer.Ordinal) || OtherNumbers.Contains(Element, StringComparer.Ordinal) || Element.StartsWith("DECIMAL(", StringComparison.Ordinal);

        public bool IsList => Depth > 0 && IsNumeric;
    }

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
        // A folder called `key=value` is no column.
        var from = $"read_parquet({TableRows.Quoted(file)}, hive_partitioning = false)";
        var all = new List<Column>();
        TableRows.Query(duckDb, file, "Parquet", $"SELECT column_name::VARCHAR, column_type::VARCHAR FROM (DESCRIBE SELECT * FROM {from})", r =>
        {
            for (var i = 0; i < r.Rows; i++) all.Add(ColumnOf(r.Text(0, i)!, r.Text(1, i)!));
        });
        var at = TableRows.LabelColumn(file, [.. all.Select(c => c.Name)], label);
        if (at is { } labelled && all[labelled].Depth > 0)
            throw BadData.Because($"the column `{all[labelled].Name}` of `{file}` is {all[labelled].Type}; labels are one number or word per sample", "store the index of the class");
        var columns = all.Where((_, c) => c != at).ToArray();
        if (columns.Length == 0) throw BadData.Because($"`{file}` has no column but the labels", "a sample needs at least one column of numbers");
        var chosen = Chosen(file, columns);
        var labels = at is { } l ? new ParquetLabels(all[l].Name, all[l].Type) : null;
        var read = chosen[0].IsImage ? ParquetImages.Read(duckDb, file, from, chosen[0].Name, chosen[0].Type, labels) : Rows(duckDb, file, from, GroupsOf(chosen), labels);
        var left = columns.Except(chosen).Select(c => $"`{c.Name}`").ToArray();
        return read with
        {
            Labels = labels?.Texts, Described = at is { } d ? HuggingFaceFeatures.ClassNames(duckDb, file, all[d].Name) : null,
            Notes = left.Length == 0 ? [] : [$"left out: the columns {string.Join(", ", left)} of `{Path.GetFileName(file)}`, for `{chosen[0].Name}` holds {(chosen[0].IsImage ? "images" : "lists")}"],
        };
    }

    // Which columns are samples; all of one kind.
    private static Column[] Chosen(string file, Column[] columns)
    {
        if (columns.Where(c => c.Name == InputsName && (c.IsImage || c.IsList)).ToArray() is { Length: 1 } inputs) return inputs;
        var images = columns.Where(c => c.IsImage).ToArray();
        if (images.Length > 1)
            throw BadData.Because($"`{file}` has {images.Length} columns of encoded images: {string.Join(", ", images.Select(c => $"`{c.Name}`"))}", $"call the one to use `{InputsName}`, or leave the others out when the file is written");
        if (images.Length == 1) return images;
        if (columns.Where(c => c.IsList).ToArray() is { Length: > 0 } lists) return lists;
        return Array.Find(columns, c => !c.IsNumeric) is { } other
            ? throw BadData.Because($"the column `{other.Name}` of `{file}` is {other.Type}, which holds no numbers and no lists of them", "leave it out when the file is written, or name it as `labels` if it is the class")
            : columns;
    }

    private static TableRows Rows(DuckDbConnection duckDb, string file, string from, IReadOnlyList<Group> groups, ParquetLabels? labels)
    {
        var (faults, row) = (new SortedDictionary<int, string>(), 0);
        var writers = groups.Select(g => new RecordWriter(g)).ToArray();
        // Every column as a list: one way to read them all.
        var sql = groups.SelectMany(g => g.Columns.Select(c => c.IsList ? $"{Quoted(c.Name)}::{g.Sql}{Brackets(c.Depth)}" : $"[{Quoted(c.Name)}]::{g.Sql}[]"));
        TableRows.Query(duckDb, file, "Parquet", $"SELECT {string.Join(", ", labels is null ? sql : sql.Append(labels.Sql))} FROM {from}", r =>
        {
            for (var i = 0; i < r.Rows; i++, row++)
            {
                var column = 0;
                foreach (var writer in writers)
                {
                    if (writer.Add(r, column, i) is { } fault) faults.TryAdd(row, fault);
                    column += writer.Columns;
                }
                labels?.Add(r, column, i);
            }
        });
        if (row == 0) throw NoRows(file);
        return new(file, [.. writers.Select(w => w.Finish(file))], null, faults, row, []);
    }

    /// <summary>The complaint about a file without rows.</summary>
    public static AnalyzerException NoRows(string file) => BadData.Because($"`{file}` holds no rows", "write a row for every sample");

    // Writes the rows of one input as records; zeros where a row is unreadable.
    private sealed class RecordWriter(Group group)
    {
        private readonly FileStream _records = TableSource.NewRecords();
        private readonly List<byte> _record = [];
        private long[]? _shape;
        private long _pending;

        public int Columns => group.Columns.Count;

        private string First => group.Columns[0].Name;

        /// <summary>Adds a row; returns its fault.</summary>
        public string? Add(DuckDbReader r, int first, int row)
        {
            _record.Clear();
            string? fault = null;
            var shape = new long[Math.Max(1, group.Columns[0].Depth)];
            for (var c = 0; c < Columns && fault is null; c++)
            {
                var before = _record.Count;
                fault = Append(group.Type, r, first + c, row, shape, _record) switch
                {
                    NestedLists.HoldNull => $"the column `{group.Columns[c].Name}` holds NULL",
                    NestedLists.Ragged => $"the column `{group.Columns[c].Name}` is ragged: its lists differ in length",
                    _ when !Finite(group.Type, CollectionsMarshal.AsSpan(_record)[before..]) => $"the column `{group.Columns[c].Name}` holds a number that is not finite",
                    _ => null,
                };
            }
            if (Columns > 1) shape = [Columns];
            if (fault is null && _record.Count == 0) fault = $"the column `{First}` holds an empty list";
            if (fault is null && _shape is not null && !shape.AsSpan().SequenceEqual(_shape))
                fault = shape.Length == 1 ? $"the column `{First}` has {shape[0]} elements where the first row has {_shape[0]}"
                                          : $"the column `{First}` has the shape {BadData.Shape(shape)} where the first row has {BadData.Shape(_shape)}";
            if (fault is not null && _shape is null)
            {
                // How long a record is shows in the first sound row.
                _pending++;
                return fault;
            }
            if (_shape is null)
            {
                _shape = shape;
                for (; _pending > 0; _pending--) _records.Write(new byte[_record.Count]);
            }
            _records.Write(fault is null ? CollectionsMarshal.AsSpan(_record) : new byte[_shape.Aggregate((long)Dtype.Bytes(group.Type), (a, b) => a * b)]);
            return fault;
        }

        /// <summary>The finished records.</summary>
        public (string?, TableSource) Finish(string file)
        {
            if (_shape is null)
                throw BadData.Because($"no row of the column `{First}` of `{file}` can be read", "is it the right column?");
            _records.Flush();
            return (group.Name, new TableSource(file, group.Type, _shape, _records));
        }
    }

    private static NestedLists Append(ElementType type, DuckDbReader r, int column, int row, long[] shape, List<byte> record) => type switch
    {
        ElementType.Float => r.Nested<float>(column, row, shape, record),
        ElementType.Double => r.Nested<double>(column, row, shape, record),
        ElementType.UInt8 => r.Nested<byte>(column, row, shape, record),
        _ => r.Nested<long>(column, row, shape, record),
    };

    private static bool Finite(ElementType type, ReadOnlySpan<byte> record) => type switch
    {
        ElementType.Float => MemoryMarshal.Cast<byte, float>(record).IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) < 0,
        ElementType.Double => MemoryMarshal.Cast<byte, double>(record).IndexOfAnyExceptInRange(double.MinValue, double.MaxValue) < 0,
        _ => true,
    };

    private static IReadOnlyList<Group> GroupsOf(Column[] chosen) =>
        chosen[0].IsList ? [.. chosen.Select(c => GroupOf(chosen.Length == 1 ? null : c.Name, [c]))] : [GroupOf(null, chosen)];

    private static Group GroupOf(string? name, IReadOnlyList<Column> columns)
    {
        var elements = columns.Select(c => c.Element).Distinct().ToArray();
        var (type, sql) = elements is ["FLOAT"] ? (ElementType.Float, "FLOAT")
            : elements is ["UTINYINT"] ? (ElementType.UInt8, "UTINYINT")
            : elements.All(e => Integers.Contains(e, StringComparer.Ordinal)) ? (ElementType.Int64, "BIGINT")
            : (ElementType.Double, "DOUBLE");
        return new(name, columns, type, sql);
    }

    private static Column ColumnOf(string name, string type)
    {
        var lists = ListSuffix().Match(type).Value;
        return new(name, type, type[..^lists.Length], lists.Count(c => c == '['));
    }

    private static string Brackets(int depth) => string.Concat(Enumerable.Repeat("[]", depth));

    /// <summary>A column's name as SQL takes it.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"(\[[0-9]*\])*$")] private static partial Regex ListSuffix();
}
