using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using static Analyzer.Cli.Tests.ExternalData;

namespace Analyzer.Cli.Tests;

/// <summary>
/// Names in a model and in data may be markup, SQL, formulas, or commands to a terminal. They are told as they are, and do nothing.
/// </summary>
public sealed class HostileNamesTests : IDisposable
{
    private const string Markup = "<img src=x onerror=alert(1)><script>alert(1)</script>", Sql = "a'; DROP TABLE samples; --", Formula = "=HYPERLINK(\"http://example.org\",\"x\")",
        Escapes = "red \u001b[31m, title \u001b]0;owned\u0007, back\u202e\r\nerror: forged", Quotes = "\"],}{[|`\\ & &lt; ${x} @(x) %s '";

    private static readonly string Long = new('w', 10_000);

    private readonly TemporaryFolder _folder = new();

    public HostileNamesTests()
    {
        File.WriteAllBytes(_folder["<b>model'.onnx"], Model());
        SmallData.Write(_folder["data"]);
        string[] classes = [Markup, Sql, Formula, Escapes, Quotes, Long, "nul \0 in it", "</td></table>", "=1+1", "nine"];
        File.WriteAllText(_folder["data/dataset.yaml"], $$"""
            name: {{Json(Markup + Escapes)}}
            format: idx
            splits:
              {{Json(Sql + Markup)}}: { inputs: train-images-idx3-ubyte, labels: train-labels-idx1-ubyte }
              {{Json(Quotes + Escapes)}}: { inputs: t10k-images-idx3-ubyte, labels: t10k-labels-idx1-ubyte }
            classes: [{{string.Join(", ", classes.Select(Json))}}]
            preprocess: { scale: 0.00392156862745098 }
            """);
        Audit = Outcome.Of("audit", _folder["<b>model'.onnx"], "--data", _folder["data"], "--out", _folder["run"], "--device", "cpu");
    }

