using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

/// <summary>The commands on a small cut of MNIST, in the order a user would type them.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inspect_lists_tensors() => Check("inspect", "inspect", Repository.Model("mnist-mlp-w030.onnx"));

    [Fact]
    public void Inspect_shows_what_a_selector_takes() =>
        Check("inspect-taps", "inspect", Repository.Model("mnist-mlp-w030.onnx"), "--taps", "post:relu", "--json");

    [Fact]
    public void Inspect_draws_modules_as_a_tree() => Check("inspect-tree", "inspect", Repository.Model("cifar10-vit-s1-epoch015.onnx"));

    [Theory]
    [InlineData(60), InlineData(110)]
    public void Inspect_gives_each_tensor_a_line_at_any_width(int width) =>
        Golden.Check("inspect", Outcome.Of(width, CancellationToken.None, "inspect", Repository.Model("mnist-mlp-w030.onnx")), (Repository.Root, "ROOT"));

    [Fact]
    public void Every_tensor_that_depends_on_the_input_stands_on_one_line_with_its_whole_name()
    {
        var model = Repository.Model("cifar10-vit-s1-epoch015.onnx");
        var lines = Outcome.Of("inspect", model).Output.ReplaceLineEndings("\n").Split('\n');
        var tensors = JsonNode.Parse(Outcome.Of("inspect", model, "--json").Output)!["tensors"]!.AsArray();
        Assert.Equal(264, tensors.Count);
        foreach (var tensor in tensors.Where(t => (bool)t!["dependsOnInput"]!))
            Assert.Single(lines, line => line.EndsWith($" {(string)tensor!["name"]!}", StringComparison.Ordinal) && line.Contains((string)tensor["shape"]!, StringComparison.Ordinal));
    }

    [Fact]
    public void Extract_stores_and_query_reads()
    {
        var data = SmallData.Write(_folder["data"]);
        Check("extract", "extract", Repository.Model("mnist-mlp-w030.onnx"), "--data", data, "--tap", "op:Relu|op:Gemm", "--reduce", "mean", "sign", "--out", _folder["run"], "--device", "cpu");
        Check("query", "query", _folder["run"], "SELECT split, count(*) AS samples, round(avg((label = predicted)::INT), 2) AS accuracy FROM samples GROUP BY split ORDER BY split DESC");
        Check("query-json", "query", _folder["run"], "SELECT tap, count(*) AS n, min(len(values)) AS units FROM activations GROUP BY tap ORDER BY tap", "--json");
        Check("query-json-not-finite", "query", _folder["run"], "SELECT 'NaN \"-Infinity\"' AS text, 'NaN'::FLOAT AS a, ['-Infinity'::DOUBLE, 1.5, 'Infinity'::DOUBLE] AS b -- no numbers", "--json");
        Check("query-wrong", "query", _folder["run"], "SELECT nothing FROM nowhere");
    }

    [Fact]
    public void Selectors_come_from_a_file()
    {
        File.WriteAllText(_folder["taps.txt"], "op:Relu & name:*relu*\n");
        Check("extract-tap-file", "extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", $"@{_folder["taps.txt"]}", "--out", _folder["run"], "--device", "cpu", "--no-nulls");
    }

    [Theory]
    [InlineData("SELECT count(*) FROM range(1000000000000) a WHERE a.range % 7 = 3")]
    [InlineData("SELECT a.range FROM range(1000000000000) a WHERE a.range % 1000000007 = 3")]
    public void Interruption_ends_a_long_query(string sql)
    {
        Assert.Equal(0, Outcome.Of("extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "logits", "--out", _folder["run"], "--device", "cpu", "--no-nulls").ExitCode);
        using var interrupt = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var outcome = Outcome.Of(interrupt.Token, "query", _folder["run"], sql);
        Assert.Equal((130, "interrupted\nhint: the same command starts again\n"), (outcome.ExitCode, outcome.Error.ReplaceLineEndings("\n")));
    }

    [Theory]
    [InlineData(60), InlineData(80), InlineData(110)]
    public void Tables_keep_every_column_at_any_width(int width)
    {
        Assert.Equal(0, Outcome.Of("audit", Repository.Model("mnist-mlp-w030.onnx"), "--data", SmallData.Write(_folder["data"]), "--out", _folder["run"], "--device", "cpu").ExitCode);
        Golden.Check($"report-{width}", Outcome.Of(width, CancellationToken.None, "report", _folder["run"]), (_folder.Path, "FOLDER"));
    }

    [Fact]
    public void Audit_ends_in_findings_and_files()
    {
        var data = SmallData.Write(_folder["data"]);
        Check("audit", "audit", Repository.Model("mnist-mlp-w030.onnx"), "--data", data, "--out", _folder["run"], "--device", "cpu");
        Check("report", "report", _folder["run"]);
        foreach (var file in new[] { "report.json", "report.html", "report.md", "manifest.json", "samples.parquet", "taps.parquet" })
            Assert.True(new FileInfo(Path.Combine(_folder["run"], file)).Length > 0, file);
        Assert.Equal(File.ReadAllText(Path.Combine(_folder["run"], "report.json")), Outcome.Of("report", _folder["run"], "--json").Output.ReplaceLineEndings("\n"));
        Check("analyze-codes", "analyze", "codes", _folder["run"], "--draws", "5");
        Check("analyze-redundancy", "analyze", "redundancy", _folder["run"], "--linkage", "complete", "--tau", "0.2");
        Check("analyze-discriminate", "analyze", "discriminate", _folder["run"], "--quantile", ".99");
        Check("query-discriminate", "query", _folder["run"], "SELECT kind, count(*) AS pairs, round(max(abs(signed_ks)), 4) AS strongest FROM discriminate_pairs GROUP BY kind ORDER BY kind");
    }

    [Fact]
    public void Json_goes_to_standard_output_alone()
    {
        var outcome = Outcome.Of("audit", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--out", _folder["run"], "--json");
        Assert.Equal(0, outcome.ExitCode);
        var report = JsonNode.Parse(outcome.Output)!;
        Assert.Equal(1, (int)report["schemaVersion"]!);
        Assert.Equal(600, (int)report["analyses"]!["codes"]!["network"]!["splits"]!["train"]!["samples"]!);
    }

    [Fact]
    public void Interruption_exits_with_130_and_says_how_to_go_on()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var outcome = Outcome.Of(cancelled.Token, "audit", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--out", _folder["run"]);
        Golden.Check("interrupted", outcome);
    }

    private void Check(string golden, params string[] args) =>
        Golden.Check(golden, Outcome.Of(args), (_folder.Path, "FOLDER"), (Repository.Root, "ROOT"));
}
