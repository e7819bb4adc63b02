using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests;

/// <summary>What is said to have changed between two runs of models whose difference is known.</summary>
public sealed class DiffTests : IDisposable
{
    private const int Samples = 120;

    private readonly DataFolder _folder = new();

    public DiffTests() => Data("data", seed: 3);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_that_were_scaled_are_told_by_how_much_and_the_others_are_equal_to_the_bit()
    {
        var report = Diff(Run("a", Net()), Run("b", Net(scale: 4)));
        Assert.Equal([("w1", true, 0.0, 1.0), ("w2", false, 3.0, 1.0)], report.Weights.Select(w => (w.B!, w.BitEqual!.Value, Math.Round(w.RelativeChange!.Value, 12), Math.Round(w.Cosine!.Value, 12))));
        var layer = Assert.Single(report.Layers);
        Assert.Equal(("r", "name"), (layer.B, layer.MatchedBy));
        Assert.Equal([1, 1, 1], [Math.Round(layer.Cka!.Value, 12), .. layer.Interval!.Select(i => Math.Round(i, 12))]);
        Assert.True(layer.Null is { Kind: "permuted-samples", Z: > 10, Draws: 100 });
        // Scores of a scaled last layer have the same order.
        var split = Assert.Single(report.Accuracy);
        Assert.Equal((Samples, 0.0, 1.0, 0), (split.Samples, split.Difference, split.PValue, split.Changed));
        Assert.True(report.Graph is { Compared: true, Unchanged: 3, Nodes.Count: 0 });
        Assert.Equal(["path", "sha256"], report.Fields.Where(f => !f.Same).Select(f => f.Name));
        Assert.Equal("model: another file with the same graph of 3 nodes; only weights can differ", report.Summary[0]);
        Assert.Equal(new DiffVerdict(DiffOutcome.NoClearDifference, "test", "B predicts the same as A on every sample of test. No finding changed clearly."), DiffVerdict.Of(report));
    }

    [Fact]
    public void A_layer_of_another_name_is_matched_by_its_shape()
    {
        var report = Diff(Run("a", Net()), Run("b", Net(hidden: "renamed"), tap: "renamed"));
        var layer = Assert.Single(report.Layers);
        Assert.Equal(("r", "renamed", "shape"), (layer.A, layer.B, layer.MatchedBy));
        Assert.Equal(1, layer.Cka!.Value, 1e-12);
        Assert.Equal([("removed", "node/r"), ("changed", "node/y"), ("added", "node/renamed")], report.Graph.Nodes.Select(n => (n.Change, n.Node)));
        Assert.Equal("it reads other tensors", report.Graph.Nodes[1].Detail);
    }

    [Fact]
    public void A_layer_of_another_operator_is_matched_by_its_activations_and_one_that_sees_nothing_alike_is_not()
    {
        var a = Run("a", Net());
        var layer = Assert.Single(Diff(a, Run("b", Net(hidden: "s", op: "Sigmoid"), tap: "s")).Layers);
        Assert.Equal(("r", "s", "activations"), (layer.A, layer.B, layer.MatchedBy));
        Assert.InRange(layer.Cka!.Value, .5, .9999);
        Assert.InRange(layer.Cka.Value, layer.Interval![0], layer.Interval[1]);
        // A constant layer varies with nothing.
        var lone = Diff(a, Run("c", Net(hidden: "s", op: "Sigmoid", first: 0), tap: "s")).Layers;
        Assert.Equal([("r", null, null), (null, "s", null)], lone.Select(l => (l.A, l.B, l.MatchedBy)));
        Assert.All(lone, l => Assert.Equal("it has no partner", l.Reason));
    }

    [Fact]
    public void A_changed_operator_of_one_name_is_named()
    {
        var report = Diff(Run("a", Net(op: "LeakyRelu", attributes: [Tiny.Float("alpha", .1f)])), Run("b", Net(op: "LeakyRelu", attributes: [Tiny.Float("alpha", .3f)])));
        Assert.Equal(new DiffNode("changed", "node/r", "LeakyRelu", "alpha 0.1 became 0.3"), Assert.Single(report.Graph.Nodes));
        report = Diff(_folder.At("a"), Run("c", Net()));
        Assert.Equal(new DiffNode("changed", "node/r", "Relu", "LeakyRelu became Relu"), Assert.Single(report.Graph.Nodes));
    }

