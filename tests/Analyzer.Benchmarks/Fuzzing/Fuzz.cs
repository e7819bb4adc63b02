using System.Diagnostics;

namespace Analyzer.Fuzzing;

/// <summary>Something that reads files, and how one of its cases is made.</summary>
/// <param name="Name">Such as <c>npz</c>.</param>
/// <param name="Case">Damages a file by the generator, reads it, and throws what the reader throws.</param>
internal sealed record FuzzTarget(string Name, Action<Random> Case);

/// <summary>What became of many cases.</summary>
/// <param name="Read">Cases that were read nonetheless.</param>
/// <param name="Refused">Cases that were refused with a sentence.</param>
/// <param name="Slowest">The longest case.</param>
/// <param name="MostAllocated">Managed bytes that the greediest case allocated.</param>
/// <param name="Failures">Cases that ended otherwise: their numbers, and how.</param>
internal sealed record FuzzOutcome(long Read, long Refused, TimeSpan Slowest, long MostAllocated, IReadOnlyList<string> Failures)
{
    /// <summary>How many cases ran.</summary>
    public long Cases => Read + Refused + Failures.Count;
}

/// <summary>Runs cases; each has a generator of its own, so that one can be repeated alone.</summary>
internal static class Fuzz
{
    /// <summary>Managed bytes that a case may allocate: the sound files are of kilobytes.</summary>
    public const long MostBytes = 64L << 20;

    /// <summary>How long a case may last; on a busy machine most of it is waiting.</summary>
    public static readonly TimeSpan LongestCase = TimeSpan.FromSeconds(30);

    /// <summary>Runs the cases <paramref name="first"/> to <paramref name="first"/> + <paramref name="cases"/> − 1.</summary>
    public static FuzzOutcome Run(FuzzTarget target, int seed, long first, long cases, Action<long>? progress = null)
    {
        long read = 0, refused = 0, most = 0;
        var slowest = TimeSpan.Zero;
        var failures = new List<string>();
        for (var i = first; i < first + cases && failures.Count < 20; i++)
        {
            var random = new Random(HashCode(seed, i));
            // A case that never ends takes the process with it, and says which it was.
            using var watchdog = new Timer(n => Environment.FailFast($"`{target.Name}` seed {seed} case {n} does not end"), i, 2 * LongestCase, Timeout.InfiniteTimeSpan);
            var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            try
            {
                target.Case(random);
                read++;
            }
            catch (AnalyzerException e) when (e.Message.Length > 0 && e.Hint.Length > 0)
            {
                refused++;
            }
#pragma warning disable CA1031 // Whatever else is thrown is what is looked for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failures.Add($"{target.Name} seed {seed} case {i}: {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n')[0].Trim()} {e.StackTrace?.Split('\n').Skip(1).FirstOrDefault()?.Trim()}");
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            (most, slowest) = (Math.Max(most, allocated), clock.Elapsed > slowest ? clock.Elapsed : slowest);
            if (allocated > MostBytes) failures.Add($"{target.Name} seed {seed} case {i}: allocated {allocated >> 20} MiB");
            if (clock.Elapsed > LongestCase) failures.Add($"{target.Name} seed {seed} case {i}: took {clock.Elapsed.TotalSeconds:0.0} s");
            progress?.Invoke(i);
        }
        return new(read, refused, slowest, most, failures);
    }

    // The same in every process, which System.HashCode is not.
    private static int HashCode(int seed, long i) => unchecked((int)((ulong)(seed * 1_000_003L + i) * 0x9E3779B97F4A7C15 >> 33));
}
