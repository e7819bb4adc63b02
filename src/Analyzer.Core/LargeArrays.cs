namespace Analyzer;

/// <summary>Memory of arrays that nobody holds any more.</summary>
internal static class LargeArrays
{
    private const long Worth = 16 << 20;

    /// <summary>Collects them where they are large: by itself the collector comes only after several more of their size.</summary>
    /// <param name="bytes">How much is free now, about.</param>
    public static void GiveBack(long bytes)
    {
        if (bytes >= Worth) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }
}
