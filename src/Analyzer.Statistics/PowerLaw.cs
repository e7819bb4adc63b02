namespace Analyzer.Statistics;

/// <summary>A power law fitted to the upper tail of positive values: density ∝ x^−α for x ≥ x_min.</summary>
/// <param name="Exponent">α̂, above 1.</param>
/// <param name="ExponentError">(α̂ − 1) / √tail: standard error for large tails, x_min taken as known.</param>
/// <param name="Least">x_min, one of the values.</param>
/// <param name="Tail">Values at or above x_min, at least 2.</param>
/// <param name="Distance">Kolmogorov–Smirnov distance of the tail from the law, in (0, 1).</param>
public sealed record PowerLawFit(double Exponent, double ExponentError, double Least, int Tail, double Distance)
{
    /// <summary>Values in the tail below which neither α̂ nor its p-value says much: the rule of Clauset, Shalizi and Newman.</summary>
    public const int FewestTail = 50;

    /// <summary>Whether the tail holds at least <see cref="FewestTail"/> values.</summary>
    public bool IsLongEnough => Tail >= FewestTail;
}

/// <summary>How the bootstrap of <see cref="PowerLaw.PValue"/> draws.</summary>
public sealed record PowerLawOptions
{
    /// <summary>Bootstrap samples, x_min refitted in each. Default 1,000: p to ± .016 at .5.</summary>
    public int Draws { get; init => field = Require.InRange(value, 1, 1_000_000); } = 1_000;

    /// <summary>Determines the samples. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>Power laws in continuous values.</summary>
/// <remarks>Clauset, Shalizi and Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009), continuous case.</remarks>
public static class PowerLaw
{
    /// <summary>Fits α by maximum likelihood and x_min by the least Kolmogorov–Smirnov distance.</summary>
    /// <param name="values">[m] positive, finite values in any order.</param>
    /// <returns>The fit, or null for fewer than three different values: a tail of one value has no law.</returns>
    /// <exception cref="ArgumentException">A value that is not positive and finite.</exception>
    /// <remarks>Every value but the largest is tried as x_min; the smallest wins a tie. O(m²).</remarks>
    public static PowerLawFit? Fit(ReadOnlySpan<double> values) => FitLogs(SortedLogs(values)) is { } tail ? Describe(values, tail) : null;

    /// <summary>How often samples of the fitted law lie as far from their own fits: small means no power law.</summary>
    /// <param name="values">[m], as given to <see cref="Fit"/>.</param>
    /// <param name="fit">What it returned.</param>
    /// <param name="options">Draws and seed; null for the defaults.</param>
    /// <param name="cancel">Stops the bootstrap.</param>
    /// <returns>(1 + draws at least as far) / (1 + draws), in (0, 1]. Clauset, Shalizi and Newman reject below .1.</returns>
    /// <remarks>
    /// Semiparametric: a value comes from the law with probability tail / m, else from the values below x_min. O(draws · m²) at worst;
    /// most candidates for x_min are given up after a few values.
    /// </remarks>
    public static double PValue(ReadOnlySpan<double> values, PowerLawFit fit, PowerLawOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(fit);
        options ??= new();
        var logs = SortedLogs(values);
        var body = logs.Length - fit.Tail;
        Require.InRange(body, 0, logs.Length, nameof(fit));
        var random = new SeededRandom(options.Seed);
        var seeds = new ulong[options.Draws];
        for (var i = 0; i < seeds.Length; i++) seeds[i] = random.NextWord();
        var farther = 0;
        Blocks.For(options.Draws, 8, options.Threads, (first, count) =>
        {
            var sample = new double[logs.Length];
            var reached = 0;
            for (var draw = first; draw < first + count; draw++)
            {
                var drawn = new SeededRandom(seeds[draw]);
                for (var i = 0; i < sample.Length; i++)
                    sample[i] = drawn.NextBelow(logs.Length) < fit.Tail
                        ? logs[body] - Math.Log(1 - drawn.NextDouble()) / (fit.Exponent - 1)
                        : logs[drawn.NextBelow(body)];
                Array.Sort(sample);
                reached += FitLogs(sample) is not { } tail || tail.Distance >= fit.Distance ? 1 : 0;
            }
            Interlocked.Add(ref farther, reached);
        }, cancel);
        return (1.0 + farther) / (1 + options.Draws);
    }

    /// <summary>The exponent by the paper's own formula, from all values: γ̂ = 1 + D / Σ ln(λₖ / λ_min).</summary>
    /// <param name="values">[D] positive, finite values in any order.</param>
    /// <returns>γ̂ above 1, or null for fewer than two values or where all are equal.</returns>
    /// <exception cref="ArgumentException">A value that is not positive and finite.</exception>
    /// <remarks>
    /// Ding et al., arXiv 2507.17785, statistical invariance. The smallest value alone sets the scale: for the eigenvalues of a
    /// covariance that is often rounding. <see cref="Fit"/> looks for the scale instead.
    /// </remarks>
    public static double? WholeSpectrumExponent(ReadOnlySpan<double> values)
    {
        var logs = SortedLogs(values);
        double sum = 0;
        foreach (var log in logs) sum += log - logs[0];
        return logs.Length >= 2 && sum > 0 ? 1 + logs.Length / sum : null;
    }

    internal static double[] SortedLogs(ReadOnlySpan<double> values)
    {
        var logs = new double[values.Length];
        for (var i = 0; i < logs.Length; i++)
            logs[i] = values[i] > 0 && double.IsFinite(values[i]) ? Math.Log(values[i])
                : throw new ArgumentException($"a value is {values[i]}; all must be positive and finite", nameof(values));
        Array.Sort(logs);
        return logs;
    }

    private static PowerLawFit Describe(ReadOnlySpan<double> values, (int First, double Rate, double Distance) tail)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        var size = sorted.Length - tail.First;
        return new(1 + tail.Rate, tail.Rate / Math.Sqrt(size), sorted[tail.First], size, tail.Distance);
    }

    /// <summary>The best tail of ascending logarithms: where it begins, α − 1, and its distance.</summary>
    private static (int First, double Rate, double Distance)? FitLogs(double[] logs)
    {
        (int First, double Rate, double Distance)? best = null;
        double least = 2, above = 0;
        // From the largest value down, so that the sums above a candidate grow by one term each.
        for (var first = logs.Length - 1; first >= 0; first--)
        {
            above += logs[first];
            if (first > 0 && logs[first - 1] == logs[first]) continue;
            var size = logs.Length - first;
            var excess = above - size * logs[first];
            if (logs[first] == logs[^1]) continue;
            var rate = size / excess;
            var distance = Distance(logs.AsSpan(first), rate, least);
            // A tie goes to the smaller value, which comes later.
            if (distance <= least) (least, best) = (distance, (first, rate, distance));
        }
        return best;
    }

    /// <summary>Kolmogorov–Smirnov distance of ascending logarithms from an exponential law of theirs, or something above the limit.</summary>
    private static double Distance(ReadOnlySpan<double> logs, double rate, double limit)
    {
        const int stride = 16;
        var size = (double)logs.Length;
        double largest = 0;
        // Every sixteenth value first: a bad candidate shows itself at once.
        for (var offset = 0; offset < stride && offset < logs.Length; offset++)
        {
            for (var i = offset; i < logs.Length; i += stride)
            {
                var share = 1 - Math.Exp(-rate * (logs[i] - logs[0]));
                largest = Math.Max(largest, Math.Max((i + 1) / size - share, share - i / size));
            }
            if (largest > limit) return largest;
        }
        return largest;
    }
}
