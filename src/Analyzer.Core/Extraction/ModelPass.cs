using System.Buffers;
using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Analyzer.Inference;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>
/// One model over all samples into a run: part by part, and within a part as often as its taps do not fit into memory at once. The model
/// runs on the calling thread and a second one writes behind it, at most two batches apart, so that memory holds those batches and
/// a page of each file, whatever the number of samples.
/// </summary>
/// <param name="runner">The patched model.</param>
/// <param name="outputOf">For each tap the index of its output.</param>
/// <param name="above">For each tap the threshold where its output is to be packed into signs; null for all others.</param>
/// <param name="passes">For each pass over a part the taps it stores; every tap in one of them.</param>
/// <param name="scores">Where predictions are read from; null where there are none.</param>
/// <param name="data">Fills the inputs.</param>
/// <param name="labels">Labels by split.</param>
/// <param name="source">Names a sample for <c>samples.parquet</c>: split, then number within it.</param>
/// <param name="batch">Samples a model run takes.</param>
/// <param name="threads">Threads that signs are packed on.</param>
/// <param name="progress">Told before the first batch and after every one.</param>
/// <param name="step">What to call the pass.</param>
/// <param name="cancellation">Stops between two batches.</param>
internal sealed class ModelPass(
    ModelRunner runner, IReadOnlyList<int> outputOf, IReadOnlyList<float?> above, IReadOnlyList<IReadOnlyList<int>> passes, Scores? scores, BatchSource data, IReadOnlyList<int[]?> labels, Func<int, int, string> source,
    int batch, int threads, IProgress<ProgressUpdate>? progress, string step, CancellationToken cancellation)
{
    // Work for one core; what threads share should cost more than to share it.
    private const int PackedAtOnce = 1 << 19;

    // Outputs are null where nothing of the batch is wanted in its pass; codes are those of taps that were packed here, by tap.
    private readonly record struct Batch(Part Part, int Pass, int First, int Count, ModelOutputs? Outputs, IReadOnlyDictionary<int, byte[]> Codes)
    {
        public long FirstSample => Part.FirstSample + First - Part.First;
        public bool IsFirst => First == Part.First;
        public bool IsLast => First + Count == Part.First + Part.Count;
    }

    /// <summary>Runs every part that is not finished yet.</summary>
    public void Run(RunWriter writer)
    {
        using var failed = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, failed.Token);
        using var queue = new BlockingCollection<Batch>(boundedCapacity: 2);
        var writing = Task.Run(() => Write(writer, queue, failed), CancellationToken.None);
        try
        {
            long done = 0, total = writer.Parts.Sum(p => (long)p.Count);
            if (total > 0) progress?.Report(new(step, 0, total, "samples"));
            foreach (var part in writer.Parts)
            {
                for (var pass = 0; pass < passes.Count && !writer.IsFinished(part); pass++)
                {
                    for (var first = part.First; first < part.First + part.Count; first += batch)
                    {
                        stop.Token.ThrowIfCancellationRequested();
                        var count = Math.Min(batch, part.First + part.Count - first);
                        var wanted = Wanted(writer, part, pass, first, count);
                        var outputs = wanted.Length == 0 ? null : runner.Run(data(part.Split, first, count), wanted);
                        var next = new Batch(part, pass, first, count, outputs, NoCodes);
                        try
                        {
                            queue.Add(outputs is null ? next : next with { Codes = Pack(writer, next, outputs) }, stop.Token);
                        }
                        catch
                        {
                            outputs?.Dispose();
                            throw;
                        }
                        progress?.Report(new(step, done + ((long)pass * part.Count + first - part.First + count) / passes.Count, total, "samples"));
                    }
                }
                done += part.Count;
            }
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested)
        {
            // The writer's own exception, thrown below, says what happened.
        }
        finally
        {
            queue.CompleteAdding();
            // A part that was begun but not ended leaves only a temporary file; what ended is kept.
            writing.GetAwaiter().GetResult();
        }
    }

    private static readonly Dictionary<int, byte[]> NoCodes = [];

    // At once, and then frees the floats, of which there are 32 times as many bytes: no more than one batch of them is ever held.
    private Dictionary<int, byte[]> Pack(RunWriter writer, Batch next, ModelOutputs outputs)
    {
        var (count, pass) = (next.Count, passes[next.Pass]);
        int[] taps = [.. pass.Where(t => above[t] is not null)];
        var codes = taps.ToDictionary(t => t, t => ArrayPool<byte>.Shared.Rent(count * writer.Manifest.Taps[t].BytesPerSample));
        var blocks = taps.SelectMany(tap =>
        {
            ExpectShape(writer, tap, next, outputs);
            var rows = Math.Clamp(PackedAtOnce / writer.Manifest.Taps[tap].Units, 1, count);
            return Enumerable.Range(0, (count + rows - 1) / rows).Select(block => (Tap: tap, First: block * rows, Rows: Math.Min(rows, count - block * rows)));
        }).ToArray();
        Parallel.ForEach(blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            var (units, bytes) = (writer.Manifest.Taps[block.Tap].Units, writer.Manifest.Taps[block.Tap].BytesPerSample);
            var values = outputs.Floats(outputOf[block.Tap]).Slice(block.First * units, block.Rows * units);
            for (var row = 0; row < block.Rows; row++)
                SignPacking.Pack(values.Slice(row * units, units), above[block.Tap]!.Value, codes[block.Tap].AsSpan((block.First + row) * bytes, bytes));
        });
        foreach (var output in taps.Select(t => outputOf[t]).Except(pass.Where(t => above[t] is null).Select(t => outputOf[t]).Append(scores?.Output ?? -1))) outputs.Free(output);
        return codes;
    }

    private int[] Wanted(RunWriter writer, in Part part, int pass, int first, int count)
    {
        var mapped = writer.Maps is { } maps && maps.Split == part.Split && maps.In(first, first + count).Length > 0;
        IEnumerable<int> taps = passes[pass].Where(t => mapped || writer.Manifest.Taps[t].Samples is null).Select(t => outputOf[t]);
        return [.. (scores is not null && pass == 0 ? taps.Prepend(scores.Output) : taps).Distinct()];
    }

    private void Write(RunWriter writer, BlockingCollection<Batch> queue, CancellationTokenSource failed)
    {
        try
        {
            foreach (var next in queue.GetConsumingEnumerable())
            {
                using (next.Outputs) Write(writer, next);
                foreach (var codes in next.Codes.Values) ArrayPool<byte>.Shared.Return(codes);
            }
        }
        catch
        {
            failed.Cancel();
            while (queue.TryTake(out var left)) left.Outputs?.Dispose();
            throw;
        }
    }

    private void Write(RunWriter writer, in Batch next)
    {
        if (next.IsFirst && next.Pass == 0) writer.BeginPart(next.Part);
        if (next.IsFirst) writer.BeginTaps(passes[next.Pass]);
        if (next.Pass == 0) WriteSamples(writer, next, next.FirstSample);
        if (next.Outputs is { } outputs) WriteTaps(writer, next, outputs);
        if (next.IsLast) writer.EndTaps();
        if (next.IsLast && next.Pass == passes.Count - 1) writer.EndPart();
    }

    private void WriteSamples(RunWriter writer, in Batch next, long firstSample)
    {
        var splitLabels = labels[next.Part.Split];
        var rows = scores is null ? default : next.Outputs!.Floats(scores.Output);
        for (var i = 0; i < next.Count; i++)
        {
            int? label = splitLabels?[next.First + i];
            var (predicted, loss, finite) = scores is null ? (null, null, true) : scores.Of(rows.Slice(i * scores.Classes, scores.Classes), label);
            writer.AddSample(firstSample + i, new(writer.Manifest.Data.Splits[next.Part.Split].Name, label, predicted, loss,
                source(next.Part.Split, next.First + i), finite ? SampleStatus.Ok : SampleStatus.NotFinite,
                loss is null ? null : scores!.ErrorNorm(rows.Slice(i * scores.Classes, scores.Classes), label!.Value)));
        }
    }

    private void WriteTaps(RunWriter writer, in Batch next, ModelOutputs outputs)
    {
        int[] every = [.. Enumerable.Range(0, next.Count)];
        var mapped = writer.Maps is { } maps && maps.Split == next.Part.Split ? maps.In(next.First, next.First + next.Count).ToArray() : [];
        for (var i = 0; i < mapped.Length; i++) mapped[i] -= next.First;
        foreach (var t in passes[next.Pass])
        {
            var rowsOf = writer.Manifest.Taps[t].Samples is null ? every : mapped;
            if (rowsOf.Length > 0) WriteTap(writer, t, next, outputs, rowsOf);
        }
    }

    private void ExpectShape(RunWriter writer, int tap, in Batch next, ModelOutputs outputs)
    {
        var (entry, dims) = (writer.Manifest.Taps[tap], outputs.Dims(outputOf[tap]));
        if (outputs.Bytes(outputOf[tap]).Length != dims[0] * (above[tap] is null ? entry.BytesPerSample : (long)entry.Units * sizeof(float)) || dims[0] < next.Count)
            throw new AnalyzerException($"tensor `{entry.Tensor}` has another shape from sample {next.FirstSample} on: {entry.Units} values a sample before, [{string.Join(',', dims)}] now",
                "tap it with a reducer that does not depend on its size, or bring the samples to one size", Failure.BadInput);
    }

    private void WriteTap(RunWriter writer, int tap, in Batch next, ModelOutputs outputs, int[] rows)
    {
        var (entry, count, firstSample, packed) = (writer.Manifest.Taps[tap], next.Count, next.FirstSample, next.Codes.GetValueOrDefault(tap));
        if (packed is null) ExpectShape(writer, tap, next, outputs);
        if (entry.IsCode)
        {
            var codes = packed ?? outputs.Bytes(outputOf[tap]);
            foreach (var i in rows)
                writer.AddCode(tap, firstSample + i, codes.Slice(i * entry.BytesPerSample, entry.BytesPerSample));
            return;
        }
        var values = outputs.Floats(outputOf[tap]);
        if (!float.IsFinite(TensorPrimitives.Sum(values)) && values[..(count * entry.Units)].IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and var at)
            throw new AnalyzerException($"tensor `{entry.Tensor}` is {values[at]} in sample {firstSample + at / entry.Units}, unit {at % entry.Units}",
                $"the model itself makes it: leave this tap out (selectors of `--tap` take ` & !{entry.Tensor}`), and look at what comes before it", Failure.BadInput);
        foreach (var i in rows)
            writer.AddValues(tap, firstSample + i, values.Slice(i * entry.Units, entry.Units));
    }
}
