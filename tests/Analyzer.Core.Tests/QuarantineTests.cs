using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;

namespace Analyzer.Tests;

/// <summary>Samples that cannot be read, from the files to the report: they are named, and nothing else knows of them.</summary>
public sealed class QuarantineTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public QuarantineTests()
    {
        // A convolution over 8×8 images, its means into two class scores.
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 3, 8, 8)], ["y"],
            Tiny.Node("Conv", "x w b", "c", Tiny.Ints("kernel_shape", 3, 3)), Tiny.Node("Relu", "c", "h"),
            Tiny.Node("GlobalAveragePool", "h", "p"), Tiny.Node("Flatten", "p", "f"), Tiny.Node("Gemm", "f v", "y"));
        model.Graph.Initializer.Add([Tiny.Weight("w", 6, 3, 3, 3), Tiny.Weight("b", 6), Tiny.Weight("v", 6, 2)]);
        _folder.Write("model.onnx", model.ToByteArray());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_audit_with_a_corrupt_image_is_the_audit_without_it_and_names_it()
    {
        Images("sound", broken: false);
        Images("broken", broken: true);
        var without = Audit("sound", .01);
        var with = Audit("broken", .1);

        Assert.Equal("left out: 2 samples that cannot be read: `train/cat/05.png` (the image is damaged), `train/dog/05.jpg` (the file is empty, or a pipe or device)",
                     Assert.Single(with.Coverage.Notes, n => n.Contains("cannot be read", StringComparison.Ordinal)));
        Assert.Equal((38, 38), ((int)with.Coverage.Samples, (int)with.Coverage.Available));
        Assert.Equal(without.Analyses.ToJsonString(), with.Analyses.ToJsonString());
        Assert.Equal(without.Accuracy["train"].Accuracy, with.Accuracy["train"].Accuracy);
        foreach (var folder in new[] { "activations", "codes", "weights", "nulls/untrained/codes", "nulls/random-inputs/codes" })
            Assert.Equal(Contents("run-sound", folder), Contents("run-broken", folder));

        using var run = Run.Open(_folder.At("run-broken"));
        using var rows = run.Query($"SELECT sample, split || ' ' || source || ' ' || status || ' ' || coalesce(predicted::VARCHAR, 'none') || ' ' || label FROM read_parquet('{_folder.At("run-broken/samples.parquet")}') WHERE status <> 'ok' ORDER BY sample");
        Assert.True(rows.Read());
        Assert.Equal([38L, 39], rows.Values<long>(0).ToArray());
        Assert.Equal("train train/cat/05.png unreadable: the image is damaged none 0", rows.Text(1, 0));
        Assert.Equal("train train/dog/05.jpg unreadable: the file is empty, or a pipe or device none 1", rows.Text(1, 1));
    }

    [Fact]
    public void A_run_with_unreadable_samples_resumes_to_the_same_bytes()
    {
        Images("data", broken: true);
        Pipeline.Extract(Options("data", "whole", .1) with { Batch = 2 });
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Pipeline.Extract(Options("data", "cut", .1) with { Batch = 2 }, new Watch(u => { if (u.Step == "extract" && u.Done > 10) stop.Cancel(); }), stop.Token));
        Pipeline.Extract(Options("data", "cut", .1) with { Batch = 2, Resume = true });
        Assert.Equal(Contents("whole", ""), Contents("cut", ""));
    }

    [Fact]
    public void More_unreadable_samples_than_the_limit_end_the_run_before_it_begins()
    {
        Images("data", broken: true);
        Refusal.Is("2 of 40 samples of `data` cannot be read, a share of 0.05; the limit is 0.01: `train/cat/05.png` (the image is damaged), `train/dog/05.jpg` (the file is empty, or a pipe or device)",
                   "mend or remove them, or raise `--max-unreadable`", _folder, () => Pipeline.Extract(Options("data", "run", .01)));
        Assert.False(Directory.Exists(_folder.At("run")));
        var thrown = Assert.Throws<AnalyzerException>(() => Options("data", "run", 2));
        Assert.Equal(("`--max-unreadable` is 2", "give 0 to 1", Failure.Usage), (thrown.Message, thrown.Hint, thrown.Kind));
    }

    [Fact]
    public void Ablations_score_the_samples_that_the_run_holds()
    {
        Images("sound", broken: false);
        Images("broken", broken: true);
        var accuracy = new[] { "sound", "broken" }.Select(data =>
        {
            Pipeline.Extract(Options(data, $"run-{data}", .1) with { Reducers = [Reducer.Mean] });
            using var run = Run.Open(_folder.At($"run-{data}"));
            var outcome = Extraction.Ablation.Run(run.Manifest, [[], [new("h", 0)]], 100, null, CancellationToken.None);
            return string.Join(' ', outcome.Accuracy.SelectMany(a => a).Select(a => $"{a.Key} {a.Value}")) + string.Join(' ', outcome.Samples);
        }).ToArray();
        Assert.Equal(accuracy[0], accuracy[1]);
    }

    [Fact]
    public void Unreadable_rows_of_a_table_are_left_out_in_the_same_way()
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, 2)], ["y"], Tiny.Node("MatMul", "x w", "a"), Tiny.Node("Relu", "a", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w", 2, 3));
        _folder.Write("model.onnx", model.ToByteArray());
        _folder.Write("table/test.csv", "a,b,label\n1,2,0\nx,3,1\n4,5,2\n");
        Pipeline.Extract(Options("table", "run", .5) with { Taps = ["all"] });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal([0, 2], run.Samples()[0].Labels!);
        Assert.Contains("left out: 1 sample that cannot be read: `test.csv#1` (the column `a` is `x`, no finite number)", run.Manifest.Notes);
    }

    private ExtractOptions Options(string data, string run, double most) => new()
    {
        Model = _folder.At("model.onnx"), Data = _folder.At(data), Out = _folder.At(run), MaxUnreadable = most, Maps = 6, CommandLine = "same",
        Execution = new() { Device = Device.Cpu }, Reducers = [Reducer.Sign, Reducer.Mean],
    };

    private Reports.Report Audit(string data, double most) => Pipeline.Audit(Options(data, $"run-{data}", most), new());

    // Twenty images a class, cut from one at different places; the fifth round is broken, or is not there.
    private void Images(string name, bool broken)
    {
        var pixels = Analyzer.Datasets.ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!;
        for (var i = 0; i < 20; i++)
        {
            foreach (var (kind, top) in new[] { ("cat", 0), ("dog", 16) })
            {
                var damaged = (kind, i) is ("cat", 5) or ("dog", 5);
                if (damaged && !broken) continue;
                var file = $"{name}/train/{kind}/{i:D2}.{((kind, i) is ("dog", 5) ? "jpg" : "png")}";
                _folder.Write(file, !damaged ? Png(pixels, top, i) : File.ReadAllBytes(ImageReference.At(kind == "cat" ? "corrupt.png" : "empty.png")));
            }
        }
        _folder.Write($"{name}/dataset.yaml", "name: data\nformat: images\nsplits: { train: { inputs: train } }\npreprocess: { resize: 8, crop: 8, scale: 0.00392156862745098 }");
    }

    private static byte[] Png(Analyzer.Datasets.Pixels from, int top, int left)
    {
        using var bitmap = new SkiaSharp.SKBitmap(12, 10, SkiaSharp.SKColorType.Rgba8888, SkiaSharp.SKAlphaType.Opaque);
        for (var y = 0; y < 10; y++)
            for (var x = 0; x < 12; x++)
            {
                var at = ((top + y) * from.Width + left + x) * 3;
                bitmap.SetPixel(x, y, new(from.Data[at], from.Data[at + 1], from.Data[at + 2]));
            }
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private SortedDictionary<string, string> Contents(string run, string folder)
    {
        var root = Path.Combine(_folder.At(run), folder);
        return new(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(root, f), f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))), StringComparer.Ordinal);
    }

    private sealed class Watch(Action<ProgressUpdate> told) : IProgress<ProgressUpdate>
    {
        public void Report(ProgressUpdate value) => told(value);
    }
}
