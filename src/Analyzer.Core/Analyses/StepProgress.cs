namespace Analyzer.Analyses;

/// <summary>One of several equal steps: Statistics tells a share of its work, the pipeline wants to know of the whole.</summary>
/// <param name="name">What the work is called.</param>
/// <param name="to">Whom to tell; null for nobody.</param>
/// <param name="step">Which of the steps, from 0.</param>
/// <param name="steps">How many there are.</param>
internal sealed class StepProgress(string name, IProgress<ProgressUpdate>? to, int step = 0, int steps = 1) : IProgress<double>
{
    /// <summary>One of several equal parts of this step.</summary>
    public StepProgress Part(int part, int parts) => new(name, to, step * parts + part, steps * parts);

    public void Report(double value) => to?.Report(new(name, (long)(100 * (step + value) / steps), 100, "%"));
}
