using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Analyzer.Runs;

/// <summary>
/// Writes rows of one width to a Parquet file as they come: a number beside its floats or its bytes. So a tap is stored, and the weights of a layer.
/// </summary>
/// <remarks>
/// DuckDB writes Parquet of any kind, through a table and value by value: some 100 MB of floats a second, and a part lies in memory three times. Where
/// all rows are equally wide the levels of their lists are known beforehand, and a page is a copy. Plain encoding, uncompressed, pages of version 1:
/// https://parquet.apache.org/docs/file-format. Equal rows give equal bytes.
/// </remarks>
internal sealed class RowFile : IDisposable
{
    /// <summary>Bytes of a page, which waits in memory until it is full; a row that is wider has a page of its own.</summary>
    public const int PageBytes = 1 << 18;

    /// <summary>Rows of a row group at most: readers take one, or a part of it, at a time.</summary>
    public const int RowGroupRows = 16_384;

    private const int RowGroupBytes = 64 << 20;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    // A page's header counts its bytes in 32 bits, and levels come on top of the row.
    private const long LargestRow = int.MaxValue - (1 << 10);

    private readonly FileStream _file;
    private readonly string _path, _key;
    private readonly int _length;
    private readonly bool _floats;
    private readonly byte[] _page;
    private readonly int _pageRows;
    private readonly long[] _keys = new long[RowGroupRows];
    private readonly List<RowGroup> _groups = [];
    private long _groupStart;
    private int _groupRows, _rows;

    private readonly record struct RowGroup(int Rows, long FirstKey, long LastKey, long ValuesAt, long ValueBytes, long KeysAt, long KeyBytes);

    private RowFile(string path, string key, int length, bool floats)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("runs are written on little-endian machines only");
        (_path, _key, _length, _floats) = (path, key, length, floats);
        // A byte array says how long it is, before each.
        var rowBytes = floats ? (long)length * sizeof(float) : sizeof(int) + (long)length;
        if (rowBytes > LargestRow)
            throw new AnalyzerException($"a row of `{path}` takes {rowBytes} bytes, and a page of Parquet holds {LargestRow}", "leave this tensor out", Failure.Resource);
        _pageRows = (int)Math.Clamp(PageBytes / rowBytes, 1, RowGroupRows);
        _page = GC.AllocateUninitializedArray<byte>((int)(_pageRows * rowBytes));
        FileStream? file = null;
        RunPaths.Guarded(path, () =>
        {
            file = new(RunPaths.Begin(path), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            file.Write(Magic);
        });
        (_file, _groupStart) = (file!, Magic.Length);
    }

    /// <summary>A file of rows of floats.</summary>
    /// <param name="path">Where; under a temporary name until it is complete.</param>
    /// <param name="key">Name of the column of numbers, int64.</param>
    /// <param name="units">Floats of a row, at least 1; their column is <c>values</c>, a list of float32.</param>
    public static RowFile OfValues(string path, string key, int units) => new(path, key, units, floats: true);

    /// <summary>A file of rows of bytes.</summary>
    /// <param name="path">Where; under a temporary name until it is complete.</param>
    /// <param name="key">Name of the column of numbers, int64.</param>
    /// <param name="bytes">Bytes of a row, at least 1; their column is <c>code</c>, a byte array.</param>
    public static RowFile OfCodes(string path, string key, int bytes) => new(path, key, bytes, floats: false);

    /// <summary>Adds a row.</summary>
    /// <exception cref="AnalyzerException">The disk is full.</exception>
    public void Add(long key, ReadOnlySpan<float> values)
    {
        if (!_floats || values.Length != _length) throw new ArgumentException($"a row has {values.Length} floats; the file is of {_length} {(_floats ? "floats" : "bytes")}", nameof(values));
        MemoryMarshal.AsBytes(values).CopyTo(_page.AsSpan(_rows * _length * sizeof(float)));
        EndRow(key);
    }

    /// <summary>Adds a row.</summary>
    /// <exception cref="AnalyzerException">The disk is full.</exception>
    public void Add(long key, ReadOnlySpan<byte> code)
    {
        if (_floats || code.Length != _length) throw new ArgumentException($"a row has {code.Length} bytes; the file is of {_length} {(_floats ? "floats" : "bytes")}", nameof(code));
        var row = _page.AsSpan(_rows * (sizeof(int) + _length));
        BinaryPrimitives.WriteInt32LittleEndian(row, _length);
        code.CopyTo(row[sizeof(int)..]);
        EndRow(key);
    }

