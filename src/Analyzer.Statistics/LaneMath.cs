using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Arithmetic on [rows, lanes] matrices where each lane has scalars of its own.</summary>
internal static class LaneMath
{
    /// <summary>Dot product of each lane; sets <paramref name="dots"/>, [lanes]. Summed in the order of the rows.</summary>
    public static void Dots(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> dots)
    {
        ReadOnlySpan<Vector512<double>> left = Vectors(a), right = Vectors(b);
        var stride = dots.Length / Vector512<double>.Count;
        for (var lane = 0; lane < stride; lane++)
        {
            var sum = Vector512<double>.Zero;
            for (var i = lane; i < left.Length; i += stride) sum += left[i] * right[i];
            sum.CopyTo(dots[(lane * Vector512<double>.Count)..]);
        }
    }

    /// <summary>target = base + factor × direction, with a factor for each lane.</summary>
    public static void Step(ReadOnlySpan<double> start, ReadOnlySpan<double> factors, ReadOnlySpan<double> direction, Span<double> target)
    {
        var lanes = factors.Length;
        for (var i = 0; i < target.Length; i += lanes)
            TensorPrimitives.MultiplyAdd(direction.Slice(i, lanes), factors, start.Slice(i, lanes), target.Slice(i, lanes));
    }

    /// <summary>Largest absolute value of each lane; sets <paramref name="largest"/>, [lanes].</summary>
    public static void LargestMagnitudes(ReadOnlySpan<double> values, Span<double> largest)
    {
        largest.Clear();
        for (var i = 0; i < values.Length; i += largest.Length)
            TensorPrimitives.MaxMagnitude(values.Slice(i, largest.Length), largest, largest);
        TensorPrimitives.Abs(largest, largest);
    }

    /// <summary>Subtracts from the first <paramref name="used"/> lanes of each row their mean.</summary>
    public static void Centre(Span<double> values, int lanes, int used)
    {
        for (var i = 0; i < values.Length; i += lanes)
        {
            var row = values.Slice(i, used);
            TensorPrimitives.Subtract(row, Sum(row) / used, row);
        }
    }

    /// <summary>Sum of all values, in their order.</summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (var value in values) sum += value;
        return sum;
    }

    /// <summary>Adds float32 values to double ones.</summary>
    public static void Add(ReadOnlySpan<float> source, Span<double> target)
    {
        for (var i = 0; i < source.Length; i++) target[i] += source[i];
    }

    private static ReadOnlySpan<Vector512<double>> Vectors(ReadOnlySpan<double> values) =>
        MemoryMarshal.Cast<double, Vector512<double>>(values);
}
