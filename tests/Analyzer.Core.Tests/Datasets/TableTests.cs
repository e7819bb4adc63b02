using System.Runtime.InteropServices;
using Analyzer.Datasets;
using Analyzer.Models;
using Analyzer.Native;

namespace Analyzer.Tests.Datasets;

public sealed class TableTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a,b,label\n1,2.5,cat\n-3,4e2,dog\n")]
    [InlineData("a;label;b\n1;cat;2.5\n\"-3\";\"dog\";400\n")]
    [InlineData("label\ta\tb\r\ncat\t1\t2.5\r\ndog\t-3\t400\r\n")]
    [InlineData("a,b,Labels\n1,2.5,cat\n-3,400,dog")]
    [InlineData("\uFEFFlabel,a,b\ncat,1,2.5\ndog,-3,400\n")]
    public void Columns_are_features_and_words_are_classes(string csv)
    {
        _folder.Write("test.csv", csv);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["cat", "dog"], data.Classes!);
        Assert.Equal([0, 1], data.Splits[0].Labels!);
        Assert.Equal("test", data.Splits[0].Name);
        Assert.Equal([1, 2.5, -3, 400], Doubles(data.Splits[0]));
        Assert.Equal("test.csv#1", data.Splits[0].SourceOf(1));
        Assert.Equal([_folder.At("test.csv")], data.Files);
    }

    [Theory]
    [InlineData("1,2,0\n3,4,1\n", "labels: 2", new[] { 1.0, 2, 3, 4 }, new[] { 0, 1 })]
    [InlineData("0,1,2\n3,4,1\n", "labels: 0", new[] { 1.0, 2, 4, 1 }, new[] { 0, 3 })]
    [InlineData("1,2\n3,4\n", "", new[] { 1.0, 2, 3, 4 }, null)]
    [InlineData("x,y,kind\n1,2,1.0\n3,4,0.0\n", "labels: kind", new[] { 1.0, 2, 3, 4 }, new[] { 1, 0 })]
    [InlineData("0,1,label\n1,2,5\n3,4,6\n", "", new[] { 1.0, 2, 3, 4 }, new[] { 5, 6 })]
    public void A_header_and_a_label_column_are_found_or_named(string csv, string labels, double[] values, int[]? expected)
    {
        _folder.Write("t.csv", csv);
        _folder.Write("dataset.yaml", $"splits: {{ test: {{ inputs: t.csv{(labels == "" ? "" : ", " + labels)} }} }}");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(values, Doubles(data.Splits[0]));
        Assert.Equal(expected, data.Splits[0].Labels);
        Assert.Null(data.Classes);
    }

    [Theory]
    [InlineData("a,label\n1,-1\n2,1\n3,1\n4,1\n")]
    [InlineData("a,label\n1,-1\n2,1.0\n3,-1\n4,-1\n")]
    public void Minus_one_and_one_are_two_classes_whichever_is_commoner(string csv)
    {
        _folder.Write("t.csv", csv);
        using var data = Dataset.Open(_folder.At("t.csv"));
        Assert.Equal(4, data.Splits[0].Samples);
        Assert.Equal("-1", data.Classes![data.Splits[0].Labels![0]]);
        Assert.StartsWith("1", data.Classes[data.Splits[0].Labels![1]], StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_to_be_predicted_are_no_classes()
    {
        _folder.Write("t.csv", "a,label\n1,0.37\n2,1.25\n3,2\n4,0.5\n");
        Refusal.OfOpening(_folder, "t.csv", "the labels of `{dir}/t.csv` are numbers such as `0.37`, and classes are whole numbers from 0 or words",
            "call the column otherwise than `label` to leave it out, or make classes of it");
    }

    [Fact]
    public void Rows_that_cannot_be_read_are_set_aside_with_their_reason()
    {
        _folder.Write("t.csv", "a,b,label\n1,2,cat\n\"3\",x,\"dog, big\"\n5\n7,8,cat,9\n,1e3,dog\n9,nan,cat\n4,5,\n10,20,dog\n");
        using var data = Dataset.Open(_folder.At("t.csv"));
        Assert.Equal([1, 2, 10, 20], Doubles(data.Splits[0]));
        Assert.Equal(["cat", "dog", "dog, big"], data.Classes!);
        Assert.Equal([0, 1], data.Splits[0].Labels!);
        Assert.Equal("t.csv#7", data.Splits[0].SourceOf(1));
        Assert.Equal(
            [
                new("t.csv#1", 2, "the column `b` is `x`, no finite number"), new("t.csv#2", null, "the column `b` is empty"), new("t.csv#3", 0, "more than 3 cells"),
                new("t.csv#4", 1, "the column `a` is empty"), new("t.csv#5", 0, "the column `b` is `nan`, no finite number"), new UnreadableSample("t.csv#6", null, "it has no label"),
            ], data.Splits[0].Unreadable);
        Refusal.Is("6 of 8 samples of `t` cannot be read, a share of 0.75; the limit is 0.01: `t.csv#1` (the column `b` is `x`, no finite number), `t.csv#2` (the column `b` is empty), `t.csv#3` (more than 3 cells), …",
                   "mend or remove them, or raise `--max-unreadable`", _folder, () => data.SetAside(null, .01, null, CancellationToken.None));
    }

    [Fact]
    public void Classes_are_those_of_all_splits_or_those_listed()
    {
        _folder.Write("train.csv", "a,label\n1,pear\n2,fig\n");
        _folder.Write("test.csv", "a,label\n1,apple\n2,pear\n");
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Equal(["apple", "fig", "pear"], data.Classes!);
            Assert.Equal([0, 2], data.SplitNamed("test").Labels!);
        }
        _folder.Write("dataset.yaml", "splits: { test: { inputs: test.csv } }\nclasses: [pear, fig]");
        using var listed = Dataset.Open(_folder.Path);
        Assert.Equal([0], listed.Splits[0].Labels!);
        Assert.Equal(new UnreadableSample("test.csv#0", null, "its label `apple` is no class"), Assert.Single(listed.Splits[0].Unreadable));
    }

    [Fact]
    public void Rows_go_into_a_model_in_its_own_type_and_a_mean_a_column()
    {
        _folder.Write("t.csv", "a,b,label\n1,2,0\n3,6,1\n");
        using var data = Dataset.Open(_folder.At("t.csv"));
        var batch = new BatchAssembler(data.Splits[0].Inputs[0], "x", ElementType.Float, [null, 2], new() { Mean = [1, 2] }).Assemble(0, 2);
        Assert.Equal([0f, 0, 2, 4], MemoryMarshal.Cast<byte, float>(batch.Data.Span).ToArray());
        batch = new BatchAssembler(data.Splits[0].Inputs[0], "x", ElementType.Int64, [null, 2], Preprocessing.None).Assemble(0, 2);
        Assert.Equal([1L, 2, 3, 6], MemoryMarshal.Cast<byte, long>(batch.Data.Span).ToArray());
    }

    [Theory]
    [InlineData("\n\n", null, "`{dir}/t.csv` holds no rows", "write a row for every sample")]
    [InlineData("label\n1\n", null, "`{dir}/t.csv` has the column `label` only, which holds the labels", "a sample needs at least one column of numbers")]
    [InlineData("a,kind\n1,2\n", "kid", "`{dir}/t.csv` has no column `kid`; the nearest of its 2 is `kind`", "give the label's column by name, or by number from 0")]
    [InlineData("a,species\n1,x\n2,y\n", null, "the column `species` of `{dir}/t.csv` holds no number in any row", "if it is the class, call it `label`, or write `labels: species` beside the file's `inputs` in a `dataset.yaml`; else leave it out")]
    [InlineData("a,label\n1,\n", null, "`{dir}/t.csv` holds no samples that can be read: it has no label in `t.csv#0`", "leave the split `t` out")]
    [InlineData("a,b\n", null, "`{dir}/t.csv` holds no samples: its shape is [0,2]", "leave the split `t` out")]
    public void A_csv_without_samples_or_without_the_label_is_refused(string csv, string? labels, string message, string hint)
    {
        _folder.Write("t.csv", csv);
        _folder.Write("dataset.yaml", $"splits: {{ t: {{ inputs: t.csv{(labels is null ? "" : $", labels: {labels}")} }} }}");
        Refusal.OfOpening(_folder, "", message, hint);
    }

    [Theory]
    [InlineData("SELECT [1.5, i]::FLOAT[] AS inputs, i AS label FROM range(3) t(i)", ElementType.Float, new[] { 1.5, 0, 1.5, 1, 1.5, 2 })]
    [InlineData("SELECT [1.5, i]::FLOAT[2] AS pixels, i AS label FROM range(3) t(i)", ElementType.Float, new[] { 1.5, 0, 1.5, 1, 1.5, 2 })]
    [InlineData("SELECT i AS label, i + 1 AS a, i::INT AS b FROM range(3) t(i)", ElementType.Int64, new[] { 1.0, 0, 2, 1, 3, 2 })]
    [InlineData("SELECT i AS label, (i + .5)::DECIMAL(4, 1) AS a, i::FLOAT AS b FROM range(3) t(i)", ElementType.Double, new[] { .5, 0, 1.5, 1, 2.5, 2 })]
    [InlineData("SELECT i AS label, i::UTINYINT AS a FROM range(3) t(i)", ElementType.UInt8, new[] { 0.0, 1, 2 })]
    public void Parquet_of_lists_or_of_columns_is_read_in_its_type(string sql, ElementType type, double[] values)
    {
        Parquet("train-00000-of-00001.parquet", sql);
        using var data = Dataset.Open(_folder.Path);
        var split = data.Splits[0];
        Assert.Equal(("train", 3, type), (split.Name, split.Samples, split.Inputs[0].ElementType));
        Assert.Equal([0, 1, 2], split.Labels!);
        var read = new double[values.Length];
        var batch = new BatchAssembler(split.Inputs[0], "x", ElementType.Double, [null, null], Preprocessing.None).Assemble(0, 3);
        Assert.Equal(values, MemoryMarshal.Cast<byte, double>(batch.Data.Span).ToArray());
    }

    [Theory]
    [InlineData("[[i, 2, 3], [4, 5, 6]]::FLOAT[][]", ElementType.Float, new[] { 2L, 3 })]
    [InlineData("[[i, 2, 3], [4, 5, 6]]::FLOAT[3][2]", ElementType.Float, new[] { 2L, 3 })]
    [InlineData("[[[i], [2], [3]], [[4], [5], [6]]]::UTINYINT[][][]", ElementType.UInt8, new[] { 2L, 3, 1 })]
    [InlineData("[[[i, 2, 3]], [[4, 5, 6]]]::DECIMAL(4, 1)[3][][2]", ElementType.Double, new[] { 2L, 1, 3 })]
    [InlineData("[[i, 2], [3, 4], [5, 6]]::SMALLINT[][]", ElementType.Int64, new[] { 3L, 2 })]
    public void Lists_of_lists_are_samples_of_several_axes(string sql, ElementType type, long[] shape)
    {
        Parquet("t.parquet", $"SELECT {sql} AS pixels, i AS label FROM range(2500) t(i) WHERE i < 3 OR i > 2497".Replace("[i", "[i % 100", StringComparison.Ordinal));
        using var data = Dataset.Open(_folder.Path);
        var input = data.Splits[0].Inputs[0];
        Assert.Equal((type, 5), (input.ElementType, input.Samples));
        Assert.Equal(shape, input.Shape);
        var batch = new BatchAssembler(input, "x", ElementType.Double, [null, .. shape.Select(d => (long?)d)], Preprocessing.None).Assemble(0, 5);
        Assert.Equal(new[] { 0.0, 1, 2, 98, 99 }.SelectMany(i => new[] { i, 2, 3, 4, 5, 6 }), MemoryMarshal.Cast<byte, double>(batch.Data.Span).ToArray());
    }

    [Fact]
    public void Nested_images_are_resized_and_brought_to_gray_and_into_a_model_like_arrays()
    {
        Parquet("t.parquet", "SELECT [[[50, 50, 50], [50, 50, 50]], [[50, 50, 50], [50, 50, 50]]]::UTINYINT[][][] AS image");
        _folder.Write("dataset.yaml", "splits: { test: { inputs: t.parquet } }\npreprocess: { color: gray, resize: [4, 6] }");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([4L, 6, 1], data.Splits[0].Inputs[0].Shape);
        var batch = new BatchAssembler(data.Splits[0].Inputs[0], "x", ElementType.Float, [null, 1, 4, 6], data.Preprocessing).Assemble(0, 1);
        Assert.Equal(Enumerable.Repeat(50f, 24), MemoryMarshal.Cast<byte, float>(batch.Data.Span).ToArray());
    }

    [Fact]
    public void Nested_rows_that_are_ragged_hold_NULL_or_have_another_shape_are_set_aside()
    {
        Parquet("t.parquet", """
            SELECT * FROM (VALUES (1, [[1, 2], [3]]), (2, NULL), (3, [[1, 2], NULL]), (4, [[1, 2], [3, 4]]), (5, [[1, NULL], [3, 4]]), (6, [[1, 2]]), (7, [[], []]), (8, []), (9, [['inf'::FLOAT, 2], [3, 4]]), (10, [[5, 6], [7, 8]])) t(label, inputs)
            """);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8], MemoryMarshal.Cast<byte, float>(Refusal.ReadAll(data.Splits[0].Inputs[0])).ToArray());
        Assert.Equal([4, 10], data.Splits[0].Labels!);
        Assert.Equal(["the column `inputs` is ragged: its lists differ in length", "the column `inputs` holds NULL", "the column `inputs` holds NULL", "the column `inputs` holds NULL",
                      "the column `inputs` has the shape [1,2] where the first row has [2,2]", "the column `inputs` holds an empty list", "the column `inputs` holds an empty list", "the column `inputs` holds a number that is not finite"],
                     data.Splits[0].Unreadable.Select(u => u.Reason));
    }

    [Fact]
    public void A_folder_whose_name_looks_like_a_column_is_none()
    {
        Directory.CreateDirectory(_folder.At("seed=3"));
        Parquet("seed=3/t.parquet", "SELECT 1.5 AS a, 2.5 AS b");
        using var data = Dataset.Open(_folder.At("seed=3"));
        Assert.Equal([2L], data.Splits[0].Inputs[0].Shape);
    }

    [Fact]
    public void Several_lists_are_for_the_inputs_of_their_names()
    {
        Parquet("t.parquet", "SELECT [i]::FLOAT[] AS left_, [i, 2 * i] AS right_, 'c' || i AS label FROM range(2) t(i)");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["left_", "right_"], data.Splits[0].Inputs.Select(i => i.Name!));
        Assert.Equal([2L], data.Splits[0].InputFor("right_").Shape);
        Assert.Equal(["c0", "c1"], data.Classes!);
    }

    [Fact]
    public void Parquet_rows_that_cannot_be_read_are_set_aside_even_before_the_first_sound_one()
    {
        Parquet("t.parquet", """
            SELECT * FROM (VALUES (NULL, 0, 7), ([1, 2], 1, 7), ([3, NULL], 0, 7), ([4, 5, 6], 1, 7), (['nan'::FLOAT, 1], 0, 7), ([], 0, 7), ([7, 8], 1, 7), ([9, 9], NULL, 7)) t(inputs, label, extra)
            """);
        using var data = Dataset.Open(_folder.Path);
        var split = data.Splits[0];
        Assert.Equal([1f, 2, 7, 8], MemoryMarshal.Cast<byte, float>(Refusal.ReadAll(split.Inputs[0])).ToArray());
        Assert.Equal([1, 1], split.Labels!);
        Assert.Equal(["t.parquet#1", "t.parquet#6"], Enumerable.Range(0, 2).Select(split.SourceOf));
        Assert.Equal(["the column `inputs` holds NULL", "the column `inputs` holds NULL", "the column `inputs` has 3 elements where the first row has 2",
                      "the column `inputs` holds a number that is not finite", "the column `inputs` holds an empty list", "it has no label"], split.Unreadable.Select(u => u.Reason));
        Assert.Equal(["left out: the columns `extra` of `t.parquet`, for `inputs` holds lists"], data.Notes);
    }

    [Theory]
    [InlineData("SELECT 'a' AS a, 1 AS label", "the column `a` of `{dir}/t.parquet` is VARCHAR, which holds no numbers and no lists of them", "leave it out when the file is written, or name it as `labels` if it is the class")]
    [InlineData("SELECT 1 AS label", "`{dir}/t.parquet` has no column but the labels", "a sample needs at least one column of numbers")]
    [InlineData("SELECT 1 AS a, [0, 1] AS label", "the column `label` of `{dir}/t.parquet` is INTEGER[]; labels are one number or word per sample", "store the index of the class")]
    [InlineData("SELECT 1 AS a WHERE false", "`{dir}/t.parquet` holds no rows", "write a row for every sample")]
    [InlineData("SELECT NULL::FLOAT[][] AS a", "no row of the column `a` of `{dir}/t.parquet` can be read", "is it the right column?")]
    [InlineData("SELECT ['x'] AS a", "the column `a` of `{dir}/t.parquet` is VARCHAR[], which holds no numbers and no lists of them", "leave it out when the file is written, or name it as `labels` if it is the class")]
    [InlineData("SELECT NULL::FLOAT[] AS a", "no row of the column `a` of `{dir}/t.parquet` can be read", "is it the right column?")]
    public void Parquet_that_holds_no_samples_is_refused(string sql, string message, string hint)
    {
        Parquet("t.parquet", sql);
        Refusal.OfOpening(_folder, "", message, hint);
    }

    [Fact]
    public void A_quote_that_is_not_closed_is_refused_for_it_swallows_rows()
    {
        _folder.Write("t.csv", "a,b\n1,2\n3,\"4\n5,6\n");
        Refusal.OfOpening(_folder, "t.csv", "`{dir}/t.csv` opens a quote in row 1, column `b`, and does not close it on that line", "mend that line");
    }

    [Fact]
    public void A_file_that_is_no_parquet_is_refused()
    {
        _folder.Write("t.parquet", "this is no parquet file at all");
        var thrown = Assert.Throws<AnalyzerException>(() => Dataset.Open(_folder.Path));
        Assert.StartsWith($"`{_folder.At("t.parquet")}` cannot be read as Parquet: ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(("is it whole, and of that kind?", Failure.BadInput), (thrown.Hint, thrown.Kind));
    }

    [Fact]
    public void A_name_with_the_signs_of_a_pattern_is_that_file_alone()
    {
        _folder.Write("a1.csv", "1,2\n");
        _folder.Write("a[1]*.csv", "3,4\n5,6\n");
        using var data = Dataset.Open(_folder.At("a[1]*.csv"));
        Assert.Equal([3, 4, 5, 6], Doubles(data.Splits[0]));
    }

    private void Parquet(string name, string sql)
    {
        using var duckDb = new DuckDbConnection();
        duckDb.Execute($"COPY ({sql}) TO '{_folder.At(name)}' (FORMAT parquet)");
    }

    private static double[] Doubles(Split split) => MemoryMarshal.Cast<byte, double>(Refusal.ReadAll(split.Inputs[0])).ToArray();
}
