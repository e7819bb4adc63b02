using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Analyses;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;
using static Analyzer.Tests.Models.Tiny;

namespace Analyzer.Tests.Analyses;

/// <summary>A network that says which channel is brightest, trained, as it were, on ImageNet's standardisation; and data prepared wrongly for it.</summary>
public sealed class PreprocessingTests : IDisposable
{
    private const int Samples = 400, Side = 4;
    private static readonly double[] Mean = [.485, .456, .406], Std = [.229, .224, .225];
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string?> Faults => new()
    {
        { "right", null },
        { "swapped", "with their channels in reverse order" },
        { "not standardised", "standardised with ImageNet's mean and std" },
        { "not scaled", "divided by 255 before ImageNet's mean and std are applied, not after" },
        { "raw", "divided by 255 and standardised with ImageNet's mean and std" },
        { "rows as columns", "with rows as columns" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_named_by_accuracy_and_statistics(string fault, string? better)
    {
        var (report, finding) = Analyze(fault, labels: true);
        Assert.Equal(better, report.Better);
        // Where this network is right whatever the scale, the statistics alone speak.
        Assert.Equal(better is null ? Verdict.Pass : report.Judged[0].Accuracy < 1 ? Verdict.Fail : Verdict.Warn, finding.Verdict);
        Assert.Equal(1, report.Judged.Single(c => c.Change == (better ?? "as given")).Accuracy);
        Assert.Equal(["node/n"], report.Normalizations);
    }

    [Theory]
    [InlineData("right", null)]
    [InlineData("swapped", "with their channels in reverse order")]
    [InlineData("raw", "divided by 255 and standardised with ImageNet's mean and std")]
    public void Without_labels_the_statistics_alone_name_it(string fault, string? better)
    {
        var (report, finding) = Analyze(fault, labels: false);
        Assert.Equal(better, report.Better);
        Assert.All(report.Judged, c => Assert.Null(c.Accuracy));
        Assert.Equal("nats a channel", finding.ValueUnit);
    }

    [Fact]
    public void The_divergence_is_that_of_the_pixels_counted_here()
    {
        var (report, _) = Analyze("not standardised", labels: false);
        // The convolution passes pixels through, and the statistics are ImageNet-standardised pixels' own: closed form over all samples.
        var (means, variances) = Moments(Pixels());
        var expected = Enumerable.Range(0, 3).Average(c => GaussianDivergence.Of(means[c], variances[c] + 1e-5, (means[c] - Mean[c]) / Std[c], variances[c] / (Std[c] * Std[c]) + 1e-5));
        // Measured on three hundred of the four hundred samples.
        Assert.Equal(expected, report.Judged[0].Divergence!.Value, .05);
    }

    [Fact]
    public void Data_unlike_that_of_training_is_said_to_be_so()
    {
        var noise = new SeededRandom(5);
        var (report, finding) = Analyze("noise", labels: false, [.. Pixels().Select(_ => (float)(40 * noise.NextDouble() - 20))]);
        Assert.Null(report.Better);
        Assert.Equal(Verdict.Warn, finding.Verdict);
        Assert.StartsWith("The inputs are unlike those of training: those of the first BatchNorms lie ", finding.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_corrupt_images_do_not_say_what_range_the_others_have()
    {
        var values = Prepared("raw");
        foreach (var sample in new[] { 17, 200, 311 }) values.AsSpan(sample * 3 * Side * Side, 3 * Side * Side).Fill(1e6f);
        var (report, _) = Analyze("raw", labels: true, values);
        Assert.InRange(report.Range[0], 0, 60);
        Assert.InRange(report.Range[1], 200, 255);
        Assert.Contains(report.Judged, c => c.Change == "divided by 255 and standardised with ImageNet's mean and std");
    }

    [Fact]
    public void Labels_of_other_samples_leave_it_open()
    {
        Extract(labels: true, normalised: true, Prepared("right"));
        var random = new SeededRandom(8);
        var finding = Relabelled(_ => (int)(4 * random.NextDouble()));
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.Matches(@"^It is open whether the inputs are prepared as in training: accuracy is 0\.[23]\d*, and with none of the \d+ other preparations above chance, 0\.2\d*; are the labels those", finding.Title);
    }

    // Channels the other way round make a third of the answers right again, as saying always the same does: no better preparation.
    [Fact]
    public void Labels_in_another_order_do_not_accuse_the_inputs()
    {
        Extract(labels: true, normalised: false, Prepared("right"));
        using var run = Run.Open(_folder.At("run"));
        var answers = run.Samples()[0].Predicted!;
        var finding = Relabelled(sample => (answers[sample] + 1) % 3);
        Assert.Equal((Verdict.Inconclusive, 0.0), (finding.Verdict, finding.Value));
        Assert.StartsWith("It is open whether the inputs are prepared as in training: accuracy is 0, and with none of the ", finding.Title, StringComparison.Ordinal);
    }

    private Finding Relabelled(Func<int, int> label)
    {
        _folder.Write("data/labels.npy", Npy("<i8", [Samples], MemoryMarshal.AsBytes<long>([.. Enumerable.Range(0, Samples).Select(i => (long)label(i))]).ToArray()));
        Directory.Delete(_folder.At("run"), recursive: true);
        ExtractAgain();
        return Assert.Single(Pipeline.Analyze(_folder.At("run"), "preprocessing", new()).Findings);
    }

    [Fact]
    public void Too_few_samples_and_models_without_anything_to_judge_by_do_not_apply()
    {
        Extract(labels: false, normalised: false, Prepared("right"));
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "preprocessing", new()));
        Assert.Equal((Failure.Inconclusive, "the model keeps no BatchNorm statistics (exporters fold them into convolutions) and the data has no labels for its class scores, so nothing tells how its inputs should look"), (refused.Kind, refused.Message));
        Directory.Delete(_folder.At("run"), recursive: true);
        Extract(labels: false, normalised: true, Prepared("right")[..(40 * 3 * Side * Side)]);
        refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "preprocessing", new()));
        Assert.Equal((Failure.Inconclusive, "all has 40 samples, and 64 are needed to try other forms of the input"), (refused.Kind, refused.Message));
    }

