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

/// <summary>Truth planted in a network of known filters must come out of the analysis.</summary>
public sealed class AnomaliesTests : IDisposable
{
    private const int Samples = 400, Planted = 5;
    private static readonly int[] Outliers = [7, 60, 131, 200, 301, 399];
    private static readonly AnomaliesOptions Quick = new() { Restarts = 1, Clusters = 4, Permutations = 200, AblationSamples = 0 };

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Outliers_planted_in_one_filter_are_found_there_and_nowhere_else()
    {
        Extract(filters: 12, Images(Samples, Outliers), labels: true);
        var (report, result) = Analyze(Quick);
        var layer = Assert.Single(report.Layers);
        Assert.Equal((12, 0, 12), (layer.Filters, layer.Dead, report.Network.Judged));
        var found = Assert.Single(layer.Anomalies);
        Assert.Equal(Planted, found.Filter);
        Assert.Equal(Outliers.Select(o => (long)o), found.Samples);
        Assert.True(found is { Score: > 3, SmallestShare: <= 0.02, CalinskiHarabasz: > 1000, Distance: > 5, LabelInformation: >= 0 and < 0.2 });
        Assert.Equal(Outliers.Length, found.Plot!.OutliersX.Count);

        var count = result.Findings.Single(f => f.Id == "anomalies.network.count");
        Assert.Equal((Verdict.Warn, 1 / 12.0), (count.Verdict, count.Value));
        Assert.Equal("In 1 of 12 filters a few samples lie far from all others; 6 of 400 samples are such outliers", count.Title);
        Assert.Equal(0, count.Null!.Mean);
        var filter = result.Findings.Single(f => f.Unit == Planted);
        Assert.Equal((Verdict.Warn, $"anomalies.{layer.Tap}.filter.5"), (filter.Verdict, filter.Id));
        Assert.Equal(Math.Log(found.CalinskiHarabasz!.Value), filter.Value, 1e-12);
    }

    [Fact]
    public void Outliers_that_push_the_scores_have_a_larger_loss_and_gradient_than_the_rest()
    {
        Extract(filters: 12, Images(Samples, Outliers), labels: true);
        var (report, result) = Analyze(Quick);
        foreach (var contrast in new[] { report.Outliers!.Loss!, report.Outliers.GradientNorm! })
        {
            Assert.True(contrast.OutlierMean > 2 * contrast.RestMean, $"{contrast.OutlierMean} against {contrast.RestMean}");
            Assert.InRange(contrast.PValue, 1 / 201.0, 0.05);
        }
        Assert.Equal(Verdict.Warn, result.Findings.Single(f => f.Id == "anomalies.network.gradient").Verdict);

        using var run = Run.Open(_folder.At("run"));
        using var rows = run.Query($"SELECT avg(loss)::DOUBLE FROM read_parquet('{_folder.At("run")}/samples.parquet') WHERE sample IN ({string.Join(',', Outliers)})");
        Assert.True(rows.Read());
        Assert.Equal(rows.Values<double>(0)[0], report.Outliers.Loss!.OutlierMean, 1e-9);
    }

    [Fact]
    public void Outliers_of_the_data_that_move_every_filter_are_found_though_no_filter_stands_out()
    {
        var images = Images(Samples, []);
        foreach (var outlier in Outliers)
            for (var p = 0; p < 64; p++) images[outlier * 128 + p] = 40 + images[outlier * 128 + p];
        Extract(filters: 12, images, labels: true);
        var (report, result) = Analyze(Quick);
        Assert.Empty(report.Layers[0].Anomalies);
        Assert.Equal(Outliers.Select(o => (long)o), report.DataOutliers!.Samples);
        // Filters whose weights sum below zero see nothing of what is bright, for the rectifier follows.
        Assert.InRange(report.DataOutliers.Filters, 7, 12);
        var finding = result.Findings.Single(f => f.Id == "anomalies.network.data-outliers");
        Assert.Equal((Verdict.Warn, "6 of 400 samples lie far from all others in most filters of a layer: outliers of the data"), (finding.Verdict, finding.Title));
        Assert.Equal(0, finding.Null!.Mean);
        Assert.Equal(6, report.Outliers!.Outliers);
        Assert.Equal(6, Rows(finding.Evidence));
    }

    [Fact]
    public void Where_classes_lie_apart_in_every_filter_outliers_of_one_are_found_by_their_distance()
    {
        var images = Images(Samples, Outliers);
        for (var i = 0; i < images.Length; i++) images[i] = (images[i] > 30 ? 10 : 1) * images[i] + 3 * (i / 128 % 3);
        Extract(filters: 12, images, labels: true);
        var (report, result) = Analyze(Quick);
        // Three classes far apart raise the index of all filters alike.
        Assert.Empty(report.Layers[0].Anomalies);
        var outlying = report.Layers[0].Outlying[0];
        Assert.Equal(Planted, outlying.Filter);
        Assert.Equal(Outliers.Select(o => (long)o), outlying.Samples);
        var finding = result.Findings.Single(f => f.Id == "anomalies.network.beyond-gaussian");
        Assert.Equal((Verdict.Warn, Planted), (finding.Verdict, finding.Unit));
        Assert.Equal(6, Rows(finding.Evidence));
    }

