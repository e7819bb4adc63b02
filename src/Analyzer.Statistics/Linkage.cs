namespace Analyzer.Statistics;

/// <summary>The distance of two clusters, from the distances of their members.</summary>
public enum Linkage
{
    /// <summary>The mean over all pairs: group average, UPGMA.</summary>
    Average,

    /// <summary>The largest over all pairs.</summary>
    Complete,

    /// <summary>The smallest over all pairs.</summary>
    Single,
}
