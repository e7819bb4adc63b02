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
    public static AnalysisResult FromJson(string json) => JsonSerializer.Deserialize<AnalysisResult>(json, Reports.Report.Json)!;
}
