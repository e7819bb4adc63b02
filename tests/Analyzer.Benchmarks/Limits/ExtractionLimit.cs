using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Analyzer.Datasets;
using Analyzer.Extraction;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Tests.Datasets;
using Microsoft.ML.OnnxRuntime;

namespace Analyzer.Benchmarks.Limits;

/// <summary>
/// What an extraction keeps of the throughput of ONNX Runtime alone: a loop over batches in memory, the model untouched, a session as it is by default;
/// then the patched model in the same loop; then the product's own pass, reading and Parquet included. They take turns.
/// </summary>
internal static class ExtractionLimit
{
    private const int Threads = 2, Rounds = 3;

    private static readonly string[] Taps = ["op:Relu"];

    /// <summary>Measures and prints a table.</summary>
    /// <param name="model">An ONNX file of one input.</param>
    /// <param name="data">What <c>--data</c> takes.</param>
    /// <param name="samples">How many of a split: the loops see those of the first, the pass those of all.</param>
    /// <param name="batch">Samples a run.</param>
    public static void Print(string model, string data, int samples, int batch)
    {
        var onnx = OnnxModel.Open(model);
        using var set = Dataset.Open(data);
        var batches = Batches(onnx, set, samples, batch);
        using var bare = new Loop(new ModelPatch(onnx).Apply(), batches);
        var variants = new (string Name, Reducer Reducer)[] { ("pooled", Reducer.Mean), ("codes", Reducer.Sign) }.Select(v => (v.Name, v.Reducer, Loop: new Loop(Tapped(onnx, v.Reducer, batches[0]), batches), Patched: new List<double>(), Pass: new List<double>())).ToArray();
        var alone = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var rate = bare.Run();
            // The first round is to warm up.
            if (round > 0) alone.Add(rate);
            foreach (var variant in variants)
            {
                var (patched, pass) = (variant.Loop.Run(), Pass(model, data, samples, batch, variant.Reducer));
                if (round == 0) continue;
                variant.Patched.Add(patched);
                variant.Pass.Add(pass);
            }
        }
        Console.WriteLine(Line($"{Path.GetFileName(model)}, {samples} samples in batches of {batch}, {Threads} threads", "samples/s", "kept"));
        Console.WriteLine(Line("ONNX Runtime alone", Rates.Text(alone), "100 %"));
        foreach (var variant in variants)
        {
            Console.WriteLine(Line($"{variant.Name}: the patched model alone", Rates.Text(variant.Patched), Kept(variant.Patched)));
            Console.WriteLine(Line($"{variant.Name}: the pass, Parquet included", Rates.Text(variant.Pass), Kept(variant.Pass)));
            variant.Loop.Dispose();
        }

        // Of neighbours in time, so that what else the machine does meets both.
        string Kept(List<double> rates) => string.Create(CultureInfo.InvariantCulture, $"{100 * Rates.Median([.. alone.Zip(rates, (a, b) => b / a)]):f0} %");
    }

    private static string Line(string what, string rate, string kept) => $"{what,-60} {rate,24} {kept,7}";

    private static IReadOnlyList<TensorData>[] Batches(OnnxModel model, Dataset data, int samples, int batch)
    {
        var next = BatchSources.Of(model, data);
        return [.. Enumerable.Range(0, samples / batch).Select(b => next(0, b * batch, batch).Select(t => t with { Data = t.Data.ToArray() }).ToArray())];
    }

    private static byte[] Tapped(OnnxModel model, Reducer reducer, IReadOnlyList<TensorData> batch)
    {
        var typed = model.WithTypes(TensorTypes.Infer(model).Types);
        var wanted = TapPlan.Select(typed, new() { Model = "", Data = "", Out = "", Taps = Taps });
        var (shapes, _) = TapPlan.ShapesOf(typed, wanted.Select(w => w.Tensor), batch, new() { Device = Device.Cpu, Threads = Threads }, _ => 0, default);
        var patch = new ModelPatch(typed, packs: false);
        foreach (var tap in wanted) patch.AddTap(tap.Tensor, reducer, TensorShape.Of([-1, .. shapes[tap.Tensor.Name].Skip(1)]));
        return patch.Apply();
    }

    private static double Pass(string model, string data, int samples, int batch, Reducer reducer)
    {
        using var folder = new DataFolder();
        var clock = new PassClock();
        Pipeline.Extract(new()
        {
            Model = model, Data = data, Out = folder.At("run"), Taps = Taps, Reducers = [reducer], Nulls = false, Limit = samples, Batch = batch,
            Execution = new() { Device = Device.Cpu, Threads = Threads },
        }, clock);
        return clock.Samples / clock.Seconds;
    }

    // ONNX Runtime as anybody would call it: a session with its defaults, batches in memory, all outputs fetched and dropped.
    private sealed class Loop : IDisposable
    {
        private readonly InferenceSession _session;
        private readonly RunOptions _run = new();
        private readonly (long[] Dims, float[] Values)[] _batches;

        public Loop(byte[] model, IReadOnlyList<TensorData>[] batches)
        {
            using var options = new SessionOptions { IntraOpNumThreads = Threads };
            (_session, _batches) = (new(model, options), Array.ConvertAll(batches, batch => (batch[0].Dims, MemoryMarshal.Cast<byte, float>(batch[0].Data.Span).ToArray())));
        }

        public double Run()
        {
            var clock = Stopwatch.StartNew();
            foreach (var batch in _batches)
            {
                using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, batch.Values.AsMemory(), batch.Dims);
                using var outputs = _session.Run(_run, [_session.InputNames[0]], [input], _session.OutputNames);
            }
            return _batches.Sum(b => b.Dims[0]) / clock.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            _run.Dispose();
            _session.Dispose();
        }
    }
}
