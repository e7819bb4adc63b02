using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Analyses;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Analyses;

public sealed class SelfSimilarityTests : IDisposable
{
    private static readonly TapEntry Tap = new("t0000", "layer", "node", "Relu", [-1, 24], "float", "mean", 24);
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_is_measured_layer_by_layer_beside_its_untrained_twin_and_the_report_draws_it()
    {
        var result = Analyze(Noise(300));
        var report = result.Report.Deserialize<SelfSimilarityReport>(Report.Json)!;
        Assert.Equal(["/hidden1/Gemm_output_0", "/norm1/BatchNormalization_output_0", "/relu1/Relu_output_0"], report.Layers.Select(l => l.Tensor));
        Assert.Equal(("logits", "it has 10 units; at least 16 are needed"), report.LeftOut.Select(l => (l.Tensor, l.Reason)).Single());
        Assert.All(report.Layers, layer =>
        {
            Assert.Equal((100, 100, 300, "code"), (layer.Units, layer.LayerUnits, layer.Samples, layer.Variant));
            Assert.NotNull(layer.Untrained);
            Assert.Equal(2, layer.Curves!.Fit.Length);
            Assert.Equal(0, layer.Curves.Trained[^1][1]);
            Assert.Equal(0, layer.Curves.Gaussian![^1][1]);
            Assert.NotEqual(layer.Curves.Shuffled, layer.Curves.Gaussian);
        });
        Assert.Equal(200, report.UnitMap!.Trained.Length + report.UnitMap.Untrained.Length);

        foreach (var name in new[] { "rate", "box-dimension", "training", "power-law" })
            Assert.Single(result.Findings, f => f.Id == $"selfsimilarity.network.{name}");
        Assert.InRange(result.Findings.Count, 5, 8);
        Assert.All(result.Findings, f => Assert.True(double.IsFinite(f.Value)));

        // The same numbers from the stored values, by the formulas alone.
        using var run = Run.Open(_folder.At("run"));
        var tap = run.Manifest.Taps.Single(t => t.Tensor == "/relu1/Relu_output_0");
        var units = run.ReadValues(tap, run.Samples()[0]).Transpose();
        var relu = report.Layers[2];
        Assert.Equal(SelfSimilarityRate.Measure(PairDistances.Measure(units), 100)!.Rate, relu.SsRate);
        Assert.Equal(BoxCount.Measure(PairDistances.Measure(units), 100)!.Dimension, relu.BoxDimension);
        Assert.Equal(report.Layers.Average(l => l.SsRate), report.Network!.SsRate, 1e-12);

        // What the contract names must be there under these names.
        var stored = JsonDocument.Parse(Pipeline.Report(_folder.At("run")).ToJson()).RootElement.GetProperty("analyses").GetProperty("selfsimilarity").GetProperty("layers")[0];
        foreach (var field in new[] { "tap", "units", "samples", "variant", "ssRate", "ssRateTrimmed", "nullMean", "nullStd", "boxDimension", "boxDimensionError" })
            Assert.True(stored.TryGetProperty(field, out _), field);
        using var rows = RunQuery.Start(run, "SELECT count(*), count(DISTINCT tap) FROM selfsimilarity_boxes", json: false);
        Assert.Equal(["768", "3"], rows.Rows().Single());
        var html = File.ReadAllText(_folder.At("run/report.html"));
        Assert.Contains("Self-similarity of units", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html.Split("<script>")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_result()
    {
        var first = Analyze(Noise(120)).ToJson();
        Assert.Equal(first, Pipeline.Analyze(_folder.At("run"), "selfsimilarity", Quick()).ToJson());
        Assert.NotEqual(first, Pipeline.Analyze(_folder.At("run"), "selfsimilarity", Quick() with { Seed = 1 }).ToJson());
    }

    [Fact]
    public void Ninety_nine_samples_are_too_few_and_the_finding_says_how_many_are_needed()
    {
        var result = Analyze(Noise(99));
        var finding = Assert.Single(result.Findings);
        Assert.Equal((Verdict.Inconclusive, "Too few samples of all to measure self-similarity: 99, at least 100 are needed"), (finding.Verdict, finding.Title));
        Assert.Equal((int)Failure.Inconclusive, Pipeline.Report(_folder.At("run")).Gates!.ExitCode);
    }

    [Fact]
    public void Samples_that_are_all_alike_leave_nothing_to_measure_but_a_reason()
    {
        // One image a hundred and fifty times: every unit is constant, and still they differ from one another.
        var image = Noise(1);
        var result = Analyze([.. Enumerable.Repeat(image, 150).SelectMany(x => x)]);
        Assert.DoesNotContain("NaN", result.ToJson(), StringComparison.Ordinal);
        Assert.All(result.Findings, f => Assert.True(double.IsFinite(f.Value)));
    }

    [Fact]
    public void A_run_without_means_is_inconclusive()
    {
        Write(Noise(20));
        Pipeline.Extract(Extraction() with { Reducers = [Reducer.Sign] });
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "selfsimilarity", new()));
        Assert.Equal((Failure.Inconclusive, $"the run in `{_folder.At("run")}` holds no means of units"), (refused.Kind, refused.Message));
    }