    private Outcome Audit { get; }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reports_show_them_as_text()
    {
        Assert.True(Audit.ExitCode is 0 or 4, Audit.Error);
        var html = File.ReadAllText(_folder["run/report.html"]);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>model", html, StringComparison.Ordinal);
        Assert.Contains("&lt;img src=x onerror=alert(1)&gt;", html, StringComparison.Ordinal);
        Assert.Contains("back\\u202e", html, StringComparison.Ordinal);
        Assert.DoesNotContain("&#x202E;", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("&#x1B;", html, StringComparison.OrdinalIgnoreCase);
        // Three scripts, the library for charts and two of ours; what looks like one more within them is text of the library's.
        Assert.Equal(3, Regex.Count(html, "^ *<script>", RegexOptions.Multiline));
        var markdown = File.ReadAllText(_folder["run/report.md"]);
        Assert.DoesNotMatch(@"(?<!\\)<", markdown);
        Assert.DoesNotContain("\nerror: forged", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain(markdown, c => char.IsControl(c) && c != '\n');
        var report = JsonNode.Parse(File.ReadAllText(_folder["run/report.json"]))!;
        Assert.Equal(Markup + Escapes, (string?)report["data"]!["name"]);
        Assert.Equal(Long, (string?)report["data"]!["classes"]![5]);
    }

    [Fact]
    public void Figures_show_them_as_text_and_stay_in_their_folder()
    {
        var outcome = Outcome.Of("report", _folder["run"], "--figures", "--format", "svg");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var figures = Path.Combine(_folder["run"], "figures");
        string[] drawn = [.. Directory.EnumerateFiles(figures, "*.svg")];
        Assert.Equal(Regex.Count(File.ReadAllText(_folder["run/report.html"]), "<div class=\"chart\""), drawn.Length);
        Assert.Equal(drawn.Length + 1, Directory.EnumerateFileSystemEntries(figures).Count());
        Assert.All(drawn, file => Assert.Matches("^[a-z]+-[0-9]+(-[a-z0-9]+)*[.]svg$", Path.GetFileName(file)));
        foreach (var svg in drawn.Select(XDocument.Load))
        {
            Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName is "script" or "img" or "foreignObject" or "a" or "image");
            Assert.DoesNotContain(svg.Root!.Value, c => (char.IsControl(c) && c is not ('\n' or '\t')) || c == '\u202e');
        }
        Assert.Contains(drawn, file => XDocument.Load(file).Root!.Value.Contains("<img src=x", StringComparison.Ordinal));
    }

    [Fact]
    public void A_terminal_is_told_nothing_but_text()
    {
        foreach (var said in new[]
        {
            Audit, Outcome.Of("inspect", _folder["<b>model'.onnx"]), Outcome.Of("inspect", _folder["<b>model'.onnx"], "--taps", "nothing"), Outcome.Of("report", _folder["run"]),
            Outcome.Of("plan", _folder["<b>model'.onnx"], "--data", _folder["data"]), Outcome.Of("query", _folder["run"], "SELECT tensor, node FROM taps"),
            Outcome.Of("extract", _folder["<b>model'.onnx"], "--data", _folder["data"], "--tap", "all", "--out", _folder["other"]),
        })
        {
            Assert.DoesNotContain(said.Output + said.Error, c => (char.IsControl(c) && c is not ('\n' or '\t')) || c == '\u202e');
            Assert.DoesNotContain("\nerror: forged", said.Output + said.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Comparisons_explanations_and_verifications_show_them_as_text()
    {
        var id = JsonNode.Parse(File.ReadAllText(_folder["run/report.json"]))!["findings"]!.AsArray().Select(f => (string)f!["id"]!).First(f => f.StartsWith("discriminate.units", StringComparison.Ordinal));
        File.WriteAllBytes(_folder["other.onnx"], Model("other " + Markup));
        Assert.Equal(0, Outcome.Of("extract", _folder["other.onnx"], "--data", _folder["data"], "--tap", "post:relu", "--out", _folder["other"], "--device", "cpu").ExitCode);
        foreach (var said in new[]
        {
            Outcome.Of("diff", _folder["run"], _folder["other"], "--out", _folder["diff"]), Outcome.Of("explain", _folder["run"], id), Outcome.Of("explain", _folder["run"], Escapes),
            Outcome.Of("verify", _folder["run"], "--quick"), Outcome.Of("verify", _folder["run"]),
        })
        {
            Assert.True(said.ExitCode is 0 or 2, said.Error);
            Assert.DoesNotContain(said.Output + said.Error, c => (char.IsControl(c) && c is not ('\n' or '\t')) || c == '\u202e');
            Assert.DoesNotContain("\nerror: forged", said.Output + said.Error, StringComparison.Ordinal);
        }
        var markdown = File.ReadAllText(_folder["diff/diff.md"]);
        Assert.DoesNotMatch(@"(?<!\\)<", markdown);
        Assert.DoesNotContain("\nerror: forged", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain(markdown, c => char.IsControl(c) && c != '\n');
        Assert.Contains("other \\<img src=x", markdown, StringComparison.Ordinal);
        var html = File.ReadAllText(_folder["diff/diff.html"]);
        Assert.DoesNotContain("<img", html.Split("<script>")[0], StringComparison.Ordinal);
        Assert.DoesNotContain("<b>model", html, StringComparison.Ordinal);
        Assert.Contains("other &lt;img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("&#x202E;", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("&#x1B;", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Long[..1_000], html, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(html, "^ *<script>", RegexOptions.Multiline));
    }

    [Fact]
    public void Queries_find_them_and_every_finding_s_evidence_can_be_asked_for()
    {
        var names = Outcome.Of("query", _folder["run"], "SELECT DISTINCT tensor, node FROM taps WHERE tap IS NOT NULL", "--json");
        var tap = JsonNode.Parse(names.Output)!;
        Assert.Equal(Markup + Sql + Escapes + Long, (string?)tap["tensor"]);
        var splits = Outcome.Of("query", _folder["run"], "SELECT DISTINCT split FROM samples ORDER BY split", "--json").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([Quotes + Escapes, Sql + Markup], splits.Select(s => (string?)JsonNode.Parse(s)!["split"]).Order(StringComparer.Ordinal));
        var findings = JsonNode.Parse(File.ReadAllText(_folder["run/report.json"]))!["findings"]!.AsArray();
        Assert.True(findings.Count > 5);
        foreach (var finding in findings)
        {
            var query = Outcome.Of("query", _folder["run"], (string)finding!["evidence"]!);
            Assert.True(query.ExitCode == 0, $"{finding["id"]}: {query.Error}");
        }
        Assert.Equal("{\"n\":800}\n", Outcome.Of("query", _folder["run"], "SELECT count(*) AS n FROM samples", "--json").Output);
    }

    // 784 → 24 → 10 with a ReLU, weights of a formula; every name is hostile.
    private static byte[] Model(string? name = null)
    {
        string input = Formula + Escapes, hidden = name ?? Markup + Sql + Escapes + Long, output = Quotes;
        byte[] Weight(string name, int rows, int columns)
        {
            var values = Enumerable.Range(0, rows * columns).Select(i => (float)Math.Sin(i * 12.9898) * .1f).ToArray();
            return [.. Varint(1, rows), .. Varint(1, columns), .. Varint(2, 1), .. Text(8, name), .. Bytes(9, MemoryMarshal.AsBytes<float>(values).ToArray())];
        }
        byte[] Node(string name, string op, string to, params string[] from) => [.. from.SelectMany(f => Text(1, f)), .. Text(2, to), .. Text(3, name), .. Text(4, op)];
        byte[] graph =
        [
            .. Bytes(1, Node(Markup, "MatMul", "h", input, Sql)), .. Bytes(1, Node(Escapes, "Relu", hidden, "h")), .. Bytes(1, Node(Long, "MatMul", output, hidden, Formula)),
            .. Text(2, Markup), .. Bytes(5, Weight(Sql, 784, 24)), .. Bytes(5, Weight(Formula, 24, 10)), .. Bytes(11, Value(input, 784)), .. Bytes(12, Value(output, 10)),
        ];
        return [.. Varint(1, 7), .. Text(2, Markup + Escapes), .. Bytes(7, graph), .. Bytes(8, [.. Varint(2, 13)]), .. Bytes(14, [.. Text(1, Escapes), .. Text(2, Markup)])];
    }

    private static string Json(string text) => JsonSerializer.Serialize(text);
}
