using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Expectation and maximisation for a mixture in the plane, eight points to a vector.</summary>
/// <remarks>Each component is an array entry; responsibilities are [K, padded points]. Buffers serve all starts.</remarks>
internal sealed class MixtureSteps
{
    // Below e⁻⁴⁰ = 4e-18 of the likeliest component a share changes no sum in double.
    private const double Negligible = -40;
    // As scikit-learn, ten units in the last place of 1: a component without points keeps a weight that has a logarithm.
    private const double Least = 2.220446049250313e-15;
    private static readonly double LogTwoPi = Transcendental.Log(2 * Math.PI);

    private readonly PlanarPoints _points;
    private readonly GaussianMixtureOptions _options;
    private readonly int _components;
    private readonly double _ridge;
    private readonly double[] _responsibilities;
    private readonly double[] _weight, _x, _y, _xx, _xy, _yy;
    // The log density of component k at (x, y) + d is constant + a d₁² + b d₁ d₂ + c d₂².
    private readonly double[] _constant, _a, _b, _c;

    public MixtureSteps(PlanarPoints points, GaussianMixtureOptions options)
    {
        (_points, _options, _components) = (points, options, options.Components);
        _ridge = options.Ridge * points.Variance;
        _responsibilities = new double[_components * points.Padded];
        double[] Each() => new double[_components];
        (_weight, _x, _y, _xx, _xy, _yy) = (Each(), Each(), Each(), Each(), Each(), Each());
        (_constant, _a, _b, _c) = (Each(), Each(), Each(), Each());
    }

    /// <summary>Iterates from hard labels until the likelihood settles.</summary>
    public GaussianMixtureFit Run(int[] labels, CancellationToken cancel)
    {
        Array.Clear(_responsibilities);
        for (var i = 0; i < labels.Length; i++) _responsibilities[labels[i] * _points.Padded + i] = 1;
        Array.Clear(_x);
        Array.Clear(_y);
        Maximise();
        double mean = double.NegativeInfinity;
        var iteration = 0;
        var converged = false;
        while (!converged && iteration < _options.MaxIterations)
        {
            cancel.ThrowIfCancellationRequested();
            var before = mean;
            mean = Expect() / _points.Count;
            Maximise();
            iteration++;
            converged = Math.Abs(mean - before) < _options.Tolerance;
        }
        // Responsibilities of the last parameters, not of those before.
        var likelihood = Expect();
        return Describe(likelihood, iteration, converged);
    }

    private double Expect()
    {
        for (var k = 0; k < _components; k++)
        {
            var determinant = _xx[k] * _yy[k] - _xy[k] * _xy[k];
            _constant[k] = Transcendental.Log(_weight[k]) - LogTwoPi - Transcendental.Log(determinant) / 2;
            (_a[k], _b[k], _c[k]) = (-_yy[k] / (2 * determinant), _xy[k] / determinant, -_xx[k] / (2 * determinant));
        }
        Span<Vector512<double>> x = PlanarPoints.Vectors(_points.X), y = PlanarPoints.Vectors(_points.Y);
        var shares = PlanarPoints.Vectors(_responsibilities);
        var total = Vector512<double>.Zero;
        for (var i = 0; i < x.Length; i++)
        {
            var largest = Vector512.Create(double.NegativeInfinity);
            for (var k = 0; k < _components; k++)
            {
                var dx = x[i] - Vector512.Create(_x[k]);
                var dy = y[i] - Vector512.Create(_y[k]);
                var slope = Vector512.FusedMultiplyAdd(Vector512.Create(_a[k]), dx, Vector512.Create(_b[k]) * dy);
                var rest = Vector512.FusedMultiplyAdd(Vector512.Create(_c[k]) * dy, dy, Vector512.Create(_constant[k]));
                var log = Vector512.FusedMultiplyAdd(slope, dx, rest);
                shares[k * x.Length + i] = log;
                largest = Vector512.Max(largest, log);
            }
            var sum = Vector512<double>.Zero;
            for (var k = 0; k < _components; k++)
            {
                ref var share = ref shares[k * x.Length + i];
                var below = share - largest;
                if (Vector512.LessThanAll(below, Vector512.Create(Negligible)))
                {
                    share = Vector512<double>.Zero;
                    continue;
                }
                share = Transcendental.Exp(below);
                sum += share;
            }
            var mask = i < x.Length - 1 ? Vector512<double>.One : _points.Mask(8 * i);
            var scale = mask / sum;
            for (var k = 0; k < _components; k++) shares[k * x.Length + i] *= scale;
            total = Vector512.FusedMultiplyAdd(largest + Transcendental.Log(sum), mask, total);
        }
        return Transcendental.Sum(total);
    }

    private void Maximise()
    {
        Span<Vector512<double>> x = PlanarPoints.Vectors(_points.X), y = PlanarPoints.Vectors(_points.Y);
        for (var k = 0; k < _components; k++)
        {
            var shares = PlanarPoints.Vectors(_responsibilities.AsSpan(k * _points.Padded, _points.Padded));
            // Moments about the last mean, not the origin: small clusters far out would lose their digits.
            var (cx, cy) = (Vector512.Create(_x[k]), Vector512.Create(_y[k]));
            Vector512<double> n = default, sx = default, sy = default, sxx = default, sxy = default, syy = default;
            for (var i = 0; i < x.Length; i++)
            {
                var r = shares[i];
                Vector512<double> dx = x[i] - cx, dy = y[i] - cy, rx = r * dx, ry = r * dy;
                n += r;
                sx += rx;
                sy += ry;
                sxx = Vector512.FusedMultiplyAdd(rx, dx, sxx);
                sxy = Vector512.FusedMultiplyAdd(rx, dy, sxy);
                syy = Vector512.FusedMultiplyAdd(ry, dy, syy);
            }
            var count = Transcendental.Sum(n) + Least;
            double mx = Transcendental.Sum(sx) / count, my = Transcendental.Sum(sy) / count;
            _weight[k] = count / _points.Count;
            _x[k] += mx;
            _y[k] += my;
            _xx[k] = Math.Max(0, Transcendental.Sum(sxx) / count - mx * mx) + _ridge;
            _xy[k] = Transcendental.Sum(sxy) / count - mx * my;
            _yy[k] = Math.Max(0, Transcendental.Sum(syy) / count - my * my) + _ridge;
        }
    }

    private GaussianMixtureFit Describe(double likelihood, int iterations, bool converged)
    {
        int count = _points.Count, padded = _points.Padded;
        var labels = new int[count];
        var sizes = new int[_components];
        var responsibilities = new double[_components * count];
        for (var k = 0; k < _components; k++)
            _responsibilities.AsSpan(k * padded, count).CopyTo(responsibilities.AsSpan(k * count));
        for (var i = 0; i < count; i++)
        {
            for (var k = 1; k < _components; k++)
                if (responsibilities[k * count + i] > responsibilities[labels[i] * count + i]) labels[i] = k;
            sizes[labels[i]]++;
        }
        var components = new PlanarGaussian[_components];
        for (var k = 0; k < _components; k++)
            components[k] = new(_weight[k], _x[k] + _points.CentreX, _y[k] + _points.CentreY, _xx[k], _xy[k], _yy[k]);
        return new(components, labels, sizes, responsibilities, likelihood, iterations, converged);
    }
}