    [Fact]
    public void The_report_draws_it_and_the_evidence_can_be_queried()
    {
        var (report, finding) = Analyze("swapped", labels: true);
        Pipeline.Report(_folder.At("run"));
        Assert.Contains("How the inputs are prepared", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);
        using var run = Analyzer.Runs.Run.Open(_folder.At("run"));
        using var query = Analyzer.Runs.RunQuery.Start(run, finding.Evidence, json: false);
        Assert.Equal(report.Judged.Count, query.Rows().Count());
    }

    // Third-party networks on real images: every fault that people make with them is named, and the right preparation is left alone.
    [Theory]
    [InlineData("akamaster-resnet20-cifar10.onnx", "scale mean", null)]
    [InlineData("akamaster-resnet20-cifar10.onnx", "bgr scale mean", "with their channels in reverse order")]
    [InlineData("akamaster-resnet20-cifar10.onnx", "mean", "divided by 255 before ImageNet's mean and std are applied, not after")]
    [InlineData("akamaster-resnet20-cifar10.onnx", "scale", "standardised with ImageNet's mean and std")]
    [InlineData("akamaster-resnet20-cifar10.onnx", "scale half", "standardised with ImageNet's mean and std, not mean .5 and std .5")]
    [InlineData("akamaster-resnet20-cifar10.onnx", "twice mean", "multiplied by 255 before ImageNet's mean and std are applied")]
    [InlineData("mlperf-tiny-resnet8.onnx", "", null)]
    [InlineData("mlperf-tiny-resnet8.onnx", "bgr", "with their channels in reverse order")]
    [InlineData("mlperf-tiny-resnet8.onnx", "scale", "multiplied by 255")]
    [InlineData("mlperf-tiny-resnet8.onnx", "scale mean", "without the standardisation by ImageNet's mean and std, multiplied by 255")]
    public void Faults_planted_in_front_of_real_networks_are_named(string file, string preparation, string? better)
    {
        var (report, finding) = OfCifar(file, preparation, 2_000);
        if (better is null) Assert.Null(report.Better);
        else Assert.Contains(better, report.Alike.Prepend(report.Better));
        Assert.Equal(better is null ? Verdict.Pass : Verdict.Fail, finding.Verdict);
    }

