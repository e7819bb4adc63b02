using System.Buffers;
using System.Runtime.InteropServices;
using Analyzer.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Analyzer.Inference;

/// <summary>A loaded model: batches in, the wanted outputs back. One caller at a time.</summary>
public sealed class ModelRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new(), _sparing = new();
    private readonly string[] _outputs;
    private readonly string _model;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _terminate;
    private readonly SortedDictionary<string, OrtValue> _fixed = new(StringComparer.Ordinal);

    /// <summary>Loads a model.</summary>
    /// <param name="model">The serialised model, a patch appended or not.</param>
    /// <param name="path">Where the model came from: external data is looked for beside it, and errors name it.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="outputs">Names of the outputs to return, in this order; all of the model's when null.</param>
    /// <param name="cancellation">Ends a run between two operators: a model may hold a loop that never ends.</param>
    /// <exception cref="AnalyzerException">ONNX Runtime refuses the model, or the device is not usable.</exception>
    public ModelRunner(byte[] model, string path, ExecutionOptions options, IReadOnlyList<string>? outputs = null, CancellationToken cancellation = default)
    {
        (_model, _cancellation) = (path, cancellation);
        _ = ExecutionProvider.Environment;
        using var session = new SessionOptions
        {
            GraphOptimizationLevel = options.Optimization switch
            {
                Optimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
                Optimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                Optimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
            IntraOpNumThreads = options.Threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            // The arena keeps what a batch took for the next one, which saves a system its pages: 84 % of a bare loop's speed where there were 69. A plan of
            // all tensors in one block would be no faster, in half as much memory again.
            EnableCpuMemArena = true,
            EnableMemoryPattern = false,
        };
        session.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(path))!);
        // Between two runs signs are packed and rows written: its threads must not wait for the next run in a loop then.
        session.AddSessionConfigEntry("session.force_spinning_stop", "1");
        (Provider, Fallback) = ExecutionProvider.Choose(session, options.Device);
        try
        {
            _session = new InferenceSession(model, session);
        }
        catch (OnnxRuntimeException e)
        {
            throw new AnalyzerException($"ONNX Runtime cannot load `{path}`: {ExecutionProvider.OneLine(e)}",
                "the model is damaged, or uses an operator that this ONNX Runtime lacks; `analyzer inspect` shows its operators", Failure.BadInput, e);
        }
        _terminate = cancellation.Register(() => _runOptions.Terminate = _sparing.Terminate = true);
        _sparing.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        _outputs = outputs?.ToArray() ?? [.. _session.OutputNames];
        // ONNX Runtime has its own copy now.
        LargeArrays.GiveBack(model.Length);
    }

    /// <summary>ONNX Runtime's version.</summary>
    public static string RuntimeVersion => ExecutionProvider.Environment.GetVersionString();

    /// <summary>The execution provider that runs the model.</summary>
    public string Provider { get; }

    /// <summary>Why the provider is not the wanted one; null where it is.</summary>
    public string? Fallback { get; }

    /// <summary>Names of the outputs, in the order of <see cref="ModelOutputs"/>.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>
    /// Feeds a tensor with every run from now on, in place of what was fed under its name before: other values for an initialiser that
    /// a patch declares as an input.
    /// </summary>
    /// <param name="tensor">Copied.</param>
    public void FeedAlways(TensorData tensor)
    {
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)tensor.Element, tensor.Dims);
        tensor.Data.Span.CopyTo(value.GetTensorMutableRawData());
        if (_fixed.Remove(tensor.Name, out var before)) before.Dispose();
        _fixed.Add(tensor.Name, value);
    }

    /// <summary>Runs one batch.</summary>
    /// <param name="inputs">A tensor for every input.</param>
    /// <param name="wanted">Which of the outputs to return; all of them when null. The others take no memory once the batch is through.</param>
    /// <param name="sparing">Whether to give the memory of the batch back to the system: slower, where another model runs beside this one.</param>
    /// <exception cref="AnalyzerException">The model refuses the input, or ran out of memory.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public unsafe ModelOutputs Run(IReadOnlyList<TensorData> inputs, IReadOnlyList<int>? wanted = null, bool sparing = false)
    {
        var pins = new List<MemoryHandle>();
        var values = new List<OrtValue>();
        try
        {
            foreach (var input in inputs)
            {
                pins.Add(input.Data.Pin());
                values.Add(OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, (TensorElementType)input.Element,
                    input.Dims, (nint)pins[^1].Pointer, input.Data.Length));
            }
            return new(_session.Run(sparing ? _sparing : _runOptions, [.. inputs.Select(i => i.Name), .. _fixed.Keys], [.. values, .. _fixed.Values],
                wanted is null ? _outputs : [.. wanted.Select(o => _outputs[o])]), wanted);
        }
        catch (OnnxRuntimeException e)
        {
            _cancellation.ThrowIfCancellationRequested();
            var resource = e.Message.Contains("alloc", StringComparison.OrdinalIgnoreCase);
            throw new AnalyzerException($"`{_model}` failed on {Describe(inputs)}: {ExecutionProvider.OneLine(e)}",
                resource ? "use a smaller `--batch`" : "compare the data's shape with `analyzer inspect MODEL`",
                resource ? Failure.Resource : Failure.BadInput, e);
        }
        finally
        {
            values.ForEach(v => v.Dispose());
            pins.ForEach(p => p.Dispose());
        }
    }

    /// <summary>Unloads the model.</summary>
    public void Dispose()
    {
        foreach (var value in _fixed.Values) value.Dispose();
        _terminate.Dispose();
        _runOptions.Dispose();
        _sparing.Dispose();
        _session.Dispose();
    }

    private static string Describe(IReadOnlyList<TensorData> inputs) =>
        string.Join(", ", inputs.Select(i => $"`{i.Name}` [{string.Join(",", i.Dims)}]"));
}

