using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Objective, gradient and curvature of all models of a logistic regression, side by side.</summary>
/// <remarks>
/// A point is [columns + 1, lanes]: a lane for each model, the last row its intercepts. One-vs-one gives the rows of a
/// class the weights of its pairs as lanes, so that a pass over the rows serves all pairs at once.
/// </remarks>
internal sealed class LogisticProblem
{
    private const int RowBlock = 512;
    private const long PartialSums = 1L << 25;
    private readonly LogisticChunk[] _chunks;
    private readonly PairLanes? _pairs;
    private readonly double _decay;
    private readonly int _threads;
    private readonly CancellationToken _cancel;

    public LogisticProblem(Design design, int[] targets, int classes, LogisticOptions options, CancellationToken cancel)
    {
        (Columns, _decay, _threads, _cancel) = (design.Columns, 1 / options.C, options.Threads, cancel);
        Coupled = options.Scheme == LogisticScheme.Multinomial;
        _pairs = Coupled ? null : new(classes);
        Models = _pairs?.Pairs ?? classes;
        Lanes = Design.Padded(Models);
        // Few enough blocks that their partial gradients stay small; how many must not depend on the threads.
        var blocks = Math.Max(1, PartialSums / ((Columns + 1L) * Design.Padded(classes)));
        var blockSize = (int)Math.Max(RowBlock, design.Rows / blocks);
        _chunks = Coupled
            ? Cut(design, Enumerable.Range(0, design.Rows).ToArray(), blockSize, rows => new SoftmaxChunk(design, rows, targets, classes))
            : [.. Enumerable.Range(0, classes).SelectMany(own => Cut(
                design, Enumerable.Range(0, design.Rows).Where(row => targets[row] == own).ToArray(), blockSize,
                rows => new PairChunk(design, rows, own, classes)))];
    }

    public int Columns { get; }

    public int Models { get; }

    /// <summary>Models rounded up to whole vectors; the lanes past the models stay 0.</summary>
    public int Lanes { get; }

    /// <summary>Whether the lanes are one problem (softmax) rather than one problem each.</summary>
    public bool Coupled { get; }

    public int Size => (Columns + 1) * Lanes;

    /// <summary>Σ loss + ‖w‖²/(2C) in each lane (its part of it where lanes are coupled), and the gradient.</summary>
    public double[] Evaluate(double[] point, double[] gradient)
    {
        var values = new double[Lanes];
        LaneMath.Dots(point.AsSpan(0, Columns * Lanes), point.AsSpan(0, Columns * Lanes), values);
        for (var lane = 0; lane < Lanes; lane++) values[lane] *= 0.5 * _decay;

        var own = _pairs?.Spread<double>(point, Lanes) ?? [point];
        Blocks.For(_chunks.Length, 1, _threads, (i, _) => _chunks[i].Evaluate(own[OwnerOf(i)]), _cancel);
        Array.Clear(gradient);
        foreach (var chunk in _chunks)
        {
            if (_pairs is { } pairs)
            {
                pairs.Collect<double>(chunk.Gradient, chunk.Owner, gradient, Lanes, signed: true);
                pairs.Collect<double>(chunk.Losses, chunk.Owner, values, Lanes, signed: false);
            }
            else
            {
                TensorPrimitives.Add<double>(gradient, chunk.Gradient, gradient);
                TensorPrimitives.Add<double>(values, chunk.Losses, values);
            }
        }
        AddDecay(gradient, point);
        return values;
    }

    /// <summary>Curvature at the last evaluated point, times a direction; accurate to float32.</summary>
    public void CurvatureTimes(double[] direction, double[] product)
    {
        var rounded = new float[direction.Length];
        TensorPrimitives.ConvertTruncating<double, float>(direction, rounded);
        var own = _pairs?.Spread<float>(rounded, Lanes) ?? [rounded];
        Blocks.For(_chunks.Length, 1, _threads, (i, _) => _chunks[i].CurvatureTimes(own[OwnerOf(i)]), _cancel);
        Gather(product, signed: true);
        AddDecay(product, direction);
    }

    /// <summary>A rough inverse of the curvature at the last evaluated point.</summary>
    public CentredDiagonal Preconditioner()
    {
        double[] first = new double[Size], second = new double[Size];
        Blocks.For(_chunks.Length, 1, _threads, (i, _) => _chunks[i].FirstMoments(), _cancel);
        Gather(first, signed: false);
        Blocks.For(_chunks.Length, 1, _threads, (i, _) => _chunks[i].SecondMoments(), _cancel);
        Gather(second, signed: false);
        return new(first, second, _decay, Lanes);
    }

    private void Gather(double[] target, bool signed)
    {
        Array.Clear(target);
        foreach (var chunk in _chunks)
        {
            if (_pairs is { } pairs) pairs.Collect<float>(chunk.Products, chunk.Owner, target, Lanes, signed);
            else LaneMath.Add(chunk.Products, target);
        }
    }

    private void AddDecay(double[] target, double[] point)
    {
        var weights = target.AsSpan(0, Columns * Lanes);
        TensorPrimitives.MultiplyAdd(point.AsSpan(0, Columns * Lanes), _decay, weights, weights);
    }

    private int OwnerOf(int chunk) => Coupled ? 0 : _chunks[chunk].Owner;

    private static LogisticChunk[] Cut(Design design, int[] rows, int size, Func<int[], LogisticChunk> make) =>
        [.. rows.Chunk(size).Select(make)];
}