    [Fact]
    public void The_table_of_filters_holds_what_the_report_says_and_the_evidence_can_be_queried()
    {
        Extract(filters: 12, Images(Samples, Outliers), labels: true);
        var (report, result) = Analyze(Quick);
        foreach (var finding in result.Findings)
        {
            Assert.NotEqual(0, Rows(finding.Evidence));
        }
        Assert.Equal(6, Rows("SELECT sample FROM anomalies_samples WHERE outlier_score = 1"));
        Assert.Equal(12, Rows("SELECT * FROM anomalies_filters WHERE state = 'clustered'"));
        Assert.Equal(1, report.Network.Anomalies);
    }

    [Fact]
    public void Outliers_that_coincide_have_an_infinite_index_which_the_report_writes_as_null()
    {
        var images = Images(Samples, []);
        for (var i = 0; i < Samples; i++) images.AsSpan(i * 128 + 64, 64).Fill(i == 7 || i == 60 ? 5 : 0);
        Extract(filters: 12, images, labels: true);
        var (report, result) = Analyze(Quick);
        var found = Assert.Single(report.Layers[0].Anomalies);
        Assert.Equal((Planted, null, null, 2), (found.Filter, found.CalinskiHarabasz, found.Score, found.Components));
        Assert.Equal([7L, 60], found.Samples);
        var written = result.Report["layers"]![0]!["anomalies"]![0]!.AsObject();
        Assert.True(written.ContainsKey("calinskiHarabasz"));
        Assert.Null(written["calinskiHarabasz"]);
        Assert.Equal(2 / 400.0, result.Findings.Single(f => f.Unit == Planted).Value);
        Pipeline.Report(_folder.At("run"));
    }

