using System.Globalization;
using System.Text.Json.Nodes;
using Analyzer.Benchmarks.Kernels;
using Analyzer.Benchmarks.Limits;
using Analyzer.Benchmarks.Peers;
using Analyzer.Fuzzing;
using BenchmarkDotNet.Running;

// Long measurements that no test run waits for.
switch (args)
{
    case ["fuzz", .. { Length: <= 4 } rest]:
        return FuzzCommand.Run(rest);
    // One JSON line a task, as the Python programs in tools/bench print them.
    case ["peers", var folder, .. var tasks] when tasks.All(PeerTasks.All.ContainsKey):
        foreach (var task in tasks is [] ? PeerTasks.All.Keys : tasks)
        {
            var answer = PeerTasks.All[task](new(folder));
            Console.WriteLine(new JsonObject { ["task"] = task, ["peer"] = "analyzer", ["seconds"] = Math.Round(answer.Seconds, 4), ["value"] = answer.Value }.ToJsonString());
        }
        return 0;
    // How much of ONNX Runtime's own throughput an extraction keeps.
    case ["limit", var model, var data, var samples, var batch]:
        ExtractionLimit.Print(model, data, int.Parse(samples, CultureInfo.InvariantCulture), int.Parse(batch, CultureInfo.InvariantCulture));
        return 0;
    // The innermost loops alone, by BenchmarkDotNet; what it takes itself goes through.
    case ["kernels", .. var rest]:
        BenchmarkSwitcher.FromTypes([typeof(KernelBenchmarks)]).Run(rest is [] ? ["--filter", "*"] : rest);
        return 0;
    // How fast activations are stored and read.
    case ["storage"]:
        Storage.Print();
        return 0;
    // How time and memory grow with samples and units; with a run and an analysis one measurement.
    case ["growth"]:
        Growth.Print();
        return 0;
    case ["growth", var run, var analysis]:
        Growth.One(run, analysis);
        return 0;
    default:
        Console.Error.WriteLine("usage: Analyzer.Benchmarks fuzz [CASES=100000] [SEED=1] [TARGET=all] [FIRST=0]");
        Console.Error.WriteLine($"       Analyzer.Benchmarks peers FOLDER [{string.Join('|', PeerTasks.All.Keys)} …]");
        Console.Error.WriteLine("       Analyzer.Benchmarks limit MODEL DATA SAMPLES BATCH");
        Console.Error.WriteLine("       Analyzer.Benchmarks kernels [BenchmarkDotNet's options]");
        Console.Error.WriteLine("       Analyzer.Benchmarks storage");
        Console.Error.WriteLine("       Analyzer.Benchmarks growth");
        return 2;
}
