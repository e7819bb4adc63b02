using System.Numerics;

namespace Analyzer.Statistics;

/// <summary>Random numbers in a sequence that is the same on every platform and in every version of .NET.</summary>
/// <remarks>
/// xoshiro256** 1.0 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", arXiv 1805.01407),
/// its 256 bits of state filled by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Not for cryptography.
/// </remarks>
public sealed class SeededRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>A sequence that its seed determines.</summary>
    /// <param name="seed">Any value.</param>
    public SeededRandom(ulong seed)
    {
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    internal SeededRandom(ulong s0, ulong s1, ulong s2, ulong s3) => (_s0, _s1, _s2, _s3) = (s0, s1, s2, s3);

    /// <summary>64 random bits.</summary>
    /// <returns>Uniform over all 2⁶⁴ values.</returns>
    public ulong NextWord()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    /// <returns>Uniform.</returns>
    public double NextDouble() => (NextWord() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An integer in [0, <paramref name="bound"/>).</summary>
    /// <param name="bound">At least 1.</param>
    /// <returns>Exactly uniform: words that would favour small values are rejected.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextBelow(int bound)
    {
        var range = (ulong)Require.InRange(bound, 1, int.MaxValue, nameof(bound));
        var rejected = (0 - range) % range;
        while (true)
        {
            var high = Math.BigMul(NextWord(), range, out var low);
            if (low >= rejected) return (int)high;
        }
    }

    /// <summary>Permutes in place (Fisher and Yates): every order is equally likely.</summary>
    /// <param name="values">[n].</param>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = NextBelow(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    internal static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
