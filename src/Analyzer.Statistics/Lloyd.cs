using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Analyzer.Statistics;

/// <summary>One start of K-Means: rows to the nearest centre, centres to the mean of their rows, until nothing moves.</summary>
internal sealed class Lloyd
{
    private const int RowBlock = 1024, ColumnBlock = 4096;
    private readonly Design _design;
    private readonly KMeansOptions _options;
    private readonly CancellationToken _cancel;
    private readonly double _tolerance;
    private readonly double _totalSquares;

    public Lloyd(Design design, KMeansOptions options, CancellationToken cancel)
    {
        (_design, _options, _cancel) = (design, options, cancel);
        _tolerance = options.Tolerance * design.MeanVariance(options.Threads, cancel);
        SquaredNorms = new double[design.Rows];
        Blocks.For(design.Rows, RowBlock, options.Threads, (first, count) =>
        {
            for (var row = first; row < first + count; row++) SquaredNorms[row] = design.SquaredNorm(row);
        }, cancel);
        _totalSquares = LaneMath.Sum(SquaredNorms);
        // Once, before the starts that share it run side by side.
        design.Prepare();
    }

    /// <summary>[rows] sums of squares.</summary>
    public double[] SquaredNorms { get; }

    /// <summary>Rows to start from, as centres.</summary>
    public double[,] Starts(ulong seed)
    {
        var starts = KMeansPlusPlus.Choose(_design.Rows, _options.Clusters, (from, distances) => _design.SquaredDistances(from, SquaredNorms, distances), new(seed), _cancel);
        var centres = new double[starts.Length, _design.Columns];
        for (var cluster = 0; cluster < starts.Length; cluster++) _design.AddTo(Part(centres, cluster, 0, _design.Columns), starts[cluster], 1, 0);
        return centres;
    }

    public KMeansResult Run(double[,] centres)
    {
        var state = new Assignment(_design.Rows, _options.Clusters);
        var sums = new double[_options.Clusters, _design.Columns];
        var weights = new int[_options.Clusters];
        var iterations = 0;
        bool settled = false, converged = false;
        while (iterations < _options.MaxIterations && !converged)
        {
            _cancel.ThrowIfCancellationRequested();
            iterations++;
            settled = !Reassign(centres, state, sums, weights);
            var next = Average(centres, state.Labels, sums, weights);
            var shifts = Shifts(centres, next);
            converged = settled || shifts.Sum(shift => shift * shift) <= _tolerance;
            state.Loosen(shifts);
            centres = next;
        }
        if (!settled) Reassign(centres, state, sums, weights);
        return new(state.Labels, centres, Inertia(centres, sums, weights), iterations, converged);
    }

    // Moves every row to its nearest centre; sums and weights follow. Returns whether any row moved.
    private bool Reassign(double[,] centres, Assignment state, double[,] sums, int[] weights)
    {
        var nearest = new NearestCentre(_design, centres, SquaredNorms, _options.Threads, _cancel);
        var (labels, before) = (state.Labels, (int[])state.Labels.Clone());
        var doubtful = state.Doubtful();
        Blocks.For(doubtful.Length, RowBlock, _options.Threads, (first, count) => nearest.Assign(doubtful.AsSpan(first, count), state), _cancel);

        int[] moved = [.. doubtful.Where(row => labels[row] != before[row])];
        foreach (var row in moved)
        {
            weights[labels[row]]++;
            if (before[row] >= 0) weights[before[row]]--;
        }
        Blocks.For(_design.Columns, ColumnBlock, _options.Threads, (first, count) =>
        {
            foreach (var row in moved)
            {
                _design.AddTo(Part(sums, labels[row], first, count), row, 1, first);
                if (before[row] >= 0) _design.AddTo(Part(sums, before[row], first, count), row, -1, first);
            }
        }, _cancel);
        return moved.Length > 0;
    }

    private double[,] Average(double[,] centres, int[] labels, double[,] sums, int[] weights)
    {
        var next = (double[,])sums.Clone();
        var counts = (int[])weights.Clone();
        Relocate(centres, labels, next, counts);
        for (var cluster = 0; cluster < counts.Length; cluster++)
        {
            var centre = Part(next, cluster, 0, _design.Columns);
            if (counts[cluster] == 0) Part(centres, cluster, 0, _design.Columns).CopyTo(centre);
            else
                TensorPrimitives.Divide(centre, counts[cluster], centre);
        }
        return next;
    }

    // Rows that found empty clusters anew go there from their own.
    private void Relocate(double[,] centres, int[] labels, double[,] next, int[] counts)
    {
        foreach (var (row, cluster) in EmptyClusters.Founders(counts, SquaredDistance, labels.Length))
        {
            _design.AddTo(Part(next, labels[row], 0, _design.Columns), row, -1, 0);
            counts[labels[row]]--;
            _design.AddTo(Part(next, cluster, 0, _design.Columns), row, 1, 0);
            counts[cluster] = 1;
        }

        double SquaredDistance(int row)
        {
            var centre = Part(centres, labels[row], 0, _design.Columns);
            return Math.Max(0, SquaredNorms[row] - 2 * _design.Dot(row, centre) + TensorPrimitives.SumOfSquares<double>(centre));
        }
    }

    // How far each centre moved.
    private static double[] Shifts(double[,] from, double[,] to)
    {
        var shifts = new double[from.GetLength(0)];
        for (var cluster = 0; cluster < shifts.Length; cluster++)
            shifts[cluster] = TensorPrimitives.Distance<double>(Part(from, cluster, 0, from.GetLength(1)), Part(to, cluster, 0, to.GetLength(1)));
        return shifts;
    }

    // Σ‖x − c‖² = Σ‖x‖² − 2 Σ s·c + Σ n‖c‖², with s the sum and n the number of a cluster's rows.
    private double Inertia(double[,] centres, double[,] sums, int[] weights)
    {
        var inertia = _totalSquares;
        for (var cluster = 0; cluster < weights.Length; cluster++)
        {
            double product = 0, norm = 0;
            for (var j = 0; j < _design.Columns; j++)
            {
                product += sums[cluster, j] * centres[cluster, j];
                norm += centres[cluster, j] * centres[cluster, j];
            }
            inertia += weights[cluster] * norm - 2 * product;
        }
        return Math.Max(0, inertia);
    }

    private static Span<double> Part(double[,] values, int row, int first, int count) =>
        MemoryMarshal.CreateSpan(ref values[row, first], count);
}
