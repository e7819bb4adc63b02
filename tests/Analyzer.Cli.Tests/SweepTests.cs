using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Runs_of_a_family_become_curves_and_a_phase_chart()
    {
        string[] runs = [.. new[] { "w010", "w020", "w040" }.Select(width => Analyzed(width))];
        Check("sweep", ["sweep", .. runs, "--out", _folder["sweep"]]);
        foreach (var file in new[] { "sweep.json", "sweep.html", "runs.parquet", "measurements.parquet", "curves.parquet", "phases.parquet" })
            Assert.True(new FileInfo(Path.Combine(_folder["sweep"], file)).Length > 0, file);
        var sweep = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["sweep"], "sweep.json")))!;
        Assert.Equal([10, 20, 40], sweep["curves"]!.AsArray().First(c => (string?)c!["measure"] == "codes.knearest")!["points"]!.AsArray().Select(p => (int)p!["x"]!));
        Assert.Equal(sweep.ToJsonString(), JsonNode.Parse(Outcome.Of(["sweep", .. runs, "--out", _folder["sweep"], "--json"]).Output)!.ToJsonString());
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        var (run, again) = (Analyzed("w010"), Analyzed("w010", "again"));
        Check("error-sweep-one", "sweep", run, "--out", _folder["sweep"]);
        Check("error-sweep-twice", "sweep", run, again, run, "--out", _folder["sweep"]);
        Check("error-sweep-same", "sweep", run, again, "--out", _folder["sweep"]);
        Check("error-sweep-factor", "sweep", run, again, "--out", _folder["sweep"], "--factor", "epoch");
        Check("error-sweep-regex", "sweep", run, again, "--out", _folder["sweep"], "--factor", "epoch=(");
        Check("error-sweep-unmatched", "sweep", run, again, "--out", _folder["sweep"], "--factor", @"epoch=epoch(\d+)");
        Directory.Delete(Path.Combine(run, "analyses"), recursive: true);
        Check("error-sweep-unanalysed", "sweep", run, again, "--out", _folder["sweep"]);
        Assert.False(Directory.Exists(_folder["sweep"]));
        Check("error-sweep-elsewhere", "sweep", run, again, "--out", again);
    }

    private string Analyzed(string width, string name = "run")
    {
        var run = _folder[$"{name}-{width}"];
        Assert.Equal(0, Outcome.Of("extract", Repository.Model($"mnist-mlp-{width}.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "post:relu", "--reduce", "sign", "--out", run, "--device", "cpu", "--no-nulls").ExitCode);
        Assert.Equal(0, Outcome.Of("analyze", "codes", run, "--draws", "2").ExitCode);
        return run;
    }

    private void Check(string golden, params string[] args) => Golden.Check(golden, Outcome.Of(args), (_folder.Path, "FOLDER"));
}
