using System.Diagnostics;
using System.Globalization;
using Analyzer.Tests.Datasets;

namespace Analyzer.Fuzzing;

/// <summary><c>fuzz [CASES] [SEED] [TARGET] [FIRST]</c>: damaged files, over every reader in turn.</summary>
internal static class FuzzCommand
{
    public static int Run(string[] args)
    {
        long Number(int place, long usual) => args.Length > place ? long.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var (cases, seed, only, first) = (Number(0, 100_000), (int)Number(1, 1), args.Length > 2 ? args[2] : "all", Number(3, 0));

        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Analyzer.sln"))) root = root.Parent ?? throw new InvalidOperationException("`Analyzer.sln` lies nowhere above the program");
        using var folder = new DataFolder();
        string At(params string[] path) => Path.Combine([root.FullName, .. path]);
        var targets = FuzzTargets.All(folder, At("models", "mnist-mlp-w010.onnx"), At("tests", "Analyzer.Core.Tests", "Reference", "images")).Where(t => only == "all" || t.Name == only).ToArray();
        var each = (cases + targets.Length - 1) / Math.Max(1, targets.Length);
        var (total, failed) = (0L, 0);
        foreach (var target in targets)
        {
            // Linux forgets the peak of resident memory so far; elsewhere it grows over the targets.
            if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", "5");
            var clock = Stopwatch.StartNew();
            var outcome = Fuzz.Run(target, seed, first, each);
            (total, failed) = (total + outcome.Cases, failed + outcome.Failures.Count);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{target.Name,-16} {outcome.Cases,8} cases  {outcome.Read,8} read  {outcome.Refused,8} refused  {outcome.Failures.Count,3} failed  slowest {outcome.Slowest.TotalMilliseconds,7:0} ms  most {outcome.MostAllocated / 1024.0 / 1024,6:0.0} MiB  resident {Peak(),5} MiB  {clock.Elapsed.TotalSeconds,6:0} s"));
            foreach (var failure in outcome.Failures) Console.WriteLine($"  {failure}");
        }
        Console.WriteLine($"{total} cases, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }
}
