using System.Text.Json.Nodes;
using Analyzer.Reports;
using Analyzer.Reports.Html;

namespace Analyzer.Tests;

/// <summary>What figures are drawn from.</summary>
public class FigureTests
{
    [Fact]
    public void Names_of_layers_lose_what_their_module_repeats_and_what_all_share()
    {
        Assert.Equal(["Relu", "layer1.0/Relu", "layer1.0/Relu_1"],
            LayerNames.Short(["/relu/Relu_output_0", "/layer1/layer1.0/relu/Relu_output_0", "/layer1/layer1.0/relu/Relu_1_output_0"]));
        Assert.Equal(["layer1.0/conv1", "layer1.0/conv2", "fc/Gemm"], LayerNames.Short(["/layer1/layer1.0/conv1/Conv", "/layer1/layer1.0/conv2/Conv", "/fc/Gemm"]));
        Assert.Equal(["block0/act/Mul", "block1/act/Mul"], LayerNames.Short(["/net/block0/act/Mul_output_0", "/net/block1/act/Mul_output_0"]));
        Assert.Equal(["/relu1/Relu"], LayerNames.Short(["/relu1/Relu_output_0"]).Select(n => $"/{n}/Relu"));
        Assert.Equal(["", "/", "a"], LayerNames.Short(["", "/", "a"]));
    }

    [Fact]
    public void Names_that_would_become_one_stay_whole_and_long_ones_keep_both_ends()
    {
        Assert.Equal(["/a/x_output_0", "/a/x_output_1", "y"], LayerNames.Short(["/a/x_output_0", "/a/x_output_1", "y"]));
        Assert.Equal("aaaaaaaaaaaaa…bbbbbbbbbbbbbb", Assert.Single(LayerNames.Short([new string('a', 40) + new string('b', 40)])));
    }

    [Fact]
    public void A_tree_is_drawn_merge_by_merge_and_parted_at_its_cut()
    {
        var tree = new MergeTree([new(3, 1), new(0, 2), new(1, 5)], [new(0, 1, .25), new(3, 2, .875)]);
        var series = JsonNode.Parse(RedundancyCharts.Tree(tree, .5))!["series"]!.AsArray();
        Assert.Equal("""[[0,0],[0,0.25],[1,0.25],[1,0],["-","-"]]""", series[0]!["data"]!.ToJsonString());
        Assert.Equal("""[[0.5,0.25],[0.5,0.875],[2,0.875],[2,0],["-","-"]]""", series[1]!["data"]!.ToJsonString());
        Assert.Equal("""[[-0.5,0.5],[2.5,0.5]]""", series[2]!["data"]!.ToJsonString());
        Assert.Equal(["3", "0 (2)", "1 (5)"], series[3]!["data"]!.AsArray().Select(leaf => (string)leaf!["name"]!));
    }

    [Fact]
    public void Repeats_are_shaded_by_one_standard_deviation_to_both_sides()
    {
        var curve = new SweepCurve("m", null, "width", "", [new(10, .5, .25, 3, null), new(20, .75, null, 1, null)]);
        var series = JsonNode.Parse(SweepCharts.Curves([curve]))!["series"]!.AsArray();
        Assert.Equal(["measured", "measured", "measured"], series.Select(s => (string)s!["name"]!));
        Assert.Equal("[[10,0.25],[20,0.75]]", series[1]!["data"]!.ToJsonString());
        Assert.Equal("[[10,0.5],[20,0]]", series[2]!["data"]!.ToJsonString());
        Assert.Single(JsonNode.Parse(SweepCharts.Curves([curve with { Points = [curve.Points[1]] }]))!["series"]!.AsArray());
    }

    [Fact]
    public void Along_the_layers_activations_are_lines_and_widths_are_figures_of_the_deepest_models()
    {
        var factors = new SweepFactor[] { new("activation", false, "", ["relu", "tanh"]), new("depth", true, "", ["1", "2"]), new("width", true, "", ["10", "20"]) };
        SweepRun[] runs = [.. from depth in new[] { "1", "2" } from width in new[] { "10", "20" } from activation in new[] { "relu", "tanh" } from seed in new[] { 1, 2 }
            select new SweepRun("", "", "", new Dictionary<string, string> { ["activation"] = activation, ["depth"] = depth, ["width"] = width, ["seed"] = $"{seed}" })];
        var sweep = new SweepReport
        {
            Factors = factors, Runs = runs, Curves = [], Phases = [], PhaseRule = "", Correlations = [], Notes = [],
            Measurements = [.. runs.SelectMany((run, r) => Enumerable.Range(0, int.Parse(run.Factors["depth"])).Select(layer => new SweepMeasurement(r, "m", layer, "", r % 2, null)))],
        };
        var panels = LayerPanel.Of(sweep);
        Assert.Equal([("m", "depth 2, width 10"), ("m", "depth 2, width 20")], panels.Select(p => (p.Measure, p.Setting)));
        Assert.Equal(["activation relu", "activation tanh"], panels[0].Lines.Select(l => l.Name));
        Assert.Equal([new(0, .5, Math.Sqrt(.5)), new(1, .5, Math.Sqrt(.5))], panels[0].Lines[0].Points);
        // Without words the numbers tell lines apart.
        var numeric = LayerPanel.Of(sweep with { Factors = [factors[2]] });
        Assert.Equal([("m", "", "width 10"), ("m", "", "width 20")], numeric.SelectMany(p => p.Lines, (p, l) => (p.Measure, p.Setting, l.Name)));
    }
}
