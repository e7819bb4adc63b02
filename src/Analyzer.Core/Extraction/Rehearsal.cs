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
    /// <summary>Samples of each split whose range is noted, and that are compared at most.</summary>
    public const int Samples = 256;

    // Of the samples one in so many is compared, and a whole batch at least: a changed kernel shows in any, and both models run on each.
    private const int OneIn = 32;

    public static (NonPerturbation, IReadOnlyDictionary<string, InputRange>) Run(
        ModelRunner patched, ModelRunner untouched, BatchSource data, IReadOnlyList<SplitEntry> splits, int batch, CancellationToken cancellation)
    {
        var (compared, equal, largest) = (0, true, (double?)0.0);
        var ranges = new Dictionary<string, (List<double> Least, List<double> Most)>();
        // What the taps see is not compared, and may be large.
        int[] originals = [.. Enumerable.Range(0, untouched.Outputs.Count)];
        for (var split = 0; split < splits.Count; split++)
        {
            for (var first = 0; first < Math.Min(Samples, splits[split].Samples); first += batch)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(batch, splits[split].Samples - first);
                var inputs = data(split, first, count);
                foreach (var input in inputs)
                {
                    if (!ranges.TryGetValue(input.Name, out var seen)) ranges.Add(input.Name, seen = ([], []));
                    AddExtremes(input, count, seen.Least, seen.Most);
                }
                if (first > 0 && first + count > splits[split].Samples / OneIn) continue;
                using var one = patched.Run(inputs, originals, sparing: true);
                using var other = untouched.Run(inputs, sparing: true);
                for (var o = 0; o < untouched.Outputs.Count; o++)
                {
                    if (!one.IsTensor(o) || one.Bytes(o).SequenceEqual(other.Bytes(o))) continue;
                    equal = false;
                    largest = LargestDifference(one, other, o) is { } difference && largest is { } before ? Math.Max(before, difference) : null;
                }
                compared += count;
            }
        }
        return (new(compared, untouched.Outputs, equal, largest), ranges.ToDictionary(r => r.Key, r => new InputRange(Bulk(r.Value.Least, fromAbove: false), Bulk(r.Value.Most, fromAbove: true))));
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

    // The least of most samples, or the greatest: a corrupt one or two must not say what the others are like.
    private static double Bulk(List<double> extremes, bool fromAbove)
    {
        double[] sorted = [.. extremes.Where(double.IsFinite).Order()];
        if (sorted.Length == 0) return 0;
        var left = (int)(InputRange.LeftOut * (sorted.Length - 1));
        return fromAbove ? sorted[^(left + 1)] : sorted[left];
    }

    private static void AddExtremes(TensorData input, int samples, List<double> least, List<double> most)
    {
        // An input that does not go by samples is one for all of them.
        var (bytes, parts) = (input.Data, input.Dims is [var first, ..] && first == samples && input.Data.Length > 0 ? samples : 1);
        for (var i = 0; i < parts; i++)
        {
            var (min, max) = Extremes(input.Element, bytes.Span.Slice(i * (bytes.Length / parts), bytes.Length / parts));
            least.Add(min);
            most.Add(max);
        }
    }

    private static (double, double) Extremes(ElementType element, ReadOnlySpan<byte> bytes) => element switch
    {
        ElementType.Float => MinMax<float>(bytes),
        ElementType.Double => MinMax<double>(bytes),
        ElementType.Float16 => MinMax<Half>(bytes),
        ElementType.UInt8 => MinMax<byte>(bytes),
        ElementType.Int8 => MinMax<sbyte>(bytes),
        ElementType.Int32 => MinMax<int>(bytes),
        ElementType.Int64 => MinMax<long>(bytes),
        _ => (0, 0),
    };

    private static (double, double) MinMax<T>(ReadOnlySpan<byte> bytes) where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        // A tensor may have an axis of length 0.
        if (values.IsEmpty) return (0, 0);
        var (min, max) = (values[0], values[0]);
        foreach (var value in values) (min, max) = (T.Min(min, value), T.Max(max, value));
        return (double.CreateChecked(min), double.CreateChecked(max));
    }
}
