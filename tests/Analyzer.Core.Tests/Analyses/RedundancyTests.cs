using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Analyses;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;
using static Analyzer.Tests.Models.Tiny;

namespace Analyzer.Tests.Analyses;

/// <summary>Truth planted in the weights must come out of the analysis.</summary>
public sealed class RedundancyTests : IDisposable
{
    private const int Inputs = 60;
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Planted_copies_are_counted_named_and_warned_of()
    {
        // Forty units of which each tenth one points where the one before it does, twice as long; unit 5 has no weights.
        var weights = Gaussian(40, Inputs, 1);
        for (var unit = 10; unit < 40; unit += 10)
            for (var i = 0; i < Inputs; i++)
                weights[unit * Inputs + i] = 2 * weights[(unit - 1) * Inputs + i];
        weights.AsSpan(5 * Inputs, Inputs).Clear();
        var (result, report) = Analyze(weights, 40, samples: 400);

        var layer = report.Layers.Single(l => l.Tensor == "w");
        Assert.Equal((40, 39, 60, 1, "average"), (layer.Units, layer.Compared, layer.Dimension, layer.Zero, layer.Linkage));
        Assert.Equal([5], layer.ZeroUnits);
        Assert.Equal((36, 3), layer.Thresholds.Where(t => t.Tau == .9).Select(t => (t.Clusters, t.Redundant)).Single());
        Assert.Equal((6, 3L), (layer.DuplicateUnits, layer.DuplicatePairs));
        Assert.Equal([(9, 10), (19, 20), (29, 30)], layer.Duplicates.Select(d => (d.Unit, d.Other)));
        Assert.Equal(39, layer.Ordered!.FirstUnits.Count);
        Assert.Equal((39, 38), (layer.Tree!.Leaves.Count, layer.Tree.Merges.Count));
        // Copies merge first, at a height of rounding.
        Assert.Equal([(9, 10), (19, 20), (29, 30)], layer.Tree.Merges.Where(m => m.Height < 1e-6).Select(m => (layer.Tree.Leaves[m.First].FirstUnit, layer.Tree.Leaves[m.Second].FirstUnit)).Order());
        Assert.Null(report.Layers.Single(l => l.Tensor != "w").Tree);

        // Without a bias copies respond alike too, and the unit without weights never changes.
        var tap = Assert.Single(report.Activations);
        Assert.Equal((39, 400, 6), (tap.Compared, tap.Dimension, tap.DuplicateUnits));
        Assert.Equal([5], tap.ZeroUnits);

        var duplicates = result.Findings.Single(f => f.Id == "redundancy.network.duplicates");
        Assert.Equal((Verdict.Warn, 6.0), (duplicates.Verdict, duplicates.Value));
        Assert.StartsWith("6 units have a duplicate in their layer (cosine ≥ 0.999): 9 and 10 of `node/c`, 19 and 20 of `node/c`", duplicates.Title, StringComparison.Ordinal);
        Assert.Equal(Verdict.Warn, result.Findings.Single(f => f.Id == "redundancy.network.zero-weights").Verdict);
    }

