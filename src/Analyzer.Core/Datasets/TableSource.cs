using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Rows of a table, brought into a temporary file of fixed-size records, which is gone when the process ends.</summary>
/// <param name="file">The table's path.</param>
/// <param name="type">Type of an element.</param>
/// <param name="shape">Shape of a row.</param>
/// <param name="records">The records, one for every row of the table, the unreadable ones too.</param>
internal sealed class TableSource(string file, ElementType type, long[] shape, FileStream records) : SampleSource
{
    private int[] _rows = [];

    public override string Name => file;

    public override IReadOnlyList<string> Files => [file];

    public override ElementType Type => type;

    public override long[] SampleShape => shape;

    public override int Samples => _rows.Length;

    /// <summary>Says which rows are samples, ascending.</summary>
    public void Choose(int[] rows) => _rows = rows;

    public override string SourceOf(int sample) => SourceOf(file, _rows[sample]);

    /// <summary>`file#row`, rows counted from 0 without the header.</summary>
    public static string SourceOf(string file, int row) => $"{Path.GetFileName(file)}#{row}";

    public override void Read(int first, Span<byte> into)
    {
        var (bytes, count) = (SampleBytes, into.Length / SampleBytes);
        for (var from = 0; from < count;)
        {
            // Rows in a row are one read.
            var to = from + 1;
            while (to < count && _rows[first + to] == _rows[first + to - 1] + 1) to++;
            records.Position = (long)_rows[first + from] * bytes;
            records.ReadExactly(into[(from * bytes)..(to * bytes)]);
            from = to;
        }
    }

    public override void Dispose() => records.Dispose();

    /// <summary>A file that no one else sees and that goes away by itself.</summary>
    /// <exception cref="AnalyzerException">It cannot be made.</exception>
    public static FileStream NewRecords()
    {
        try
        {
            var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1 << 16, FileOptions.DeleteOnClose);
            // Where an open file may lose its name, not even a killed process leaves it behind.
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnalyzerException($"no temporary file can be made in `{Path.GetTempPath()}`: {e.Message}", "make room, or name another folder in `TMPDIR`", Failure.Resource, e);
        }
    }
}
