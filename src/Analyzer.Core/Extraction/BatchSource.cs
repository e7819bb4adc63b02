using System.Runtime.InteropServices;
using Analyzer.Datasets;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Extraction;

/// <summary>Fills the model's inputs with some samples of a split; where the batch is fixed, what is past them repeats the last one.</summary>
/// <param name="split">Index of the split.</param>
/// <param name="first">First sample, counted within the split.</param>
/// <param name="count">Samples, at most the batch.</param>
internal delegate IReadOnlyList<TensorData> BatchSource(int split, int first, int count);

/// <summary>Makes batches of a dataset as a model takes them.</summary>
internal static class BatchSources
{
    /// <summary>The samples as they are, preprocessed.</summary>
    /// <exception cref="AnalyzerException">Samples and inputs do not fit together: in shape or type, or samples of no name for several inputs.</exception>
    public static BatchSource Of(OnnxModel model, Dataset data)
    {
        if (model.Inputs.Count > 1 && data.Splits.FirstOrDefault(split => split.Inputs is [{ Name: null }]) is { } unnamed)
            throw new AnalyzerException($"`{model.Path}` has the inputs {string.Join(", ", model.Inputs.Select(i => $"`{i.Name}`"))}, and nothing says of which the samples of the split `{unnamed.Name}` are",
                "name the arrays, or the keys of `inputs` in a `dataset.yaml`, after the model's inputs", Failure.BadInput);
        var inputs = data.Splits.Select(split => model.Inputs.Select(input => new InputBatches(model, input, split, data.Preprocessing)).ToArray()).ToArray();
        return (split, first, count) => [.. inputs[split].Select(i => i.Assemble(first, count))];
    }

    /// <summary>The same, and refuses a sample of whose tokens none counts: there is no mean over nothing, and no last token.</summary>
    /// <param name="batches">The samples.</param>
    /// <param name="data">Names them.</param>
    /// <param name="mask">The input that masks tokens, [batch, tokens].</param>
    /// <exception cref="AnalyzerException">When a batch with such a sample is asked for.</exception>
    public static BatchSource WithTokens(BatchSource batches, Dataset data, string mask) => (split, first, count) =>
    {
        var batch = batches(split, first, count);
        var masks = batch.First(tensor => tensor.Name == mask);
        var row = masks.Data.Length / (int)masks.Dims[0];
        for (var i = 0; i < count; i++)
            if (!masks.Data.Span.Slice(i * row, row).ContainsAnyExcept((byte)0))
                throw new AnalyzerException($"`{mask}` masks every token of sample {first + i} of {data.Splits[split].Name}, `{data.Splits[split].SourceOf(first + i)}`",
                    "leave such samples out, or keep every token apart with `--pool none`", Failure.BadInput);
        return batch;
    };
}

/// <summary>Uniform noise in the shape of the data, the paper's random inputs: what a sample gets depends on seed, split and number alone.</summary>
/// <param name="data">Gives the shape.</param>
/// <param name="ranges">Smallest and largest value by input.</param>
/// <param name="seed">Where the noise starts from.</param>
/// <param name="kept">Inputs that keep the data's own values: those that have no row a sample, such as states and sampling rates.</param>
internal sealed class RandomInputs(BatchSource data, IReadOnlyDictionary<string, InputRange> ranges, long seed, IReadOnlySet<string> kept)
{
    /// <summary>A batch of noise over the range of each input.</summary>
    /// <remarks>The real batch is read for its shape; reading is cheap beside running the model.</remarks>
    public IReadOnlyList<TensorData> Next(int split, int first, int count)
    {
        var batch = data(split, first, count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (kept.Contains(batch[i].Name)) continue;
            var rows = (int)batch[i].Dims[0];
            var bytes = batch[i].Data.Length / rows;
            for (var row = 0; row < rows; row++)
            {
                var sample = first + Math.Min(row, count - 1);
                var random = new SeededRandom(((ulong)seed * 0x9E3779B97F4A7C15) ^ ((ulong)split << 48) ^ ((ulong)i << 40) ^ (ulong)sample);
                Fill(batch[i].Data.Span.Slice(row * bytes, bytes), batch[i].Element, ranges[batch[i].Name], random);
            }
        }
        return batch;
    }

    private static void Fill(Span<byte> row, ElementType element, InputRange range, SeededRandom random)
    {
        switch (element)
        {
            case ElementType.Float:
                // Written out: nearly every model takes floats, and a delegate a value would cost more than the model.
                foreach (ref var value in MemoryMarshal.Cast<byte, float>(row))
                    value = (float)(range.Min + random.NextDouble() * (range.Max - range.Min));
                break;
            case ElementType.Double: Each<double>(row, () => range.Min + random.NextDouble() * (range.Max - range.Min)); break;
            case ElementType.Float16: Each<Half>(row, () => (Half)(range.Min + random.NextDouble() * (range.Max - range.Min))); break;
            case ElementType.UInt8: Each<byte>(row, () => (byte)Integer()); break;
            case ElementType.Int32: Each<int>(row, () => (int)Integer()); break;
            case ElementType.Int64: Each<long>(row, () => Integer()); break;
            default: throw new AnalyzerException($"random inputs of type {element} are not supported", "leave the controls out with `--no-nulls`", Failure.BadInput);
        }
        long Integer() => (long)Math.Floor(range.Min + random.NextDouble() * (range.Max - range.Min + 1));
    }

    private static void Each<T>(Span<byte> row, Func<T> next) where T : unmanaged
    {
        foreach (ref var value in MemoryMarshal.Cast<byte, T>(row)) value = next();
    }
}
