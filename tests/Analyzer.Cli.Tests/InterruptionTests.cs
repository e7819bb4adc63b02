using System.Diagnostics;
using System.Security.Cryptography;

namespace Analyzer.Cli.Tests;

/// <summary>
/// What an audit is when its process dies, is asked to stop, runs out of disk or meets another writer: nothing half-written reads as
/// whole, and resumed it ends with the bytes of one that nobody disturbed.
/// </summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string[]? _arguments;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("extract", 30)]
    [InlineData("audit", 15)]
    public void Killed_at_random_moments_a_command_resumes_to_the_same_bytes(string command, int kills)
    {
        _arguments = command == "audit" ? Audit : Extract;
        var (whole, lasts) = Undisturbed();
        var random = new Random(4);
        var (killed, unfinished, finished) = (0, 0, 0);
        while (killed < kills)
        {
            using var process = Start();
            if (process.WaitForExit(TimeSpan.FromSeconds(lasts * random.NextDouble())))
            {
                Assert.Equal(0, process.ExitCode);
                Assert.Equal(whole, Contents());
                Directory.Delete(Run(), recursive: true);
                finished++;
                continue;
            }
            process.Kill();
            process.WaitForExit();
            killed++;
            if (!File.Exists(Run("manifest.json"))) continue;
            foreach (var file in Directory.EnumerateFiles(Run(), "*.parquet", SearchOption.AllDirectories)) AssertWhole(file);
            var query = Outcome.Of("query", Run(), "SELECT count(*) FROM samples");
            // Between saying that it is whole and clearing away the rows of parts, there are both.
            if (command == "extract" && query.ExitCode == 0) Assert.Equal(whole, Contents().Where(f => !f.Key.Contains(".partial", StringComparison.Ordinal)).ToDictionary());
            if (query.ExitCode != 0) Assert.Contains("was not finished", query.Error, StringComparison.Ordinal);
            if (command == "extract" ? query.ExitCode != 0 : query.ExitCode == 0 && !File.Exists(Run("report.html"))) unfinished++;
        }
        // Moments that all fell before or after the work would have shown nothing.
        Assert.True(unfinished >= kills / 4, $"{kills} kills left {unfinished} runs in the midst; {finished} were finished");
        Finish(Start());
        Assert.Equal(whole, Contents());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Asked_to_stop_an_audit_says_how_to_go_on_and_does(string signal)
    {
        var (whole, lasts) = Undisturbed();
        var stopped = false;
        // A little later each time, until it comes between the start and the end; earlier again where a machine in a hurry was at the end already.
        var wait = lasts / 2;
        for (var attempt = 0; !stopped; attempt++)
        {
            Assert.True(attempt < 30, $"no signal came between the start and the end of an audit that lasts {lasts} s; the last was sent after {wait} s");
            using var process = Start();
            Thread.Sleep(TimeSpan.FromSeconds(wait));
            Signal(process, signal);
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            // 128 and the signal's number: it came before anything listened.
            Assert.True(process.ExitCode is 0 or 130 || process.ExitCode == (signal == "TERM" ? 143 : 130), $"exit code {process.ExitCode}: {error}");
            stopped = process.ExitCode == 130;
            if (stopped) Assert.EndsWith("interrupted\nhint: what is finished is kept; the same command with `--resume` goes on\n", error, StringComparison.Ordinal);
            else if (process.ExitCode == 0) Directory.Delete(Run(), recursive: true);
            wait *= process.ExitCode == 0 ? .6 : 1.1;
        }
        Finish(Start());
        Assert.Equal(whole, Contents());
    }

    [Fact]
    public void On_a_full_disk_an_audit_says_so_and_goes_on_where_there_is_room()
    {
        var (whole, _) = Undisturbed();
        var audit = $"{Quoted(Program)} {string.Join(' ', Arguments.Select(Quoted))}";
        // A file system of its own, with less and less too little room; it ends with the shell that mounted it.
        using var shell = Shell($"""
            mount -t tmpfs -o size=100k none {Quoted(Run())} || exit 77
            for size in 100k 300k 800k 2m; do
              mount -o remount,size=$size none {Quoted(Run())}
              {audit}; echo "exit $?" >&2
            done
            mount -o remount,size=100m none {Quoted(Run())}
            {audit} || exit 1
            cp -r {Quoted(Run())} {Quoted(_folder["copy"])}
            """);
        var (output, error) = Drain(shell);
        Assert.SkipWhen(shell.ExitCode == 77, $"no file system can be mounted here: {error}");
        Assert.True(shell.ExitCode == 0, error);
        Assert.True(4 == error.Split("exit 5").Length - 1, error);
        Assert.Equal(4, error.Split("error: could not write `").Length - 1);
        Assert.Equal(4, error.Split("hint: make room or the directory writable; then the same command goes on, with `--resume` where it has that option").Length - 1);
        Assert.Equal(whole, Contents(_folder["copy"]));
    }

    [Fact]
    public void Where_nothing_can_be_written_an_audit_says_so_and_a_finished_run_is_still_read()
    {
        var (whole, _) = Undisturbed();
        Directory.Move(_folder["whole"], Run());
        using var shell = Shell($"""
            mount --bind {Quoted(Run())} {Quoted(Run())} && mount -o remount,bind,ro {Quoted(Run())} || exit 77
            {Quoted(Program)} {string.Join(' ', Arguments.Select(Quoted))}; echo "audit $?" >&2
            {Quoted(Program)} report {Quoted(Run())}; echo "report $?" >&2
            {Quoted(Program)} query {Quoted(Run())} 'SELECT count(*) FROM samples' --json || exit 1
            """);
        var (output, error) = Drain(shell);
        Assert.SkipWhen(shell.ExitCode == 77, $"no file system can be mounted here: {error}");
        Assert.True(shell.ExitCode == 0, error);
        Assert.Contains($"error: `{Run()}` cannot be written: ", error, StringComparison.Ordinal);
        Assert.Contains("audit 2", error, StringComparison.Ordinal);
        Assert.Contains("report 2", error, StringComparison.Ordinal);
        Assert.Equal("{\"count_star()\":4000}\n", output);
        Assert.Equal(whole, Contents());
    }

    [Fact]
    public void Of_two_writers_one_is_refused_and_the_other_ends_undisturbed()
    {
        var (whole, _) = Undisturbed();
        using var first = Start();
        while (!File.Exists(Run("manifest.json")) && !first.HasExited) Thread.Sleep(1);
        Signal(first, "STOP");
        var second = Outcome.Of([.. Arguments]);
        Signal(first, "CONT");
        Assert.Equal(2, second.ExitCode);
        Assert.EndsWith($"error: `{Run()}` is being written by another process\nhint: wait for it to end, or give another directory\n", second.Error, StringComparison.Ordinal);
        Finish(first);
        Assert.Equal(whole, Contents());
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "analyzer.exe" : "analyzer");

    // `--resume` is no part of what a run is, and where there is nothing to resume it begins.
    private string[] Arguments => [.. _arguments ?? Audit, Repository.Model("mnist-mlp-w100.onnx"), "--data", _folder["data"], "--threads", "1", "--device", "cpu", "--out", Run(), "--resume"];

    private static string[] Audit => ["audit", "--limit", "2000", "--part", "1MiB"];

    private static string[] Extract => ["extract", "--tap", "all", "--reduce", "none", "sign", "--part", "1MiB"];

    private string Run(string file = "") => Path.Combine(_folder["run"], file).TrimEnd('/');

    // Run where all others run, so that the recorded command line is the same.
    private (Dictionary<string, string> Contents, double Seconds) Undisturbed()
    {
        SmallData.Write(_folder["data"], train: 15_000, test: 5_000);
        var clock = Stopwatch.StartNew();
        Finish(Start());
        var seconds = clock.Elapsed.TotalSeconds;
        var whole = Contents();
        Directory.Move(Run(), _folder["whole"]);
        return (whole, seconds);
    }

    // Shells have what they start in the background ignore an interrupt, and its children with it; these listen all the same.
    private Process Start() => Started(new("env", ["--default-signal=INT", Program, .. Arguments]));

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        // It fails where the process is gone, as whose exit code then says.
        kill.WaitForExit();
    }

    private Process Shell(string script)
    {
        Directory.CreateDirectory(Run());
        return Started(new("unshare", ["--mount", .. Environment.UserName == "root" ? [] : new[] { "--map-root-user" }, "sh", "-c", script]));
    }

    private static Process Started(ProcessStartInfo start)
    {
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        return Process.Start(start)!;
    }

    private static void Finish(Process process)
    {
        var (_, error) = Drain(process);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {error}");
    }

    private static (string Output, string Error) Drain(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, error.GetAwaiter().GetResult());
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // A Parquet file begins and ends with its mark; the footer is written last.
    private static void AssertWhole(string file)
    {
        var bytes = File.ReadAllBytes(file);
        Assert.True(bytes.AsSpan().StartsWith("PAR1"u8) && bytes.AsSpan().EndsWith("PAR1"u8), $"`{file}` is no whole Parquet file");
    }

    private Dictionary<string, string> Contents(string? run = null) => Directory.EnumerateFiles(run ?? Run(), "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(run ?? Run(), f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));
}
