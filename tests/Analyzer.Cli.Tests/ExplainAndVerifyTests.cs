using System.Text.Json.Nodes;

namespace Analyzer.Cli.Tests;

/// <summary>What is behind a finding, and whether a run is what it says.</summary>
public sealed class ExplainAndVerifyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExplainAndVerifyTests()
    {
        Assert.Equal(0, Outcome.Of("extract", Repository.Model("mnist-mlp-w030.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "post:relu", "--reduce", "sign", "mean", "--out", Run, "--device", "cpu", "--no-nulls").ExitCode);
        Assert.Equal(0, Outcome.Of("analyze", "codes", Run, "--draws", "2", "--seed", "7").ExitCode);
        Assert.Equal(0, Outcome.Of("analyze", "discriminate", Run, "--quantile", ".99").ExitCode);
        Assert.Equal(0, Outcome.Of("analyze", "redundancy", Run, "--linkage", "complete").ExitCode);
    }

    private string Run => _folder["run"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_finding_is_explained_down_to_its_rows_and_the_commands_that_repeat_it()
    {
        Check("explain", "explain", Run, "discriminate.units.single-out");
        Check("error-explain-unknown", "explain", Run, "codes.network.knearst");
        var report = JsonNode.Parse(Outcome.Of("report", Run, "--json").Output)!;
        Assert.Equal(report["findings"]!.ToJsonString(), JsonNode.Parse(Outcome.Of("explain", Run, "--json").Output)!.ToJsonString());
        foreach (var listed in report["findings"]!.AsArray()) Assert.Contains((string)listed!["id"]!, Outcome.Of("explain", Run).Output, StringComparison.Ordinal);
        var explanation = JsonNode.Parse(Outcome.Of("explain", Run, "codes.network.knearest", "--json").Output)!;
        Assert.Equal(["analyze", "codes", Run, "--draws", "2", "--seed", "7"], explanation["commands"]!["analysis"]!.AsArray().Select(w => (string)w!));
        Assert.Equal((string)explanation["rows"]!["sql"]!, (string)explanation["finding"]!["evidence"]!);
        // The command does repeat it: the same result, to the byte.
        var result = Path.Combine(Run, "analyses", "redundancy", "result.json");
        var before = File.ReadAllBytes(result);
        string[] again = [.. JsonNode.Parse(Outcome.Of("explain", Run, "redundancy.network.weights", "--json").Output)!["commands"]!["analysis"]!.AsArray().Select(w => (string)w!)];
        Assert.Equal(["analyze", "redundancy", Run, "--linkage", "complete", "--seed", "0"], again);
        File.Delete(result);
        Assert.Equal(0, Outcome.Of(again).ExitCode);
        Assert.Equal(before, File.ReadAllBytes(result));
    }

    [Fact]
    public void Samples_behind_a_finding_are_told_and_so_is_that_there_are_none()
    {
        Evidence("SELECT label, sample FROM samples WHERE label <> predicted ORDER BY sample");
        Check("explain-samples", "explain", Run, "codes.network.knearest");
        Evidence("SELECT sample FROM samples WHERE sample < 0");
        Assert.Contains("\n          no rows\n", Outcome.Of("explain", Run, "codes.network.knearest").Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        // Where the run is a stranger's, so is the statement.
        Evidence("SELECT content FROM read_text('/etc/passwd')");
        var refused = Outcome.Of("explain", Run, "codes.network.knearest").Output;
        Assert.Contains("the rows behind it cannot be shown: ", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", refused, StringComparison.Ordinal);
        Evidence("SELECT nothing FROM nowhere");
        var failed = Outcome.Of("explain", Run, "codes.network.knearest");
        Assert.Equal(0, failed.ExitCode);
        Assert.Contains("the rows behind it cannot be shown: the query failed: Catalog Error", failed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_results_has_nothing_to_explain_and_little_to_verify()
    {
        Directory.Delete(Path.Combine(Run, "analyses"), recursive: true);
        Check("error-explain-unanalysed", "explain", Run, "codes.network.knearest");
        var verified = Outcome.Of("verify", Run);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains("findings: none are stored", verified.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_run_is_verified_and_an_altered_one_is_told_by_file_and_finding()
    {
        var verified = Outcome.Of("verify", Run);
        Golden.Check("verify", new(verified.ExitCode, verified.Output, ""), (_folder.Path, "FOLDER"), (Sums, "SUMS"));
        var file = Path.Combine(Run, "activations", "tap=t0001", "part-00000.parquet");
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        File.Delete(Path.Combine(Run, "analyses", "redundancy", "SHA256SUMS"));
        var altered = Outcome.Of("verify", Run, "--quick");
        Golden.Check("verify-altered", new(altered.ExitCode, altered.Output, ""), (_folder.Path, "FOLDER"), (Sums, "SUMS"));
        var report = JsonNode.Parse(Outcome.Of("verify", Run, "--quick", "--json").Output)!;
        Assert.Equal("activations/tap=t0001/part-00000.parquet", (string)report["files"]!.AsArray().Single(f => (string)f!["state"]! == "altered")!["path"]!);
        Assert.Equal(["discriminate", "redundancy"], report["findings"]!.AsArray().Where(f => (string)f!["state"]! == "altered").Select(f => (string)f!["analysis"]!).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sums_are_what_sha256sum_writes()
    {
        using var check = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", "sha256sum --strict -c SHA256SUMS && cd analyses/codes && sha256sum --strict -c SHA256SUMS"]) { WorkingDirectory = Run, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = check.StandardOutput.ReadToEnd() + check.StandardError.ReadToEnd();
        check.WaitForExit();
        Assert.SkipWhen(check.ExitCode == 127, "no sha256sum here");
        Assert.True(check.ExitCode == 0, said);
        Assert.Contains("codes/tap=t0000/part-00000.parquet: OK", said, StringComparison.Ordinal);
        Assert.Contains("result.json: OK", said, StringComparison.Ordinal);
    }

    private string Sums => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(Run, "SHA256SUMS"))));

    private void Evidence(string sql)
    {
        var file = Path.Combine(Run, "analyses", "codes", "result.json");
        var result = JsonNode.Parse(File.ReadAllText(file))!;
        result["findings"]!.AsArray().First(f => (string)f!["id"]! == "codes.network.knearest")!["evidence"] = sql;
        File.WriteAllText(file, result.ToJsonString());
    }

    private void Check(string golden, params string[] args) => Golden.Check(golden, Outcome.Of(args), (_folder.Path, "FOLDER"), (Repository.Root, "ROOT"));
}
