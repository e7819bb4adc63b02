using System.IO.Compression;
using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public sealed class DatasetYamlTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public DatasetYamlTests()
    {
        _folder.Write("a.npy", Npy("|u1", [2, 1], [1, 2]));
        _folder.Write("b.npy", Npy("|u1", [2, 1], [3, 4]));
        _folder.Write("l.npy", Npy("|u1", [2], [0, 1]));
        _folder.Write("pixels", Idx(8, [2, 1], 5, 6));
        _folder.Write("labels", Idx(8, [2], 1, 0));
        _folder.Write("both.npz", Npz(CompressionLevel.Optimal, ("inputs", Npy("|u1", [2, 1], [7, 8])),
                                      ("labels", Npy("|u1", [2], [1, 1]))));
        _folder.Write("keras.npz", Npz(CompressionLevel.NoCompression, ("x_train", Npy("|u1", [2, 1], [9, 10])),
                                       ("y_train", Npy("|u1", [2], [0, 1]))));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_is_read()
    {
        _folder.Write("dataset.yaml", """
            # what it is
            name: tiny
            format: idx
            splits:
              train: { inputs: pixels, labels: labels }
              test:
                inputs: pixels
            classes: [zero, "one"]
            preprocess:
              color: RGB
              scale: 0.5
              mean: [0.1, -0.2, 3e-1]
              std: 2
              layout: NHWC
              dtype: float32
            """);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal("tiny", data.Name);
        Assert.Equal(["train", "test"], data.Splits.Select(s => s.Name));
        Assert.Equal([1, 0], data.Splits[0].Labels!);
        Assert.Null(data.Splits[1].Labels);
        Assert.Equal([5, 6], Refusal.ReadAll(data.Splits[1].Inputs[0]));
        Assert.Equal(["zero", "one"], data.Classes!);
        var p = data.Preprocessing;
        Assert.Equal((ColorOrder.Rgb, 0.5, TensorLayout.Nhwc, ElementType.Float), (p.Color, p.Scale, p.Layout, p.Dtype));
        Assert.Equal([0.1, -0.2, 0.3], p.Mean);
        Assert.Equal([2.0], p.Std);
        Assert.Equal(["dataset.yaml", "labels", "pixels"], data.Files.Select(f => System.IO.Path.GetFileName(f)).Order());
    }

    [Theory]
    [InlineData("{ inputs: a.npy, labels: l.npy }", new byte[] { 1, 2 }, new[] { 0, 1 })]
    [InlineData("{ inputs: both.npz }", new byte[] { 7, 8 }, new[] { 1, 1 })]
    [InlineData("{ inputs: both.npz, labels: l.npy }", new byte[] { 7, 8 }, new[] { 0, 1 })]
    [InlineData("{ inputs: a.npy, labels: both.npz }", new byte[] { 1, 2 }, new[] { 1, 1 })]
    [InlineData("{ inputs: 'keras.npz:x_train', labels: 'keras.npz:y_train' }", new byte[] { 9, 10 }, new[] { 0, 1 })]
    [InlineData("{ inputs: 'keras.npz:x_train' }", new byte[] { 9, 10 }, null)]
    [InlineData("{ inputs: pixels, labels: l.npy }", new byte[] { 5, 6 }, new[] { 0, 1 })]
    public void Without_a_format_files_are_told_apart_by_their_extension(string split, byte[] inputs, int[]? labels)
    {
        using var data = Dataset.Open(_folder.Write("other.yaml", $"splits: {{ test: {split} }}"));
        Assert.Equal(inputs, Refusal.ReadAll(data.Splits[0].InputFor("x")));
        Assert.Equal(labels, data.Splits[0].Labels);
        Assert.Equal(System.IO.Path.GetFileName(_folder.Path), data.Name);
    }

    [Fact]
    public void Inputs_can_map_the_inputs_of_a_model_to_files()
    {
        _folder.Write("dataset.yaml", "splits:\n  test:\n    inputs: { left: a.npy, right: b.npy, inputs: both.npz }\n    labels: both.npz\n");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([1, 2], Refusal.ReadAll(data.Splits[0].InputFor("left")));
        Assert.Equal([3, 4], Refusal.ReadAll(data.Splits[0].InputFor("right")));
        Assert.Equal([7, 8], Refusal.ReadAll(data.Splits[0].InputFor("inputs")));
        Assert.Equal([1, 1], data.Splits[0].Labels!);
    }

    [Theory]
    [InlineData("nome: x\nsplits: { t: { inputs: a.npy } }", 1, "a dataset has no key `nome`; the nearest is `name`",
                "its keys are `name`, `format`, `splits`, `classes`, `preprocess`")]
    [InlineData("splits:\n  t:\n    input: a.npy", 3, "the split `t` has no key `input`; the nearest is `inputs`",
                "its keys are `inputs`, `labels`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess:\n  means: 1", 3, "`preprocess` has no key `means`; the nearest is `mean`",
                "its keys are `color`, `resize`, `crop`, `scale`, `mean`, `std`, `layout`, `dtype`")]
    [InlineData("name: x", 1, "there are no `splits`", "list at least one: `splits: { test: { inputs: file } }`")]
    [InlineData("splits: a.npy", 1, "`splits` is no mapping of keys to values", "write `key: value` lines, indented below it")]
    [InlineData("splits: {}", 1, "`splits` is no mapping of keys to values", "write `key: value` lines, indented below it")]
    [InlineData("splits:\n  t: { labels: l.npy }", 2, "the split `t` has no `inputs`", "name the file of its samples")]
    [InlineData("splits:\n  t: { inputs: }", 2, "`inputs` has no value", "write `inputs: value`")]
    [InlineData("splits:\n  t: { inputs: [a.npy] }", 2, "`inputs` has no value", "write `inputs: value`")]
    [InlineData("splits:\n  t: { inputs: a.npy }\n  t: { inputs: b.npy }", 3, "the key `t` is already on line 2", "remove one of the two")]
    [InlineData("splits:\n  t: { inputs: a.npy }\nclasses: two", 3, "`classes` is no list",
                "write `classes: [zero, one]`, in the order of the labels")]
    [InlineData("format: mnist\nsplits: { t: { inputs: a.npy } }", 1, "there is no format `mnist`; the nearest is `idx`",
                "it is one of idx, npy, npz, parquet, csv, images, cifar")]
    [InlineData("splits:\n  t: { inputs: c.npy }", 2, "there is no file `{dir}/c.npy`", "paths are relative to the `dataset.yaml`")]
    [InlineData("splits:\n  t: { inputs: 'keras.npz:x_tran' }", 2, "`{dir}/keras.npz` has no array `x_tran`; the nearest is `x_train`",
                "it has `x_train`, `y_train`; name one as `file.npz:array`")]
    [InlineData("splits:\n  t: { inputs: a.npy, labels: keras.npz }", 2,
                "`{dir}/keras.npz` has no array `labels`; the nearest is `x_train`",
                "it has `x_train`, `y_train`; name one as `file.npz:array`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { resize: 0 }", 2, "`resize` is `0`; it must be pixels from 1 to 16384",
                "write `resize: 224` for the shorter side, or `resize: [height, width]`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { resize: [1, 2, 3] }", 2, "`resize` is `[1, 2, 3]`; it must be pixels from 1 to 16384",
                "write `resize: 224` for the shorter side, or `resize: [height, width]`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { crop: 99999 }", 2, "`crop` is `99999`; it must be pixels from 1 to 16384",
                "write `crop: 224` for a square, or `crop: [height, width]`")]
    [InlineData("format: images\nsplits: { t: { inputs: pictures } }", 2, "there is no folder `{dir}/pictures`", "paths are relative to the `dataset.yaml`")]
    [InlineData("format: images\nsplits: { t: { inputs: ., labels: l.npy } }", 2, "the split `t` has `labels`, but such data holds its own", "leave `labels` out")]
    [InlineData("format: csv\nsplits: { t: { inputs: t.csv } }", 2, "there is no file `{dir}/t.csv`", "paths are relative to the `dataset.yaml`")]
    [InlineData("splits: { t: { inputs: a.npy, labels: t.csv } }", 1, "`{dir}/t.csv` cannot be one of several arrays",
                "labels and several inputs come from idx, npy or npz files; a table holds its own labels: `labels: <column>`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: config.json", 2, "there is no file `{dir}/config.json`", "paths are relative to the `dataset.yaml`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { color: grb }", 2, "`color` cannot be `grb`; the nearest is `RGB`",
                "it is one of RGB, BGR, gray")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { layout: HWC }", 2, "`layout` cannot be `HWC`; the nearest is `NHWC`",
                "it is one of NCHW, NHWC, flat")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { dtype: float }", 2, "`dtype` cannot be `float`; the nearest is `float32`",
                "it is one of float32, float64, float16, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { scale: 1/255 }", 2,
                "`scale` is `1/255`; it must be a number, finite and not 0",
                "write one such as `scale: 0.5`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { scale: [1, 2] }", 2, "`scale` has no value", "write `scale: value`")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess:\n  std: [1,\n    0]", 4,
                "`std` is `0`; it must be a number, finite and above 0",
                "write one such as `std: 0.5`, or a list, one per channel")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { std: 1e-60 }", 2,
                "`std` is `1e-60`; it must be a number, finite and above 0",
                "write one such as `std: 0.5`, or a list, one per channel")]
    [InlineData("splits: { t: { inputs: a.npy } }\npreprocess: { mean: .inf }", 2, "`mean` is `.inf`; it must be a number, finite",
                "write one such as `mean: 0.5`, or a list, one per channel")]
    [InlineData("splits: { t: &a { inputs: a.npy } }", 1, "anchors, aliases and tags are not read", "write the value out")]
    [InlineData("splits: *a", 1, "anchors, aliases and tags are not read", "write the value out")]
    [InlineData("splits: [[[[[[[[[[[]]]]]]]]]]]", 1, "values are nested deeper than 8", "write it flatter")]
    public void A_description_with_a_mistake_is_refused_with_its_line(string yaml, int line, string message, string hint)
    {
        _folder.Write("dataset.yaml", yaml);
        Refusal.OfOpening(_folder, "", $"`{{dir}}/dataset.yaml` line {line}: {message}", hint);
    }

    [Fact]
    public void Text_that_is_no_yaml_is_refused_with_its_line()
    {
        _folder.Write("dataset.yaml", "name: x\nsplits: ]\n");
        var thrown = Assert.Throws<AnalyzerException>(() => Dataset.Open(_folder.Path));
        Assert.StartsWith($"`{_folder.At("dataset.yaml")}` line 2: ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("is it indented with spaces, and every `:` followed by one?", thrown.Hint);
        _folder.Write("dataset.yaml", "");
        Refusal.OfOpening(_folder, "", "`{dir}/dataset.yaml` is empty, or a pipe or device", "write or download it again, to a disk");
        _folder.Write("dataset.yaml", "# nothing\n");
        Refusal.OfOpening(_folder, "", "`{dir}/dataset.yaml` is empty", "it needs at least `splits`");
        _folder.Write("dataset.yaml", "splits: { t: { inputs: a.npy } }\n---\nname: y\n");
        Refusal.OfOpening(_folder, "", "`{dir}/dataset.yaml` holds more than one document", "remove what follows the line `---`");
    }

    [Fact]
    public void A_label_beyond_the_classes_is_refused()
    {
        _folder.Write("dataset.yaml", "splits: { t: { inputs: a.npy, labels: l.npy } }\nclasses: [only]");
        Refusal.OfOpening(_folder, "", "`{dir}/l.npy` gives sample 1 the label 1; there are 1 classes, 0 to 0",
                          "number the classes from 0, or list every class under `classes`");
    }

    [Fact]
    public void Splits_whose_names_differ_in_case_only_are_refused()
    {
        _folder.Write("dataset.yaml", "splits: { Test: { inputs: a.npy }, test: { inputs: b.npy } }");
        Refusal.OfOpening(_folder, "", "`{dir}` has the split `Test` 2 times", "give every split a name of its own; case does not count");
    }
}
