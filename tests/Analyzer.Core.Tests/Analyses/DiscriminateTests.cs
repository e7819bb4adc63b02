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

namespace Analyzer.Tests.Analyses;

/// <summary>Truth planted in the data must come out of the analysis, through a network whose first layer is the data itself.</summary>
public sealed class DiscriminateTests : IDisposable
{
    private const int Units = 8, Classes = 5, Dropped = 3;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_unit_for_one_class_only_is_named_and_one_silent_for_a_class_is_its_absence()
    {
        var (values, labels) = Noise(600, 1);
        for (var i = 0; i < labels.Length; i++)
        {
            values[i * Units + 3] = labels[i] == 4 ? 1 + values[i * Units + 3] : 0;
            values[i * Units + 5] = labels[i] == 2 ? 0 : 1 + values[i * Units + 5];
        }
        var result = Result(values, labels);
        var layer = Report(result).Layers[0];
        Assert.Equal((Units, Classes, 480, 0), (layer.Units, layer.Classes, layer.Samples, layer.ConstantUnits));
        Assert.Equal(new[] { (3, 4, 1.0), (5, 2, -1.0) }, layer.Top.Take(2).Select(t => (t.Unit, t.Class, t.SignedKs)).OrderBy(t => t.Unit));
        Assert.All(layer.Top.Take(2), top => Assert.InRange(top.Q, 0, 1e-20));
        Assert.All(layer.Top.Skip(2), top => Assert.InRange(top.Q, .05, 1));

        // Inside class 4 unit 3 lies above 1, elsewhere it is 0.
        var pair = Report(result).Network.Top.Single(p => p.Unit == 3);
        Assert.Equal((0.0, 1.0), (pair.Histogram!.Low, pair.Histogram.Outside[0]));
        Assert.Equal(1, pair.Histogram.Inside.Skip(1).Sum(), 1e-12);
        Assert.Equal(30, pair.Histogram.Inside.Count);

        var single = Finding(result, "units.single-out");
        Assert.Equal((Verdict.Warn, (int?)3, 1.0), (single.Verdict, single.Unit, single.Value));
        Assert.Contains("the strongest is unit 3 of hidden for class 4, with a KS of 1.00", single.Title, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, Finding(result, "network.characteristic").Verdict);
        Assert.Equal(new[] { "3|4|1", "5|2|-1" }, Query("SELECT unit, class, signed_ks::INT FROM discriminate_pairs WHERE abs(signed_ks) = 1 ORDER BY unit"));
        Assert.Equal(new[] { "3|4", "5|2" }, Query("SELECT unit, best_class FROM discriminate_units WHERE abs(best_ks) = 1 ORDER BY unit"));
    }

    [Fact]
    public void What_the_last_layer_drops_the_whole_network_still_tells()
    {
        // The first three units are the class in binary; the second layer passes on only the others, which are noise.
        var (values, labels) = Noise(900, 2);
        for (var i = 0; i < labels.Length; i++)
            for (var bit = 0; bit < Dropped; bit++) values[i * Units + bit] = labels[i] >> bit & 1;
        var result = Result(values, labels, secondLayer: true);
        var report = Report(result);
        Assert.Equal(2, report.Layers.Count);
        var silent = Finding(result, "layers.silent");
        Assert.Equal((Verdict.Warn, .5, report.Layers[1].Tap), (silent.Verdict, silent.Value, silent.Tap));
        Assert.Equal("1 of 2 layers has no unit that is characteristic of any class: second", silent.Title);
        var embedding = Finding(result, "embedding");
        Assert.Equal(Verdict.Warn, embedding.Verdict);
        Assert.All(new[] { report.Embedding.C, report.Embedding.Last.C }, c => Assert.Contains(c, new[] { .01, 1, 100 }));
        // +1 and −1 of three units tell all five classes apart.
        Assert.Equal((1.0, report.Layers[0].Tap, report.Layers[1].Tap), (report.Embedding.Accuracy, report.Embedding.Best.Tap, report.Embedding.Last.Tap));
        Assert.InRange(report.Embedding.Last.Accuracy, 0, .4);
        Assert.Equal(report.Embedding.Accuracy - report.Embedding.Last.Accuracy, report.Embedding.Gain, 1e-12);
        Assert.Equal(["180|1.0"], Query("SELECT count(*), avg((embedding = label)::INT) FROM discriminate_probes JOIN samples USING (sample)"));
        Assert.All(result.Findings, f => Assert.NotEmpty(Query(f.Evidence)));
        Assert.Equal((Units * 2 - Dropped, 720, 180), (report.Embedding.Units, report.Embedding.FitSamples, report.Embedding.ScoreSamples));
    }

