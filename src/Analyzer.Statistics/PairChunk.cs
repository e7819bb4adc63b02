using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Rows of one class against every other class; a lane is the other class, a positive score speaks for the own.</summary>
internal sealed class PairChunk : LogisticChunk
{
    private readonly double[] _mask;

    public PairChunk(Design design, int[] rows, int own, int classes)
        : base(design.Select(rows), own, Design.Padded(classes))
    {
        _mask = new double[Lanes];
        for (var other = 0; other < classes; other++) _mask[other] = other == own ? 0 : 1;
    }

    protected override void Link(Span<double> scores)
    {
        var one = Vector512<double>.One;
        for (var lane = 0; lane < Lanes; lane += Vector512<double>.Count)
        {
            var mask = Vector512.Create<double>(_mask.AsSpan(lane));
            var losses = Vector512<double>.Zero;
            for (var i = lane; i < scores.Length; i += Lanes)
            {
                var score = Vector512.Create<double>(scores[i..]);
                var small = Transcendental.Exp(-Vector512.Abs(score));
                losses += Vector512.Max(-score, Vector512<double>.Zero) + Transcendental.LogOnePlus(small);
                // Probability of the other class: small/(1 + small) where the score is positive, 1/(1 + small) elsewhere.
                var wrong = Vector512.ConditionalSelect(Vector512.GreaterThan(score, Vector512<double>.Zero), small, one) / (one + small);
                (-wrong * mask).CopyTo(scores[i..]);
                var curvature = wrong * (one - wrong) * mask;
                for (var j = 0; j < Vector512<double>.Count; j++) Curvature[i + j] = (float)curvature[j];
            }
            (losses * mask).CopyTo(Losses.AsSpan(lane));
        }
    }

    protected override void Curve(Span<float> changes) => TensorPrimitives.Multiply(changes, Curvature, changes);

    protected override void Diagonal(Span<float> curvature) => Curvature.CopyTo(curvature);
}
