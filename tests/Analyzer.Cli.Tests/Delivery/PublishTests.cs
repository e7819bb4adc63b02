using System.Buffers.Binary;
using System.Diagnostics;

namespace Analyzer.Cli.Tests.Delivery;

/// <summary>The self-contained program: on this machine it runs where there is no .NET, for others it has their natives.</summary>
[Collection(nameof(Delivered))]
public sealed class PublishTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Published_with_all_it_needs_it_runs_without_dotnet()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "linux-x64 is published here");
        Publish("linux-x64", "--self-contained");
        var model = Path.Combine(_folder["program"], "models", "mnist-mlp-w040.onnx");
        Assert.Equal(0, Bare("inspect", model).ExitCode);
        var data = SmallData.Write(_folder["data"], train: 300, test: 200);
        var audit = Bare("audit", model, "--data", data, "--out", _folder["run"]);
        Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
        File.WriteAllText(_folder["gates.yaml"], "gates: [ { name: accuracy, field: accuracy.test.accuracy, min: 0.999 } ]");
        Assert.Equal(1, Bare("check", _folder["run"], "--policy", _folder["gates.yaml"]).ExitCode);
        Assert.Equal(3, Bare("inspect", _folder["gates.yaml"]).ExitCode);
        // Images are decoded by natives of their own.
        var image = Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "images", "rgb.png");
        Directory.CreateDirectory(_folder["images/test/cat"]);
        File.Copy(image, _folder["images/test/cat/1.png"]);
        Assert.Equal(3, Bare("extract", model, "--data", _folder["images"], "--tap", "op:Relu", "--out", _folder["none"]).ExitCode);
    }

    // Without the runtime, whose packages for other platforms are large and hold nothing of ours.
    [Theory]
    [InlineData("win-x64", "duckdb.dll", "onnxruntime.dll", "onnxruntime_providers_shared.dll", "libSkiaSharp.dll")]
    [InlineData("osx-arm64", "libduckdb.dylib", "libonnxruntime.dylib", "libSkiaSharp.dylib")]
    public void Published_for_another_platform_it_has_the_natives_of_that(string platform, params string[] natives)
    {
        Publish(platform, "--no-self-contained", "-p:UseAppHost=false");
        var foreign = Directory.GetFiles(_folder["program"]).Where(f => Path.GetExtension(f) is ".so" or ".dylib" || (Path.GetExtension(f) == ".dll" && natives.Contains(Path.GetFileName(f)))).Select(f => Path.GetFileName(f)!);
        Assert.Equal(natives.Order(), foreign.Order());
        Assert.All(natives, native => Assert.Equal(platform, PlatformOf(_folder[$"program/{native}"])));
    }

    private void Publish(string platform, params string[] options) =>
        Packages.Dotnet(Repository.Root, ["publish", Packages.Project("Cli"), "-c", Packages.Configuration, "-r", platform, "-o", _folder["program"], .. options]);

    // Nothing of this process's environment, and no dotnet on the PATH.
    private Outcome Bare(params string[] arguments)
    {
        Directory.CreateDirectory(_folder["home"]);
        var start = new ProcessStartInfo(Path.Combine(_folder["program"], "analyzer"), arguments) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        (start.Environment["PATH"], start.Environment["HOME"], start.Environment["DOTNET_ROOT"]) = (_folder["home"], _folder["home"], _folder["home"]);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }

    // By the first bytes: PE with machine 0x8664, or Mach-O of ARM64, alone or among others in one file.
    private static string PlatformOf(string path)
    {
        var bytes = new byte[4096];
        using (var file = File.OpenRead(path)) file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (bytes is [(byte)'M', (byte)'Z', ..])
        {
            var header = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x3c));
            return bytes.AsSpan(header, 4).SequenceEqual("PE\0\0"u8) && BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(header + 4)) == 0x8664 ? "win-x64" : "another of Windows";
        }
        const uint arm64 = 0x0100000c;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0xfeedfacf) return BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) == arm64 ? "osx-arm64" : "another of macOS";
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) == 0xcafebabe)
        {
            var count = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4));
            return Enumerable.Range(0, count).Any(i => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8 + 20 * i)) == arm64) ? "osx-arm64" : "others of macOS";
        }
        return "unknown";
    }
}