    [Fact]
    public void A_fault_that_too_few_samples_can_show_is_left_open()
    {
        var (_, finding) = OfCifar("akamaster-resnet20-cifar10.onnx", "bgr scale mean", 300);
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.StartsWith("Too few samples to tell whether the inputs are prepared as in training: with their channels in reverse order", finding.Title, StringComparison.Ordinal);
    }

    private (PreprocessingReport Report, Finding Finding) OfCifar(string file, string preparation, int limit)
    {
        var model = ThirdPartyModels.Find(file);
        var cifar = Path.Combine(Repository.Root, "artifacts", "data", "cifar10");
        Assert.SkipUnless(Directory.Exists(cifar), "CIFAR-10 is not there; `tools/train/cifar10.py` fetches it");
        var steps = preparation.Split(' ');
        string At(string name) => Path.GetRelativePath(_folder.At("data"), Path.Combine(cifar, name)).Replace('\\', '/');
        _folder.Write("data/dataset.yaml", System.Text.Encoding.UTF8.GetBytes($"""
            format: npy
            splits:
              test: {'{'} inputs: {At("test-inputs.npy")}, labels: {At("test-labels.npy")} {'}'}
            preprocess:
              color: {(steps.Contains("bgr") ? "BGR" : "RGB")}
            {(steps.Contains("scale") ? "  scale: 0.00392156862745098" : "")}
            {(steps.Contains("twice") ? "  scale: 0.0000153787004998078" : "")}
            {(steps.Contains("half") ? "  mean: [0.5]\n  std: [0.5]" : "")}
            {(steps.Contains("mean") ? "  mean: [0.485, 0.456, 0.406]\n  std: [0.229, 0.224, 0.225]" : "")}
            """));
        Pipeline.Extract(new() { Model = model, Data = _folder.At("data"), Out = _folder.At("run"), Taps = ["type:dense"], Reducers = [Reducer.Mean], Limit = limit, Nulls = false, Execution = new() { Device = Analyzer.Inference.Device.Cpu } });
        var result = Pipeline.Analyze(_folder.At("run"), "preprocessing", new());
        return (result.Report.Deserialize<PreprocessingReport>(Report.Json)!, Assert.Single(result.Findings));
    }

    private (PreprocessingReport Report, Finding Finding) Analyze(string fault, bool labels, float[]? values = null)
    {
        Extract(labels, normalised: true, values ?? Prepared(fault));
        var result = Pipeline.Analyze(_folder.At("run"), "preprocessing", new());
        return (result.Report.Deserialize<PreprocessingReport>(Report.Json)!, Assert.Single(result.Findings));
    }

    private void Extract(bool labels, bool normalised, float[] values)
    {
        var samples = values.Length / (3 * Side * Side);
        File.WriteAllBytes(_folder.At("model.onnx"), Network(normalised).ToByteArray());
        _folder.Write("data/inputs.npy", Npy("<f4", [samples, 3, Side, Side], MemoryMarshal.AsBytes<float>(values).ToArray()));
        if (labels) _folder.Write("data/labels.npy", Npy("<i8", [samples], MemoryMarshal.AsBytes<long>([.. Enumerable.Range(0, samples).Select(i => (long)Class(i))]).ToArray()));
        ExtractAgain();
    }

