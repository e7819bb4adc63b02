using System.Runtime.InteropServices;
using Analyzer.Analyses;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;
using System.Text.Json;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Analyses;

/// <summary>Truth planted in the data must come out of the analysis.</summary>
public sealed class CodesTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_that_come_three_times_make_a_redundancy_of_two_thirds()
    {
        var values = Prototypes(200, spread: 0, copies: 3, out var labels);
        var report = Analyze(values, labels).Network;
        var plain = Prototypes(200, spread: 0, copies: 1, out _);
        var distinct = Enumerable.Range(0, 200).Select(i => Code(plain.AsSpan(i * 784, 784).ToArray())).Distinct().Count();
        Assert.Equal((600, distinct), (report.Splits["all"].Samples, report.Splits["all"].Distinct));
        Assert.Equal((600 - distinct) / 600.0, report.Splits["all"].Redundancy);
    }

    [Fact]
    public void R_of_fewer_samples_is_an_expectation_and_of_all_what_was_counted()
    {
        var values = Prototypes(200, spread: 0, copies: 3, out var labels);
        var report = Analyze(values, labels);
        Assert.Equal(["network", "untrained", "random-inputs"], report.Growth.Select(g => g.Of));
        Assert.Equal([10, 20, 30, 50, 70, 100, 200, 300, 500, 600], report.Growth[0].Points.Select(p => p.Samples));
        var all = report.Network.Splits["all"];
        Assert.Equal(new GrowthPoint(600, all.Distinct, all.Redundancy), report.Growth[0].Points[^1]);
        var plain = Prototypes(200, spread: 0, copies: 1, out _);
        int[] groups = [.. Enumerable.Range(0, 200).GroupBy(i => Code(plain.AsSpan(i * 784, 784).ToArray())).Select(g => 3 * g.Count())];
        Assert.Equal(Rarefaction.ExpectedRepeats(groups, [100])[0] / 100, report.Growth[0].Points[5].Redundancy);
        // A result of before there was such a curve is read all the same.
        var older = JsonSerializer.SerializeToNode(report, Report.Json)!.AsObject();
        Assert.True(older.Remove("growth"));
        Assert.Empty(older.Deserialize<CodesReport>(Report.Json)!.Growth);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Whether_layers_were_probed_stands_in_report_and_page(bool probed)
    {
        Write(Prototypes(10, spread: .02, copies: 12, out var labels), labels);
        Pipeline.Extract(Options() with { Taps = ["all"], Nulls = false });
        Pipeline.Analyze(_folder.At("run"), "codes", new() { Codes = new() { ProbeLayers = probed } });
        using var run = Run.Open(_folder.At("run"));
        var built = Pipeline.Report(_folder.At("run"));
        var report = built.Analyses["codes"].Deserialize<CodesReport>(Report.Json)!;
        Assert.True(report.Layers.Count > 1);
        Assert.Equal(probed, report.Settings.LayersProbed);
        Assert.NotNull(report.Network.Logistic);
        Assert.All(report.Layers, layer => Assert.Equal(probed, layer is { KNearest: not null, KMeans: not null, Logistic: not null }));
        Assert.Equal(!probed, built.Coverage.Notes.Any(n => n.StartsWith("codes: single layers were not probed", StringComparison.Ordinal)));
        Assert.Equal(!probed, File.ReadAllText(_folder.At("run/report.html")).Contains("Single layers were not probed", StringComparison.Ordinal));
    }

    [Fact]
    public void More_classes_than_pairs_are_fitted_for_leave_the_other_probes()
    {
        var values = Prototypes(300, spread: .02, copies: 2, out _);
        var result = Result(values, [.. Enumerable.Range(0, 600).Select(i => (long)i / 2)]);
        var report = result.Report.Deserialize<CodesReport>(Report.Json)!;
        Assert.True(report.Network is { KNearest: not null, KMeans: not null, Logistic: null, Nulls.PermutedLabels: { Logistic: null, LogisticRows: 0 } });
        Assert.DoesNotContain(result.Findings, f => f.Id == "codes.network.logistic");
        Assert.Contains("codes: network: no logistic regression: the labels have 300 classes, and one-vs-one is fitted for 256 at most", result.Notes);
        Pipeline.Report(_folder.At("run"));
    }

    [Fact]
    public void Labels_without_meaning_are_reported_as_no_better_than_shuffled()
    {
        var values = Prototypes(1_000, spread: 0, copies: 1, out _);
        var random = new SeededRandom(5);
        var result = Result(values, [.. Enumerable.Range(0, 1_000).Select(_ => (long)random.NextBelow(10))]);
        foreach (var id in new[] { "codes.network.kmeans", "codes.network.knearest", "codes.network.logistic" })
            Assert.Equal(Verdict.Warn, result.Findings.Single(f => f.Id == id).Verdict);
    }

    [Fact]
    public void On_labels_without_meaning_a_probe_passes_no_oftener_than_it_may()
    {
        // z above 3 against 20 shuffles is t above 2.93 with 19 degrees of freedom: p = .004. Accuracies of 60 samples are coarse, so the
        // rate is known to a factor only: over 3 probes and 100 labelings 1.3 passes are expected, and ten would be 1 in 10,000 even
        // at three times that rate.
        var values = Prototypes(300, spread: 0, copies: 1, out _);
        var passes = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            var random = new SeededRandom(seed);
            Write(values, [.. Enumerable.Range(0, 300).Select(_ => (long)random.NextBelow(3))]);
            var run = _folder.At($"run{seed}");
            Pipeline.Extract(Options() with { Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), Out = run, Nulls = false });
            passes += Pipeline.Analyze(run, "codes", new() { Seed = (long)seed }).Findings.Count(f => f.Verdict == Verdict.Pass && f.Null?.Kind == "permuted-labels");
        }
        Assert.InRange(passes, 0, 9);
    }

    [Fact]
    public void Classes_that_lie_apart_are_told_apart()
    {
        var values = Prototypes(10, spread: .02, copies: 60, out var labels);
        var result = Result(values, labels);
        var report = result.Report.Deserialize<CodesReport>(Report.Json)!.Network;
        Assert.Equal("Fitted on a random four fifths of all, scored on the rest", report.Probes);
        Assert.True(report.KNearest!.Accuracy > .9, $"{report.KNearest.Accuracy}");
        Assert.Equal(Verdict.Pass, result.Findings.Single(f => f.Id == "codes.network.knearest").Verdict);
    }

    [Fact]
    public void Without_labels_only_redundancy_is_measured_and_the_report_says_so()
    {
        var values = Prototypes(400, spread: 0, copies: 1, out _);
        var result = Result(values, null);
        Assert.Equal(["codes.network.redundancy.all"], result.Findings.Select(f => f.Id));
        Assert.Contains("codes: no split has labels, so nothing was probed (K-Means, K-NN, logistic regression)", result.Notes);
    }

    [Fact]
    public void Labels_of_one_class_are_not_probed_whatever_their_number()
    {
        var values = Prototypes(200, spread: 0, copies: 1, out _);
        var result = Result(values, [.. Enumerable.Repeat(3L, 200)]);
        Assert.Contains("codes: all labels of all are the same, so nothing was probed (K-Means, K-NN, logistic regression)", result.Notes);
        Assert.Equal(["codes.network.redundancy.all"], result.Findings.Select(f => f.Id));
    }

    [Fact]
    public void Ten_samples_are_too_few_to_conclude_anything()
    {
        var values = Prototypes(10, spread: 0, copies: 1, out _);
        var result = Result(values, null);
        Assert.Equal(Verdict.Inconclusive, Assert.Single(result.Findings).Verdict);
        Assert.Equal((int)Failure.Inconclusive, Pipeline.Report(_folder.At("run")).Gates!.ExitCode);
    }

    [Fact]
    public void More_classes_than_samples_are_not_probed_and_the_report_says_so()
    {
        var values = Prototypes(150, spread: 0, copies: 1, out _);
        var result = Result(values, [.. Enumerable.Range(0, 150).Select(i => (long)(i * 2))]);
        Assert.Equal(["codes.network.redundancy.all"], result.Findings.Select(f => f.Id));
        Assert.Contains("codes: fewer than two samples a class (all: 150; 150 classes), so nothing was probed", result.Notes);
    }

    [Fact]
    public void A_damaged_result_is_named()
    {
        var values = Prototypes(150, spread: 0, copies: 1, out _);
        Result(values, null);
        File.WriteAllText(Path.Combine(_folder.At("run"), "analyses", "codes", "result.json"), "{ half");
        Assert.StartsWith("the stored result of `codes` is damaged", Assert.Throws<AnalyzerException>(() => Pipeline.Report(_folder.At("run"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_codes_is_inconclusive()
    {
        var values = Prototypes(20, spread: 0, copies: 1, out _);
        Write(values, null);
        Pipeline.Extract(Options() with { Reducers = [Analyzer.Models.Reducer.Mean] });
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "codes", new()));
        Assert.Equal((Failure.Inconclusive, $"the run in `{_folder.At("run")}` holds no codes"), (refused.Kind, refused.Message));
    }

    [Fact]
    public void One_stray_label_takes_accuracy_from_its_own_sample_alone()
    {
        var values = Prototypes(10, spread: .02, copies: 60, out var labels);
        labels[7] = 255;
        var result = Result(values, labels);
        var report = Pipeline.Report(_folder.At("run"));
        Assert.Equal(600, report.Accuracy["all"].Samples);
        Assert.Contains("1 of 600 labels are beyond the 10 classes that output `logits` has scores for (the largest is 255): they count as predicted wrong and have no loss", report.Coverage.Notes);
        // Eleven labels occur, not two hundred and fifty-six.
        Assert.Equal(11, result.Report.Deserialize<CodesReport>(Report.Json)!.Network.KMeans!.Clusters);
        labels.AsSpan(0, 7).Fill(255);
        Result(values, labels, "many");
        Assert.Contains("no output of the model has scores for 256 classes, so accuracy is not told", Pipeline.Report(_folder.At("many")).Coverage.Notes);
    }

    private CodesReport Analyze(float[] values, long[] labels) => Result(values, labels).Report.Deserialize<CodesReport>(Report.Json)!;

    private AnalysisResult Result(float[] values, long[]? labels, string run = "run")
    {
        Write(values, labels);
        Pipeline.Extract(Options() with { Out = _folder.At(run) });
        return Pipeline.Analyze(_folder.At(run), "codes", new());
    }

    private ExtractOptions Options() => new()
    {
        Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w100.onnx"), Data = _folder.At("data"), Out = _folder.At("run"),
        Execution = new() { Device = Analyzer.Inference.Device.Cpu },
    };

    private void Write(float[] values, long[]? labels)
    {
        _folder.Write("data/inputs.npy", Npy("<f4", [values.Length / 784, 784], MemoryMarshal.AsBytes<float>(values).ToArray()));
        if (labels is not null) _folder.Write("data/labels.npy", Npy("<i8", [labels.Length], MemoryMarshal.AsBytes<long>(labels).ToArray()));
    }

    // Noise images; copies of one prototype lie next to each other and share its label.
    private static float[] Prototypes(int prototypes, double spread, int copies, out long[] labels)
    {
        var random = new SeededRandom(11);
        var values = new float[prototypes * copies * 784];
        labels = new long[prototypes * copies];
        for (var p = 0; p < prototypes; p++)
        {
            var prototype = Enumerable.Range(0, 784).Select(_ => random.NextDouble()).ToArray();
            for (var c = 0; c < copies; c++)
            {
                labels[p * copies + c] = p % 10;
                for (var i = 0; i < 784; i++) values[(p * copies + c) * 784 + i] = (float)(prototype[i] + spread * random.NextDouble());
            }
        }
        return values;
    }

    // The hidden layer of the model, computed here from its weights.
    private static string Code(float[] image)
    {
        var model = Analyzer.Models.OnnxModel.Open(Path.Combine(Repository.Root, "models", "mnist-mlp-w100.onnx"));
        using var runner = new Analyzer.Inference.ModelRunner(Exposed(model), model.Path, new() { Device = Analyzer.Inference.Device.Cpu }, ["/relu1/Relu_output_0"]);
        using var outputs = runner.Run([new("input", Analyzer.Models.ElementType.Float, [1, 784], MemoryMarshal.AsBytes<float>(image).ToArray())]);
        return string.Concat(outputs.Floats(0).ToArray().Select(v => v > 0 ? '1' : '0'));
    }

    private static byte[] Exposed(Analyzer.Models.OnnxModel model)
    {
        var patch = new Analyzer.Models.ModelPatch(model);
        patch.AddTap(model.WithTypes(Analyzer.Inference.TensorTypes.Infer(model).Types).Tensor("/relu1/Relu_output_0"), Analyzer.Models.Reducer.None, Analyzer.Models.TensorShape.Of(-1, 100));
        return patch.Apply();
    }
}