/// <summary>What one batch gave; the memory is ONNX Runtime's and is freed with this object.</summary>
public sealed class ModelOutputs : IDisposable
{
    private readonly IDisposableReadOnlyCollection<OrtValue> _values;
    private readonly Dictionary<int, int>? _places;

    internal ModelOutputs(IDisposableReadOnlyCollection<OrtValue> values, IReadOnlyList<int>? wanted)
    {
        _values = values;
        // An output keeps its number, whichever others were asked for.
        _places = wanted?.Select((output, place) => (output, place)).ToDictionary(p => p.output, p => p.place);
    }

    /// <summary>Number of outputs.</summary>
    public int Count => _values.Count;

    /// <summary>Whether an output is a tensor; sequences and maps are not.</summary>
    public bool IsTensor(int output) => Value(output).IsTensor;

    /// <summary>An output's element type.</summary>
    public ElementType Element(int output) => (ElementType)Value(output).GetTensorTypeAndShape().ElementDataType;

    /// <summary>An output's dimensions.</summary>
    public long[] Dims(int output) => Value(output).GetTensorTypeAndShape().Shape;

    /// <summary>An output's bytes.</summary>
    /// <exception cref="AnalyzerException">They are more than 2 GiB.</exception>
    public ReadOnlySpan<byte> Bytes(int output)
    {
        var (value, shape) = (Value(output), Value(output).GetTensorTypeAndShape());
        if (shape.ElementCount > int.MaxValue * 8L / Math.Max(8, ((ElementType)shape.ElementDataType).Bits()))
            throw new AnalyzerException($"an output has the shape [{string.Join(',', shape.Shape)}], and ONNX Runtime hands over 2 GiB at once", "use a smaller `--batch`", Failure.Resource);
        return value.GetTensorMutableRawData();
    }

    /// <summary>An output's elements as 32-bit floats: in place for float, converted for float16 and double.</summary>
    /// <exception cref="NotSupportedException">Any other element type.</exception>
    public ReadOnlySpan<float> Floats(int output) => Element(output) switch
    {
        ElementType.Float => MemoryMarshal.Cast<byte, float>(Bytes(output)),
        ElementType.Float16 => Convert(MemoryMarshal.Cast<byte, Half>(Bytes(output))),
        ElementType.Double => Convert(MemoryMarshal.Cast<byte, double>(Bytes(output))),
        var other => throw new NotSupportedException($"{other} is no floating-point type"),
    };

    /// <summary>Frees one output, of which nothing may be asked any more.</summary>
    public void Free(int output) => Value(output).Dispose();

    /// <summary>Frees the outputs.</summary>
    public void Dispose() => _values.Dispose();

    private OrtValue Value(int output) => _values[_places is null ? output : _places[output]];

    private static float[] Convert<T>(ReadOnlySpan<T> values) where T : System.Numerics.INumber<T>
    {
        var floats = new float[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, floats.AsSpan());
        return floats;
    }
}
