namespace Analyzer.Statistics;

/// <summary>Counts finished steps from any thread and reports the fraction, which never falls.</summary>
internal sealed class ProgressSteps(IProgress<double>? progress, int steps)
{
    private readonly Lock _gate = new();
    private int _done;

    public void Finish()
    {
        if (progress is null) return;
        lock (_gate) progress.Report(++_done / (double)steps);
    }
}
