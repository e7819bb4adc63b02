using System.Diagnostics;
using System.Globalization;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;

namespace Analyzer.Benchmarks.Limits;

/// <summary>How fast float activations go into a run's Parquet, and come back: the product's own writer and reader, without a model.</summary>
internal static class Storage
{
    private const int Samples = 32_768, Rounds = 5;

    /// <summary>Measures rows of several widths and prints a table.</summary>
    public static void Print()
    {
        Console.WriteLine($"{"values a sample",-16} {"MB",6} {"written MB/s",22} {"read MB/s",22}");
        foreach (var units in new[] { 64, 512, 4096 })
        {
            var (written, read) = (new List<double>(), new List<double>());
            var bytes = (double)Samples * units * sizeof(float);
            for (var round = 0; round <= Rounds; round++)
            {
                using var folder = new DataFolder();
                var (write, back) = Measure(folder.At("run"), units);
                // The first round is to warm up.
                if (round > 0) (written, read) = ([.. written, bytes / write / 1e6], [.. read, bytes / back / 1e6]);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{units,-16} {bytes / 1e6,6:f0} {Rates.Text(written),22} {Rates.Text(read),22}"));
        }
    }

    private static (double Write, double Read) Measure(string folder, int units)
    {
        // Activations: half of them 0.
        var random = new Random(1);
        var values = new float[256 * units];
        foreach (ref var value in values.AsSpan()) value = Math.Max(0, random.NextSingle() * 2 - 1);
        TapEntry tap = new("t0000", "relu", "relu", "Relu", [-1, units], "float", "none", units);
        var partition = PartPlan.Partition([tap], 256, 256 << 20);
        var manifest = new Manifest
        {
            Model = new("model.onnx", "", null, 0, 13, ""), Data = new("data", "data", "", [new("test", Samples, Samples, false)], null), Taps = [tap],
            Execution = new("cpu", "CPUExecutionProvider", "all", 2, 256, 0), Versions = new SortedDictionary<string, string>(), CommandLine = "", Partition = partition,
        };
        var clock = Stopwatch.StartNew();
        using (var writer = RunWriter.Begin(folder, manifest, null))
        {
            foreach (var part in writer.Parts)
            {
                writer.BeginPart(part);
                writer.BeginTaps([0]);
                for (var i = 0; i < part.Count; i++) writer.AddValues(0, part.FirstSample + i, values.AsSpan((i & 255) * units, units));
                for (var i = 0; i < part.Count; i++) writer.AddSample(part.FirstSample + i, new("test", null, null, null, "data", SampleStatus.Ok, null));
                writer.EndTaps();
                writer.EndPart();
            }
            writer.Complete(manifest, default);
        }
        var write = clock.Elapsed.TotalSeconds;
        clock.Restart();
        using var run = Run.Open(folder);
        var read = run.ReadValues(tap, run.Samples()[0]);
        if (read.Row(Samples - 1)[units - 1] != values[^1]) throw new InvalidOperationException("what was read is not what was written");
        return (write, clock.Elapsed.TotalSeconds);
    }
}
