namespace Analyzer.Statistics;

/// <summary>The law x^−α e^−λx for x ≥ 1, in z = ln x, fitted by maximum likelihood.</summary>
internal sealed class TruncatedPowerLaw
{
    private readonly double _logNorm;

    private TruncatedPowerLaw(double exponent, double decay)
    {
        (Exponent, Decay) = (exponent, decay);
        _logNorm = decay > 0 ? Moments.Of(exponent, decay).LogNorm : -Math.Log(exponent - 1);
    }

    /// <summary>α, any real number where <see cref="Decay"/> is above 0.</summary>
    public double Exponent { get; }

    /// <summary>λ ≥ 0; 0 is the power law.</summary>
    public double Decay { get; }

    /// <summary>ln of the density of z = ln x.</summary>
    public double LogDensity(double z) => (1 - Exponent) * z - (Decay > 0 ? Decay * Transcendental.ExpMinusOne(z) : 0) - _logNorm;

    /// <summary>Maximises −α · mean(ln x) − λ · mean(x − 1) − ln ∫, which is concave, by damped Newton steps.</summary>
    /// <param name="logMean">Mean of ln x, above 0.</param>
    /// <param name="excess">Mean of x − 1, above 0.</param>
    /// <param name="start">α of the power law.</param>
    public static TruncatedPowerLaw Fit(double logMean, double excess, double start)
    {
        double exponent = start, decay = 0.1 / excess;
        var moments = Moments.Of(exponent, decay);
        double Value(double a, double l, Moments m) => -(a - 1) * logMean - l * excess - m.LogNorm;
        var value = Value(exponent, decay, moments);
        for (var iteration = 0; iteration < 200; iteration++)
        {
            // Gradient: expected less observed moments. Hessian: minus their covariance.
            double g = moments.Z - logMean, h = moments.W - excess, determinant = moments.ZZ * moments.WW - moments.ZW * moments.ZW;
            if (!(determinant > 0)) break;
            double stepA = (moments.WW * g - moments.ZW * h) / determinant, stepL = (moments.ZZ * h - moments.ZW * g) / determinant;
            var gain = stepA * g + stepL * h;
            if (gain < 1e-15) break;
            // A step may not leave λ > 0: where it would, it goes nine tenths of the way.
            var scale = decay + stepL <= 0 ? -0.9 * decay / stepL : 1;
            var moved = false;
            for (var half = 0; half < 60 && !moved; half++, scale /= 2)
            {
                double a = exponent + scale * stepA, l = decay + scale * stepL;
                var next = Moments.Of(a, l);
                var reached = Value(a, l, next);
                if (!(reached > value)) continue;
                (exponent, decay, moments, value, moved) = (a, l, next, reached, true);
            }
            // So small a λ changes nothing within reach of the data: the maximum lies on the border.
            if (!moved || decay * excess < 1e-12) break;
        }
        var border = Math.Log(start - 1) - (start - 1) * logMean;
        return value > border ? new(exponent, decay) : new(start, 0);
    }

    /// <summary>∫ e^((1−α)z − λ(eᶻ−1)) dz over z ≥ 0, and under that density means and covariances of z and w = eᶻ − 1.</summary>
    private readonly record struct Moments(double LogNorm, double Z, double W, double ZZ, double ZW, double WW)
    {
        private const int Panels = 64;
        // Gauss–Legendre with eight nodes: abscissas and weights of one half, the other is its mirror image.
        private static readonly double[] Nodes = [0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363];
        private static readonly double[] Weights = [0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

        public static Moments Of(double exponent, double decay)
        {
            double Log(double z) => (1 - exponent) * z - decay * Transcendental.ExpMinusOne(z);
            // The exponent is concave in z: beyond its peak it falls ever faster.
            var peak = exponent < 1 ? Math.Max(0, Math.Log((1 - exponent) / decay)) : 0;
            double top = Log(peak), end = peak + 1;
            while (Log(end) > top - 45) end += end - peak;
            double norm = 0, z1 = 0, w1 = 0, zz = 0, zw = 0, ww = 0, half = end / Panels / 2;
            for (var panel = 0; panel < Panels; panel++)
            {
                for (var node = 0; node < 8; node++)
                {
                    var z = (2 * panel + 1 + (node < 4 ? -Nodes[node] : Nodes[node - 4])) * half;
                    double mass = Weights[node % 4] * half * Math.Exp(Log(z) - top), w = Transcendental.ExpMinusOne(z);
                    norm += mass;
                    z1 += mass * z;
                    w1 += mass * w;
                    zz += mass * z * z;
                    zw += mass * z * w;
                    ww += mass * w * w;
                }
            }
            (z1, w1) = (z1 / norm, w1 / norm);
            return new(top + Math.Log(norm), z1, w1, zz / norm - z1 * z1, zw / norm - z1 * w1, ww / norm - w1 * w1);
        }
    }
}
