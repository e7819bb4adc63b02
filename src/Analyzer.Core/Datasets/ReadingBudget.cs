namespace Analyzer.Datasets;

/// <summary>
/// Bounds what images take on their way to a sample. Each asks for what it will take before it is decoded: those that do not fit beside
/// others wait, and one that is larger than all there is goes alone.
/// </summary>
internal sealed class ReadingBudget
{
    /// <summary>What images take at once where nobody says otherwise.</summary>
    public const long Usual = 256L << 20;

    private readonly object _gate = new();
    private long _taken, _largest;

    /// <summary>What they may take at once.</summary>
    public long Bytes { get; set; } = Usual;

    /// <summary>What they take at once at most, by those that were seen so far.</summary>
    public long Most => Math.Max(_largest, Math.Min(Bytes, _largest * Environment.ProcessorCount));

    /// <summary>Does what takes so many bytes once they are free.</summary>
    public T Within<T>(long bytes, Func<T> work)
    {
        lock (_gate)
        {
            _largest = Math.Max(_largest, bytes);
            while (_taken > 0 && _taken + bytes > Bytes) Monitor.Wait(_gate);
            _taken += bytes;
        }
        try
        {
            return work();
        }
        finally
        {
            lock (_gate)
            {
                _taken -= bytes;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
