namespace Analyzer;

/// <summary>How the figures of a report become files.</summary>
public sealed record FigureOptions
{
    /// <summary>Where they go; <c>figures</c> in the run if null.</summary>
    public string? Folder { get; init; }

    /// <summary>Their formats; both by default.</summary>
    public IReadOnlyList<FigureFormat> Formats { get; init; } = [FigureFormat.Svg, FigureFormat.Png];
}

/// <summary>What a figure can be stored as.</summary>
public enum FigureFormat
{
    /// <summary>Lines and letters, for a page of any size.</summary>
    Svg,
    /// <summary>Pixels, 300 an inch.</summary>
    Png,
}
