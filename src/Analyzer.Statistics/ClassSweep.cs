namespace Analyzer.Statistics;

/// <summary>Largest and least of F_in − F_out over a sorted column, for each class against the rest, in one sweep.</summary>
/// <remarks>
/// With N rows, i of them up to a place, and k of them out of the class's n: F_in − F_out = (kN − in) / (n(N − n)). So the
/// sweep needs integers only, and its results are exact until the last division. Between two rows of a class k stands still
/// and the numerator falls: its extremes lie just below and just above the class's own rows, and a row updates its own class
/// only, O(N) for all classes. Where values tie, "below" and "above" are the bounds of the group; the k seen halfway through
/// a group lies inside the true range, so ties need no branch.
/// </remarks>
internal sealed class ClassSweep(ReadOnlyMemory<int> sizes)
{
    private readonly Class[] _classes = new Class[sizes.Length];

    /// <summary>Sweeps a column under one labeling.</summary>
    /// <param name="column">The column, sorted.</param>
    /// <param name="labels">[N] class of each row, in [0, classes), with the sizes given to the constructor.</param>
    /// <param name="presence">[classes] receives sup(F_out − F_in), in [0, 1].</param>
    /// <param name="absence">[classes] receives sup(F_in − F_out), in [0, 1].</param>
    public void Run(SortedColumn column, ReadOnlySpan<ushort> labels, Span<double> presence, Span<double> absence)
    {
        long rows = labels.Length;
        for (var c = 0; c < _classes.Length; c++)
        {
            long size = sizes.Span[c];
            _classes[c] = new() { Size = size, Top = rows * size };
        }
        var classes = _classes.AsSpan();
        ReadOnlySpan<int> order = column.Order, below = column.Below, upTo = column.UpTo;
        // From both ends towards the largest group of ties, whose own rows need not be visited: what they are follows from the rest.
        for (var i = 0; i < column.GroupFirst; i++)
        {
            ref var own = ref classes[labels[order[i]]];
            own.Least = Math.Min(own.Least, own.Bottom - below[i] * own.Size);
            own.Bottom += rows;
            own.Most = Math.Max(own.Most, own.Bottom - upTo[i] * own.Size);
        }
        for (var i = order.Length - 1; i >= column.GroupEnd; i--)
        {
            ref var own = ref classes[labels[order[i]]];
            own.Most = Math.Max(own.Most, own.Top - upTo[i] * own.Size);
            own.Top -= rows;
            own.Least = Math.Min(own.Least, own.Top - below[i] * own.Size);
        }
        for (var c = 0; c < classes.Length; c++)
        {
            ref var own = ref classes[c];
            var scale = own.Size * (rows - own.Size);
            presence[c] = -Math.Min(own.Least, own.Bottom - column.GroupFirst * own.Size) / (double)scale;
            absence[c] = Math.Max(own.Most, own.Top - column.GroupEnd * own.Size) / (double)scale;
        }
    }

    /// <summary>Counts of a class times N, from the bottom and from the top, and the extremes of the numerator.</summary>
    private struct Class
    {
        public long Bottom, Top, Size, Least, Most;
    }
}
