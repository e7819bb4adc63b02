using System.Diagnostics;
using System.Security.Cryptography;

namespace Analyzer.Cli.Tests;

/// <summary>The process dies at moments nobody chose; what it leaves must not read as complete, and must resume.</summary>
public sealed class KillTests : IDisposable
{
    private const int Kills = 6;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_killed_extraction_leaves_no_run_that_opens_and_resumes_to_the_same_bytes()
    {
        var data = SmallData.Write(_folder["data"], train: 30_000, test: 10_000);
        // Run where it is, so that the recorded command line is the same.
        Assert.Equal(0, Start(data, "run").Finish());
        var whole = Contents(_folder["run"]);
        Directory.Move(_folder["run"], _folder["whole"]);

        var random = new Random(4);
        var resumed = false;
        for (var kill = 0; kill < Kills; kill++)
        {
            var process = Start(data, "run", resumed ? ["--resume"] : []);
            // Wait for the first part to come, then let it live a little.
            var patience = Stopwatch.StartNew();
            while (!process.HasExited && !File.Exists(Path.Combine(_folder["run"], "manifest.json")) && patience.Elapsed < TimeSpan.FromSeconds(60)) Thread.Sleep(5);
            Thread.Sleep(random.Next(0, 400));
            process.Kill();
            process.WaitForExit();
            resumed = File.Exists(Path.Combine(_folder["run"], "manifest.json"));
            if (!resumed) continue;
            var query = Outcome.Of("query", _folder["run"], "SELECT count(*) FROM samples");
            if (query.ExitCode == 0) Assert.Equal(whole, Contents(_folder["run"]));
            else Assert.Contains("was not finished", query.Error, StringComparison.Ordinal);
            foreach (var part in Directory.EnumerateFiles(_folder["run"], "part-*.parquet", SearchOption.AllDirectories)) AssertWhole(part);
        }
        Assert.Equal(0, Start(data, "run", resumed ? ["--resume"] : []).Finish());
        Assert.Equal(whole, Contents(_folder["run"]));
    }

    // A Parquet file begins and ends with its mark; the footer is written last.
    private static void AssertWhole(string part)
    {
        var bytes = File.ReadAllBytes(part);
        Assert.True(bytes.AsSpan().StartsWith("PAR1"u8) && bytes.AsSpan().EndsWith("PAR1"u8), $"`{part}` is no whole Parquet file");
    }

    private Process Start(string data, string run, params string[] more) => Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "analyzer.exe" : "analyzer"),
        ["extract", Repository.Model("mnist-mlp-w100.onnx"), "--data", data, "--tap", "all", "--reduce", "none", "sign", "--part", "2MiB", "--device", "cpu", "--out", _folder[run], .. more])
    {
        RedirectStandardError = true, RedirectStandardOutput = true,
    })!;

    private static Dictionary<string, string> Contents(string run) => Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories)
        .Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(f => Path.GetRelativePath(run, f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));
}

internal static class ProcessExtensions
{
    /// <summary>Waits, with the pipes drained, and returns the exit code.</summary>
    public static int Finish(this Process process)
    {
        process.StandardOutput.ReadToEnd();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? 0 : throw new InvalidOperationException($"exit code {process.ExitCode}: {error}");
    }
}
