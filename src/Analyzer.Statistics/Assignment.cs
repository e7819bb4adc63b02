using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Which centre is nearest to each row, and how sure that is while the centres move.</summary>
/// <remarks>
/// Elkan, Using the triangle inequality to accelerate k-means, ICML 2003: a row keeps an upper bound of the distance to its own centre and
/// a lower bound of that to each other; while the first is below all the others the row need not be looked at. Where that were too many,
/// groups of centres share a lower bound (as of Ding et al., Yinyang K-means, ICML 2015). The bounds hold
/// whatever float32 rounded. Memory: rows · (l + 2) floats, l the centres rounded up to 16, or what <see cref="MostBounds"/> leaves each row.
/// </remarks>
internal sealed class Assignment
{
    /// <summary>Lower bounds at most, 1 GiB of them; but for a vector a row.</summary>
    public const int MostBounds = 1 << 28;

    /// <summary>Rows at most: an array holds a vector for each.</summary>
    public static int MostRows => Array.MaxLength / Vector512<float>.Count;

    // Twice what a float32 subtraction rounds, as a share of its result.
    private const float Rounding = 1f / (1 << 22);

    private readonly int _lanes;
    private readonly float[] _own, _others;

    /// <param name="rows">Number of rows, up to <see cref="MostRows"/>.</param>
    /// <param name="centres">Number of centres.</param>
    /// <param name="mostBounds">Lower bounds at most, but for a vector a row.</param>
    public Assignment(int rows, int centres, int mostBounds = MostBounds)
    {
        // A lane serves the centres that differ from each other by multiples of the lanes.
        var each = Math.Max(Vector512<float>.Count, mostBounds / Math.Max(1, rows) / Vector512<float>.Count * Vector512<float>.Count);
        _lanes = Math.Min(Design.Padded(centres), each);
        (Labels, _own, _others) = (new int[rows], new float[rows], new float[rows * _lanes]);
        Array.Fill(Labels, -1);
        Array.Fill(_own, float.PositiveInfinity);
    }

    /// <summary>[rows]; −1 at first.</summary>
    public int[] Labels { get; }

    /// <summary>Rows whose nearest centre may be another than it was, ascending.</summary>
    public int[] Doubtful()
    {
        var rows = new List<int>();
        for (var row = 0; row < Labels.Length; row++)
        {
            var own = Vector512.Create(_own[row]);
            var others = Others(row);
            for (var lane = 0; lane < _lanes; lane += Vector512<float>.Count)
            {
                if (Vector512.LessThanAll(own, Vector512.Create<float>(others[lane..]))) continue;
                rows.Add(row);
                break;
            }
        }
        return [.. rows];
    }

    /// <summary>Sets a row's nearest centre.</summary>
    /// <param name="row">The row.</param>
    /// <param name="label">The centre.</param>
    /// <param name="squared">[centres] its squared distances.</param>
    /// <param name="bound">How far off they may be.</param>
    public void Set(int row, int label, ReadOnlySpan<double> squared, double bound)
    {
        Labels[row] = label;
        _own[row] = Up(Math.Sqrt(Math.Max(0, squared[label] + bound)));
        var others = Others(row);
        others.Fill(float.MaxValue);
        for (int i = 0, lane = 0; i < squared.Length; i++, lane = lane + 1 == _lanes ? 0 : lane + 1)
            if (i != label) others[lane] = Math.Min(others[lane], Down(Math.Sqrt(Math.Max(0, squared[i] - bound))));
    }

    /// <summary>Takes into account that the centres moved, each as far as is said.</summary>
    public void Loosen(double[] shifts)
    {
        var farther = new float[_lanes];
        for (var i = 0; i < shifts.Length; i++) farther[i % _lanes] = Math.Max(farther[i % _lanes], Up(shifts[i]));
        for (var row = 0; row < Labels.Length; row++)
        {
            _own[row] = (_own[row] + Up(shifts[Labels[row]])) * (1 + Rounding);
            var others = Others(row);
            for (var lane = 0; lane < _lanes; lane += Vector512<float>.Count)
            {
                var left = Vector512.Create<float>(others[lane..]) - Vector512.Create(farther.AsSpan(lane));
                (left - Vector512.Abs(left) * Rounding).CopyTo(others[lane..]);
            }
        }
    }

    private Span<float> Others(int row) => _others.AsSpan(row * _lanes, _lanes);

    private static float Up(double value) => MathF.BitIncrement((float)value);

    private static float Down(double value) => MathF.BitDecrement((float)value);
}
