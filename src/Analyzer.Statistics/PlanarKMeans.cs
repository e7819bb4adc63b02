using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Lloyd's clustering of points of a plane, in double: the start of a mixture.</summary>
/// <remarks>
/// As <see cref="KMeans"/> (greedy k-means++, the same tolerance and limit of iterations) but for two columns, where its
/// products by blocks do not pay, and but for empty clusters, which keep their centre: the mixture reports them.
/// </remarks>
internal sealed class PlanarKMeans(PlanarPoints points, int clusters)
{
    private const int MaxIterations = 300;
    private const double Tolerance = 1e-4;

    private readonly double[] _x = new double[clusters], _y = new double[clusters];
    private readonly double[] _nearest = new double[points.Padded], _passed = new double[points.Padded];
    private readonly double[] _labels = new double[points.Padded];

    /// <summary>Labels of one start, [points].</summary>
    public int[] Cluster(SeededRandom random)
    {
        Seed(random);
        double[] counts = new double[clusters], x = new double[clusters], y = new double[clusters], before = [];
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            Assign();
            if (before.AsSpan().SequenceEqual(_labels)) break;
            before = (double[])_labels.Clone();
            Array.Clear(counts);
            Array.Clear(x);
            Array.Clear(y);
            for (var i = 0; i < points.Count; i++)
            {
                var label = (int)_labels[i];
                counts[label]++;
                x[label] += points.X[i];
                y[label] += points.Y[i];
            }
            double shift = 0;
            for (var k = 0; k < clusters; k++)
            {
                if (counts[k] == 0) continue;
                double mx = x[k] / counts[k], my = y[k] / counts[k];
                shift += (mx - _x[k]) * (mx - _x[k]) + (my - _y[k]) * (my - _y[k]);
                (_x[k], _y[k]) = (mx, my);
            }
            if (shift > Tolerance * points.Variance) continue;
            Assign();
            break;
        }
        return [.. _labels.AsSpan(0, points.Count).ToArray().Select(label => (int)label)];
    }

    private void Seed(SeededRandom random)
    {
        Array.Fill(_nearest, double.PositiveInfinity);
        (_x[0], _y[0]) = At(random.NextBelow(points.Count));
        Approach(_x[0], _y[0], keep: _nearest);
        var trials = 2 + (int)Math.Log(clusters);
        for (var chosen = 1; chosen < clusters; chosen++)
        {
            double total = 0;
            for (var i = 0; i < points.Count; i++) _passed[i] = total += _nearest[i];
            var (best, least) = (-1, double.PositiveInfinity);
            for (var trial = 0; trial < trials; trial++)
            {
                var place = _passed.AsSpan(0, points.Count).BinarySearch(random.NextDouble() * total);
                var candidate = Math.Min(place < 0 ? ~place : place + 1, points.Count - 1);
                var (x, y) = At(candidate);
                var sum = Approach(x, y, keep: null);
                if (sum < least) (best, least) = (candidate, sum);
            }
            (_x[chosen], _y[chosen]) = At(best);
            Approach(_x[chosen], _y[chosen], keep: _nearest);
        }
    }

    // Sum of the squared distances to the nearest centre if this were one; keeps the distances if asked.
    private double Approach(double x, double y, double[]? keep)
    {
        Span<Vector512<double>> xs = PlanarPoints.Vectors(points.X), ys = PlanarPoints.Vectors(points.Y), nearest = PlanarPoints.Vectors(_nearest);
        var kept = PlanarPoints.Vectors(keep);
        var sum = Vector512<double>.Zero;
        for (var i = 0; i < xs.Length; i++)
        {
            Vector512<double> dx = xs[i] - Vector512.Create(x), dy = ys[i] - Vector512.Create(y);
            var distance = Vector512.Min(nearest[i], Vector512.FusedMultiplyAdd(dx, dx, dy * dy));
            if (i == xs.Length - 1) distance *= points.Mask(8 * i);
            sum += distance;
            if (keep is not null) kept[i] = distance;
        }
        return Transcendental.Sum(sum);
    }

    private void Assign()
    {
        Span<Vector512<double>> xs = PlanarPoints.Vectors(points.X), ys = PlanarPoints.Vectors(points.Y), labels = PlanarPoints.Vectors(_labels);
        for (var i = 0; i < xs.Length; i++)
        {
            var least = Vector512.Create(double.PositiveInfinity);
            var label = Vector512<double>.Zero;
            for (var k = 0; k < clusters; k++)
            {
                Vector512<double> dx = xs[i] - Vector512.Create(_x[k]), dy = ys[i] - Vector512.Create(_y[k]);
                var distance = Vector512.FusedMultiplyAdd(dx, dx, dy * dy);
                label = Vector512.ConditionalSelect(Vector512.LessThan(distance, least), Vector512.Create((double)k), label);
                least = Vector512.Min(least, distance);
            }
            labels[i] = label;
        }
    }

    private (double X, double Y) At(int point) => (points.X[point], points.Y[point]);
}
