namespace Analyzer.Serving;

/// <summary>Makes pages, each on a thread of its own: DuckDB blocks, and the threads that listen must not wait for it.</summary>
internal sealed class PageMaking : IDisposable
{
    // More at once would only share the processors and the memory.
    private const int MostAtOnce = 8;

    private readonly SemaphoreSlim _places = new(MostAtOnce);

    /// <summary>Pages that are being made.</summary>
    public int AtWork => MostAtOnce - _places.CurrentCount;

    /// <summary>Makes a page, when there is a place.</summary>
    public async Task<string> Make(Func<Task<string>> page, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Factory.StartNew(page, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap().ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
