using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Extraction;

/// <summary>
/// Before the long pass: runs the first samples of each split through the patched and the untouched model, compares every
/// original output bit by bit, and notes the range of each input.
/// </summary>
internal static class Rehearsal
{
    /// <summary>Samples of each split that are compared: enough to see a changed kernel, cheap beside the pass itself.</summary>
    public const int Samples = 256;

    public static (NonPerturbation, IReadOnlyDictionary<string, InputRange>) Run(
        ModelRunner patched, ModelRunner untouched, BatchSource data, IReadOnlyList<SplitEntry> splits, int batch, CancellationToken cancellation)
    {
        var (compared, equal, largest) = (0, true, (double?)0.0);
        var ranges = new Dictionary<string, InputRange>();
        // What the taps see is not compared, and may be large.
        int[] originals = [.. Enumerable.Range(0, untouched.Outputs.Count)];
        for (var split = 0; split < splits.Count; split++)
        {
            for (var first = 0; first < Math.Min(Samples, splits[split].Samples); first += batch)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(batch, splits[split].Samples - first);
                var inputs = data(split, first, count);
                foreach (var input in inputs) ranges[input.Name] = Widen(ranges.GetValueOrDefault(input.Name), input);
                using var one = patched.Run(inputs, originals);
                using var other = untouched.Run(inputs);
                for (var o = 0; o < untouched.Outputs.Count; o++)
                {
                    if (!one.IsTensor(o) || one.Bytes(o).SequenceEqual(other.Bytes(o))) continue;
                    equal = false;
                    largest = LargestDifference(one, other, o) is { } difference && largest is { } before ? Math.Max(before, difference) : null;
                }
                compared += count;
            }
        }
        return (new(compared, untouched.Outputs, equal, largest), ranges);
    }

    // Null where values have no difference: a number against none or against an infinity, and types that are not read as numbers here.
    private static double? LargestDifference(ModelOutputs one, ModelOutputs other, int output)
    {
        if (!one.Element(output).IsTappable() || one.Element(output) == ElementType.BFloat16) return null;
        var a = one.Floats(output);
        var b = other.Floats(output);
        var largest = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            // Equal infinities and NaN on both sides are no difference.
            if (a[i].Equals(b[i])) continue;
            var difference = Math.Abs((double)a[i] - b[i]);
            if (!double.IsFinite(difference)) return null;
            largest = Math.Max(largest, difference);
        }
        return largest;
    }

    private static InputRange Widen(InputRange? range, TensorData input)
    {
        var (min, max) = input.Element switch
        {
            ElementType.Float => MinMax<float>(input),
            ElementType.Double => MinMax<double>(input),
            ElementType.Float16 => MinMax<Half>(input),
            ElementType.UInt8 => MinMax<byte>(input),
            ElementType.Int8 => MinMax<sbyte>(input),
            ElementType.Int32 => MinMax<int>(input),
            ElementType.Int64 => MinMax<long>(input),
            _ => (0, 0),
        };
        return range is null ? new(min, max) : new(Math.Min(range.Min, min), Math.Max(range.Max, max));
    }

    private static (double, double) MinMax<T>(TensorData input) where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(input.Data.Span);
        var (min, max) = (values[0], values[0]);
        foreach (var value in values) (min, max) = (T.Min(min, value), T.Max(max, value));
        return (double.CreateChecked(min), double.CreateChecked(max));
    }
}
