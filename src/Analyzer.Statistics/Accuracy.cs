namespace Analyzer.Statistics;

/// <summary>How often predictions are right.</summary>
public static class Accuracy
{
    /// <summary>How many predictions equal the labels.</summary>
    /// <param name="predicted">[q].</param>
    /// <param name="labels">[q].</param>
    /// <returns>A fraction in [0, 1].</returns>
    /// <exception cref="ArgumentException">No predictions, or different lengths.</exception>
    public static double Of(ReadOnlySpan<int> predicted, ReadOnlySpan<int> labels)
    {
        Require.SameLength(labels.Length, predicted.Length, nameof(labels));
        if (labels.Length == 0) throw new ArgumentException("there are no samples, so no accuracy", nameof(labels));
        var right = 0;
        for (var i = 0; i < labels.Length; i++) right += predicted[i] == labels[i] ? 1 : 0;
        return right / (double)labels.Length;
    }
}
