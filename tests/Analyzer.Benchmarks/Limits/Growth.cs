using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Analyzer.Analyses;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;

namespace Analyzer.Benchmarks.Limits;

/// <summary>
/// How time and memory of every analysis grow with samples and with units: a network of one convolution at 1, 4 and 16 times either, each measurement
/// in a process of its own. An exponent is the slope of a line through the logarithms.
/// </summary>
internal static class Growth
{
    private const int Threads = 2, Samples = 1000, Units = 64, Classes = 10, Side = 8, Channels = 3, Rounds = 3;

    private static readonly int[] Factors = [1, 4, 16];

    /// <summary>Measures all and prints a table.</summary>
    public static void Print()
    {
        using var folder = new DataFolder();
        Console.WriteLine($"{"analysis",-16} {"grows with",-10} {"s at 1×, 4×, 16×",28} {"exponent",9} {"MiB at 1×, 4×, 16×",24} {"exponent",9}");
        foreach (var (axis, sizes) in new[] { ("samples", Factors.Select(f => (f * Samples, Units))), ("units", Factors.Select(f => (Samples, f * Units))) })
        {
            var runs = sizes.Select(size => Extract(folder, size.Item1, size.Item2)).ToArray();
            foreach (var analysis in AllAnalyses.Names)
            {
                var measured = runs.Select(run => Child(run, analysis)).ToArray();
                if (measured.Contains(null))
                {
                    Console.WriteLine($"{analysis,-16} {axis,-10} {"does not apply",28}");
                    continue;
                }
                double[] seconds = [.. measured.Select(m => m!.Value.Seconds)], memory = [.. measured.Select(m => m!.Value.MiB)];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{analysis,-16} {axis,-10} {Join(seconds, "f3"),28} {Slope(seconds),9:f2} {Join(memory, "f0"),24} {Slope(memory),9:f2}"));
            }
        }
    }

    /// <summary>One measurement, in a process that does nothing else: prints its median time and its peak of memory beyond what the program takes itself.</summary>
    public static void One(string run, string analysis)
    {
        var options = new AnalysisOptions();
        var seconds = new List<double>();
        using var self = Process.GetCurrentProcess();
        // The program itself and its natives, which do not grow.
        using (var opened = Runs.Run.Open(run)) opened.Samples();
        self.Refresh();
        var before = self.PeakWorkingSet64;
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                var clock = Stopwatch.StartNew();
                if (!Pipeline.Analyze(run, analysis, options).Applies) return;
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }
        catch (AnalyzerException e)
        {
            Console.Error.WriteLine(e.Message);
            return;
        }
        self.Refresh();
        Console.WriteLine(new JsonObject { ["seconds"] = Rates.Median(seconds), ["bytes"] = self.PeakWorkingSet64 - before }.ToJsonString());
    }

    private static (double Seconds, double MiB)? Child(string run, string analysis)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["growth", run, analysis]) { RedirectStandardOutput = true })!;
        var line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException($"`growth {run} {analysis}` ended with {child.ExitCode}");
        return line.Length == 0 ? null : ((double)JsonNode.Parse(line)!["seconds"]!, (long)JsonNode.Parse(line)!["bytes"]! / 1048576.0);
    }

    private static string Extract(DataFolder folder, int samples, int units)
    {
        var name = $"{samples}-{units}";
        // Where both lines begin.
        if (Directory.Exists(folder.At($"{name}/run"))) return folder.At($"{name}/run");
        var random = new Random(samples);
        // Classes differ in their mean, so that there is something to find.
        var labels = Enumerable.Range(0, samples).Select(i => (long)(i % Classes)).ToArray();
        var means = Tiny.Numbers(Classes * Channels * Side * Side, 3);
        var pixels = new float[samples * Channels * Side * Side];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = means[(int)labels[i / (Channels * Side * Side)] * Channels * Side * Side + i % (Channels * Side * Side)] + random.NextSingle() * 4 - 2;
        folder.Write($"{name}/data/test_inputs.npy", DataFolder.Npy("<f4", [samples, Channels, Side, Side], MemoryMarshal.AsBytes<float>(pixels).ToArray()));
        folder.Write($"{name}/data/test_labels.npy", DataFolder.Npy("<i8", [samples], MemoryMarshal.AsBytes<long>(labels).ToArray()));
        var model = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", Channels, Side, Side)], ["scores"],
            Tiny.Node("Conv", "x filters", "conv", Tiny.Ints("pads", 1, 1, 1, 1)), Tiny.Node("Relu", "conv", "relu"), Tiny.Node("GlobalAveragePool", "relu", "pooled"),
            Tiny.Node("Flatten", "pooled", "flat"), Tiny.Node("Gemm", "flat weights", "scores"));
        model.Graph.Initializer.Add(Tiny.Weight("filters", units, Channels, 3, 3));
        model.Graph.Initializer.Add(Tiny.Weight("weights", units, Classes));
        Pipeline.Extract(new()
        {
            Model = folder.Write($"{name}/model.onnx", model.ToByteArray()), Data = folder.At($"{name}/data"), Out = folder.At($"{name}/run"), Reducers = [Reducer.Sign, Reducer.Mean],
            Maps = Samples, Execution = new() { Device = Device.Cpu, Threads = Threads },
        });
        return folder.At($"{name}/run");
    }

    private static string Join(double[] values, string format) => string.Join(", ", values.Select(v => v.ToString(format, CultureInfo.InvariantCulture)));

    // What is measured as nothing has no logarithm: a millisecond or a thousandth of a MiB is as good as nothing.
    private const double Least = 1e-3;

    private static double Slope(double[] values)
    {
        double[] x = [.. Factors.Select(f => Math.Log(f))], y = [.. values.Select(value => Math.Log(Math.Max(value, Least)))];
        return x.Zip(y, (a, b) => (a - x.Average()) * (b - y.Average())).Sum() / x.Sum(a => (a - x.Average()) * (a - x.Average()));
    }
}
