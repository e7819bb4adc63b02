using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Finds the nearest of k centres for rows of a design, exactly as double arithmetic would.</summary>
/// <remarks>The nearest centre has the largest x·c − ‖c‖²/2. Float32 scores decide where they differ by more than their error.</remarks>
internal sealed class NearestCentre
{
    private const int ColumnBlock = 1024;
    private const double Epsilon = 1.0 / (1 << 24);
    private readonly Design _design;
    private readonly double[] _squaredNorms;
    private readonly double[,] _centres;
    private readonly double[] _halfNorms;
    private readonly float[] _dense;
    private readonly float[] _offsets;
    private readonly int _lanes;
    private readonly double _largestHalfNorm;

    public NearestCentre(Design design, double[,] centres, double[] squaredNorms, int threads, CancellationToken cancel)
    {
        var clusters = centres.GetLength(0);
        (_design, _centres, _squaredNorms, _lanes) = (design, centres, squaredNorms, Design.Padded(clusters));
        _halfNorms = [.. Enumerable.Range(0, clusters).Select(cluster => TensorPrimitives.SumOfSquares(Centre(cluster)) / 2)];
        _largestHalfNorm = _halfNorms.Max();
        _offsets = new float[_lanes];
        Array.Fill(_offsets, float.NegativeInfinity);
        for (var cluster = 0; cluster < clusters; cluster++) _offsets[cluster] = (float)-_halfNorms[cluster];
        _dense = new float[design.Columns * _lanes];
        Blocks.For(design.Columns, ColumnBlock, threads, (first, count) =>
        {
            for (var cluster = 0; cluster < clusters; cluster++)
            {
                var centre = Centre(cluster);
                for (var j = first; j < first + count; j++) _dense[j * _lanes + cluster] = (float)centre[j];
            }
        }, cancel);
    }

    /// <summary>Finds the nearest centre of each row of a list; a label that is right already costs least.</summary>
    public void Assign(ReadOnlySpan<int> rows, Assignment assignment)
    {
        var (scores, squared) = (new float[rows.Length * _lanes], new double[_halfNorms.Length]);
        for (var i = 0; i < rows.Length; i++) _offsets.CopyTo(scores, i * _lanes);
        _design.MultiplyAdd(new(rows), _dense, _lanes, scores);
        for (var i = 0; i < rows.Length; i++)
        {
            var values = scores.AsSpan(i * _lanes, _lanes);
            var squaredNorm = _squaredNorms[rows[i]];
            // |x·c| ≤ ‖x‖‖c‖ bounds each rounding; two scores can be wrong, each by half of this. Past float32's range all of them can.
            var largest = Math.Sqrt(squaredNorm * 2 * _largestHalfNorm) + _largestHalfNorm;
            var bound = largest < float.MaxValue / 2 ? (float)(2 * _design.Roundings * Epsilon * largest) : float.PositiveInfinity;
            var label = assignment.Labels[rows[i]];
            if (label < 0 || !IsAlone(values, label, bound)) label = Best(rows[i], values, bound);
            // ‖x − c‖² = ‖x‖² − 2 (x·c − ‖c‖²/2); the bound is twice what a score can be wrong by.
            for (var j = 0; j < squared.Length; j++) squared[j] = squaredNorm - 2.0 * values[j];
            assignment.Set(rows[i], label, squared, bound);
        }
    }

    private ReadOnlySpan<double> Centre(int cluster) => MemoryMarshal.CreateReadOnlySpan(ref _centres[cluster, 0], _centres.GetLength(1));

    // Whether every other score is below the label's score less the bound, which none is of what is no number.
    private static bool IsAlone(ReadOnlySpan<float> scores, int label, float bound)
    {
        var limit = Vector512.Create(scores[label] - bound);
        for (var lane = 0; lane < scores.Length; lane += 16)
        {
            var below = Vector512.LessThan(Vector512.Create(scores[lane..]), limit).ExtractMostSignificantBits();
            if (label >= lane && label < lane + 16) below |= 1UL << (label - lane);
            if (below != 0xFFFF) return false;
        }
        return true;
    }

    private int Best(int row, ReadOnlySpan<float> scores, float bound)
    {
        var best = 0;
        for (var i = 1; i < _halfNorms.Length; i++)
            if (scores[i] > scores[best]) best = i;
        if (IsAlone(scores, best, bound)) return best;

        var limit = scores[best] - bound;
        var (winner, highest) = (best, double.NegativeInfinity);
        for (var i = 0; i < _halfNorms.Length; i++)
        {
            if (scores[i] < limit) continue;
            var score = _design.Dot(row, Centre(i)) - _halfNorms[i];
            if (score > highest) (winner, highest) = (i, score);
        }
        return winner;
    }
}
