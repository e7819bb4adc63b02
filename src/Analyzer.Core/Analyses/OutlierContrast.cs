using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Do outlier samples drive the training? Their loss and the gradient that they would give, against the rest (H2 of arXiv 2412.10457).</summary>
internal static class OutlierContrast
{
    /// <summary>Outliers below which a difference of means says nothing.</summary>
    public const int FewestOutliers = 5;

    private const int MostValues = 64;

    /// <summary>Loss and last-layer gradient norm of each sample; NaN where one is not known.</summary>
    /// <param name="run">The run.</param>
    /// <param name="splits">Its splits.</param>
    /// <param name="samples">Numbers through all splits, ascending.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static (double[] Loss, double[] GradientNorm) Of(Run run, IReadOnlyList<SplitSamples> splits, long[] samples, CancellationToken cancellation)
    {
        double[] loss = new double[samples.Length], gradient = new double[samples.Length];
        Array.Fill(loss, double.NaN);
        Array.Fill(gradient, double.NaN);
        var head = run.Manifest.Head is { } entry ? run.Manifest.Taps.FirstOrDefault(t => t.Id == entry.Tap) : null;
        foreach (var split in splits)
        {
            var wanted = Enumerable.Range(0, samples.Length).Where(i => samples[i] >= split.First && samples[i] < split.First + split.Count).ToArray();
            if (wanted.Length == 0) continue;
            var (losses, errors) = run.Errors(split);
            var features = head is null ? null : run.ReadValues(head, split, cancellation);
            foreach (var i in wanted)
            {
                var row = (int)(samples[i] - split.First);
                loss[i] = losses[row];
                if (features is null) continue;
                double squares = 0;
                foreach (var value in features.Row(row)) squares += (double)value * value;
                gradient[i] = errors[row] * Math.Sqrt(squares);
            }
        }
        return (loss, gradient);
    }

    /// <summary>The difference of means, beside differences where as many samples drawn at random are called outliers.</summary>
    /// <returns>Null where fewer than <see cref="FewestOutliers"/> outliers, or no others, have a value.</returns>
    public static Contrast? Between(double[] values, bool[] outlier, int permutations, ulong seed)
    {
        var known = Enumerable.Range(0, values.Length).Where(i => double.IsFinite(values[i])).ToArray();
        double[] of = [.. known.Select(i => values[i])];
        var outliers = known.Count(i => outlier[i]);
        if (outliers < FewestOutliers || outliers == known.Length) return null;
        var total = of.Sum();
        var random = new SeededRandom(seed);
        var draws = new double[permutations];
        var shuffled = (double[])of.Clone();
        for (var d = 0; d < permutations; d++)
        {
            random.Shuffle(shuffled.AsSpan());
            draws[d] = Difference(shuffled.Take(outliers).Sum());
        }
        var mean = known.Where(i => outlier[i]).Average(i => values[i]);
        var difference = Difference(mean * outliers);
        var distribution = NullDistribution.Of(draws);
        return new(mean, mean - difference, new("permuted-outliers", distribution.Mean, distribution.StandardDeviation, distribution.ZScore(difference), permutations),
            distribution.UpperTail(difference), Math.Sqrt(SquaredError(known.Where(i => outlier[i])) + SquaredError(known.Where(i => !outlier[i]))),
            new(Sorted(known.Where(i => outlier[i])), Sorted(known.Where(i => !outlier[i]))));

        double[] Sorted(IEnumerable<int> part) => [.. AnomaliesTables.Thinned([.. part.Select(i => values[i]).Order()], MostValues)];

        double SquaredError(IEnumerable<int> of)
        {
            double[] part = [.. of.Select(i => values[i])];
            return part.Length < 2 ? 0 : Math.Pow(NullDistribution.Of(part).StandardDeviation, 2) / part.Length;
        }

        double Difference(double sum) => sum / outliers - (total - sum) / (of.Length - outliers);
    }
}