    [Fact]
    public void A_layer_scaled_to_length_one_gets_the_weak_penalty_that_it_needs()
    {
        // One unit is large in all samples, so that scaled to length 1 the one that counts the classes off spans a few hundredths.
        var (values, labels) = Noise(600, 11);
        for (var i = 0; i < labels.Length; i++) (values[i * Units], values[i * Units + 7]) = (.5f * labels[i] + .2f * values[i * Units], 20);
        var chosen = Report(Result(values, labels)).Embedding.Last;
        var fixedC = Report(Pipeline.Analyze(_folder.At("run"), "discriminate", new() { Discriminate = new() { C = 1 } })).Embedding.Last;
        Assert.Equal((100, 1), (chosen.C, fixedC.C));
        Assert.InRange(chosen.Accuracy, fixedC.Accuracy + .2, 1);
    }

    [Fact]
    public void Labels_without_meaning_characterise_no_unit()
    {
        var (values, labels) = Noise(800, 3);
        var result = Result(values, labels);
        foreach (var id in new[] { "network.characteristic", "embedding" })
            Assert.Equal(Verdict.Warn, Finding(result, id).Verdict);
        Assert.StartsWith("No unit tells any class apart better than under shuffled labels, and a |KS| of 0.", Finding(result, "network.characteristic").Title, StringComparison.Ordinal);
        Assert.Equal(Verdict.Pass, Finding(result, "units.single-out").Verdict);
    }

    [Fact]
    public void On_noise_the_verdict_says_something_at_most_at_its_rate()
    {
        int claims = 0, seeds = 200;
        for (ulong seed = 0; seed < (ulong)seeds; seed++)
        {
            var random = new SeededRandom(seed);
            var split = new SplitSamples("all", 0, 250, [.. Enumerable.Range(0, 250).Select(_ => random.NextBelow(6))], null);
            var layers = new DiscriminateLayers(split, [.. Enumerable.Range(0, 250)], new() { Seed = (long)seed });
            for (var layer = 0; layer < 3; layer++)
            {
                // Some units mostly 0, some never.
                var values = new Matrix(250, 10);
                for (var i = 0; i < values.Values.Length; i++) values.Values[i] = (float)Math.Max(0, random.NextDouble() - i % 10 / 12.0);
                layers.Add(Tap(layer, 10), values, null, new Silent(), CancellationToken.None);
            }
            claims += Report(layers).Network.Q <= .05 ? 1 : 0;
        }
        // At most 5 %, plus 2.6 standard errors of 200 draws; ties make it fewer.
        Assert.InRange(claims / (double)seeds, 0, .09);
    }

    [Fact]
    public void Fewer_samples_than_can_tell_are_inconclusive_and_the_finding_says_how_many_are_needed()
    {
        var (values, labels) = Noise(60, 4);
        var finding = Assert.Single(Result(values, labels).Findings);
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.Equal("Too few labelled samples to tell whether units are characteristic of classes: 60, and at least 100 are needed", finding.Title);
        Assert.Equal((int)Failure.Inconclusive, Reports.Report.ExitCodeOf([finding]));
    }

