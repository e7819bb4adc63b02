using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Rows under a softmax over all classes; a lane is a class.</summary>
internal sealed class SoftmaxChunk : LogisticChunk
{
    private readonly int[] _targets;
    private readonly int _classes;

    public SoftmaxChunk(Design design, int[] rows, int[] targets, int classes)
        : base(design.Select(rows), 0, Design.Padded(classes))
    {
        _targets = Array.ConvertAll(rows, row => targets[row]);
        _classes = classes;
    }

    protected override void Link(Span<double> scores)
    {
        for (var row = 0; row < _targets.Length; row++)
        {
            var own = scores.Slice(row * Lanes, Lanes);
            own[_classes..].Fill(double.NegativeInfinity);
            var target = _targets[row];
            var largest = TensorPrimitives.Max<double>(own);
            var wanted = own[target] - largest;
            var total = Vector512<double>.Zero;
            for (var lane = 0; lane < own.Length; lane += Vector512<double>.Count)
            {
                var place = own.Slice(lane, Vector512<double>.Count);
                var exponential = Transcendental.Exp(Vector512.Create<double>(place) - Vector512.Create(largest));
                total += exponential;
                exponential.CopyTo(place);
            }
            var sum = Transcendental.Sum(total);
            Losses[0] += Math.Log(sum) - wanted;
            TensorPrimitives.Divide(own, sum, own);
            TensorPrimitives.ConvertTruncating<double, float>(own, Curvature.AsSpan(row * Lanes, Lanes));
            own[target] -= 1;
        }
    }

    protected override void Curve(Span<float> changes)
    {
        for (var row = 0; row < _targets.Length; row++)
        {
            var own = changes.Slice(row * Lanes, Lanes);
            ReadOnlySpan<float> probabilities = Curvature.AsSpan(row * Lanes, Lanes);
            var mean = Vector512<float>.Zero;
            for (var lane = 0; lane < own.Length; lane += 16)
                mean += Vector512.Create<float>(own[lane..]) * Vector512.Create(probabilities[lane..]);
            var centre = Vector512.Create(Transcendental.Sum(mean));
            for (var lane = 0; lane < own.Length; lane += 16)
                ((Vector512.Create<float>(own[lane..]) - centre) * Vector512.Create(probabilities[lane..])).CopyTo(own[lane..]);
        }
    }

    protected override void Diagonal(Span<float> curvature)
    {
        for (var i = 0; i < curvature.Length; i++) curvature[i] = Curvature[i] * (1 - Curvature[i]);
    }
}
