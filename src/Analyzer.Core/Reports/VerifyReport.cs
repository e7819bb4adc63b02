using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analyzer.Reports;

/// <summary>What has become of a finding.</summary>
public enum FindingState
{
    /// <summary>Nothing that it rests on was altered; recomputed, it came out the same to the bit.</summary>
    Stands,
    /// <summary>A file that it rests on is altered, missing or too much.</summary>
    Altered,
    /// <summary>Recomputed from the same data under the same settings it comes out otherwise.</summary>
    Differs,
    /// <summary>It could not be checked.</summary>
    Unchecked,
}

/// <summary>Whether a run is what it says: <c>analyzer verify --json</c>.</summary>
public sealed record VerifyReport
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The run's directory, as given.</summary>
    public required string Run { get; init; }

    /// <summary>sha256 of the run's <c>SHA256SUMS</c>, which names what the extraction stored and the reports: what to keep elsewhere. Null where it has none.</summary>
    public required string? Sums { get; init; }

    /// <summary>Whether only checksums were compared.</summary>
    public required bool Quick { get; init; }

    /// <summary>Files whose checksums were compared and are right.</summary>
    public required int Unaltered { get; init; }

    /// <summary>Every other file, by path.</summary>
    public required IReadOnlyList<VerifiedFile> Files { get; init; }

    /// <summary>Every finding of every stored result.</summary>
    public required IReadOnlyList<VerifiedFinding> Findings { get; init; }

    /// <summary>What a reader must know: results that cannot be read, tables that came out otherwise, reports that are older than results.</summary>
    public required IReadOnlyList<VerifyNote> Notes { get; init; }

    /// <summary>What a program should exit with: 1 where something is altered or does not come out again, else 4 where something could not be checked, else 0.</summary>
    [JsonIgnore]
    public int ExitCode =>
        Files.Any(f => f.State is not FileState.Unknown) || Findings.Any(f => f.State is FindingState.Altered or FindingState.Differs) || Notes.Any(n => n.State is FindingState.Altered or FindingState.Differs) ? 1
        : Files.Count > 0 || Findings.Any(f => f.State is FindingState.Unchecked) || Notes.Any(n => n.State is FindingState.Unchecked) ? (int)Failure.Inconclusive : 0;

    /// <summary>The report as text, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Report.Json) + "\n";
}

/// <summary>A file that is not as it was stored.</summary>
/// <param name="Path">Within the run.</param>
/// <param name="State">What is wrong.</param>
public sealed record VerifiedFile(string Path, FileState State);

/// <summary>A finding and whether it stands.</summary>
/// <param name="Id">Of the finding.</param>
/// <param name="Analysis">That measured it.</param>
/// <param name="Title">As stored.</param>
/// <param name="State">What has become of it.</param>
/// <param name="Reason">Why, in a sentence; null where it stands.</param>
/// <param name="Value">As stored.</param>
/// <param name="Recomputed">As it came out again; null where it was not recomputed or is gone.</param>
public sealed record VerifiedFinding(string Id, string Analysis, string Title, FindingState State, string? Reason, double Value, double? Recomputed);

/// <summary>Something that is of no single finding.</summary>
/// <param name="State">What it comes to; <see cref="FindingState.Stands"/> where it is only to be known.</param>
/// <param name="Text">A sentence.</param>
public sealed record VerifyNote(FindingState State, string Text);
