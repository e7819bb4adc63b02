using Analyzer.Analyses;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Tests.Analyses;

public class SweepTests
{
    private static readonly SweepFactor Width = new("width", true, "", ["10", "20", "40", "80"]);

    [Fact]
    public void Regimes_follow_redundancy_then_the_plateau_then_the_next_step()
    {
        var points = SweepPhases.Of([Place(10, .9, .5, .5), Place(20, 0, .94, .97), Place(40, 0, .962, .97), Place(80, 0, .9725, .97), Place(160, 0, .9675, .97)], [Width], new());
        Assert.Equal(
            [("under", "R 0.9000"), ("critical", "K-NN 0.9400, plateau 0.9725"), ("critical", "K-NN 0.9620, plateau 0.9725"), ("sufficient", "on the plateau"), ("sufficient", "on the plateau")],
            points.Select(p => (p.Regime, p.Reason)));
    }

    [Fact]
    public void A_place_on_the_plateau_that_still_moves_is_critical()
    {
        // .966 is within .01 of the plateau of .972 and moves by .011 to the next step.
        var points = SweepPhases.Of([Place(20, 0, .966, .97), Place(40, 0, .955, .97), Place(80, 0, .972, .97)], [Width], new() { Plateau = .0102 });
        Assert.Equal(("critical", "still moves towards width 40"), (points[0].Regime, points[0].Reason));
        Assert.Equal("K-NN 0.9550, plateau 0.9720", points[1].Reason);
        Assert.Equal("sufficient", points[2].Regime);
    }

    [Theory]
    [InlineData(.0001, .94, true)]     // .03 below the plateau: critical whatever the samples
    [InlineData(.01, .9605, false)]    // .0115 below it, give or take .014
    [InlineData(.01, .98, true)]       // the best itself, and R decided
    [InlineData(.03, .98, false)]      // R of 0 to .03 may be above .02
    public void A_regime_that_hangs_on_the_samples_is_undecided(double margin, double near, bool decided)
    {
        var points = SweepPhases.Of([Place(20, 0, near, .97, margin), Place(40, .5, .972, .97, margin)], [], new());
        Assert.Equal(decided, points[0].Decided);
    }

    [Fact]
    public void Factors_come_from_file_names_then_metadata_then_the_run()
    {
        var (ofRuns, varying) = SweepFactors.Of(
            [Manifest("net-e01.onnx", 100, new() { ["epoch"] = "7", ["seed"] = "1" }), Manifest("net-e02.onnx", 100, new() { ["epoch"] = "7", ["seed"] = "2" }), Manifest("last.onnx", 100, new() { ["seed"] = "1" })],
            new Dictionary<string, string> { ["epoch"] = @"e(\d+)" });
        var factor = Assert.Single(varying);
        Assert.Equal(("epoch", true, @"the file name, by `e(\d+)`"), (factor.Name, factor.Numeric, factor.From));
        Assert.Equal(["01", "02"], factor.Values);
        Assert.Equal(["01", "02", null], ofRuns.Select(f => f.GetValueOrDefault("epoch")));
    }

    [Fact]
    public void What_follows_from_another_factor_is_no_factor_of_its_own()
    {
        var (_, varying) = SweepFactors.Of([Manifest("a", 100, new() { ["width"] = "10" }), Manifest("b", 400, new() { ["width"] = "40" }), Manifest("c", 400, new() { ["width"] = "40" })], new Dictionary<string, string>());
        Assert.Equal("width", Assert.Single(varying).Name);
    }

    [Fact]
    public void Text_that_no_group_matches_is_refused_with_an_example()
    {
        var refused = Assert.Throws<AnalyzerException>(() => SweepFactors.Of([Manifest("a", 1, [])], new Dictionary<string, string> { ["epoch"] = "(" }));
        Assert.StartsWith("`--factor epoch=(` is no usable regular expression", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeats_are_joined_and_other_factors_make_series()
    {
        IReadOnlyDictionary<string, string>[] runs = [Run("10", "relu", "1"), Run("10", "relu", "2"), Run("20", "relu", "1"), Run("10", "tanh", "1"), Run("20", "tanh", "1")];
        var measurements = new[] { .4, .6, .3, .9, .8 }.Select((v, r) => new SweepMeasurement(r, "m", null, null, v, r == 2 ? .25 : null)).ToArray();
        var curves = SweepCurves.Of(measurements, runs, [new("activation", false, "", ["relu", "tanh"]), new("width", true, "", ["10", "20"])]);
        Assert.Equal(["activation relu", "activation tanh"], curves.Select(c => c.Series));
        Assert.Equal((10, .5, 2), (curves[0].Points[0].X, curves[0].Points[0].Mean, curves[0].Points[0].Repeats));
        Assert.Equal(Math.Sqrt(.02), curves[0].Points[0].Std!.Value, 1e-15);
        Assert.Equal((20, .3, .25), (curves[0].Points[1].X, curves[0].Points[1].Mean, curves[0].Points[1].Null));
        Assert.Null(curves[0].Points[1].Std);
    }

    private static Dictionary<string, string> Run(string width, string activation, string seed) => new() { ["width"] = width, ["activation"] = activation, ["seed"] = seed };

    private static SweepPlace Place(int width, double redundancy, double near, double logistic, double margin = 1e-4) => new(
        new Dictionary<string, string> { ["width"] = $"{width}" }, Around(redundancy, margin), Around(near, margin), Around(logistic, margin));

    private static Estimate Around(double value, double margin) => new(value, value - margin, value + margin);

    private static Manifest Manifest(string model, long parameters, Dictionary<string, string> metadata) => new()
    {
        Model = new(model, "", null, parameters, 13, "", metadata), Data = new("", "", "", [], null), Taps = [], Execution = new("", "", "", 1, 1, 0),
        Versions = new Dictionary<string, string>(), CommandLine = "", Partition = new(1, 1, 1),
    };
}
