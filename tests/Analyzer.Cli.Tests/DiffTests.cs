using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analyzer.Cli.Tests;

/// <summary>Two checkpoints of one network, side by side.</summary>
public sealed class DiffTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Checkpoints_are_told_apart_by_accuracy_layers_weights_and_findings()
    {
        var (a, b) = (Analyzed("epoch01"), Analyzed("epoch10"));
        var said = Outcome.Of("diff", a, b, "--out", _folder["diff"]);
        // The table of fields has the models' paths, and is as wide as they are long; Markdown shows it too.
        var (fields, rest) = (said.Output.IndexOf("what differs around the models", StringComparison.Ordinal), said.Output.IndexOf("\naccuracy\n", StringComparison.Ordinal));
        Golden.Check("diff", said with { Output = said.Output[..fields] + said.Output[(rest + 1)..], Error = "" }, (_folder.Path, "FOLDER"));
        Golden.Check("diff-markdown", new(0, File.ReadAllText(_folder["diff/diff.md"]), ""), (_folder.Path, "FOLDER"), (Repository.Root, "ROOT"));
        var json = File.ReadAllText(_folder["diff/diff.json"]);
        Assert.Equal(json, Outcome.Of("diff", a, b, "--json").Output.ReplaceLineEndings("\n"));
        var report = JsonNode.Parse(json)!;
        Assert.Equal(["model", "data", "accuracy on train", "accuracy on test", "layers", "weights", "findings"], report["summary"]!.AsArray().Select(s => ((string)s!).Split(':')[0]));
        var html = File.ReadAllText(_folder["diff/diff.html"]);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", html, StringComparison.Ordinal);
        foreach (var sentence in report["summary"]!.AsArray()) Assert.Contains($"<li>{(string)sentence!}</li>", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.Contains("=</span> NO CLEAR DIFFERENCE", html, StringComparison.Ordinal);
        // Nothing but the three scripts that are inside: no address to load anything from.
        Assert.Equal(3, Regex.Count(html, "^ *<script>", RegexOptions.Multiline));
        Assert.DoesNotMatch("(src|href)=\"[^#]", html.Split("<script>")[0]);
        // Written anew over the older one.
        Assert.Equal(0, Outcome.Of("diff", a, b, "--out", _folder["diff"], "--samples", "100").ExitCode);
        Assert.Equal(100, (int)JsonNode.Parse(File.ReadAllText(_folder["diff/diff.json"]))!["settings"]!["samples"]!);
        Assert.Equal([".lock", "diff.html", "diff.json", "diff.md"], Directory.EnumerateFiles(_folder["diff"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        var (a, b) = (Analyzed("epoch01"), Analyzed("epoch10"));
        Check("error-diff-twice", "diff", a, Path.Combine(a, "..", Path.GetFileName(a)));
        Check("error-diff-elsewhere", "diff", a, b, "--out", a);
        Check("error-diff-no-run", "diff", a, _folder["nothing"]);
        Check("error-diff-samples", "diff", a, b, "--samples", "3");
    }

    private string Analyzed(string epoch)
    {
        var run = _folder[epoch];
        Assert.Equal(0, Outcome.Of("extract", Repository.Model($"mnist-mlp-w100-{epoch}.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "post:relu", "--reduce", "sign", "mean", "--out", run, "--device", "cpu", "--no-nulls").ExitCode);
        Assert.Equal(0, Outcome.Of("analyze", "codes", run, "--draws", "2").ExitCode);
        return run;
    }

    private void Check(string golden, params string[] args) => Golden.Check(golden, Outcome.Of(args), (_folder.Path, "FOLDER"), (Repository.Root, "ROOT"));
}
