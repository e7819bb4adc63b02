using System.Text.Json.Nodes;

namespace Analyzer.Reports;

/// <summary>Turns what a report warns of into SARIF 2.1.0, which code hosts show beside the code.</summary>
public static class Sarif
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";

    /// <summary>
    /// A result for each finding that warns (level warning) or fails (error) and for each failed gate (error), at the model's file and the
    /// tensor. Findings that passed or are inconclusive are none.
    /// </summary>
    public static string Render(Report report)
    {
        var tensors = report.Coverage.Taps.ToDictionary(t => t.Tap, t => t.Tensor);
        var findings = report.Findings.Where(f => f.Verdict is Verdict.Warn or Verdict.Fail).ToArray();
        var gates = (report.Gates?.Results ?? []).Where(g => g.Outcome == GateOutcome.Fail).ToArray();
        JsonNode[] rules =
        [
            .. findings.DistinctBy(f => f.Id).Select(f => new JsonObject { ["id"] = f.Id, ["shortDescription"] = Said(f.Rule), ["help"] = Said($"{f.Source}. Rows behind it: analyzer query RUN \"{f.Evidence}\"") }),
            .. gates.Select(g => new JsonObject { ["id"] = Gate(g), ["shortDescription"] = Said($"{g.Of}: {g.Wanted}") }),
        ];
        JsonNode[] results =
        [
            .. findings.Select(f => Result(report, f.Id, f.Verdict == Verdict.Fail ? "error" : "warning", f.Title, f.Tap is { } tap ? tensors.GetValueOrDefault(tap) : null, f.Unit)),
            .. gates.Select(g => Result(report, Gate(g), "error", $"{g.Name}: {g.Detail}", null, null)),
        ];
        return new JsonObject
        {
            ["$schema"] = Schema,
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject { ["driver"] = new JsonObject { ["name"] = "Analyzer", ["version"] = report.Provenance.Versions.GetValueOrDefault("analyzer"), ["rules"] = new JsonArray(rules) } },
                ["results"] = new JsonArray(results),
            }),
        }.ToJsonString(Report.Json) + "\n";
    }

    private static string Gate(GateResult gate) => $"gate.{gate.Name}";

    private static JsonObject Said(string text) => new() { ["text"] = Text.Visible(text) };

    private static JsonObject Result(Report report, string rule, string level, string message, string? tensor, int? unit)
    {
        var location = new JsonObject { ["physicalLocation"] = new JsonObject { ["artifactLocation"] = new JsonObject { ["uri"] = Uri(report.Model.Path) } } };
        if (tensor is not null) location["logicalLocations"] = new JsonArray(new JsonObject { ["name"] = Text.Visible(unit is null ? tensor : $"{tensor}, unit {unit}"), ["kind"] = "tensor" });
        return new JsonObject { ["ruleId"] = rule, ["level"] = level, ["message"] = Said(message), ["locations"] = new JsonArray(location) };
    }

    // Each part escaped, the slashes kept: a path of Windows has them the other way.
    private static string Uri(string path) => string.Join('/', path.Replace('\\', '/').Split('/').Select(System.Uri.EscapeDataString));
}
