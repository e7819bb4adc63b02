using System.Diagnostics;
using System.Globalization;
using Analyzer.Models;
using Analyzer.Tests.Models;
using Google.Protobuf;

namespace Analyzer.Cli.Tests;

/// <summary>The program's own peak of resident memory, as the operating system counts it, against <c>--memory</c>.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(384, "none")]
    [InlineData(256, "none")]
    [InlineData(256, "sign")]
    public void Whole_maps_of_a_residual_network_stay_under_the_ceiling(int ceiling, string reducer)
    {
        var model = ThirdPartyTests.Find("akamaster-resnet20-cifar10.onnx");
        // 120 and 300 MB of maps, more than the ceiling leaves beside the program itself.
        var data = Images(ceiling == 256 ? 160 : 400);
        var (peak, error) = Peak("extract", model, "--data", data, "--tap", "name:/layer1/* & post:relu", "--reduce", reducer, "--device", "cpu", "--memory", $"{ceiling}MiB", "--out", _folder["run"]);
        Assert.True(peak <= ceiling << 10, $"{peak >> 10} MiB of {ceiling}: {error}");
    }

    [Theory]
    [InlineData(320)]
    public void An_audit_with_its_controls_and_analyses_stays_under_the_ceiling(int ceiling)
    {
        var (peak, error) = Peak("audit", Repository.Model("cifar10-lenet5-plain-s1-epoch128.onnx"), "--data", Images(600), "--maps", "300", "--device", "cpu", "--memory", $"{ceiling}MiB", "--out", _folder["run"]);
        Assert.True(peak <= ceiling << 10, $"{peak >> 10} MiB of {ceiling}: {error}");
    }

    [Theory]
    [InlineData(700, 42)]
    [InlineData(700, 64)]
    public void A_network_of_three_large_tensors_and_nothing_else_stays_under_the_ceiling(int ceiling, int channels)
    {
        // No tensor is dropped before the next is there, and the next larger blocks of the allocator are twice as large: nothing hides in what other layers would take.
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "N", 3, 32, 32)], ["y"], Tiny.Node("Conv", "x w", "c"), Tiny.Node("Resize", "c none scales", "large"), Tiny.Node("Erf", "large", "e"),
            Tiny.Node("Mul", "e large", "m"), Tiny.Node("GlobalAveragePool", "m", "y"));
        model.Graph.Initializer.Add([Tiny.Weight("w", channels, 3, 1, 1), Tiny.Weight("none", [0], []), Tiny.Weight("scales", [4], [1, 1, 7, 7])]);
        var path = Path.Combine(_folder.Path, "large.onnx");
        File.WriteAllBytes(path, model.ToByteArray());
        var (peak, error) = Peak("extract", path, "--data", Images(160), "--tap", "op:Erf", "--reduce", "mean", "--device", "cpu", "--memory", $"{ceiling}MiB", "--out", _folder["run"]);
        Assert.True(peak <= ceiling << 10, $"{peak >> 10} MiB of {ceiling}: {error}");
    }

    [Fact]
    public void Too_little_memory_for_one_sample_is_a_resource_that_ran_out()
    {
        var outcome = Outcome.Of("extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "all", "--memory", "64MiB", "--out", _folder["run"]);
        Golden.Check("error-memory-too-small", outcome, (_folder.Path, "FOLDER"));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    private string Images(int samples)
    {
        Directory.CreateDirectory(_folder["images"]);
        var random = new Random(7);
        var values = new float[samples * 3 * 32 * 32];
        foreach (ref var value in values.AsSpan()) value = random.NextSingle();
        Npy.Write(Path.Combine(_folder["images"], "test_inputs.npy"), values, samples, 3, 32, 32);
        Npy.Write(Path.Combine(_folder["images"], "test_labels.npy"), [.. Enumerable.Range(0, samples).Select(i => i % 10)], samples);
        return _folder["images"];
    }

    // Peak of resident memory in KiB: the kernel's own high-water mark, read until the process is gone.
    private static (long Peak, string Error) Peak(params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of resident memory is read from /proc");
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "analyzer"), args) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (error, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        long peak = 0;
        while (!process.HasExited)
        {
            try
            {
                var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
                if (line is not null) peak = Math.Max(peak, long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It ended between the question and the answer.
            }
            Thread.Sleep(5);
        }
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result + output.Result);
        Assert.InRange(peak, 60 << 10, long.MaxValue);
        return (peak, error.Result);
    }
}
