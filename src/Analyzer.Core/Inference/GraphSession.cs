using Analyzer.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Analyzer.Inference;

/// <summary>A small graph of ours, such as one that resizes images, on the CPU. Any number of callers at once.</summary>
/// <remarks>Each call takes one thread: many images go through at once, so threads inside one of them would only get in the way.</remarks>
internal sealed class GraphSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _outputs;

    /// <summary>Loads a graph.</summary>
    public GraphSession(byte[] model)
    {
        _ = ExecutionProvider.Environment;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        _session = new InferenceSession(model, options);
        _outputs = [.. _session.OutputNames];
    }

    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">A tensor for every input.</param>
    /// <exception cref="AnalyzerException">No memory for it.</exception>
    public unsafe ModelOutputs Run(params ReadOnlySpan<TensorData> inputs)
    {
        var pins = new System.Buffers.MemoryHandle[inputs.Length];
        var values = new OrtValue[inputs.Length];
        var names = new string[inputs.Length];
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                pins[i] = inputs[i].Data.Pin();
                names[i] = inputs[i].Name;
                values[i] = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, (TensorElementType)inputs[i].Element,
                    inputs[i].Dims, (nint)pins[i].Pointer, inputs[i].Data.Length);
            }
            return new(_session.Run(_runOptions, names, values, _outputs), null);
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("alloc", StringComparison.OrdinalIgnoreCase))
        {
            throw new AnalyzerException($"no memory to resize an image: {ExecutionProvider.OneLine(e)}", "use a smaller `--batch`", Failure.Resource, e);
        }
        finally
        {
            foreach (var value in values) value?.Dispose();
            foreach (var pin in pins) pin.Dispose();
        }
    }

    /// <summary>Unloads the graph.</summary>
    public void Dispose()
    {
        _runOptions.Dispose();
        _session.Dispose();
    }
}
