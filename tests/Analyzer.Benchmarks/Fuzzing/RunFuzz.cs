using Analyzer.Datasets;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Fuzzing;

/// <summary>Damages one file of a stored run and reads it as the analyses do.</summary>
internal static class RunFuzz
{
    private static readonly string[] Files =
        ["manifest.json", "samples.parquet", "taps.parquet", "activations/tap=t0001/part-00000.parquet", "codes/tap=t0000/part-00000.parquet", "weights/weight=w0000/part-00000.parquet"];

    /// <summary>A target for each kind of file.</summary>
    public static IEnumerable<FuzzTarget> Targets(DataFolder folder, string model)
    {
        var values = new float[12 * 784];
        for (var i = 0; i < values.Length; i++) values[i] = MathF.Sin(i);
        folder.Write("run-data/test_inputs.npy", Npy("<f4", [12, 784], Bytes(values)));
        folder.Write("run-data/test_labels.npy", Npy("<i8", [12], Bytes([.. Enumerable.Range(0, 12).Select(i => i % 3L)])));
        var run = folder.At("run");
        Pipeline.Extract(new() { Model = model, Data = folder.At("run-data"), Out = run, Reducers = [Reducer.Sign, Reducer.Mean], Nulls = false, Execution = new() { Device = Device.Cpu, Threads = 1 } });
        // What is refused undamaged would make every case a success.
        Read(run);
        return Files.Select(file =>
        {
            var path = Path.Combine(run, file);
            var sound = File.ReadAllBytes(path);
            return new FuzzTarget($"run-{Path.GetFileNameWithoutExtension(file.Split('/')[0])}", random =>
            {
                File.Delete(path);
                File.WriteAllBytes(path, Mutation.Of(sound, random));
                try
                {
                    Read(run);
                }
                finally
                {
                    File.Delete(path);
                    File.WriteAllBytes(path, sound);
                }
            });
        });
    }

    private static void Read(string path)
    {
        using var run = Run.Open(path);
        var splits = run.Samples();
        run.NotFinite();
        foreach (var split in splits)
        {
            run.MeanLoss(split);
            run.Errors(split);
            foreach (var tap in run.Manifest.Taps)
            {
                if (tap.IsCode) run.ReadCodes([tap], split);
                else run.ReadValues(tap, split);
                if (tap.IsMaps) foreach (var _ in run.ReadMaps(tap, run.MapSamples(tap))) { }
            }
        }
        foreach (var weights in run.Manifest.Weights) run.ReadWeights(weights);
        foreach (var sql in new[] { "SELECT * FROM samples", "SELECT * FROM taps", "SELECT count(*) FROM activations", "SELECT count(*) FROM codes" })
        {
            using var query = RunQuery.Start(run, sql, json: false);
            foreach (var _ in query.Rows()) { }
        }
    }
}
