using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Finds the nearest of k centres for rows of a design, exactly as double arithmetic would.</summary>
/// <remarks>The nearest centre has the largest x·c − ‖c‖²/2. Float32 scores decide where they differ by more than their error.</remarks>
internal sealed class NearestCentre
{
    private const double Epsilon = 1.0 / (1 << 24);
    private readonly Design _design;
    private readonly double[] _squaredNorms;
    private readonly double[][] _centres;
    private readonly double[] _halfNorms;
    private readonly float[] _dense;
    private readonly float[] _offsets;
    private readonly int _lanes;
    private readonly double _largestHalfNorm;

    public NearestCentre(Design design, double[,] centres, double[] squaredNorms)
    {
        var clusters = centres.GetLength(0);
        (_design, _squaredNorms, _lanes) = (design, squaredNorms, Design.Padded(clusters));
        _centres = new double[clusters][];
        _halfNorms = new double[clusters];
        _dense = new float[design.Columns * _lanes];
        _offsets = new float[_lanes];
        Array.Fill(_offsets, float.NegativeInfinity);
        for (var cluster = 0; cluster < clusters; cluster++)
        {
            var centre = _centres[cluster] = new double[design.Columns];
            double norm = 0;
            for (var j = 0; j < centre.Length; j++)
            {
                centre[j] = centres[cluster, j];
                norm += centre[j] * centre[j];
                _dense[j * _lanes + cluster] = (float)centre[j];
            }
            _halfNorms[cluster] = norm / 2;
            _offsets[cluster] = (float)-_halfNorms[cluster];
            _largestHalfNorm = Math.Max(_largestHalfNorm, _halfNorms[cluster]);
        }
    }

    /// <summary>Sets the labels of rows [first, first + count); a label that is right already costs least.</summary>
    public void Assign(int first, int count, int[] labels)
    {
        var scores = new float[count * _lanes];
        for (var row = 0; row < count; row++) _offsets.CopyTo(scores, row * _lanes);
        _design.MultiplyAdd(first, count, _dense, _lanes, scores);
        for (var row = 0; row < count; row++)
        {
            var values = scores.AsSpan(row * _lanes, _lanes);
            // |x·c| ≤ ‖x‖‖c‖ bounds each rounding; two scores can be wrong, each by the bound.
            var bound = (float)(2 * _design.Roundings * Epsilon
                * (Math.Sqrt(_squaredNorms[first + row] * 2 * _largestHalfNorm) + _largestHalfNorm));
            ref var label = ref labels[first + row];
            if (label < 0 || !IsAlone(values, label, bound)) label = Best(first + row, values, bound);
        }
    }

    // Whether no other score reaches the label's score less the bound.
    private static bool IsAlone(ReadOnlySpan<float> scores, int label, float bound)
    {
        var limit = Vector512.Create(scores[label] - bound);
        for (var lane = 0; lane < scores.Length; lane += 16)
        {
            var reaching = Vector512.GreaterThanOrEqual(Vector512.Create(scores[lane..]), limit).ExtractMostSignificantBits();
            if (label >= lane && label < lane + 16) reaching &= ~(1UL << (label - lane));
            if (reaching != 0) return false;
        }
        return true;
    }

    private int Best(int row, ReadOnlySpan<float> scores, float bound)
    {
        var best = 0;
        for (var i = 1; i < _centres.Length; i++)
            if (scores[i] > scores[best]) best = i;
        if (IsAlone(scores, best, bound)) return best;

        var limit = scores[best] - bound;
        var (winner, highest) = (-1, double.NegativeInfinity);
        for (var i = 0; i < _centres.Length; i++)
        {
            if (scores[i] < limit) continue;
            var score = _design.Dot(row, _centres[i]) - _halfNorms[i];
            if (score > highest) (winner, highest) = (i, score);
        }
        return winner;
    }
}
