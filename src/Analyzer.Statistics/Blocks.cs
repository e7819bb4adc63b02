namespace Analyzer.Statistics;

/// <summary>Cuts work into blocks whose bounds depend on nothing but the work, so that no result depends on the threads.</summary>
internal static class Blocks
{
    /// <summary>Calls <paramref name="body"/> for [first, first + count) of each block, in any order, on several threads.</summary>
    public static void For(int items, int blockSize, int threads, Action<int, int> body, CancellationToken cancel)
    {
        var blocks = Count(items, blockSize);
        if (blocks <= 1 || threads == 1)
        {
            for (var block = 0; block < blocks; block++)
            {
                cancel.ThrowIfCancellationRequested();
                body(block * blockSize, Math.Min(blockSize, items - block * blockSize));
            }
            return;
        }
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel };
        Parallel.For(0, blocks, options, block => body(block * blockSize, Math.Min(blockSize, items - block * blockSize)));
    }

    /// <summary>How many blocks there are.</summary>
    public static int Count(int items, int blockSize) => (int)(((long)items + blockSize - 1) / blockSize);
}
