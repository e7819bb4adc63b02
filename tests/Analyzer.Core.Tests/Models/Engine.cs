using System.Runtime.InteropServices;
using Analyzer.Models;
using Microsoft.ML.OnnxRuntime;

namespace Analyzer.Tests.Models;

/// <summary>A tensor that went into or came out of ONNX Runtime.</summary>
internal sealed record Values(ElementType Type, long[] Shape, byte[] Bytes)
{
    public static Values Of(float[] values, params long[] shape) =>
        new(ElementType.Float, shape, MemoryMarshal.AsBytes<float>(values).ToArray());

    public static Values Half(float[] values, params long[] shape) =>
        new(ElementType.Float16, shape, MemoryMarshal.AsBytes<Half>(values.Select(value => (Half)value).ToArray()).ToArray());

    public static Values Double(double[] values, params long[] shape) =>
        new(ElementType.Double, shape, MemoryMarshal.AsBytes<double>(values).ToArray());

    public float[] Floats => MemoryMarshal.Cast<byte, float>(Bytes).ToArray();
}

/// <summary>Runs models in ONNX Runtime, with its default optimisations, as the product does.</summary>
internal static class Engine
{
    public static Dictionary<string, Values> Run(byte[] model, params (string Name, Values Value)[] inputs) => Run(model, "", inputs);

    public static Dictionary<string, Values> Run(byte[] model, string dataFolder, params (string Name, Values Value)[] inputs)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        if (dataFolder.Length > 0) options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", dataFolder);
        using var session = new InferenceSession(model, options);
        using var run = new RunOptions();
        var feeds = inputs.ToDictionary(input => input.Name, input => Feed(input.Value));
        using var results = session.Run(run, feeds, session.OutputNames);
        var found = new Dictionary<string, Values>();
        foreach (var (name, value) in session.OutputNames.Zip(results))
        {
            var info = value.GetTensorTypeAndShape();
            found[name] = new Values((ElementType)(int)info.ElementDataType, info.Shape, value.GetTensorMutableRawData().ToArray());
        }

        foreach (var feed in feeds.Values) feed.Dispose();
        return found;
    }

    private static OrtValue Feed(Values value)
    {
        var tensor = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance,
            (Microsoft.ML.OnnxRuntime.Tensors.TensorElementType)(int)value.Type, value.Shape);
        value.Bytes.CopyTo(tensor.GetTensorMutableRawData());
        return tensor;
    }
}
