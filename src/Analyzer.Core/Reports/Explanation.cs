using System.Text.Json;

namespace Analyzer.Reports;

/// <summary>All that is known of one finding: <c>analyzer explain --json</c>.</summary>
public sealed record Explanation
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The run's directory, as given.</summary>
    public required string Run { get; init; }

    /// <summary>The finding as stored.</summary>
    public required Finding Finding { get; init; }

    /// <summary>Where it lies in the model; null where it is of the whole network.</summary>
    public required ExplainedPlace? Place { get; init; }

    /// <summary>The rows behind it.</summary>
    public required ExplainedRows Rows { get; init; }

    /// <summary>The samples that those rows name, by number; empty where they name none.</summary>
    public required IReadOnlyList<ExplainedSample> Samples { get; init; }

    /// <summary>Commands that repeat the measurement: the analysis on the stored run, and the extraction of the run.</summary>
    public required ExplainedCommands Commands { get; init; }

    /// <summary>The explanation as text, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Report.Json) + "\n";
}

/// <summary>Where a finding lies.</summary>
/// <param name="Tensor">The tensor, or the constant that holds weights.</param>
/// <param name="Node">The node that makes or reads it.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="Reducer">What is stored of it; weights for a layer's weights.</param>
/// <param name="Unit">The unit within it, where the finding is of one.</param>
public sealed record ExplainedPlace(string Tensor, string Node, string Op, string Reducer, int? Unit);

/// <summary>Rows behind a finding.</summary>
/// <param name="Sql">The query that gives them.</param>
/// <param name="Columns">Their names.</param>
/// <param name="First">The first of them, cells as text; NULL is null.</param>
/// <param name="Count">How many there are; null where the query failed.</param>
/// <param name="Failed">Why the query failed; null where it did not.</param>
public sealed record ExplainedRows(string Sql, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> First, long? Count, string? Failed);

/// <summary>A sample behind a finding.</summary>
/// <param name="Sample">Its number.</param>
/// <param name="Split">Its split.</param>
/// <param name="Label">Its class; null without.</param>
/// <param name="Predicted">What the model says; null where it says nothing.</param>
/// <param name="Source">Where it lies in the data.</param>
public sealed record ExplainedSample(long Sample, string Split, int? Label, int? Predicted, string Source);

/// <summary>What repeats a measurement.</summary>
/// <param name="Analysis">Words of the command that measures again from what is stored, with the settings that differ from the defaults; null where no command does.</param>
/// <param name="Note">What that command does not say; null where it says all.</param>
/// <param name="Extraction">The command line that made the run, as it was typed.</param>
public sealed record ExplainedCommands(IReadOnlyList<string>? Analysis, string? Note, string Extraction);
