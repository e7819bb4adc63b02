using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>Puts together what a run knows of one finding.</summary>
internal static class ExplanationBuilder
{
    private const int MostRows = 20;

    private const long Memory = 1L << 30;

    public static Explanation Build(Run run, string id, CancellationToken cancellation)
    {
        var results = ReportBuilder.Results(run);
        var findings = ReportBuilder.Findings(run, results);
        if (findings.Count == 0)
            throw new AnalyzerException($"`{run.Path}` has no findings", $"run `analyzer analyze all {run.Path}`");
        var finding = findings.FirstOrDefault(f => f.Id == id)
            ?? throw new AnalyzerException($"`{run.Path}` has no finding `{id}`; the nearest of its {findings.Count} are {NearestNames.Quote(id, findings.Select(f => f.Id))}", $"`analyzer explain {run.Path}` lists all of them");
        var rows = Rows(run, finding.Evidence, cancellation);
        return new()
        {
            Run = run.Path,
            Finding = finding,
            Place = Place(run.Manifest, finding),
            Rows = rows,
            Samples = Samples(run, rows, cancellation),
            Commands = Commands(run, finding, results.FirstOrDefault(r => r.Analysis == finding.Analysis)),
        };
    }

    private static ExplainedPlace? Place(Manifest manifest, Finding finding)
    {
        if (manifest.Taps.FirstOrDefault(t => t.Id == finding.Tap) is { } tap) return new(tap.Tensor, tap.Node, tap.Op, tap.Reducer, finding.Unit);
        return manifest.Weights.FirstOrDefault(w => w.Id == finding.Tap) is { } layer ? new(layer.Tensor, layer.Node, layer.Op, "weights", finding.Unit) : null;
    }

    private static ExplainedRows Rows(Run run, string sql, CancellationToken cancellation)
    {
        try
        {
            // What stands in a result is a stranger's where the run is.
            using var database = RunDatabase.Open(run, Memory, cancellation);
            var first = database.Ask(sql, MostRows);
            var count = first.More ? long.Parse(database.Ask($"SELECT count(*) FROM ({sql.Trim().TrimEnd(';')}\n)", 1).Rows[0][0]!, CultureInfo.InvariantCulture) : first.Rows.Count;
            return new(sql, first.Columns, first.Rows, count, null);
        }
        catch (AnalyzerException e)
        {
            return new(sql, [], [], null, e.Message);
        }
    }

    private static IReadOnlyList<ExplainedSample> Samples(Run run, ExplainedRows rows, CancellationToken cancellation)
    {
        if (rows.Columns.ToList().IndexOf("sample") is not (>= 0 and var column)) return [];
        long[] numbers = [.. rows.First.Select(r => long.TryParse(r[column], NumberStyles.Integer, CultureInfo.InvariantCulture, out var n) ? n : -1).Where(n => n >= 0).Distinct()];
        if (numbers.Length == 0) return [];
        using var database = RunDatabase.Open(run, Memory, cancellation);
        return [.. database.Rows($"SELECT sample, split, label, predicted, source FROM samples WHERE sample IN ({string.Join(", ", numbers)}) ORDER BY sample").Rows.Select(r => new ExplainedSample(long.Parse(r[0]!, CultureInfo.InvariantCulture), r[1] ?? "", Number(r[2]), Number(r[3]), r[4] ?? ""))];
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static ExplainedCommands Commands(Run run, Finding finding, AnalysisResult? result)
    {
        if (result is null) return new(null, null, run.Manifest.CommandLine);
        var command = new List<string> { "analyze", finding.Analysis, run.Path };
        if (result.Options is not JsonObject options) return new(command, "the settings were not stored with the result", run.Manifest.CommandLine);
        if (!AllAnalyses.Names.Contains(finding.Analysis)) return new(null, $"this version knows no analysis `{finding.Analysis}`", run.Manifest.CommandLine);
        var usual = new AnalysisOptions().Of(finding.Analysis);
        // Options of the command line are named as properties are.
        foreach (var (name, value) in options.Where(o => o.Key == "seed" || !JsonNode.DeepEquals(o.Value, usual[o.Key])))
            command.AddRange([$"--{JsonNamingPolicy.KebabCaseLower.ConvertName(name)}", value is JsonValue text && text.TryGetValue<string>(out var word) ? word : value?.ToJsonString() ?? ""]);
        return new(command, null, run.Manifest.CommandLine);
    }
}