    [Fact]
    public void Independent_noise_is_nothing_beyond_the_null_at_the_stated_rate()
    {
        // A hundred and fifty networks of two layers of noise. Binomial(150, .05): 7.5 expected, above 17 once in a thousand.
        var measurement = new SelfSimilarityMeasurement(new(), default);
        int rates = 0, boxes = 0;
        for (ulong seed = 0; seed < 150; seed++)
        {
            var layers = Enumerable.Range(0, 2).Select(layer =>
            {
                var units = Uniform(20, 40, 2 * seed + (ulong)layer);
                var distances = PairDistances.Measure(units);
                var (shuffledRates, dimensions, _) = measurement.Shuffles(units);
                return (Rate: (SelfSimilarityRate.Measure(distances, 20)!.Rate, shuffledRates), Boxes: (BoxCount.Measure(distances, 20)!.Dimension, dimensions));
            }).ToArray();
            rates += SelfSimilarity.Deviation([.. layers.Select(l => l.Rate)])!.PValue <= 0.05 ? 1 : 0;
            boxes += SelfSimilarity.Deviation([.. layers.Select(l => l.Boxes)])!.PValue <= 0.05 ? 1 : 0;
        }
        Assert.InRange(rates, 0, 17);
        Assert.InRange(boxes, 0, 17);
    }

    [Fact]
    public void Copies_of_units_are_found_beyond_the_null()
    {
        // Six prototypes, four noisy copies of each: near pairs that shuffling tears apart.
        var (prototypes, noise) = (Uniform(6, 200, 1), Uniform(24, 200, 2));
        var values = new Matrix(200, 24);
        for (var s = 0; s < 200; s++)
            for (var u = 0; u < 24; u++)
                values.Row(s)[u] = prototypes.Row(u % 6)[s] + 0.1f * noise.Row(u)[s];
        var (detail, _) = Measure(values);
        Assert.Equal(1 / 40.0, SelfSimilarity.Deviation([(detail!.Layer.BoxDimension!.Value, detail.ShuffledBoxes)])!.PValue);
        Assert.True(detail.Layer.BoxDimension < detail.Layer.BoxNull!.Mean);
    }

    [Fact]
    public void A_hot_unit_is_named_and_trimmed_away()
    {
        var values = Uniform(200, 64, 3);
        for (var s = 0; s < 200; s++) values.Row(s)[11] *= 10;
        var (detail, _) = Measure(values);
        Assert.Equal([11], detail!.Layer.LoudestUnits);
        // The values have a mean of one half, so that ten times one of them lies farther off than ten times noise about 0.
        Assert.InRange(detail.Layer.SsRate - detail.Layer.SsRateTrimmed!.Value, 0.3, 0.9);
        Assert.True(detail.Layer.TrimNull!.Z < -3, $"{detail.Layer.TrimNull.Z}");
    }

    [Fact]
    public void Leaving_out_the_loudest_of_few_units_that_are_alike_is_leaving_out_any()
    {
        // With sixteen units one of them matters, whichever it is: the null of random units says so.
        var beyond = Enumerable.Range(0, 20).Count(seed =>
            Math.Abs(Measure(Uniform(200, 16, 100 + (ulong)seed)).Detail!.Layer.TrimNull!.Z ?? 0) > 3);
        Assert.InRange(beyond, 0, 6);
    }

    [Theory]
    [InlineData(0f, "0 of its 24 units vary over the samples; at least 16 are needed")]
    [InlineData(float.NaN, "a unit is NaN or infinite for some sample")]
    public void Dead_and_broken_layers_are_left_out_with_the_reason(float value, string reason)
    {
        var values = new Matrix(150, 24);
        values.Values.AsSpan().Fill(value);
        Assert.Equal((null, reason), Measure(values));
    }

    [Fact]
    public void Larger_layers_are_sub_sampled()
    {
        var (detail, _) = new SelfSimilarityMeasurement(new() { MaximumUnits = 16 }, default).Of(Tap, Uniform(150, 24, 4), null, true);
        Assert.Equal((16, 24), (detail!.Layer.Units, detail.Layer.LayerUnits));
        Assert.Equal(detail.UnitNumbers.Distinct().Order(), detail.UnitNumbers);
    }

    [Fact]
    public void Units_that_hardly_differ_have_no_box_dimension()
    {
        var values = Uniform(200, 24, 5);
        Assert.NotNull(Measure(values).Detail!.Layer.BoxDimension);
        for (var i = 0; i < values.Values.Length; i++) values.Values[i] *= 1e-6f;
        var layer = Measure(values).Detail!.Layer;
        Assert.True(layer is { BoxDimension: null, BoxNull: null, BoxSlopeError: null, Curves: null, SsRate: > 0 });
    }

    private static (LayerDetail? Detail, string? Reason) Measure(Matrix values) => new SelfSimilarityMeasurement(new() { Bootstrap = 100 }, default).Of(Tap, values, null, true);

    private AnalysisResult Analyze(float[] images)
    {
        Write(images);
        Pipeline.Extract(Extraction());
        return Pipeline.Analyze(_folder.At("run"), "selfsimilarity", Quick());
    }

    private static AnalysisOptions Quick() => new() { SelfSimilarity = new() { Bootstrap = 100 } };

    private ExtractOptions Extraction() => new()
    {
        Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w100.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Taps = ["all"], Reducers = [Reducer.Mean],
        Execution = new() { Device = Analyzer.Inference.Device.Cpu },
    };

    private void Write(float[] images) =>
        _folder.Write("data/inputs.npy", Npy("<f4", [images.Length / 784, 784], MemoryMarshal.AsBytes<float>(images).ToArray()));

    private static float[] Noise(int images) => Uniform(images, 784, 9).Values;

    private static Matrix Uniform(int rows, int columns, ulong seed)
    {
        var random = new SeededRandom(seed);
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++) matrix.Values[i] = (float)random.NextDouble();
        return matrix;
    }
}