    /// <summary>Ends the file and puts it in place; without this call there is none.</summary>
    /// <exception cref="AnalyzerException">The disk is full.</exception>
    public void Complete() => RunPaths.Guarded(_path, () =>
    {
        EndGroup();
        var footer = Footer();
        _file.Write(footer);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        _file.Write(length);
        _file.Write(Magic);
        _file.Dispose();
        RunPaths.End(_path);
    });

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void EndRow(long key)
    {
        _keys[_groupRows++] = key;
        if (++_rows == _pageRows) RunPaths.Guarded(_path, EndPage);
        if (_groupRows == RowGroupRows || _file.Position - _groupStart >= RowGroupBytes) RunPaths.Guarded(_path, EndGroup);
    }

    private void EndPage()
    {
        if (_rows == 0) return;
        var bytes = _page.AsSpan(0, _rows * (_floats ? _length * sizeof(float) : sizeof(int) + _length));
        WritePage(_floats ? Levels() : [], bytes, _floats ? _rows * _length : _rows);
        _rows = 0;
    }

    private void EndGroup()
    {
        if (_groupRows == 0) return;
        EndPage();
        var keys = _file.Position;
        WritePage([], MemoryMarshal.AsBytes(_keys.AsSpan(0, _groupRows)), _groupRows);
        _groups.Add(new(_groupRows, _keys[0], _keys[_groupRows - 1], _groupStart, keys - _groupStart, keys, _file.Position - keys));
        (_groupRows, _groupStart) = (0, _file.Position);
    }

    private void WritePage(ReadOnlySpan<byte> levels, ReadOnlySpan<byte> values, int count)
    {
        var header = new ThriftWriter();
        header.Int(1, 0);
        header.Int(2, levels.Length + values.Length);
        header.Int(3, levels.Length + values.Length);
        header.Begin(5);
        header.Int(1, count);
        header.Int(2, Plain);
        header.Int(3, RunLengths);
        header.Int(4, RunLengths);
        header.End();
        header.End();
        _file.Write(header.Bytes);
        _file.Write(levels);
        _file.Write(values);
    }