    [Fact]
    public void On_other_data_nothing_is_compared_sample_by_sample()
    {
        Data("other", seed: 4);
        var report = Diff(Run("a", Net()), Run("b", Net(scale: 2), data: "other"));
        Assert.Equal((null, "the runs share no samples"), (report.Layers[0].Cka, report.Layers[0].Reason));
        var split = Assert.Single(report.Accuracy);
        Assert.True(split is { A: not null, B: not null, Interval: null, PValue: null, Changed: null, Samples: null });
        Assert.Contains(report.Notes, n => n.StartsWith("the data differ", StringComparison.Ordinal));
        Assert.Equal(1, report.Weights[1].RelativeChange);
        Assert.Equal((DiffOutcome.Unknown, null), (DiffVerdict.Of(report).Outcome, DiffVerdict.Of(report).Split));
    }

    [Fact]
    public void A_verdict_is_by_the_interval_of_the_paired_difference()
    {
        var report = Diff(Run("a", Net()), Run("b", Net(scale: 2)));
        DiffVerdict With(double low, double high) => DiffVerdict.Of(report with { Accuracy = [report.Accuracy[0] with { Interval = [low, high], Difference = (low + high) / 2, Changed = 5 }] });
        Assert.Equal((DiffOutcome.Better, "B predicts better than A on test: +0.0200. No finding changed clearly."), (With(.01, .03).Outcome, With(.01, .03).Sentence));
        Assert.Equal((DiffOutcome.Worse, "B predicts worse than A on test: -0.0200. No finding changed clearly."), (With(-.03, -.01).Outcome, With(-.03, -.01).Sentence));
        Assert.Equal((DiffOutcome.NoClearDifference, "Neither predicts clearly better on test: +0.0100, and the interval holds 0. No finding changed clearly."), (With(-.01, .03).Outcome, With(-.01, .03).Sentence));
    }

    [Fact]
    public void Runs_of_different_length_share_their_first_samples()
    {
        var report = Diff(Run("a", Net()), Run("b", Net(scale: -1), limit: 50));
        Assert.Equal((50, "test"), (report.Settings.Samples, report.Settings.Split));
        Assert.Equal(1, report.Layers[0].Cka!.Value, 1e-12);
        var split = Assert.Single(report.Accuracy);
        using var run = Analyzer.Runs.Run.Open(_folder.At("b"));
        var samples = run.Samples()[0];
        // The other sign turns every order round: what was most is least.
        Assert.Equal((50, 50), (split.Samples, split.Changed));
        Assert.Equal(samples.Labels!.Zip(samples.Predicted!).Count(p => p.First == p.Second) / 50.0, split.B);
        Assert.Equal(split.B!.Value - split.A!.Value, split.Difference!.Value, 1e-15);
        Assert.Equal(["test: the runs hold 120 and 50 samples, and share the first 50"], report.Notes);
    }

