using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>The leading eigenpair of a symmetric positive semidefinite operator that is only ever applied.</summary>
/// <remarks>
/// Lanczos with full reorthogonalisation, done twice (Parlett, The Symmetric Eigenvalue Problem, ch. 13), restarted from its
/// best vector when the basis is full. Starts from a fixed random vector, so the result is one of the operator alone.
/// </remarks>
internal static class Lanczos
{
    private const int BasisLimit = 160, RestartLimit = 40;
    private const double Tolerance = 1e-10;

    /// <summary>Sets its second argument, [stride], to the operator times the first.</summary>
    public delegate void Operator(double[] vector, double[] result);

    /// <summary>Finds the unit vector, [stride] with zeros past <paramref name="size"/>, and its eigenvalue.</summary>
    /// <param name="apply">The operator.</param>
    /// <param name="size">Its dimension.</param>
    /// <param name="stride">Length of vectors: <paramref name="size"/>, or more, to whole SIMD vectors.</param>
    /// <param name="orthogonalTo">A unit eigenvector to stay orthogonal to, or null.</param>
    /// <param name="scale">A larger eigenvalue of the operator: what is below 1e-13 of it is rounding, and reported as 0.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>A vector of zeros and 0 where the operator has nothing left.</returns>
    public static (double[] Vector, double Value) Leading(
        Operator apply, int size, int stride, double[]? orthogonalTo, double scale, CancellationToken cancel)
    {
        var random = new SeededRandom(1);
        var start = new double[stride];
        for (var j = 0; j < size; j++) start[j] = random.NextDouble() - 0.5;
        for (var restart = 0; ; restart++)
        {
            var (vector, value, residual) = Cycle(apply, start, size, orthogonalTo, cancel);
            if (value <= 1e-13 * scale || value <= 0) return (new double[stride], 0);
            if (residual <= Math.Max(Tolerance * value, 1e-14 * scale) || restart == RestartLimit) return (vector, value);
            start = vector;
        }
    }

    /// <summary>Sum of products over whole vectors, in a fixed order.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var left = MemoryMarshal.Cast<double, Vector512<double>>(a);
        var right = MemoryMarshal.Cast<double, Vector512<double>>(b);
        var sum = Vector512<double>.Zero;
        for (var j = 0; j < left.Length; j++) sum = Vector512.FusedMultiplyAdd(left[j], right[j], sum);
        return Transcendental.Sum(sum);
    }

    private static (double[] Vector, double Value, double Residual) Cycle(
        Operator apply, double[] start, int size, double[]? orthogonalTo, CancellationToken cancel)
    {
        List<double[]> basis = [];
        List<double> diagonal = [], coupling = [];
        var next = (double[])start.Clone();
        Orthogonalise(next, basis, orthogonalTo);
        var length = Math.Sqrt(Dot(next, next));
        if (length == 0) return (next, 0, 0);
        var most = Math.Min(size - (orthogonalTo is null ? 0 : 1), BasisLimit);
        var check = 8;
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            for (var j = 0; j < next.Length; j++) next[j] /= length;
            basis.Add(next);
            var image = new double[next.Length];
            apply(next, image);
            diagonal.Add(Dot(next, image));
            var imageLength = Math.Sqrt(Dot(image, image));
            Orthogonalise(image, basis, orthogonalTo);
            length = Math.Sqrt(Dot(image, image));
            // What is left is rounding: the basis spans all that the start can reach.
            var closed = length <= 1e-14 * imageLength || basis.Count >= most;
            if (closed || basis.Count >= check)
            {
                check += check / 2;
                var (value, last) = Tridiagonal.Largest(diagonal, coupling, basis.Count - 1);
                var residual = basis.Count >= size ? 0 : length * Math.Abs(last[0]);
                if (closed || residual <= Tolerance * value)
                {
                    (value, var mixture) = Tridiagonal.Largest(diagonal, coupling, 0);
                    return (Combine(basis, mixture), value, residual);
                }
            }
            coupling.Add(length);
            next = image;
        }
    }

    private static void Orthogonalise(double[] vector, List<double[]> basis, double[]? orthogonalTo)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            if (orthogonalTo is not null) AddScaled(vector, -Dot(vector, orthogonalTo), orthogonalTo);
            foreach (var other in basis) AddScaled(vector, -Dot(vector, other), other);
        }
    }

    private static double[] Combine(List<double[]> basis, double[] mixture)
    {
        var vector = new double[basis[0].Length];
        for (var i = 0; i < mixture.Length; i++) AddScaled(vector, mixture[i], basis[i]);
        var length = Math.Sqrt(Dot(vector, vector));
        for (var j = 0; j < vector.Length; j++) vector[j] /= length;
        return vector;
    }

    private static void AddScaled(Span<double> target, double factor, ReadOnlySpan<double> source)
    {
        var to = MemoryMarshal.Cast<double, Vector512<double>>(target);
        var from = MemoryMarshal.Cast<double, Vector512<double>>(source);
        var times = Vector512.Create(factor);
        for (var j = 0; j < to.Length; j++) to[j] = Vector512.FusedMultiplyAdd(from[j], times, to[j]);
    }
}
