namespace Analyzer.Statistics;

/// <summary>How far a few points of a plane lie from all others.</summary>
public static class OutlierDistance
{
    /// <summary>Distance of the few points' mean from the others' mean, in standard deviations of the others along the line between the two.</summary>
    /// <param name="x">[points] first coordinate.</param>
    /// <param name="y">[points] second coordinate.</param>
    /// <param name="few">Indices of the few; at least one, and not all.</param>
    /// <returns>At least 0; null where the others do not vary along that line, or both means coincide. O(points).</returns>
    /// <exception cref="ArgumentException">None are few, or all.</exception>
    public static double? Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y, IReadOnlyCollection<int> few)
    {
        Require.SameLength(y.Length, x.Length, nameof(y));
        if (few.Count == 0 || few.Count >= x.Length) throw new ArgumentException($"{few.Count} of {x.Length} points are few; some must be and some not", nameof(few));
        var isFew = new bool[x.Length];
        foreach (var i in few) isFew[i] = true;
        double fewX = 0, fewY = 0, restX = 0, restY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (isFew[i]) (fewX, fewY) = (fewX + x[i], fewY + y[i]);
            else (restX, restY) = (restX + x[i], restY + y[i]);
        }
        var rest = x.Length - few.Count;
        (restX, restY) = (restX / rest, restY / rest);
        var (towardsX, towardsY) = (fewX / few.Count - restX, fewY / few.Count - restY);
        var length = Math.Sqrt(towardsX * towardsX + towardsY * towardsY);
        double squares = 0;
        for (var i = 0; i < x.Length && length > 0; i++)
        {
            if (isFew[i]) continue;
            var along = ((x[i] - restX) * towardsX + (y[i] - restY) * towardsY) / length;
            squares += along * along;
        }
        return squares > 0 ? length / Math.Sqrt(squares / rest) : null;
    }
}
