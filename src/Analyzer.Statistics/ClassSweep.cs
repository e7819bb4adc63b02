using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Largest and least of F_in − F_out over a sorted column, for each class against the rest, in one sweep.</summary>
/// <remarks>
/// With N rows, i of them up to a place, and k of them out of the class's n: F_in − F_out = (kN − in) / (n(N − n)). So the
/// sweep needs integers only, and its results are exact until the last division. It goes from both ends towards the largest group of
/// ties, whose own rows need not be visited: what they do follows from the rest.
/// </remarks>
internal sealed class ClassSweep
{
    // Lanes of a 512-bit vector of int32.
    private const int Lanes = 16;

    // n(N − n) ≤ N²/4 bounds the numerators; up to here they fit 32 bits.
    private const int MostNarrowRows = 92_680;

    private readonly int _rows;
    private readonly int[] _sizes;
    private readonly Class[] _classes;
    private readonly int[] _steps;

    /// <summary>Prepares for labelings of these class sizes, each at least 1, at least two of them.</summary>
    public ClassSweep(int[] sizes)
    {
        (_rows, _sizes, _classes) = (sizes.Sum(), sizes, new Class[sizes.Length]);
        _steps = new int[FitsLanes ? Lanes * Lanes : 0];
        for (var own = 0; FitsLanes && own < sizes.Length; own++)
            for (var c = 0; c < sizes.Length; c++)
                _steps[own * Lanes + c] = (c == own ? _rows : 0) - sizes[c];
    }

    /// <summary>Whether <see cref="InLanes"/> can do the work.</summary>
    public bool FitsLanes => _sizes.Length <= Lanes && _rows <= MostNarrowRows;

    /// <summary>Sweeps a column under one labeling. O(rows).</summary>
    /// <param name="column">The column, sorted.</param>
    /// <param name="labels">[rows] class of each row, in [0, classes), with the sizes given to the constructor.</param>
    /// <param name="presence">[classes] receives sup(F_out − F_in), in [0, 1].</param>
    /// <param name="absence">[classes] receives sup(F_in − F_out), in [0, 1].</param>
    public void Run(SortedColumn column, ReadOnlySpan<ushort> labels, Span<double> presence, Span<double> absence)
    {
        if (FitsLanes) InLanes(column, labels, presence, absence);
        else ByClass(column, labels, presence, absence);
    }

    /// <summary>Any number of classes: a row updates its own class alone.</summary>
    /// <remarks>
    /// Between two rows of a class k stands still and the numerator falls: its extremes lie just below and just above the class's own
    /// rows. Where values tie, "below" and "above" are the bounds of the group; the k seen halfway through a group lies inside the true
    /// range, so ties need no branch.
    /// </remarks>
    internal void ByClass(SortedColumn column, ReadOnlySpan<ushort> labels, Span<double> presence, Span<double> absence)
    {
        long rows = _rows;
        for (var c = 0; c < _classes.Length; c++) _classes[c] = new() { Size = _sizes[c], Top = rows * _sizes[c] };
        var classes = _classes.AsSpan();
        ReadOnlySpan<int> order = column.Order, below = column.Below, upTo = column.UpTo;
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
            Store(c, Math.Min(own.Least, own.Bottom - column.GroupFirst * own.Size), Math.Max(own.Most, own.Top - column.GroupEnd * own.Size), presence, absence);
        }
    }

    /// <summary>Up to 16 classes: a row moves the numerators of all of them, which stay in one register.</summary>
    internal void InLanes(SortedColumn column, ReadOnlySpan<ushort> labels, Span<double> presence, Span<double> absence)
    {
        ref var steps = ref MemoryMarshal.GetArrayDataReference(_steps);
        ReadOnlySpan<int> order = column.Order, below = column.Below, upTo = column.UpTo;
        Vector512<int> numerators = default, least = default, most = default;
        for (var i = 0; i < column.GroupFirst; i++)
        {
            numerators += Vector512.LoadUnsafe(ref steps, (nuint)(labels[order[i]] * Lanes));
            // Inside a group of ties the distributions have no place.
            if (upTo[i] != i + 1) continue;
            (least, most) = (Vector512.Min(least, numerators), Vector512.Max(most, numerators));
        }
        numerators = default;
        for (var i = order.Length - 1; i >= column.GroupEnd; i--)
        {
            numerators -= Vector512.LoadUnsafe(ref steps, (nuint)(labels[order[i]] * Lanes));
            if (below[i] != i) continue;
            (least, most) = (Vector512.Min(least, numerators), Vector512.Max(most, numerators));
        }
        for (var c = 0; c < _sizes.Length; c++) Store(c, least[c], most[c], presence, absence);
    }

    private void Store(int c, long least, long most, Span<double> presence, Span<double> absence)
    {
        var scale = (double)((long)_sizes[c] * (_rows - _sizes[c]));
        (presence[c], absence[c]) = (-least / scale, most / scale);
    }

    /// <summary>Counts of a class times N, from the bottom and from the top, and the extremes of the numerator.</summary>
    private struct Class
    {
        public long Bottom, Top, Size, Least, Most;
    }
}
