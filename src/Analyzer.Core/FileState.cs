namespace Analyzer;

/// <summary>What a file of a run is, beside the checksum that was kept of it.</summary>
public enum FileState
{
    /// <summary>Its bytes are those that were stored.</summary>
    Unaltered,
    /// <summary>Its bytes are others, or its line in <c>SHA256SUMS</c> is.</summary>
    Altered,
    /// <summary>It was stored and is not there.</summary>
    Missing,
    /// <summary>It is there, and nothing that made the run stored it.</summary>
    Unexpected,
    /// <summary>No checksum was kept, or not the file itself: its writer was killed, or it is of an earlier version of this program.</summary>
    Unknown,
}
