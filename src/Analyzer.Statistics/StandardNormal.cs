using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Numbers from the normal distribution of mean 0 and variance 1.</summary>
/// <remarks>Marsaglia and Bray's polar method (SIAM Review 6, 1964), eight pairs at a time, in the same bits on every machine.</remarks>
public static class StandardNormal
{
    private const int Pairs = 8;

    /// <summary>Fills a span with independent draws.</summary>
    /// <param name="random">Where the randomness comes from; advanced.</param>
    /// <param name="values">[n], overwritten.</param>
    public static void Fill(SeededRandom random, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<double> u = stackalloc double[Pairs], v = stackalloc double[Pairs], square = stackalloc double[Pairs];
        Span<float> drawn = stackalloc float[2 * Pairs];
        while (!values.IsEmpty)
        {
            for (var i = 0; i < Pairs; i++) (u[i], v[i], square[i]) = InDisc(random);
            var s = Vector512.Create<double>(square);
            var factor = Vector512.Sqrt(Vector512.Create(-2.0) * Transcendental.Log(s) / s);
            Vector512<double> first = factor * Vector512.Create<double>(u), second = factor * Vector512.Create<double>(v);
            Vector512.Narrow(first, second).CopyTo(drawn);
            var count = Math.Min(values.Length, drawn.Length);
            drawn[..count].CopyTo(values);
            values = values[count..];
        }
    }

    private static (double U, double V, double Square) InDisc(SeededRandom random)
    {
        while (true)
        {
            double u = 2 * random.NextDouble() - 1, v = 2 * random.NextDouble() - 1;
            var square = u * u + v * v;
            if (square is < 1 and > 0) return (u, v, square);
        }
    }
}
