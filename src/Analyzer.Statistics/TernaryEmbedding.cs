namespace Analyzer.Statistics;

/// <summary>The full-network embedding: each unit standardised, then cut to −1, 0 or +1.</summary>
/// <remarks>
/// Garcia-Gasulla et al., arXiv 1705.07706, with the thresholds of the authors' code. The z-scores use the mean and the population
/// standard deviation of the samples fitted on, and of those alone.
/// </remarks>
public sealed class TernaryEmbedding
{
    private readonly double[] _means, _deviations;
    private readonly TernaryEmbeddingOptions _options;

    private TernaryEmbedding(double[] means, double[] deviations, TernaryEmbeddingOptions options) =>
        (_means, _deviations, _options) = (means, deviations, options);

    /// <summary>Number of units.</summary>
    public int Units => _means.Length;

    /// <summary>[units] means of the samples fitted on.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>[units] their population standard deviations; 0 exactly where a unit has one value.</summary>
    public ReadOnlySpan<double> StandardDeviations => _deviations;

    /// <summary>Learns mean and spread of each unit, by two passes in double.</summary>
    /// <param name="samples">[n ≥ 1, units], finite.</param>
    /// <param name="options">Thresholds; null for the defaults.</param>
    /// <returns>The embedding, to apply to these samples and to others.</returns>
    /// <exception cref="ArgumentException">No samples, or a value that is not finite.</exception>
    public static TernaryEmbedding Fit(Matrix samples, TernaryEmbeddingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Rows == 0) throw new ArgumentException("there are no samples, so no mean", nameof(samples));
        samples.RequireFinite(nameof(samples));
        double[] means = new double[samples.Columns], deviations = new double[samples.Columns];
        var varies = new bool[samples.Columns];
        var first = samples.Row(0);
        for (var row = 0; row < samples.Rows; row++)
        {
            var values = samples.Row(row);
            for (var j = 0; j < means.Length; j++)
            {
                means[j] += values[j];
                varies[j] |= values[j] != first[j];
            }
        }
        for (var j = 0; j < means.Length; j++) means[j] /= samples.Rows;
        for (var row = 0; row < samples.Rows; row++)
        {
            var values = samples.Row(row);
            for (var j = 0; j < means.Length; j++) deviations[j] += (values[j] - means[j]) * (values[j] - means[j]);
        }
        // A constant's mean is not always the constant itself; what rounding leaves is no spread.
        for (var j = 0; j < means.Length; j++) deviations[j] = varies[j] ? Math.Sqrt(deviations[j] / samples.Rows) : 0;
        return new(means, deviations, options ?? new());
    }

    /// <summary>Embeds samples.</summary>
    /// <param name="samples">[n, units], finite.</param>
    /// <returns>[n, units] of +1 where z is above the upper threshold, −1 where below the lower, else 0; 0 for constant units.</returns>
    /// <exception cref="ArgumentException">Another number of units, or a value that is not finite.</exception>
    public Matrix Apply(Matrix samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var embedded = new Matrix(samples.Rows, Units);
        Apply(samples, embedded, 0);
        return embedded;
    }

    /// <summary>Embeds samples into the columns [first, first + units) of a wider matrix, where layers lie side by side.</summary>
    /// <param name="samples">[n, units], finite.</param>
    /// <param name="target">[n, at least first + units].</param>
    /// <param name="first">Column that the first unit goes to.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit, or a value that is not finite.</exception>
    public void Apply(Matrix samples, Matrix target, int first)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(target);
        Require.SameLength(samples.Columns, Units, nameof(samples));
        Require.SameLength(target.Rows, samples.Rows, nameof(target));
        Require.InRange(first, 0, target.Columns - Units, nameof(first));
        samples.RequireFinite(nameof(samples));
        // z > t ⇔ x > mean + t · std, one comparison instead of a division; where std is 0 neither side of it may count.
        double[] upper = new double[Units], lower = new double[Units];
        for (var j = 0; j < Units; j++)
        {
            upper[j] = _deviations[j] > 0 ? _means[j] + _options.Upper * _deviations[j] : double.PositiveInfinity;
            lower[j] = _deviations[j] > 0 ? _means[j] + _options.Lower * _deviations[j] : double.NegativeInfinity;
        }
        for (var row = 0; row < samples.Rows; row++)
        {
            var values = samples.Row(row);
            var embedded = target.Row(row)[first..];
            for (var j = 0; j < Units; j++) embedded[j] = values[j] > upper[j] ? 1 : values[j] < lower[j] ? -1 : 0;
        }
    }
}