    [Fact]
    public void Classes_of_one_sample_are_inconclusive_and_no_number_is_NaN()
    {
        var (values, _) = Noise(120, 5);
        var single = Finding(Result(values, [.. Enumerable.Range(0, 120)]), "network.characteristic");
        Assert.Equal((Verdict.Inconclusive, "Too few labelled samples to tell whether units are characteristic of classes: 120, and at least 240 are needed"), (single.Verdict, single.Title));
        // Classes of two, of which four fifths are measured.
        Directory.Delete(_folder.At("run"), recursive: true);
        var result = Result(values, [.. Enumerable.Range(0, 120).Select(i => i / 2)]);
        var finding = Finding(result, "network.characteristic");
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.Matches("^Too few samples of the classes to tell whether units are characteristic of them: [0-9,]+ samples are needed$", finding.Title);
        Assert.DoesNotContain("NaN", result.ToJson(), StringComparison.Ordinal);
        Pipeline.Report(_folder.At("run"));
    }

    [Fact]
    public void A_dead_layer_has_no_pairs_and_the_report_is_written()
    {
        var (values, labels) = Noise(300, 6);
        var result = Result([.. values.Select(_ => -1f)], labels);
        var report = Report(result);
        Assert.Equal((0, Units), (report.Network.Pairs, report.Layers[0].ConstantUnits));
        Assert.Empty(report.Layers[0].Top);
        Assert.Equal("No unit tells any class apart: every unit has one value in all samples", Finding(result, "network.characteristic").Title);
        Assert.Equal(Verdict.Warn, Finding(result, "embedding").Verdict);
        Assert.DoesNotContain(result.Findings, f => f.Id.EndsWith("single-out", StringComparison.Ordinal));
        Pipeline.Report(_folder.At("run"));
        Assert.Contains("Units characteristic of classes", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void More_samples_than_the_cap_are_drawn_with_the_shares_of_the_classes_kept()
    {
        var (values, _) = Noise(1_000, 7);
        // 625, 125, 63 and so on of 1,000.
        int[] labels = [.. Enumerable.Range(0, 1_000).Select(i => i % 8 < 5 ? 0 : i % 8)];
        var result = Result(values, labels, options: new() { MostSamples = 200 });
        Assert.Contains("discriminate: measured on 200 of 800 samples, drawn at random with the shares of the classes kept", result.Notes);
        var drawn = Report(result).Classes;
        var (split, _) = ProbeSplit.Choose([new("all", 0, labels.Length, labels, null)], 0);
        Assert.Equal(200, drawn.Sum(c => c.Samples));
        foreach (var c in drawn)
        {
            var whole = split!.FitRows!.Count(r => labels[r] == c.Class);
            Assert.InRange(c.Samples, whole / 4.0 - 1, whole / 4.0 + 1);
        }
    }

    [Fact]
    public void Labels_are_needed_and_more_than_one_of_them()
    {
        var (values, labels) = Noise(150, 8);
        Assert.Equal("no split has labels, so there are no classes to tell apart", Refused(values, null));
        Assert.Equal("all labels are the same, so there is nothing to tell apart", Refused(values, [.. labels.Select(_ => 0)]));
        Assert.Equal("all labels are the same, so there is nothing to tell apart", Refused(values, [.. labels.Select(_ => 3)]));
    }

    [Fact]
    public void Maxima_are_read_where_they_were_stored_and_missed_where_not()
    {
        var (values, labels) = Noise(150, 9);
        Result(values, labels);
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "discriminate", new() { Discriminate = new() { Pooling = Pooling.Max } }));
        Assert.Equal((Failure.Inconclusive, $"the run in `{_folder.At("run")}` holds no max of any activation"), (refused.Kind, refused.Message));
    }

    [Fact]
    public void The_same_run_and_seed_give_the_same_result()
    {
        var (values, labels) = Noise(400, 12);
        var first = Result(values, labels).ToJson();
        Assert.Equal(first, Pipeline.Analyze(_folder.At("run"), "discriminate", new()).ToJson());
        Assert.NotEqual(first, Pipeline.Analyze(_folder.At("run"), "discriminate", new() { Seed = 1 }).ToJson());
    }

    [Fact]
    public void The_record_keeps_its_names()
    {
        var (values, labels) = Noise(300, 10);
        for (var i = 0; i < labels.Length; i++) values[i * Units] += labels[i];
        var layer = Result(values, labels).Report["layers"]![0]!.AsObject();
        foreach (var name in new[] { "tap", "units", "classes", "threshold", "falseDiscoveryRate", "presence", "absence", "top" }) Assert.True(layer.ContainsKey(name), name);
        Assert.Equal(["unit", "class", "signedKs", "q", "permutationP"], layer["top"]![0]!.AsObject().Select(p => p.Key));
    }

