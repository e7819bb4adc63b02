using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Analyzer.Reports;

/// <summary>Everything that is to be said of a run: <c>report.json</c>. The HTML and Markdown reports are functions of it.</summary>
public sealed record Report
{
    /// <summary>Version of this layout; a field may be added without a new number, never changed or removed.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The audited model.</summary>
    public required ReportModel Model { get; init; }

    /// <summary>The data.</summary>
    public required ReportData Data { get; init; }

    /// <summary>How it was made.</summary>
    public required Provenance Provenance { get; init; }

    /// <summary>Whether tapping changed what the model says.</summary>
    public required ReportNonPerturbation NonPerturbation { get; init; }

    /// <summary>What was looked at and what was not.</summary>
    public required Coverage Coverage { get; init; }

    /// <summary>Task accuracy by split; empty without labels or class scores, and then <see cref="Coverage.Notes"/> says which.</summary>
    public required IReadOnlyDictionary<string, SplitAccuracy> Accuracy { get; init; }

    /// <summary>Findings, worst verdict first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What a reader who reads nothing else should know.</summary>
    public Summary Summary => Summary.Of(this);

    /// <summary>Results by analysis name; each analysis has its own record.</summary>
    public required JsonObject Analyses { get; init; }

    /// <summary>The record of one analysis; null where it was not run, or did not apply and left its reason alone.</summary>
    internal T? AnalysisOf<T>(string analysis) where T : class =>
        Analyses[analysis] is { } stored && (stored as JsonObject)?["applies"] is null ? Read<T>(analysis, stored) : null;

    private static T Read<T>(string analysis, JsonNode stored) where T : class
    {
        try
        {
            return stored.Deserialize<T>(Json) ?? throw new JsonException("it holds nothing");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new AnalyzerException($"the stored record of `{analysis}` is damaged: {e.Message}", $"run `analyzer analyze {analysis}` again", Failure.BadInput, e);
        }
    }

    /// <summary>What the gates come to; null before they were held against the report.</summary>
    public GateReport? Gates { get; init; }

    /// <summary>What a program should exit with after these findings: 0, or 4 where there are none or nothing could be concluded from the data.</summary>
    /// <remarks>What weights alone say counts only where there is nothing else: it needs no samples.</remarks>
    public static int ExitCodeOf(IReadOnlyList<Finding> findings)
    {
        var ofData = findings.Where(f => !f.OfWeights).ToArray();
        return (ofData.Length > 0 ? ofData : findings).All(f => f.Verdict == Verdict.Inconclusive) ? (int)Failure.Inconclusive : 0;
    }

    /// <summary>How reports and results are written: camel case, enums as words, numbers in full.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DictionaryKeyPolicy = null,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The report as text, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";
}

/// <summary>The audited model.</summary>
public sealed record ReportModel(string Path, string Sha256, string? ExternalSha256, long Parameters, long Opset, string Producer);

/// <summary>The data: its name, where it lies, its sha256 and the samples used of each split.</summary>
public sealed record ReportData(string Name, string Path, string Sha256, IReadOnlyDictionary<string, int> Samples, IReadOnlyList<string>? Classes);

/// <summary>How the run was made.</summary>
/// <param name="CommandLine">The command.</param>
/// <param name="Device">What was asked for.</param>
/// <param name="Provider">What ran the model.</param>
/// <param name="OptimizationLevel">Of the graph.</param>
/// <param name="Threads">Inside one operator.</param>
/// <param name="Batch">Samples a model run took.</param>
/// <param name="Seed">Of the extraction; each analysis has its own in its settings.</param>
/// <param name="ClassScores">Which output was read as class scores, and as what.</param>
/// <param name="Versions">Of everything that can change a result.</param>
public sealed record Provenance(
    string CommandLine, string Device, string Provider, string OptimizationLevel, int Threads, int Batch, long Seed, string? ClassScores,
    IReadOnlyDictionary<string, string> Versions);

/// <summary>Whether the patched model says what the untouched one says.</summary>
/// <param name="Samples">Samples compared.</param>
/// <param name="Outputs">Outputs compared.</param>
/// <param name="BitEqual">Every byte the same.</param>
/// <param name="LargestDifference">Largest absolute difference; 0 when bit-equal, null where values have none: a number against NaN or an infinity, or a type that is not read.</param>
public sealed record ReportNonPerturbation(int Samples, IReadOnlyList<string> Outputs, bool BitEqual, double? LargestDifference)
{
    /// <summary>The difference in words, as in "tapping changed the outputs …".</summary>
    [JsonIgnore]
    public string Difference => LargestDifference is { } largest ? $"by at most {largest.ToString("g3", System.Globalization.CultureInfo.InvariantCulture)}" : "beyond what a difference says: numbers became none, or none became numbers";
}

/// <summary>What was looked at and what was not.</summary>
/// <param name="Taps">What was tapped.</param>
/// <param name="Samples">Samples that went through the model.</param>
/// <param name="Available">Samples the data has.</param>
/// <param name="Notes">Fallbacks, skipped layers, limits: everything a reader must know that is not a finding.</param>
public sealed record Coverage(IReadOnlyList<CoveredTap> Taps, long Samples, long Available, IReadOnlyList<string> Notes);

/// <summary>One tapped tensor.</summary>
public sealed record CoveredTap(string Tap, string Tensor, string Node, string Op, IReadOnlyList<long> Shape, string Dtype, string Reducer, int Units, string? Note);

/// <summary>Task accuracy of one split.</summary>
/// <param name="Samples">Samples with a label and a prediction.</param>
/// <param name="Accuracy">Correct/samples, in [0, 1].</param>
/// <param name="Interval">Wilson interval at 95 %.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
public sealed record SplitAccuracy(int Samples, double Accuracy, double[] Interval, double? Loss);
