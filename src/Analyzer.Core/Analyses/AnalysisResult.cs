using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>What an analysis hands to the report.</summary>
/// <param name="Analysis">Its name, the key in <c>analyses</c>.</param>
/// <param name="Findings">Measurements with their verdicts.</param>
/// <param name="Report">The analysis' own record, as JSON.</param>
/// <param name="Notes">What was skipped, sampled or limited, in words.</param>
public sealed record AnalysisResult(string Analysis, IReadOnlyList<Finding> Findings, JsonNode Report, IReadOnlyList<string> Notes)
{
    /// <summary>Hash of the options and the program that the result comes of, by which an interrupted audit knows it again; null for one that does not apply, which is asked again.</summary>
    public string? Basis { get; init; }

    /// <summary>How it was measured: the analysis' own options, its seed among them; null for one that does not apply.</summary>
    public JsonNode? Options { get; init; }

    /// <summary>Files and folders of the run that were read for it, beside the manifest; null for one that does not apply.</summary>
    public IReadOnlyList<string>? Reads { get; init; }

    /// <summary>sha256 over the run's own sums of what was read, which says of which data the result is; null where the run has none.</summary>
    public string? ReadsSha256 { get; init; }

    /// <summary>The result of an analysis that the run gives no ground for.</summary>
    /// <param name="analysis">Its name.</param>
    /// <param name="reason">Why it does not apply, in a sentence.</param>
    public static AnalysisResult DoesNotApply(string analysis, string reason) =>
        new(analysis, [], new JsonObject { ["applies"] = false, ["reason"] = reason, ["layers"] = new JsonArray() }, [$"{analysis} does not apply: {reason}"]);

    /// <summary>How stored results and options are read: null only where a type allows it.</summary>
    internal static readonly JsonSerializerOptions Strict = new(Reports.Report.Json) { RespectNullableAnnotations = true };

    /// <summary>Whether the analysis found what it needs in the run; if not, <see cref="Report"/> holds the reason alone.</summary>
    [JsonIgnore] public bool Applies => Report["applies"]?.GetValue<bool>() ?? true;

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
            var result = JsonSerializer.Deserialize<AnalysisResult>(json, Strict) ?? throw new JsonException("it holds nothing");
            if (result.Analysis != analysis) throw new JsonException($"it is of `{result.Analysis}`");
            // What a file lacks is null here, whatever the types say.
            return (object?)result.Findings is null || (object?)result.Notes is null || (object?)result.Report is null || result.Findings.Contains(null) || result.Notes.Contains(null)
                ? throw new JsonException("its findings, its notes or its record are missing")
                : result;
        }
        catch (JsonException e)
        {
            throw new AnalyzerException($"the stored result of `{analysis}` is damaged: {e.Message}", $"run `analyzer analyze {analysis}` again", Failure.BadInput, e);
        }
    }
}
