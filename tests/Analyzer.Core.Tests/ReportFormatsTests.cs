using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Analyzer.Gates;
using Analyzer.Inference;
using Analyzer.Reports;
using Analyzer.Tests.Datasets;
using Json.Schema;
using YamlDotNet.Serialization;
using static Analyzer.Tests.Datasets.DataFolder;
using static Analyzer.Tests.Gates.Reported;

namespace Analyzer.Tests;

public sealed class ReportFormatsTests : IDisposable
{
    private const string Hostile = "<b>]]>&\"'\u0000\u001b[31m\u202e\ud800 ${{ x }} |`\\ name";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_published_schema_is_that_of_the_records()
    {
        var path = Path.Combine(Repository.Root, "src", "Analyzer.Core", "Reports", "report.schema.json");
        if (Environment.GetEnvironmentVariable("GOLDEN") == "update") File.WriteAllText(path, ReportSchema.Render());
        Assert.Equal(File.ReadAllText(path), ReportSchema.Render());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_report_is_valid_by_its_schema_and_the_same_in_every_culture(bool analysed)
    {
        var random = new Statistics.SeededRandom(1);
        float[] pixels = [.. Enumerable.Range(0, 120 * 3 * 32 * 32).Select(_ => (float)random.NextDouble())];
        _folder.Write("noise/test_inputs.npy", Npy("<f4", [120, 3, 32, 32], System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(pixels).ToArray()));
        _folder.Write("noise/test_labels.npy", Npy("|u1", [120], [.. Enumerable.Range(0, 120).Select(i => (byte)(i % 10))]));
        var options = new ExtractOptions
        {
            Model = Path.Combine(Repository.Root, "models", "cifar10-lenet5-plain-s1-epoch128.onnx"), Data = _folder.At("noise"), Out = _folder.At("run"),
            Execution = new() { Device = Device.Cpu }, Maps = 100,
        };
        if (analysed) await IsTheSameInEveryCulture(Pipeline.Audit(options, new()));
        else
        {
            Pipeline.Extract(options);
            Pipeline.Report(_folder.At("run"));
        }
        var report = JsonNode.Parse(File.ReadAllText(_folder.At("run/report.json")))!;
        Assert.Equal(analysed ? 7 : 0, report["analyses"]!.AsObject().Count);
        var schema = JsonSchema.FromText(ReportSchema.Render());
        Assert.Empty(Errors(schema, report));
        // It refuses what is none.
        report["accuracy"]!["test"]!["accuracy"] = "high";
        report["findings"] = 7;
        Assert.NotEmpty(Errors(schema, report));
    }

    [Fact]
    public void Failed_gates_are_failed_tests_and_open_ones_are_skipped()
    {
        var xml = XDocument.Parse(JUnit.Render(Judged("m.onnx")));
        var suite = xml.Root!.Element("testsuite")!;
        Assert.Equal(("4", "1", "1"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value, suite.Attribute("skipped")!.Value));
        Assert.Equal(["passes", "warns", "fails", "open"], suite.Elements("testcase").Select(t => t.Attribute("name")!.Value));
        Assert.Equal("warn: odd title", suite.Elements("testcase").ElementAt(2).Element("failure")!.Attribute("message")!.Value);
        Assert.StartsWith("warn: odd: wanted no verdict worse than pass", suite.Elements("testcase").ElementAt(1).Element("system-out")!.Value, StringComparison.Ordinal);
        Assert.NotNull(suite.Elements("testcase").ElementAt(3).Element("skipped"));
    }

    [Fact]
    public void Sarif_tells_what_is_odd_and_where()
    {
        var run = JsonNode.Parse(Sarif.Render(Judged("models/my model.onnx")))!["runs"]![0]!;
        var results = run["results"]!.AsArray();
        Assert.Equal(["odd", "gate.fails"], results.Select(r => (string)r!["ruleId"]!));
        Assert.Equal(["warning", "error"], results.Select(r => (string)r!["level"]!));
        Assert.Equal("h, unit 2", (string)results[0]!["locations"]![0]!["logicalLocations"]![0]!["name"]!);
        Assert.Equal("models/my%20model.onnx", (string)results[0]!["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"]!);
        Assert.Equal(results.Select(r => (string)r!["ruleId"]!), run["tool"]!["driver"]!["rules"]!.AsArray().Select(r => (string)r!["id"]!));
    }

    [Fact]
    public void A_model_card_gets_accuracy_and_what_the_network_is_like()
    {
        var card = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Dictionary<string, object>>>>(ModelIndex.Render(Judged("resnet.onnx")));
        var model = card["model-index"][0];
        Assert.Equal("resnet", model["name"]);
        var results = ((List<object>)model["results"]).Cast<Dictionary<object, object>>().ToArray();
        Assert.Equal("test", ((Dictionary<object, object>)results[0]["dataset"])["split"]);
        var metrics = ((List<object>)results[0]["metrics"]).Cast<Dictionary<object, object>>().ToArray();
        Assert.Equal([("accuracy", "0.92"), ("loss", "0.5")], metrics.Select(m => ((string)m["type"], (string)m["value"])));
        Assert.Equal(["good"], ((List<object>)results[1]["metrics"]).Cast<Dictionary<object, object>>().Select(m => (string)m["type"]));
    }

    [Fact]
    public void Names_from_elsewhere_do_no_harm()
    {
        var report = Judged(Hostile);
        Assert.DoesNotContain(JUnit.Render(report), c => char.IsControl(c) && c != '\n');
        XDocument.Parse(JUnit.Render(report));
        JsonNode.Parse(Sarif.Render(report));
        var card = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(ModelIndex.Render(report));
        Assert.Single(card);
        Assert.DoesNotContain(ModelIndex.Render(report), c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public async Task Outputs_that_moved_are_told_the_same_in_every_culture()
    {
        await IsTheSameInEveryCulture(Judged("m.onnx") with { NonPerturbation = new(10, ["y"], false, .0125) });
        Assert.Contains("Tapping changed the outputs by at most 0.0125.", ReportMarkdown.Render(Judged("m.onnx") with { NonPerturbation = new(10, ["y"], false, .0125) }), StringComparison.Ordinal);
        var beyond = Judged("m.onnx") with { NonPerturbation = new(10, ["y"], false, null) };
        JsonNode.Parse(beyond.ToJson());
        Assert.Contains("Tapping changed the outputs beyond what a difference says", ReportMarkdown.Render(beyond), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gates: [ { name: accuracy, field: accuracy.test.accuracy, min: 0.9, sure: true } ]", "It is open whether it passes: the data leave 1 gate undecided, “accuracy”. The gravest: odd title.")]
    [InlineData("gates: [ { name: accuracy, field: accuracy.test.accuracy, min: 0.99 }, { name: size, field: model.parameters, max: 10 } ]", "It does not pass: 2 gates failed, “accuracy”, “size”. The gravest: odd title.")]
    [InlineData("gates: [ { name: size, field: model.parameters, max: 10, severity: warn } ]", "It passes, with 1 finding of 3 that wants a look. The gravest: odd title.")]
    [InlineData("gates: [ { name: size, field: model.parameters, max: 1000 } ]", "It passes, with 1 finding of 3 that wants a look. The gravest: odd title.")]
    public void The_headline_says_what_the_gates_come_to(string gates, string headline)
    {
        var report = Report();
        Assert.Equal(headline, (report with { Gates = GateCheck.Run(report, Policy.Parse("p", gates)) }).Summary.Headline);
    }

    [Fact]
    public void A_headline_without_anything_odd_names_gates_that_warn_and_what_is_open()
    {
        var report = Report() with { Findings = [Report().Findings[0], Report().Findings[2]] };
        string Headline(Report of, string gates) => (of with { Gates = GateCheck.Run(of, Policy.Parse("p", gates)) }).Summary.Headline;
        Assert.Equal("It passes, with 1 gate that warns: “size”. Open: open title.", Headline(report, "gates: [ { name: size, field: model.parameters, max: 10, severity: warn } ]"));
        Assert.Equal("Nothing odd was found: 1 finding of 2 is as one would wish, 1 is open. Open: open title.", Headline(report, "gates: [ { name: size, field: model.parameters, max: 1000 } ]"));
        Assert.Equal("Nothing can be concluded: every finding is open. Open: open title.", (report with { Findings = [report.Findings[1]] }).Summary.Headline);
        Assert.Equal("Nothing was measured yet: no analysis has been run on this run.", (report with { Findings = [] }).Summary.Headline);
    }

    [Fact]
    public void Numbers_of_a_card_are_numbers_to_every_yaml_reader_and_names_in_a_comment_call_nobody()
    {
        var report = Judged("@team see https://elsewhere.example.onnx") with { Accuracy = new Dictionary<string, SplitAccuracy> { ["test"] = new(100, .00005, [0, .03], 1.5e300) } };
        Assert.Contains("value: 5.0E-05\n", ModelIndex.Render(report), StringComparison.Ordinal);
        Assert.Contains("value: 1.5E+300\n", ModelIndex.Render(report), StringComparison.Ordinal);
        var comment = ReportMarkdown.Render(report with { Model = report.Model with { Path = "@team:http://elsewhere.example" } });
        Assert.DoesNotContain("@", comment, StringComparison.Ordinal);
        Assert.DoesNotContain("://", comment, StringComparison.Ordinal);
    }

    private static async Task IsTheSameInEveryCulture(Report report)
    {
        async Task<string[]> All() =>
            [report.ToJson(), ReportMarkdown.Render(report), JUnit.Render(report), Sarif.Render(report), ModelIndex.Render(report), ReportSchema.Render(), await ReportHtml.RenderAsync(report)];
        var here = await All();
        var before = CultureInfo.CurrentCulture;
        try
        {
            // The product runs without a library of cultures; whoever calls it as a library may have one. As numbers are written in Russian and in Arabic.
            foreach (var (separator, group, minus, percent) in new[] { (",", "\u00a0", "-", "%"), ("٫", "٬", "\u061c-", "٪\u061c") })
            {
                var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                culture.NumberFormat = new() { NumberDecimalSeparator = separator, NumberGroupSeparator = group, NegativeSign = minus, PercentSymbol = percent };
                CultureInfo.CurrentCulture = culture;
                Assert.Equal(here, await All());
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static Report Judged(string name)
    {
        var report = Report(name: name) with { Findings = [.. Report().Findings.Select(f => f with { Title = name == Hostile ? Hostile : f.Title })] };
        return report with
        {
            Gates = GateCheck.Run(report, Policy.Parse("p.yaml", """
                gates:
                  - { name: passes, finding: good, verdict: pass }
                  - { name: warns, finding: odd, verdict: pass, severity: warn }
                  - { name: fails, finding: odd, verdict: pass }
                  - { name: open, field: accuracy.none, min: 1 }
                """)),
        };
    }

    private static string[] Errors(JsonSchema schema, JsonNode report)
    {
        using var document = System.Text.Json.JsonDocument.Parse(report.ToJsonString());
        var result = schema.Evaluate(document.RootElement, new() { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] : [.. (result.Details ?? []).SelectMany(d => (d.Errors ?? new Dictionary<string, string>()).Values.Select(e => $"{d.InstanceLocation}: {e}"))];
    }
}