    [Fact]
    public void Half_the_units_copied_makes_the_layer_and_the_network_warn()
    {
        var weights = Gaussian(40, Inputs, 2);
        weights.AsSpan(0, 20 * Inputs).CopyTo(weights.AsSpan(20 * Inputs));
        var (result, report) = Analyze(weights, 40, samples: 200);
        // The last layer, 4 units of 40 weights, is counted with it.
        Assert.Equal(20 + report.Layers.Single(l => l.Tensor == "v").Thresholds.Single(t => t.Tau == .54).Redundant, report.Weights!.Redundant);
        Assert.Equal(Verdict.Warn, result.Findings.Single(f => f.Id == "redundancy.network.weights").Verdict);
        var layer = result.Findings.Single(f => f.Tap is not null);
        Assert.Equal(("redundancy.w0000.weights", Verdict.Warn, .5), (layer.Id, layer.Verdict, layer.Value));
        // Nothing says how alike the units of an untrained network are.
        var responses = result.Findings.Single(f => f.Id == "redundancy.network.responses");
        Assert.Equal(Verdict.Inconclusive, responses.Verdict);
        Assert.EndsWith("; there are no re-drawn weights to compare with", responses.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_samples_leave_responses_inconclusive_and_say_how_many_are_needed()
    {
        var (result, _) = Analyze(Gaussian(8, Inputs, 3), 8, samples: 12);
        var finding = result.Findings.Single(f => f.Id == "redundancy.network.responses");
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.Equal("Too few samples to tell which units respond alike: 12, and 50 are needed", finding.Title);
    }

    [Fact]
    public void A_network_of_nothing_but_zeros_has_findings_and_no_number_that_is_none()
    {
        var (result, report) = Analyze(new float[8 * Inputs], 8, samples: 60);
        Assert.Equal((8, 0), (report.Layers[0].Zero, report.Layers[0].Compared));
        Assert.Null(report.Responses);
        Assert.Equal(8, report.Activations.Single().Zero);
        Assert.DoesNotContain("NaN", result.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_unit_and_one_sample_are_enough_not_to_fail()
    {
        var (result, report) = Analyze(Gaussian(1, Inputs, 4), 1, samples: 1);
        Assert.Equal(1, report.Layers[0].Compared);
        // The last layer has four units of one weight each.
        Assert.Equal(4, report.Layers[1].Compared);
        Assert.Equal((Verdict.Pass, 0), (result.Findings.Single(f => f.Id == "redundancy.network.duplicates") is var duplicates ? duplicates.Verdict : default, duplicates.Value));
        Assert.DoesNotContain("NaN", result.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Linkages_are_named_in_the_output_and_differ()
    {
        var weights = Gaussian(64, 27, 5);
        var counts = Enum.GetValues<Linkage>().Select(linkage =>
        {
            var layer = Measure(weights, 64, 27, new() { Linkage = linkage }, 1).Report;
            Assert.Equal(linkage.ToString().ToLowerInvariant(), layer.Linkage);
            return layer.Thresholds.Single(t => t.Tau == .3).Redundant;
        }).ToArray();
        // The paper file's 32, 26 and 58 are of one draw; 400 of NumPy's give 32 ± 2, 29 ± 2 and 62 ± 1.
        Assert.InRange(counts[0], 25, 38);
        Assert.InRange(counts[1], 22, 36);
        Assert.InRange(counts[2], 55, 63);
    }

    [Fact]
    public void Random_weights_are_beyond_their_null_as_often_as_the_rule_says_and_never_warned_of()
    {
        var (beyond, warned) = (0, 0);
        for (var seed = 0; seed < 120; seed++)
        {
            var options = new RedundancyOptions { Draws = 19, Tau = .3 };
            RedundancyLayer[] layers = [.. Enumerable.Range(0, 4).Select(i => Measure(Gaussian(24, 27, (ulong)(10 * seed + i)), 24, 27, options, (ulong)(1_000 + 10 * seed + i)))];
            var report = new RedundancyReport
            {
                Source = "", Settings = new("average", "signed", "centred", .3, .999, .1, 19, 0, null, 0), Weights = RedundancyLayer.Total(layers, .3),
                Layers = [.. layers.Select(l => l.Report)], Activations = [],
            };
            beyond += report.Weights!.BeyondNull ? 1 : 0;
            warned += RedundancyFindings.Of(report).Count(f => f.Verdict != Verdict.Pass);
        }
        // One in twenty expected, so 6; above 15 has a probability below 1e-3. Warnings ask for an excess that chance does not reach:
        // of 480 layers one may.
        Assert.InRange(beyond, 0, 15);
        Assert.InRange(warned, 0, 1);
    }

    [Fact]
    public void Layers_of_one_shape_share_their_null_and_their_sum_varies_as_if_they_did_not()
    {
        var nulls = new Dictionary<string, RedundancyNull>();
        var options = new RedundancyOptions { Draws = 200, Tau = .3 };
        RedundancyLayer Layer(ulong seed) => RedundancyLayer.Measure(
            new("w", "w", "node", "Gemm", 1, IsWeights: true), new Matrix(24, 27, Gaussian(24, 27, seed)), null, nulls, options, seed, default);
        RedundancyLayer[] layers = [.. Enumerable.Range(0, 16).Select(i => Layer((ulong)i))];
        Assert.Single(nulls);
        double one = RedundancyLayer.Total(layers[..1], .3)!.Null.Std!.Value, sixteen = RedundancyLayer.Total(layers, .3)!.Null.Std!.Value;
        // The share of 16 independent layers varies a fourth as much as that of one; 200 draws tell a deviation to 5 %.
        Assert.InRange(sixteen / one, .25 / 1.25, .25 * 1.25);
    }

    [Fact]
    public void Responses_are_centred_in_full_and_constant_ones_left_out()
    {
        Write(Gaussian(6, Inputs, 6), 6, 30);
        using var run = Run.Open(_folder.At("run"));
        var split = run.Samples().Single();
        var tap = run.Manifest.Taps.Single(t => t.IsMean && !t.HeadInput);
        var raw = RedundancyResponses.Read(run, tap, split, new() { Responses = Responses.Raw, Samples = 10 }, default).Features;
        var centred = RedundancyResponses.Read(run, tap, split, new() { Samples = 10 }, default).Features;
        var all = run.ReadValues(tap, split);
        for (var unit = 0; unit < 6; unit++)
        {
            Assert.Equal(Enumerable.Range(0, 10).Select(i => all.Row(3 * i)[unit]), raw.Row(unit).ToArray());
            // Ten float32 of size 1 to 10.
            Assert.Equal(0, centred.Row(unit).ToArray().Sum(v => (double)v), 1e-5);
        }
    }

    [Fact]
    public void Sweeps_compare_redundancy_over_the_width_of_trained_networks()
    {
        _folder.Write("data/inputs.npy", Npy("<f4", [60, 784], MemoryMarshal.AsBytes<float>(Gaussian(60, 784, 7)).ToArray()));
        string[] runs = [_folder.At("w020"), _folder.At("w100")];
        foreach (var run in runs)
        {
            Pipeline.Extract(new()
            {
                Model = Path.Combine(Repository.Root, "models", $"mnist-mlp-{Path.GetFileName(run)}.onnx"), Data = _folder.At("data"), Out = run, Taps = ["op:Relu"],
                Reducers = [Reducer.Mean], Execution = new() { Device = Analyzer.Inference.Device.Cpu }, Nulls = false,
            });
            Pipeline.Analyze(run, "redundancy", new());
        }
        var sweep = Sweep.Compare(runs, new());
        var weights = sweep.Measurements.Where(m => m.Measure == "redundancy.weights.0.1").ToLookup(m => (m.Run, m.Layer));
        // SciPy (pdist, linkage, fcluster) finds 71 of the hundred hidden units redundant at .1; of Gaussian ones 11 ± 2 are.
        var hidden = weights[(1, 0)].Single();
        Assert.Equal(.71, hidden.Value, 1e-12);
        Assert.InRange(hidden.Null!.Value, .05, .17);
        Assert.True(weights[(0, null)].Single().Value < weights[(1, null)].Single().Value);
        Assert.Contains(sweep.Curves, c => c is { Measure: "redundancy.responses.0.54", Factor: "width", Layer: null });
    }

    private static RedundancyLayer Measure(float[] weights, int units, int dimension, RedundancyOptions options, ulong seed) =>
        RedundancyLayer.Measure(new("w0000", "w", "node", "Gemm", 1, IsWeights: true), new Matrix(units, dimension, weights), null, [], options, seed, default);

    private (AnalysisResult Result, RedundancyReport Report) Analyze(float[] weights, int units, int samples)
    {
        Write(weights, units, samples);
        var result = Pipeline.Analyze(_folder.At("run"), "redundancy", new());
        Assert.NotNull(Pipeline.Report(_folder.At("run")).Analyses["redundancy"]);
        using var run = Run.Open(_folder.At("run"));
        foreach (var finding in result.Findings)
        {
            using var rows = RunQuery.Start(run, finding.Evidence, json: false);
            // What is counted has rows behind it; no duplicates have none.
            Assert.Equal(finding.Value > 0 || finding.Null is not null, rows.Rows().Any());
        }
        return (result, result.Report.Deserialize<RedundancyReport>(Report.Json)!);
    }

    // x → Gemm w → Relu → Gemm v → y, on independent Gaussian inputs.
    private void Write(float[] weights, int units, int samples)
    {
        var model = Model(13, [Value("x", ElementType.Float, "N", Inputs)], ["y"],
            Node("Gemm", "x w", "c", Int("transB", 1)), Node("Relu", "c", "h"), Node("Gemm", "h v", "y", Int("transB", 1)));
        model.Graph.Initializer.Add([Weight("w", [units, Inputs], weights), Weight("v", [4, units], Gaussian(4, units, 99))]);
        File.WriteAllBytes(_folder.At("model.onnx"), model.ToByteArray());
        _folder.Write("data/inputs.npy", Npy("<f4", [samples, Inputs], MemoryMarshal.AsBytes<float>(Gaussian(samples, Inputs, 98)).ToArray()));
        Pipeline.Extract(new()
        {
            Model = _folder.At("model.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Taps = ["op:Relu"], Reducers = [Reducer.Mean],
            Execution = new() { Device = Analyzer.Inference.Device.Cpu }, Nulls = false,
        });
    }

    private static float[] Gaussian(int rows, int columns, ulong seed)
    {
        var values = new float[rows * columns];
        StandardNormal.Fill(new(seed), values);
        return values;
    }
}
