namespace Analyzer.Statistics;

/// <summary>Which units are characteristic of which classes, by presence or by absence, beyond permuted labels.</summary>
/// <remarks>
/// After Garcia-Gasulla et al., arXiv 1703.01127; the statistic and its null are our reconstruction. |KS| is larger for small
/// classes, so the null is pooled over the units but never over class sizes. τ, a quantile of that null, decides the kinds.
/// The q-values do not: with the usual 20 draws a pooled p-value cannot fall below 1/(1 + 20 · units), and a lone pair
/// among ten classes then cannot reach q = .05 however strong it is; they come from the asymptotic p-value, which has no such floor
/// and is too large, never too small, where values tie. The price is power for units that are nearly always 0.
/// </remarks>
public static class Discrimination
{
    /// <summary>Measures all pairs, and the same under permuted labels.</summary>
    /// <param name="samples">[n samples, units], not NaN.</param>
    /// <param name="labels">[n], at least two different ones; any integers.</param>
    /// <param name="options">Draws and quantile; null for the defaults.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the measurement.</param>
    /// <returns>Statistics, kinds, τ, q-values and the false discovery rate.</returns>
    /// <exception cref="ArgumentException">Different lengths, one class only, too many classes, or NaN.</exception>
    /// <remarks>
    /// O(units · n · draws) and 8 bytes · units · classes · draws: each unit is sorted once for all labelings. The same
    /// permutation serves all units, so that a draw keeps how units depend on each other.
    /// </remarks>
    public static DiscriminationResult Measure(
        Matrix samples, ReadOnlySpan<int> labels, DiscriminationOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        options ??= new();
        var classes = ClassIndex.Of(labels);
        Require.SameLength(labels.Length, samples.Rows, nameof(labels));
        var (units, count) = (samples.Columns, classes.Count);
        double[,] presence = new double[units, count], absence = new double[units, count];
        var draws = new double[options.Draws][];
        for (var i = 0; i < draws.Length; i++) draws[i] = new double[units * count];
        KolmogorovSmirnov.Sweep(samples, Labelings(classes.Indices, options), classes.Sizes, (unit, labeling, present, absent) =>
        {
            for (var c = 0; c < present.Length; c++)
            {
                if (labeling == 0) (presence[unit, c], absence[unit, c]) = (present[c], absent[c]);
                else draws[labeling - 1][unit * count + c] = ClassSeparation.Sign(present[c], absent[c]);
            }
        }, options.Threads, progress, cancel);

        var separation = new ClassSeparation(classes.Labels, classes.Sizes, presence, absence);
        return new PairTests(separation, draws, Constant(samples)).Result(options.Quantile);
    }

    private static ushort[][] Labelings(ushort[] labels, DiscriminationOptions options)
    {
        var random = new SeededRandom(options.Seed);
        var labelings = new ushort[1 + options.Draws][];
        labelings[0] = labels;
        for (var i = 1; i < labelings.Length; i++)
        {
            labelings[i] = [.. labels];
            random.Shuffle<ushort>(labelings[i]);
        }
        return labelings;
    }

    private static bool[] Constant(Matrix samples)
    {
        var constant = new bool[samples.Columns];
        Array.Fill(constant, true);
        var first = samples.Row(0);
        for (var row = 1; row < samples.Rows; row++)
        {
            var values = samples.Row(row);
            for (var j = 0; j < constant.Length; j++) constant[j] &= values[j] == first[j];
        }
        return constant;
    }
}
