using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Analyzer.Cli;

/// <summary>The findings of a run, to complete their ids.</summary>
internal static class FindingIds
{
    /// <summary>The ids that a run's report has; none where there is no report to read, for a half-typed line is no error.</summary>
    /// <param name="context">The line so far.</param>
    /// <param name="run">The argument that names the run.</param>
    public static IEnumerable<CompletionItem> Of(CompletionContext context, Argument<string> run)
    {
        if (context.ParseResult.GetResult(run) is not { Tokens: [{ Value: var folder }, ..] }) return [];
        var path = Path.Combine(folder, "report.json");
        if (!File.Exists(path)) return [];
        try
        {
            return [.. JsonNode.Parse(File.ReadAllText(path))?["findings"]?.AsArray().Select(f => new CompletionItem((string)f!["id"]!)) ?? []];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
