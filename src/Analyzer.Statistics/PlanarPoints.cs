using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Points of a plane as two arrays of whole SIMD vectors, moved so that their mean is the origin.</summary>
internal sealed class PlanarPoints
{
    public PlanarPoints(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Count = x.Length;
        Padded = (Count + 7) / 8 * 8;
        (X, CentreX) = Centre(x, Padded);
        (Y, CentreY) = Centre(y, Padded);
        Variance = (Lanczos.Dot(X, X) + Lanczos.Dot(Y, Y)) / (2.0 * Count);
    }

    /// <summary>Number of points.</summary>
    public int Count { get; }

    /// <summary>Length of the arrays; entries from <see cref="Count"/> on are 0 and no points.</summary>
    public int Padded { get; }

    public double[] X { get; }

    public double[] Y { get; }

    /// <summary>What was subtracted.</summary>
    public double CentreX { get; }

    public double CentreY { get; }

    /// <summary>Mean variance of the two coordinates (n).</summary>
    public double Variance { get; }

    /// <summary>1 for lanes that hold points and 0 for those that fill up, of the vector that starts at <paramref name="first"/>.</summary>
    public Vector512<double> Mask(int first) =>
        Vector512.ConditionalSelect(
            Vector512.LessThan(Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7), Vector512.Create((double)(Count - first))),
            Vector512<double>.One, Vector512<double>.Zero);

    public static Span<Vector512<double>> Vectors(Span<double> values) => MemoryMarshal.Cast<double, Vector512<double>>(values);

    private static (double[] Values, double Centre) Centre(ReadOnlySpan<double> values, int padded)
    {
        double sum = 0;
        foreach (var value in values)
            sum += double.IsFinite(value) ? value : throw new ArgumentException($"a coordinate is {value}; all must be finite", nameof(values));
        var mean = sum / values.Length;
        var centred = new double[padded];
        for (var i = 0; i < values.Length; i++) centred[i] = values[i] - mean;
        return (centred, mean);
    }
}
