namespace Analyzer;

/// <summary>What kind of thing went wrong; the number is the exit code of the command line.</summary>
public enum Failure
{
    /// <summary>The command line or a configuration file is wrong.</summary>
    Usage = 2,
    /// <summary>The model or the data is wrong.</summary>
    BadInput = 3,
    /// <summary>Too few samples, or too little covered, to say anything.</summary>
    Inconclusive = 4,
    /// <summary>A resource ran out (disk, memory, device); the run can be resumed.</summary>
    Resource = 5,
}

/// <summary>Something the user can mend. Anything else that is thrown is a bug and keeps its stack trace.</summary>
/// <param name="message">One sentence: what is wrong, with the value and the limit; names in backticks.</param>
/// <param name="hint">The next step to take.</param>
/// <param name="kind">Decides the exit code.</param>
/// <param name="inner">What was thrown beneath, if anything.</param>
public sealed class AnalyzerException(string message, string hint, Failure kind = Failure.Usage, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The next step to take.</summary>
    public string Hint { get; } = hint;

    /// <summary>Decides the exit code.</summary>
    public Failure Kind { get; } = kind;
}