    [Fact]
    public void Without_the_model_files_the_rest_is_compared_and_the_report_says_so()
    {
        var (a, b) = (Run("a", Net()), Run("b", Net(scale: 2)));
        File.Delete(_folder.At("a.onnx"));
        var report = Diff(a, b);
        Assert.False(report.Graph.Compared);
        Assert.Contains(_folder.At("a.onnx"), report.Graph.Reason!, StringComparison.Ordinal);
        Assert.Equal(1, report.Weights[1].RelativeChange);
        // Another file under the old name is not taken for the model.
        File.Copy(_folder.At("b.onnx"), _folder.At("a.onnx"));
        Assert.Contains("is not the file any more", Diff(a, b).Graph.Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_are_judged_by_intervals_then_by_nulls_and_else_left_open()
    {
        var (a, b) = (Run("a", Net()), Run("b", Net(scale: 2)));
        Store(a, Found("gone", 1), Found("verdict", .5, Verdict.Pass, [.4, .6]), Found("disjoint", .5, interval: [.4, .6]), Found("overlap", .5, interval: [.4, .6]),
            Found("far", 1, std: .3), Found("near", 1, std: .3), Found("open", 1), Found("same", 1));
        Store(b, Found("appeared", 1), Found("verdict", .55, Verdict.Fail, [.45, .65]), Found("disjoint", .8, interval: [.7, .9]), Found("overlap", .7, interval: [.5, .8]),
            Found("far", 2, std: .4), Found("near", 1.9, std: .4), Found("open", 1.5), Found("same", 1));
        var report = Diff(a, b);
        Assert.Equal(
            [
                ("verdict", FindingChange.Verdict, "the verdict is another; the intervals overlap"),
                ("disjoint", FindingChange.Value, "the intervals are disjoint"),
                // √(.3² + .4²) = .5: 2.0 of it is not more than 2, in doubles too.
                ("appeared", FindingChange.Appeared, "only B has it"), ("gone", FindingChange.Gone, "only A has it"),
                ("open", FindingChange.Open, "the values differ, and neither intervals nor nulls of both say by how much they might by chance"),
                ("overlap", FindingChange.Unchanged, "the intervals overlap"),
                ("far", FindingChange.Unchanged, "the values differ by 2.0 combined standard deviations of their nulls; more than 2 count"),
                ("near", FindingChange.Unchanged, "the values differ by 1.8 combined standard deviations of their nulls; more than 2 count"),
                ("same", FindingChange.Unchanged, "the values are equal"),
            ],
            // Labels are random, so both runs find that answers are chance.
            report.Findings.Where(f => f.Id != "samples.chance").Select(f => (f.Id, f.Change, f.Rule)));
        Assert.EndsWith(" 1 of 10 findings has another verdict, 1 of them a worse one.", DiffVerdict.Of(report).Sentence, StringComparison.Ordinal);
        Store(b, Found("far", 2.01, std: .4));
        Assert.EndsWith(" No finding that both have has another verdict; of 9 there are 1 with another value, 7 gone.", DiffVerdict.Of(Diff(a, b)).Sentence, StringComparison.Ordinal);
        Assert.Equal(FindingChange.Value, Diff(a, b).Findings.Single(f => f.Id == "far").Change);
        Assert.Contains("codes was measured under other options, A and B: draws 20 and 5", Diff(a, b).Notes);
    }

    [Fact]
    public void Equal_seeds_give_equal_reports_and_other_seeds_other_samples()
    {
        var (a, b) = (Run("a", Net()), Run("b", Net(hidden: "s", op: "Sigmoid"), tap: "s"));
        var first = Diff(a, b, new() { Samples = 40 });
        Assert.Equal(40, first.Settings.Samples);
        Assert.Equal(first.ToJson(), Diff(a, b, new() { Samples = 40 }).ToJson());
        Assert.NotEqual(first.Layers[0].Cka, Diff(a, b, new() { Samples = 40, Seed = 1 }).Layers[0].Cka);
    }

    private static DiffReport Diff(string a, string b, DiffOptions? options = null) => Pipeline.Diff(a, b, options ?? new(), cancellation: TestContext.Current.CancellationToken);

    private static Finding Found(string id, double value, Verdict verdict = Verdict.Pass, double[]? interval = null, double? std = null) => new()
    {
        Id = id, Analysis = "codes", Title = id, Value = value, ValueUnit = "fraction", Interval = interval, Null = std is null ? null : new("untrained", 0, std, null, 20),
        Verdict = verdict, Rule = "none", Evidence = "SELECT 1", Source = "none",
    };

    private static void Store(string path, params Finding[] findings)
    {
        using var run = Analyzer.Runs.Run.Open(path);
        run.WriteResult("codes", new AnalysisResult("codes", findings, new JsonObject(), []) { Options = new JsonObject { ["draws"] = path.EndsWith('a') ? 20 : 5 } }.ToJson());
    }

    private string Run(string name, ModelProto model, string tap = "r", string data = "data", int? limit = null)
    {
        Pipeline.Extract(new()
        {
            Model = _folder.Write($"{name}.onnx", model.ToByteArray()), Data = _folder.At(data), Out = _folder.At(name), Taps = [tap], Reducers = [Reducer.Mean],
            Execution = new() { Device = Device.Cpu }, Nulls = false, Limit = limit,
        });
        return _folder.At(name);
    }

    // 8 → 6 → 3 with a nonlinearity between.
    private static ModelProto Net(float scale = 1, string hidden = "r", string op = "Relu", float first = 1, params AttributeProto[] attributes)
    {
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 8)], ["y"], Tiny.Node("MatMul", "x w1", "h"), Tiny.Node(op, "h", hidden, attributes), Tiny.Node("MatMul", $"{hidden} w2", "y"));
        model.Graph.Initializer.Add(Tiny.Weight("w1", [8, 6], [.. Tiny.Numbers(48, 1).Select(v => first * v)]));
        model.Graph.Initializer.Add(Tiny.Weight("w2", [6, 3], [.. Tiny.Numbers(18, 2).Select(v => scale * v)]));
        return model;
    }

    private void Data(string name, int seed)
    {
        _folder.Write($"{name}/test_inputs.npy", Npy("<f4", [Samples, 8], MemoryMarshal.AsBytes<float>(Tiny.Numbers(Samples * 8, seed)).ToArray()));
        _folder.Write($"{name}/test_labels.npy", Npy("<i8", [Samples], MemoryMarshal.AsBytes<long>(Enumerable.Range(0, Samples).Select(i => (long)(i * 7 % 3)).ToArray()).ToArray()));
    }
}
