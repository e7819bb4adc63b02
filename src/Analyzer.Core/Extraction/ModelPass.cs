using System.Collections.Concurrent;
using System.Numerics.Tensors;
using Analyzer.Inference;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>
/// One pass of a model over all samples into a run. The model runs on the calling thread and a second one writes behind it,
/// at most two batches apart, so that memory holds those batches and the part being written, whatever the number of samples.
/// </summary>
/// <param name="runner">The patched model.</param>
/// <param name="outputOf">For each tap the index of its output.</param>
/// <param name="always">Outputs of every batch; those after them are fetched only where a batch has samples whose maps are stored.</param>
/// <param name="scores">Where predictions are read from; null where there are none.</param>
/// <param name="data">Fills the inputs.</param>
/// <param name="labels">Labels by split.</param>
/// <param name="source">Names a sample for <c>samples.parquet</c>: split, then number within it.</param>
/// <param name="batch">Samples a model run takes.</param>
/// <param name="progress">Told after every batch.</param>
/// <param name="step">What to call the pass.</param>
/// <param name="cancellation">Stops between two batches.</param>
internal sealed class ModelPass(
    ModelRunner runner, IReadOnlyList<int> outputOf, int always, Scores? scores, BatchSource data, IReadOnlyList<int[]?> labels, Func<int, int, string> source,
    int batch, IProgress<ProgressUpdate>? progress, string step, CancellationToken cancellation)
{
    private readonly record struct Batch(Part Part, int First, int Count, ModelOutputs Outputs, bool BeginsPart, bool EndsPart);

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
            foreach (var part in writer.Parts)
            {
                for (var first = part.First; first < part.First + part.Count && !writer.IsFinished(part); first += batch)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var count = Math.Min(batch, part.First + part.Count - first);
                    var mapped = writer.Maps is { } maps && maps.Split == part.Split && maps.In(first, first + count).Length > 0;
                    var outputs = runner.Run(data(part.Split, first, count), mapped ? null : always);
                    queue.Add(new(part, first, count, outputs, first == part.First, first + count == part.First + part.Count), stop.Token);
                    progress?.Report(new(step, done + first - part.First + count, total, "samples"));
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

    private void Write(RunWriter writer, BlockingCollection<Batch> queue, CancellationTokenSource failed)
    {
        try
        {
            foreach (var next in queue.GetConsumingEnumerable())
            {
                using (next.Outputs) Write(writer, next);
            }
        }
        catch
        {
            failed.Cancel();
            while (queue.TryTake(out var left)) left.Outputs.Dispose();
            throw;
        }
    }

    private void Write(RunWriter writer, in Batch next)
    {
        if (next.BeginsPart) writer.BeginPart(next.Part);
        var firstSample = next.Part.FirstSample + next.First - next.Part.First;
        var splitLabels = labels[next.Part.Split];
        var rows = scores is null ? default : next.Outputs.Floats(scores.Output);
        for (var i = 0; i < next.Count; i++)
        {
            int? label = splitLabels?[next.First + i];
            var (predicted, loss, finite) = scores is null ? (null, null, true) : scores.Of(rows.Slice(i * scores.Classes, scores.Classes), label);
            writer.AddSample(firstSample + i, new(writer.Manifest.Data.Splits[next.Part.Split].Name, label, predicted, loss,
                source(next.Part.Split, next.First + i), finite ? SampleStatus.Ok : SampleStatus.NotFinite,
                loss is null ? null : scores!.ErrorNorm(rows.Slice(i * scores.Classes, scores.Classes), label!.Value)));
        }
        var every = Enumerable.Range(0, next.Count).ToArray();
        var mapped = writer.Maps is { } maps && maps.Split == next.Part.Split ? maps.In(next.First, next.First + next.Count).ToArray() : [];
        for (var i = 0; i < mapped.Length; i++) mapped[i] -= next.First;
        for (var t = 0; t < writer.Manifest.Taps.Count; t++)
        {
            var rowsOf = writer.Manifest.Taps[t].Samples is null ? every : mapped;
            if (rowsOf.Length > 0) WriteTap(writer, t, next, firstSample, rowsOf);
        }
        if (next.EndsPart) writer.EndPart();
    }

    private void WriteTap(RunWriter writer, int tap, in Batch next, long firstSample, int[] rows)
    {
        var entry = writer.Manifest.Taps[tap];
        var dims = next.Outputs.Dims(outputOf[tap]);
        if (next.Outputs.Bytes(outputOf[tap]).Length != dims[0] * entry.BytesPerSample || dims[0] < next.Count)
            throw new AnalyzerException($"tensor `{entry.Tensor}` has another shape from sample {firstSample} on: {entry.Units} values a sample before, [{string.Join(',', dims)}] now",
                "tap it with a reducer that does not depend on its size, or bring the samples to one size", Failure.BadInput);
        if (entry.IsCode)
        {
            var codes = next.Outputs.Bytes(outputOf[tap]);
            foreach (var i in rows)
                writer.AddCode(tap, firstSample + i, codes.Slice(i * entry.BytesPerSample, entry.BytesPerSample));
            return;
        }
        var values = next.Outputs.Floats(outputOf[tap]);
        if (!float.IsFinite(TensorPrimitives.Sum(values)) && values[..(next.Count * entry.Units)].IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and var at)
            throw new AnalyzerException($"tensor `{entry.Tensor}` is {values[at]} in sample {firstSample + at / entry.Units}, unit {at % entry.Units}",
                "the model itself makes it; leave this tap out, or look at the weights before it", Failure.BadInput);
        foreach (var i in rows)
            writer.AddValues(tap, firstSample + i, values.Slice(i * entry.Units, entry.Units));
    }
}
