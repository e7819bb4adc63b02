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
        // Within an item of ForShared on the threads that it may have: those of its scheduler.
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel, TaskScheduler = TaskScheduler.Current };
        Parallel.For(0, blocks, options, block => body(block * blockSize, Math.Min(blockSize, items - block * blockSize)));
    }

    /// <summary>Calls <paramref name="body"/> for each item, in any order; it may itself use the same threads, which are no more than these in all.</summary>
    public static void ForShared(int items, int threads, Action<int> body, CancellationToken cancel)
    {
        var shared = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Current, threads).ConcurrentScheduler;
        var work = new Task(() => For(items, 1, threads, (item, _) => body(item), cancel));
        work.Start(shared);
        work.GetAwaiter().GetResult();
    }

    /// <summary>How many blocks there are.</summary>
    public static int Count(int items, int blockSize) => (int)(((long)items + blockSize - 1) / blockSize);

    /// <summary>How many entries the triangle of a square has, its diagonal among them.</summary>
    public static int Triangle(int side) => side * (side + 1) / 2;

    /// <summary>Which row and column, the column not after the row, an entry of a triangle has, counted row by row.</summary>
    public static (int Row, int Column) OfTriangle(int item)
    {
        var row = (int)((Math.Sqrt(8.0 * item + 1) - 1) / 2);
        // The root may be rounded to the other side of a whole number.
        while (Triangle(row) > item) row--;
        while (Triangle(row + 1) <= item) row++;
        return (row, item - Triangle(row));
    }
}
