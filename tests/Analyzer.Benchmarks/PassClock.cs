using System.Diagnostics;

namespace Analyzer.Benchmarks;

/// <summary>Times an extraction's pass alone: from the first batch to the last file in place.</summary>
internal sealed class PassClock : IProgress<ProgressUpdate>
{
    private long _start;

    /// <summary>Since the pass began.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>How many went through.</summary>
    public long Samples { get; private set; }

    /// <inheritdoc/>
    public void Report(ProgressUpdate value)
    {
        if (value is not { Step: "extract" }) return;
        if (value.Done == 0) _start = Stopwatch.GetTimestamp();
        Samples = value.Done;
    }
}
