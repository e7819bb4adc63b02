using Microsoft.ML.OnnxRuntime;

namespace Analyzer.Inference;

/// <summary>Chooses between CPU and CUDA, and says why where CUDA was wanted but is not to be had.</summary>
internal static class ExecutionProvider
{
    public const string Cpu = "CPUExecutionProvider", Cuda = "CUDAExecutionProvider";

    /// <summary>Names the folder of the CUDA provider where it does not lie beside the program.</summary>
    public const string FolderVariable = "ANALYZER_CUDA_PROVIDER";

    private static readonly Lazy<(IReadOnlyList<OrtEpDevice> Devices, string? Problem)> CudaDevices = new(FindCuda);

    /// <summary>ONNX Runtime's environment; silent but for errors, for what it has to say the user reads in our words.</summary>
    public static OrtEnv Environment { get; } = Quiet(OrtEnv.Instance());

    /// <summary>Puts the wanted device into the session's options.</summary>
    /// <returns>The provider that will run the model, and why it is not CUDA where that was a fallback.</returns>
    /// <exception cref="AnalyzerException">CUDA was demanded and is not usable.</exception>
    public static (string Provider, string? Fallback) Choose(SessionOptions session, Device device)
    {
        if (device == Device.Cpu)
            return (Cpu, null);
        var (devices, problem) = CudaDevices.Value;
        if (problem is null)
        {
            session.AppendExecutionProvider(Environment, [devices[0]], new Dictionary<string, string>());
            return (Cuda, null);
        }
        return device == Device.Auto
            ? (Cpu, $"ran on the CPU: {problem}")
            : throw new AnalyzerException($"CUDA is not usable: {problem}",
                $"put the CUDA provider beside the program or name its folder in `{FolderVariable}` (npm package `com.github.asus4.onnxruntime.linux-x64-gpu`), with CUDA 13 and cuDNN 9 on the library path; or use `--device cpu`",
                Failure.Resource);
    }

    /// <summary>Whether the wanted device comes to the CPU.</summary>
    public static bool IsCpu(Device device) => device == Device.Cpu || (device == Device.Auto && CudaDevices.Value.Problem is not null);

    private static (IReadOnlyList<OrtEpDevice>, string?) FindCuda()
    {
        var file = OperatingSystem.IsWindows() ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
        var path = Path.Combine(System.Environment.GetEnvironmentVariable(FolderVariable) ?? AppContext.BaseDirectory, file);
        if (!File.Exists(path))
            return ([], $"`{file}` is missing");
        try
        {
            Environment.RegisterExecutionProviderLibrary(Cuda, path);
        }
        catch (OnnxRuntimeException e)
        {
            return ([], $"`{file}` does not load: {OneLine(e)}");
        }
        var devices = Environment.GetEpDevices().Where(d => d.EpName == Cuda).ToArray();
        return devices.Length == 0 ? ([], $"`{file}` loads but finds no NVIDIA GPU") : (devices, null);
    }

    /// <summary>ONNX Runtime's message without its source positions and line breaks.</summary>
    public static string OneLine(Exception e)
    {
        var text = e.Message.ReplaceLineEndings(" ").Trim();
        var start = text.IndexOf("] ", StringComparison.Ordinal);
        return text.StartsWith('[') && start > 0 ? text[(start + 2)..] : text;
    }

    private static OrtEnv Quiet(OrtEnv environment)
    {
        environment.EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        return environment;
    }
}
