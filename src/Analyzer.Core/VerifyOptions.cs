namespace Analyzer;

/// <summary>How thoroughly a run is verified.</summary>
public sealed record VerifyOptions
{
    /// <summary>Whether only checksums are compared and nothing is recomputed. Default false.</summary>
    public bool Quick { get; init; }
}