    private void ExtractAgain() =>
        Pipeline.Extract(new()
        {
            Model = _folder.At("model.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Taps = ["op:Relu"], Reducers = [Reducer.Mean], Batch = 32, Nulls = false,
            Execution = new() { Device = Analyzer.Inference.Device.Cpu },
        });

    // Four classes: which of the first three channels is bright, or the upper half.
    private static int Class(int sample) => sample % 4;

    // Pixels in [0, 1]: each channel has a brightness of its own, and that of the class more.
    private static float[] Pixels()
    {
        var random = new SeededRandom(3);
        var pixels = new float[Samples * 3 * Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (sample, channel, row) = (i / (3 * Side * Side), i / (Side * Side) % 3, i / Side % Side);
            var bright = Class(sample) == channel || (Class(sample) == 3 && row < Side / 2);
            pixels[i] = (float)(.1 + .12 * channel + (bright ? .4 : 0) + .1 * random.NextDouble());
        }
        return pixels;
    }

    private static float[] Prepared(string fault)
    {
        var pixels = Pixels();
        float Pixel(int i) => fault switch
        {
            "swapped" => pixels[i + (1 - i / (Side * Side) % 3) * 2 * Side * Side],
            "rows as columns" => pixels[i / (Side * Side) * Side * Side + i % Side * Side + i / Side % Side],
            _ => pixels[i],
        };
        return [.. Enumerable.Range(0, pixels.Length).Select(i => (float)(fault switch
        {
            "not standardised" => Pixel(i),
            "raw" => 255 * Pixel(i),
            "not scaled" => (255 * Pixel(i) - Mean[i / (Side * Side) % 3]) / Std[i / (Side * Side) % 3],
            _ => (Pixel(i) - Mean[i / (Side * Side) % 3]) / Std[i / (Side * Side) % 3],
        }))];
    }

    private static (double[] Means, double[] Variances) Moments(float[] values)
    {
        double[][] channels = [.. Enumerable.Range(0, 3).Select(c => values.Where((_, i) => i / (Side * Side) % 3 == c).Select(v => (double)v).ToArray())];
        double[] means = [.. channels.Select(c => c.Average())];
        return (means, [.. channels.Select((c, i) => c.Average(v => (v - means[i]) * (v - means[i])))]);
    }

    // Pixels pass through the first convolution; scores are what the four classes' patterns give of standardised pixels.
    private static ModelProto Network(bool normalised)
    {
        var identity = new float[9];
        for (var c = 0; c < 3; c++) identity[c * 4] = 1;
        var (means, variances) = Moments(Prepared("right"));
        // A pattern a class over all pixels: 1 where the class is bright, and as much less on average over all pixels.
        var patterns = new float[4 * 3 * Side * Side];
        for (var k = 0; k < 4; k++)
        {
            for (var i = 0; i < 3 * Side * Side; i++)
                patterns[i * 4 + k] = (k == i / (Side * Side) || (k == 3 && i / Side % Side < Side / 2) ? 1f : 0) / (k == 3 ? 24 : 16);
        }
        NodeProto[] first = normalised ? [Node("Conv", "x w", "c"), Node("BatchNormalization", "c one zero m v", "n")] : [Node("Conv", "x w", "n")];
        var model = Model(13, [Value("x", ElementType.Float, "N", 3, Side, Side)], ["y"], [.. first, Node("Relu", "n", "r"), Node("Flatten", "n", "f"), Node("MatMul", "f p", "y")]);
        model.Graph.Output.Add(Value("r", ElementType.Float));
        model.Graph.Initializer.Add([Weight("w", [3, 3, 1, 1], identity), Weight("p", [3 * Side * Side, 4], patterns)]);
        if (normalised)
            model.Graph.Initializer.Add([Weight("one", [3], [1, 1, 1]), Weight("zero", [3], [0, 0, 0]), Weight("m", [3], [.. means.Select(m => (float)m)]), Weight("v", [3], [.. variances.Select(v => (float)v)])]);
        return model;
    }
}
