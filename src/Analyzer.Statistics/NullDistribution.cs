namespace Analyzer.Statistics;

/// <summary>The values of a measurement where nothing is to be found, and how far a value lies outside them.</summary>
public sealed record NullDistribution
{
    private NullDistribution(double[] draws, double mean, double standardDeviation) =>
        (Draws, Mean, StandardDeviation) = (draws, mean, standardDeviation);

    /// <summary>The values drawn, [n], in the order given.</summary>
    public double[] Draws { get; }

    /// <summary>Mean of the draws, in the measurement's unit.</summary>
    public double Mean { get; }

    /// <summary>Sample standard deviation (n − 1), in the measurement's unit; 0 for draws that are all equal.</summary>
    public double StandardDeviation { get; }

    /// <summary>Describes draws.</summary>
    /// <param name="draws">[n] finite values, n at least 2.</param>
    /// <returns>Mean and standard deviation by two passes in double. O(n).</returns>
    /// <exception cref="ArgumentException">Fewer than two draws, or one that is not finite.</exception>
    public static NullDistribution Of(ReadOnlySpan<double> draws)
    {
        if (draws.Length < 2) throw new ArgumentException($"{draws.Length} draws have no standard deviation; at least 2 do", nameof(draws));
        double sum = 0, squares = 0;
        foreach (var draw in draws)
            sum += double.IsFinite(draw) ? draw : throw new ArgumentException($"a draw is {draw}; all must be finite", nameof(draws));
        var mean = sum / draws.Length;
        foreach (var draw in draws) squares += (draw - mean) * (draw - mean);
        return new(draws.ToArray(), mean, Math.Sqrt(squares / (draws.Length - 1)));
    }

    /// <summary>How many standard deviations a value lies above the mean.</summary>
    /// <param name="value">A value of the same measurement.</param>
    /// <returns>(value − mean) / standard deviation; null where the standard deviation is 0, because there z is undefined.</returns>
    public double? ZScore(double value) => StandardDeviation > 0 ? (value - Mean) / StandardDeviation : null;

    /// <summary>How often the null reaches a value: the one-sided p-value of a permutation test.</summary>
    /// <param name="value">A value of the same measurement.</param>
    /// <returns>(1 + draws ≥ value) / (1 + n), in (0, 1]. O(n).</returns>
    /// <remarks>Phipson and Smyth 2010: with the 1, a p-value is never 0.</remarks>
    public double UpperTail(double value)
    {
        var reached = 1;
        foreach (var draw in Draws) reached += draw >= value ? 1 : 0;
        return reached / (1.0 + Draws.Length);
    }
}