    private string Refused(float[] values, int[]? labels)
    {
        Extract(values, labels, secondLayer: false);
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "discriminate", new()));
        Directory.Delete(_folder.At("run"), recursive: true);
        Assert.Equal(Failure.Inconclusive, refused.Kind);
        return refused.Message;
    }

    private AnalysisResult Result(float[] values, int[] labels, bool secondLayer = false, DiscriminateOptions? options = null)
    {
        Extract(values, labels, secondLayer);
        return Pipeline.Analyze(_folder.At("run"), "discriminate", new() { Discriminate = options ?? new() });
    }

    private void Extract(float[] values, int[]? labels, bool secondLayer)
    {
        _folder.Write("data/inputs.npy", Npy("<f4", [values.Length / Units, Units], MemoryMarshal.AsBytes<float>(values).ToArray()));
        if (labels is not null)
            _folder.Write("data/labels.npy", Npy("<i8", [labels.Length], MemoryMarshal.AsBytes<long>([.. labels.Select(l => (long)l)]).ToArray()));
        File.WriteAllBytes(_folder.At("model.onnx"), Network(secondLayer).ToByteArray());
        Pipeline.Extract(new()
        {
            Model = _folder.At("model.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Taps = ["op:Relu"], Reducers = [Reducer.Mean], Nulls = false,
            Execution = new() { Device = Analyzer.Inference.Device.Cpu },
        });
    }

    /// <summary>hidden = max(0, input); second passes on all but its first three units; scores are some linear map.</summary>
    private static ModelProto Network(bool secondLayer)
    {
        var drop = new float[Units * (Units - Dropped)];
        for (var i = 0; i < Units - Dropped; i++) drop[(i + Dropped) * (Units - Dropped) + i] = 1;
        NodeProto[] nodes = secondLayer
            ? [Tiny.Node("Relu", "x", "hidden"), Tiny.Node("MatMul", "hidden drop", "dropped"), Tiny.Node("Relu", "dropped", "second"), Tiny.Node("MatMul", "second w", "y")]
            : [Tiny.Node("Relu", "x", "hidden"), Tiny.Node("MatMul", "hidden w", "y")];
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", Units)], ["y"], nodes);
        model.Graph.Initializer.Add(Tiny.Weight("drop", [Units, Units - Dropped], drop));
        model.Graph.Initializer.Add(Tiny.Weight("w", secondLayer ? Units - Dropped : Units, Classes));
        return model;
    }

    private static (float[] Values, int[] Labels) Noise(int samples, ulong seed)
    {
        var random = new SeededRandom(seed);
        var values = new float[samples * Units];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() - i % Units / 12.0);
        return (values, [.. Enumerable.Range(0, samples).Select(_ => random.NextBelow(Classes))]);
    }

    private string[] Query(string sql)
    {
        using var run = Run.Open(_folder.At("run"));
        using var query = RunQuery.Start(run, sql, json: false);
        return [.. query.Rows().Select(row => string.Join('|', row))];
    }

    private static DiscriminateReport Report(AnalysisResult result) => result.Report.Deserialize<DiscriminateReport>(Reports.Report.Json)!;

    private static DiscriminateReport Report(DiscriminateLayers layers) =>
        layers.Report(null, "noise", new(0, "", 1, 1, 0, 0, 1, 0, [0, 1], new("", "", 1, 0, [0, 1]), new("", "", 1, 0, [0, 1]), 0, 0, 0));

    private static Finding Finding(AnalysisResult result, string id) => result.Findings.Single(f => f.Id == $"discriminate.{id}");

    private static TapEntry Tap(int number, int units) => new($"t{number:D4}", $"layer{number}", "", "Relu", [-1, units], "float", "mean", units, UnitAxis: 1);

    private sealed class Silent : IProgress<double>
    {
        public void Report(double value) { }
    }
}