    [Fact]
    public void Ablations_are_matched_in_number_and_never_take_an_anomaly_filter_at_random()
    {
        Extract(filters: 24, Images(Samples, Outliers), labels: true);
        IReadOnlyList<IReadOnlyCollection<TensorUnit>>? asked = null;
        var scored = "test";
        AblationOutcome Better(IReadOnlyList<IReadOnlyCollection<TensorUnit>> variants, int samples, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
        {
            asked = variants;
            return new([.. variants.Select(v => new Dictionary<string, double> { [scored] = v.Count == 0 ? 0.5 : v.Any(u => u.Unit == Planted) ? 0.75 : 0.5 - 0.01 * v.First().Unit })],
                new Dictionary<string, int> { [scored] = samples }, ["a note"]);
        }
        var result = With(Quick with { AblationSamples = 300 }, Better);
        Assert.Equal(1 + 1 + 1 + 20, asked!.Count);
        Assert.Empty(asked[0]);
        Assert.Equal(Planted, Assert.Single(asked[1]).Unit);
        Assert.All(asked.Skip(2), variant => Assert.NotEqual(Planted, Assert.Single(variant).Unit));
        Assert.Equal(20, asked.Skip(3).Select(v => v.Single().Unit).Distinct().Count());
        var finding = result.Findings.Single(f => f.Id == "anomalies.network.ablation");
        Assert.Equal((Verdict.Warn, 0.25), (finding.Verdict, finding.Value));
        Assert.Contains("the model is better without them", finding.Title, StringComparison.Ordinal);
        Assert.Equal(20, finding.Null!.Draws);
        // Accuracy falls by .01 times the filter's number, of which the last is 23.
        Assert.InRange(finding.Null.Mean, -0.23, 0);
        Assert.EndsWith("filters were chosen on all, not on test; interval: as of independent samples, which is wider than need be", finding.Rule, StringComparison.Ordinal);

        // Filters that were chosen on the samples they are judged by prove nothing.
        scored = "all";
        finding = With(Quick with { AblationSamples = 300 }, Better).Findings.Single(f => f.Id == "anomalies.network.ablation");
        Assert.Equal(Verdict.Inconclusive, finding.Verdict);
        Assert.EndsWith("the model is better without them, but on the split they were chosen on", finding.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_itself_is_scored_without_its_anomaly_filters()
    {
        Extract(filters: 12, Images(Samples, Outliers), labels: true);
        Pipeline.Analyze(_folder.At("run"), "anomalies", new() { Anomalies = Quick with { AblationSamples = Samples } });
        var report = Pipeline.Report(_folder.At("run"));
        var ablation = report.Analyses["anomalies"].Deserialize<AnomaliesReport>(Report.Json)!.Ablation!;
        Assert.Equal(report.Accuracy["all"].Accuracy, ablation.Splits["all"].Whole, 1e-12);
        // Each of the eleven other filters once: too few sets for a rank of .05.
        Assert.Equal((1, 11), (ablation.Silenced, ablation.Splits["all"].WithoutRandom.Count));
        Assert.Equal(Verdict.Inconclusive, report.Findings.Single(f => f.Id == "anomalies.network.ablation").Verdict);
        Assert.Contains("Filter 5 of", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal);

        var without = Network(12);
        var weights = without.Graph.Initializer.Single(w => w.Name == "w");
        var bytes = weights.RawData.ToByteArray();
        bytes.AsSpan(Planted * 18 * sizeof(float), 18 * sizeof(float)).Clear();
        weights.RawData = ByteString.CopyFrom(bytes);
        Extract(without, "without");
        Assert.Equal(Pipeline.Report(_folder.At("without")).Accuracy["all"].Accuracy, ablation.Splits["all"].WithoutAnomalies, 1e-12);
    }

    [Fact]
    public void A_model_that_cannot_be_scored_anew_is_an_inconclusive_finding()
    {
        Extract(filters: 12, Images(Samples, Outliers), labels: true);
        var result = With(Quick with { AblationSamples = 300 }, (_, _, _, _) => throw new AnalyzerException("the model is gone", "bring it back"));
        var finding = result.Findings.Single(f => f.Id == "anomalies.network.ablation");
        Assert.Equal((Verdict.Inconclusive, "The model could not be scored without its 1 anomaly filter: the model is gone", "bring it back"), (finding.Verdict, finding.Title, finding.Rule));
    }

    [Fact]
    public void Noise_has_no_anomaly_filters()
    {
        Extract(filters: 12, Images(Samples, []), labels: true);
        var (report, result) = Analyze(Quick);
        Assert.Empty(report.Layers[0].Anomalies);
        Assert.Null(report.Outliers);
        Assert.Null(report.DataOutliers);
        Assert.Equal(Verdict.Pass, Assert.Single(result.Findings).Verdict);
    }

    [Theory]
    [InlineData(4, 400, "No layer could be judged for anomaly filters: each needs at least 5 filters that vary")]
    [InlineData(12, 40, "Too few samples to tell whether filters have outliers: 40, and a cluster of 2 % needs at least 50")]
    [InlineData(12, 3, "Too few samples to tell whether filters have outliers: 3, and a cluster of 2 % needs at least 50")]
    public void Few_filters_and_few_samples_are_inconclusive_and_say_what_they_need(int filters, int samples, string title)
    {
        Extract(filters, Images(samples, []), labels: false);
        var (_, result) = Analyze(Quick);
        var finding = result.Findings.Single(f => f.Id == "anomalies.network.count");
        Assert.Equal((Verdict.Inconclusive, title), (finding.Verdict, finding.Title));
    }

    [Fact]
    public void A_dead_layer_and_equal_images_are_counted_as_dead()
    {
        Extract(filters: 12, new float[60 * 128], labels: true);
        var (report, result) = Analyze(Quick);
        Assert.Equal((12, 0), (report.Layers[0].Dead, report.Network.Judged));
        Assert.Equal("0 of 12 filters have clusters; at least 5 must, to say what is unusual in a layer", report.Layers[0].Undecided);
        Assert.Equal(Verdict.Inconclusive, Assert.Single(result.Findings).Verdict);
        Pipeline.Report(_folder.At("run"));
    }

    [Fact]
    public void A_run_without_maps_is_inconclusive_and_says_how_to_get_them()
    {
        Extract(filters: 12, Images(60, []), labels: false, maps: 0);
        var refused = Assert.Throws<AnalyzerException>(() => Pipeline.Analyze(_folder.At("run"), "anomalies", new()));
        Assert.Equal((Failure.Inconclusive, $"the run in `{_folder.At("run")}` holds no feature maps"), (refused.Kind, refused.Message));
        Assert.Contains("--maps", refused.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_seeds_give_equal_results()
    {
        Extract(filters: 6, Images(100, [3]), labels: true);
        var first = Analyze(Quick).Result.ToJson();
        Assert.Equal(first, Analyze(Quick).Result.ToJson());
    }

    [Fact]
    public void Contrasts_are_as_often_significant_as_their_level_says()
    {
        var alarms = 0;
        for (ulong seed = 0; seed < 400; seed++)
        {
            var random = new SeededRandom(seed);
            double[] values = [.. Enumerable.Range(0, 100).Select(_ => Math.Pow(random.NextDouble(), 3))];
            if (OutlierContrast.Between(values, [.. Enumerable.Range(0, 100).Select(i => i < 8)], 99, seed + 1000)!.PValue <= .05) alarms++;
        }
        // 400 tests at 5 %: 20 expected, a standard deviation of 4.4.
        Assert.InRange(alarms, 7, 33);
        Assert.Null(OutlierContrast.Between([1, 2, 3, 4, 5, 6], [true, true, true, true, false, false], 20, 0));
        // Both parts are kept for drawing, thinned with both ends.
        var drawn = OutlierContrast.Between([.. Enumerable.Range(0, 200).Select(i => 200.0 - i)], [.. Enumerable.Range(0, 200).Select(i => i < 6)], 20, 0)!.Values!;
        Assert.Equal([195, 196, 197, 198, 199, 200], drawn.Outliers);
        Assert.Equal((64, 1, 194), (drawn.Rest.Count, drawn.Rest[0], drawn.Rest[^1]));
        Assert.Equal(drawn.Rest.Distinct().Order(), drawn.Rest);
        Assert.Null(OutlierContrast.Between([1, 2, 3, 4, 5, double.NaN], [true, true, true, true, true, false], 20, 0));
    }

    private int Rows(string sql)
    {
        using var run = Run.Open(_folder.At("run"));
        using var query = RunQuery.Start(run, sql, json: false);
        return query.Rows().Count();
    }

    private (AnomaliesReport Report, AnalysisResult Result) Analyze(AnomaliesOptions options)
    {
        var result = With(options, null);
        return (result.Report.Deserialize<AnomaliesReport>(Report.Json)!, result);
    }

    private AnalysisResult With(AnomaliesOptions options, Ablate? ablate)
    {
        using var run = Run.Open(_folder.At("run"));
        return Anomalies.Analyze(run, options, ablate);
    }

    private void Extract(int filters, float[] images, bool labels, int maps = 1000)
    {
        var samples = images.Length / 128;
        _folder.Write("data/inputs.npy", Npy("<f4", [samples, 2, 8, 8], MemoryMarshal.AsBytes<float>(images).ToArray()));
        if (labels) _folder.Write("data/labels.npy", Npy("<i8", [samples], MemoryMarshal.AsBytes<long>(Enumerable.Range(0, samples).Select(i => (long)(i % 3)).ToArray()).ToArray()));
        Extract(Network(filters), "run", maps);
    }

    private void Extract(ModelProto model, string run, int maps = 0)
    {
        _folder.Write("model.onnx", model.ToByteArray());
        Pipeline.Extract(new()
        {
            Model = _folder.At("model.onnx"), Data = _folder.At("data"), Out = _folder.At(run), Reducers = [Reducer.Mean], Maps = maps, Nulls = false,
            Execution = new() { Device = Analyzer.Inference.Device.Cpu },
        });
    }

    // Filters of 3 × 3 on the first of two channels; the planted one reads the second alone.
    private static ModelProto Network(int filters)
    {
        var weights = Numbers(filters * 18, seed: 3);
        for (var f = 0; f < filters; f++)
            for (var i = 0; i < 9; i++) weights[f * 18 + (f == Planted ? i : 9 + i)] = 0;
        // All positive, so that what is bright passes the rectifier.
        for (var i = 9; i < 18 && filters > Planted; i++) weights[Planted * 18 + i] = Math.Abs(weights[Planted * 18 + i]);
        var model = Model(13, [Value("x", ElementType.Float, "N", 2, 8, 8)], ["scores"],
            Node("Conv", "x w", "c"), Node("Relu", "c", "r"), Node("GlobalAveragePool", "r", "p"), Node("Flatten", "p", "h"), Node("Gemm", "h v b", "scores", Int("transB", 1)));
        model.Graph.Initializer.Add(Weight("w", [filters, 2, 3, 3], weights));
        model.Graph.Initializer.Add(Weight("v", [3, filters], [.. Numbers(3 * filters, seed: 8).Select(v => 3 * v)]));
        model.Graph.Initializer.Add(Weight("b", [3], new float[3]));
        return model;
    }

    // Smooth noise in the first channel; in the second noise, far brighter in the outliers: as one, so that two components show them all.
    private static float[] Images(int samples, int[] outliers)
    {
        var random = new SeededRandom(17);
        var images = new float[samples * 128];
        for (var i = 0; i < samples; i++)
        {
            double state = 0;
            for (var p = 0; p < 64; p++)
            {
                state = 0.7 * state + random.NextDouble() + random.NextDouble() - 1;
                images[i * 128 + p] = (float)state;
            }
            for (var p = 64; p < 128; p++)
            {
                state = 0.7 * state + random.NextDouble() + random.NextDouble() - 1;
                images[i * 128 + p] = (float)(state + (outliers.Contains(i) ? 40 + random.NextDouble() : 0));
            }
        }
        return images;
    }
}