    // Repetition: a list begins with 0 and goes on with 1. Definition: 1 everywhere, for no list is empty. Both as runs, after their length in bytes.
    private byte[] Levels()
    {
        var repetitions = new ThriftWriter();
        if (_length == 1) Run(repetitions, _rows, 0);
        for (var row = 0; _length > 1 && row < _rows; row++)
        {
            Run(repetitions, 1, 0);
            Run(repetitions, _length - 1, 1);
        }
        var definitions = new ThriftWriter();
        Run(definitions, (long)_rows * _length, 1);
        var levels = new byte[2 * sizeof(int) + repetitions.Bytes.Length + definitions.Bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(levels, repetitions.Bytes.Length);
        repetitions.Bytes.CopyTo(levels.AsSpan(sizeof(int)));
        BinaryPrimitives.WriteInt32LittleEndian(levels.AsSpan(sizeof(int) + repetitions.Bytes.Length), definitions.Bytes.Length);
        definitions.Bytes.CopyTo(levels.AsSpan(2 * sizeof(int) + repetitions.Bytes.Length));
        return levels;

        static void Run(ThriftWriter to, long count, byte level)
        {
            to.Varint((ulong)count << 1);
            to.Byte(level);
        }
    }

    // Numbers of the format's enumerations.
    private const int Int64 = 2, Float = 4, ByteArray = 6, Plain = 0, RunLengths = 3, Required = 0, Repeated = 2, ConvertedList = 3;

    private string Values => _floats ? "values" : "code";

    private ReadOnlySpan<byte> Footer()
    {
        var footer = new ThriftWriter();
        footer.Int(1, 1);
        footer.List(2, _floats ? 5 : 3);
        Element(footer, "schema", children: 2);
        Element(footer, _key, Int64, Required);
        if (_floats)
        {
            Element(footer, Values, repetition: Required, children: 1, list: true);
            Element(footer, "list", repetition: Repeated, children: 1);
            Element(footer, "element", Float, Required);
        }
        else Element(footer, Values, ByteArray, Required);
        footer.Long(3, _groups.Sum(g => (long)g.Rows));
        footer.List(4, _groups.Count);
        foreach (var group in _groups)
        {
            footer.List(1, 2);
            Column(footer, Int64, [_key], group.Rows, group.KeysAt, group.KeyBytes, (group.FirstKey, group.LastKey));
            Column(footer, _floats ? Float : ByteArray, _floats ? [Values, "list", "element"] : [Values], _floats ? (long)group.Rows * _length : group.Rows, group.ValuesAt, group.ValueBytes, null);
            footer.Long(2, group.ValueBytes + group.KeyBytes);
            footer.Long(3, group.Rows);
            footer.End();
        }
        footer.Text(6, "Analyzer");
        // Without an order of its type a column's least and largest mean nothing to a reader.
        footer.List(7, 2);
        for (var column = 0; column < 2; column++)
        {
            footer.Begin(1);
            footer.End();
            footer.End();
        }
        footer.End();
        return footer.Bytes;
    }

    private static void Element(ThriftWriter footer, string name, int? type = null, int? repetition = null, int? children = null, bool list = false)
    {
        if (type is { } t) footer.Int(1, t);
        if (repetition is { } r) footer.Int(3, r);
        footer.Text(4, name);
        if (children is { } c) footer.Int(5, c);
        if (list) footer.Int(6, ConvertedList);
        footer.End();
    }

    private static void Column(ThriftWriter footer, int type, string[] path, long values, long offset, long bytes, (long Least, long Largest)? range)
    {
        footer.Long(2, offset);
        footer.Begin(3);
        footer.Int(1, type);
        footer.IntList(2, Plain, RunLengths);
        footer.TextList(3, path);
        footer.Int(4, 0);
        footer.Long(5, values);
        footer.Long(6, bytes);
        footer.Long(7, bytes);
        footer.Long(9, offset);
        if (range is { } keys)
        {
            // Keys ascend, and readers skip the groups that hold none that is asked for.
            footer.Begin(12);
            footer.Long(3, 0);
            footer.Bytes8(5, keys.Largest);
            footer.Bytes8(6, keys.Least);
            footer.End();
        }
        footer.End();
        footer.End();
    }

    /// <summary>The compact protocol of Thrift, as far as the format's headers need it.</summary>
    private sealed class ThriftWriter
    {
        private const int I32 = 5, I64 = 6, Binary = 8, ListOf = 9, Struct = 12;

        private readonly ArrayBufferWriter<byte> _bytes = new();
        private readonly Stack<int> _outer = new();
        private int _last;

        public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

        public void Int(int field, int value)
        {
            Field(field, I32);
            ZigZag(value);
        }

        public void Long(int field, long value)
        {
            Field(field, I64);
            ZigZag(value);
        }

        public void Text(int field, string text)
        {
            Field(field, Binary);
            Text(text);
        }

        public void Bytes8(int field, long value)
        {
            Field(field, Binary);
            Varint(sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
            _bytes.Advance(sizeof(long));
        }

        public void IntList(int field, params ReadOnlySpan<int> values)
        {
            ListHead(field, values.Length, I32);
            foreach (var value in values) ZigZag(value);
        }

        public void TextList(int field, string[] values)
        {
            ListHead(field, values.Length, Binary);
            foreach (var value in values) Text(value);
        }

        // Structures follow, each ended by End.
        public void List(int field, int count)
        {
            ListHead(field, count, Struct);
            for (var i = 0; i < count; i++) _outer.Push(i == 0 ? field : 0);
            if (count > 0) _last = 0;
        }

        public void Begin(int field)
        {
            Field(field, Struct);
            _outer.Push(field);
            _last = 0;
        }

        public void End()
        {
            Byte(0);
            _last = _outer.Count == 0 ? 0 : _outer.Pop();
        }

        public void Byte(byte value)
        {
            _bytes.GetSpan(1)[0] = value;
            _bytes.Advance(1);
        }

        public void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) Byte((byte)(value | 0x80));
            Byte((byte)value);
        }

        private void Field(int field, int type)
        {
            // The schema's fields all follow within 15 of each other.
            Byte((byte)((field - _last) << 4 | type));
            _last = field;
        }

        private void ListHead(int field, int count, int type)
        {
            Field(field, ListOf);
            if (count < 15) Byte((byte)(count << 4 | type));
            else
            {
                Byte((byte)(0xF0 | type));
                Varint((ulong)count);
            }
        }

        private void Text(string text)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            Varint((ulong)utf8.Length);
            _bytes.Write(utf8);
        }

        private void ZigZag(long value) => Varint((ulong)(value << 1 ^ value >> 63));
    }
}
