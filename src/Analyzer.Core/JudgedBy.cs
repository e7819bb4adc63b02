using System.Text.Json;
using Analyzer.Gates;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>The policy that goes with a run, kept there as <c>gates.json</c>: a report that is made again is judged the same.</summary>
internal static class JudgedBy
{
    private const string File = "gates.json";

    // `Text` is the YAML, null for the default; `Reference` the run that changes are measured against.
    private sealed record Stored(string? Name, string? Text, string? Reference);

    /// <summary>Keeps a policy, a reference, or both; what is null stays as it was.</summary>
    /// <exception cref="AnalyzerException">The reference is no finished run.</exception>
    public static void Store(Run run, Policy? policy, string? reference)
    {
        if (reference is not null) ExpectReference(reference, run.Path);
        var before = Read(run.Path);
        run.WriteFiles((File, JsonSerializer.Serialize(before with
        {
            Name = policy?.Name ?? before.Name, Text = policy?.Text ?? before.Text, Reference = reference is null ? before.Reference : Path.GetFullPath(reference),
        }, Report.Json) + "\n"));
    }

    /// <summary>Refuses what a run's changes cannot be measured against.</summary>
    /// <exception cref="AnalyzerException">The reference is no finished run, or the run itself.</exception>
    public static void ExpectReference(string reference, string run)
    {
        if (Path.GetFullPath(reference) == Path.GetFullPath(run)) throw new AnalyzerException($"`{reference}` is the run itself, from which it cannot have changed", "give `--reference` another run");
        Run.Open(reference).Dispose();
    }

    /// <summary>The report with what its gates come to.</summary>
    public static Report Judge(Run run, Report report)
    {
        var stored = Read(run.Path);
        var policy = stored.Text is null ? Policy.Default : Policy.Parse(stored.Name ?? File, stored.Text);
        if (stored.Reference is null) return report with { Gates = GateCheck.Run(report, policy) };
        try
        {
            using var reference = Run.Open(stored.Reference);
            return report with { Gates = GateCheck.Run(report, policy, ReportBuilder.Build(reference), stored.Reference) };
        }
        catch (AnalyzerException e)
        {
            return report with { Gates = GateCheck.Run(report, policy, null, stored.Reference, $"the reference cannot be read: {e.Message}") };
        }
    }

    /// <summary>The run that a run's changes are measured against; null where there is none.</summary>
    public static string? ReferenceOf(string run) => Read(run).Reference;

    private static Stored Read(string run)
    {
        var path = Path.Combine(run, File);
        if (!System.IO.File.Exists(path)) return new(null, null, null);
        try
        {
            return JsonSerializer.Deserialize<Stored>(System.IO.File.ReadAllText(path), Report.Json) ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException e)
        {
            throw new AnalyzerException($"`{path}` is no policy of a run: {e.Message}", "delete it, and judge the run again with `analyzer check`", Failure.BadInput, e);
        }
    }
}
