using Analyzer.Native;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;

namespace Analyzer.Tests.Runs;

/// <summary>Files of taps as DuckDB, which did not write them, reads them.</summary>
public sealed class RowFileTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly DuckDbConnection _duckDb = new();

    public void Dispose()
    {
        _duckDb.Dispose();
        _folder.Dispose();
    }

    // Of one float; of fewer and more than a page; of more rows than a row group; of none.
    [Theory]
    [InlineData(1, 5), InlineData(1, 40_000), InlineData(3, 20_000), InlineData(65_536, 1), InlineData(70_000, 3), InlineData(4096, 5000), InlineData(10, 0)]
    public void Rows_of_floats_come_back(int units, int rows)
    {
        var values = new float[units];
        float At(int row, int unit) => row * 1.5f - unit;
        using (var file = RowFile.OfValues(_folder.At("x.parquet"), "sample", units))
        {
            for (var row = 0; row < rows; row++)
            {
                for (var unit = 0; unit < units; unit++) values[unit] = At(row, unit);
                file.Add(row + 7L, values);
            }
            file.Complete();
        }
        using (var types = _duckDb.Query($"SELECT column_type FROM (DESCRIBE SELECT * FROM '{_folder.At("x.parquet")}')"))
        {
            Assert.True(types.Read());
            Assert.Equal("BIGINT FLOAT[]", $"{types.Text(0, 0)} {types.Text(0, 1)}");
        }
        var next = 0;
        using var read = _duckDb.Query($"SELECT * FROM '{_folder.At("x.parquet")}'");
        while (read.Read())
        {
            for (var r = 0; r < read.Rows; r++, next++)
            {
                Assert.Equal(next + 7, read.Values<long>(0)[r]);
                var list = read.List<float>(1, r);
                Assert.Equal(units, list.Length);
                for (var unit = 0; unit < units; unit++) if (list[unit] != At(next, unit)) Assert.Fail($"row {next}, unit {unit}: {list[unit]}");
            }
        }
        Assert.Equal(rows, next);
    }

    [Theory]
    [InlineData(1, 40_000), InlineData(8192, 5000), InlineData(500_000, 3)]
    public void Rows_of_bytes_come_back(int bytes, int rows)
    {
        var code = new byte[bytes];
        using (var file = RowFile.OfCodes(_folder.At("x.parquet"), "sample", bytes))
        {
            for (var row = 0; row < rows; row++)
            {
                new Random(row).NextBytes(code);
                file.Add(row, code);
            }
            file.Complete();
        }
        var next = 0;
        using var read = _duckDb.Query($"SELECT sample, code::BLOB FROM '{_folder.At("x.parquet")}'");
        while (read.Read())
        {
            for (var r = 0; r < read.Rows; r++, next++)
            {
                new Random(next).NextBytes(code);
                Assert.Equal(next, read.Values<long>(0)[r]);
                Assert.True(read.Bytes(1, r).SequenceEqual(code), $"row {next}");
            }
        }
        Assert.Equal(rows, next);
    }

    [Fact]
    public void Row_groups_say_which_keys_they_hold()
    {
        using (var file = RowFile.OfValues(_folder.At("x.parquet"), "sample", 2))
        {
            for (var row = 0; row < RowFile.RowGroupRows + 1; row++) file.Add(row, [row, -row]);
            file.Complete();
        }
        using var groups = _duckDb.Query($"SELECT stats_min_value, stats_max_value FROM parquet_metadata('{_folder.At("x.parquet")}') WHERE path_in_schema = 'sample' ORDER BY row_group_id");
        Assert.True(groups.Read());
        Assert.Equal("0…16383 16384…16384", $"{groups.Text(0, 0)}…{groups.Text(1, 0)} {groups.Text(0, 1)}…{groups.Text(1, 1)}");
    }

    [Fact]
    public void A_row_of_another_length_is_refused()
    {
        using var file = RowFile.OfValues(_folder.At("x.parquet"), "sample", 2);
        Assert.Throws<ArgumentException>(() => file.Add(0, [1f]));
        Assert.Throws<ArgumentException>(() => file.Add(0, new byte[8]));
    }
}
