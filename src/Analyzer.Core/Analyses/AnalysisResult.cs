using System.Text.Json;
using System.Text.Json.Nodes;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>What an analysis hands to the report.</summary>
/// <param name="Analysis">Its name, the key in <c>analyses</c>.</param>
/// <param name="Findings">Measurements with their verdicts.</param>
/// <param name="Report">The analysis' own record, as JSON.</param>
/// <param name="Notes">What was skipped, sampled or limited, in words.</param>
public sealed record AnalysisResult(string Analysis, IReadOnlyList<Finding> Findings, JsonNode Report, IReadOnlyList<string> Notes)
{
    /// <summary>The result as stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Reports.Report.Json) + "\n";

    /// <summary>Reads a stored result.</summary>
    /// <param name="analysis">Its name, for the error.</param>
    /// <param name="json">The text of <c>result.json</c>.</param>
    /// <exception cref="AnalyzerException">The text is no result.</exception>
    public static AnalysisResult FromJson(string analysis, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<AnalysisResult>(json, Reports.Report.Json) ?? throw new JsonException("it holds nothing");
        }
        catch (JsonException e)
        {
            throw new AnalyzerException($"the stored result of `{analysis}` is damaged: {e.Message}", $"run `analyzer analyze {analysis}` again", Failure.BadInput, e);
        }
    }
}
