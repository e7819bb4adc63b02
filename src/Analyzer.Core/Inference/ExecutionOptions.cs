namespace Analyzer.Inference;

/// <summary>What may run the model.</summary>
public enum Device
{
    /// <summary>CUDA where it is usable, else the CPU; which one it was stands in the report.</summary>
    Auto,
    /// <summary>The CPU.</summary>
    Cpu,
    /// <summary>CUDA; an error where it is not usable.</summary>
    Cuda,
}

/// <summary>How far ONNX Runtime may rewrite the graph before running it.</summary>
public enum Optimization
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>Constant folding and the like.</summary>
    Basic,
    /// <summary>Operator fusions too.</summary>
    Extended,
    /// <summary>Everything, memory layouts included: ONNX Runtime's own default.</summary>
    All,
}

/// <summary>How a model is run.</summary>
public sealed record ExecutionOptions
{
    /// <summary>What may run the model. Default <see cref="Device.Auto"/>.</summary>
    public Device Device { get; init; } = Device.Auto;

    /// <summary>The largest number of <see cref="Threads"/>: ONNX Runtime makes them all at once.</summary>
    public const int MostThreads = 1_024;

    /// <summary>Threads inside one operator, 1 to <see cref="MostThreads"/>. Default: one per processor.</summary>
    public int Threads { get; init => field = value is >= 1 and <= MostThreads ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"1 to {MostThreads}"); } = Environment.ProcessorCount;

    /// <summary>Graph optimisation. Default <see cref="Optimization.All"/>.</summary>
    public Optimization Optimization { get; init; } = Optimization.All;
}
