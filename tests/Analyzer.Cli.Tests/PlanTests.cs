using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

public sealed class PlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_plan_of_an_audit_prints_bytes_passes_memory_and_time()
    {
        var data = SmallData.Write(_folder["data"]);
        var before = Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories);
        Golden.Check("plan", Outcome.Of("plan", Repository.Model("mnist-mlp-w100.onnx"), "--data", data, "--device", "cpu"), (_folder.Path, "FOLDER"));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Planned_bytes_batch_and_passes_are_those_of_the_run()
    {
        var data = SmallData.Write(_folder["data"]);
        string[] what = [Repository.Model("mnist-mlp-w100.onnx"), "--data", data, "--tap", "all", "--reduce", "none", "sign", "--device", "cpu", "--memory", "192MiB"];
        var plan = JsonNode.Parse(Outcome.Of(["plan", .. what, "--json"]).Output)!;
        Assert.Equal(0, Outcome.Of(["extract", .. what, "--out", _folder["run"]]).ExitCode);
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["run"], "manifest.json")))!;
        Assert.Equal((int)plan["batch"]!, (int)manifest["execution"]!["batch"]!);
        Assert.Equal((int)plan["passes"]!, (int)manifest["passes"]!);
        var stored = Outcome.Of("query", _folder["run"], "SELECT (SELECT sum(octet_length(code)) FROM codes) + (SELECT sum(4 * len(\"values\")) FROM activations) AS bytes");
        Assert.Equal($"bytes\n{(long)plan["activationBytes"]!}\n", stored.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_plan_names_the_analyses_that_an_audit_would_leave_out()
    {
        Npy.Write(Path.Combine(Directory.CreateDirectory(_folder["data"]).FullName, "test_inputs.npy"), new float[20 * 3 * 32 * 32], 20, 3, 32, 32);
        string[] what = ["plan", Repository.Model("cifar10-lenet5-plain-s1-epoch128.onnx"), "--data", _folder["data"], "--device", "cpu"];
        Assert.DoesNotContain("leave out", Outcome.Of(what).Error, StringComparison.Ordinal);
        Assert.Contains("note: an audit would leave out anomalies: it needs some ", Outcome.Of([.. what, "--memory", "256MiB"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_without_room_for_one_sample_fails_as_the_extraction_would()
    {
        string[] what = [Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "all", "--memory", "64MiB"];
        Assert.Equal(Outcome.Of(["extract", .. what, "--out", _folder["run"]]), Outcome.Of(["plan", .. what]));
    }
}
