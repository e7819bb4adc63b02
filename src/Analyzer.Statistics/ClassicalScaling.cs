namespace Analyzer.Statistics;

/// <summary>Rows drawn in the plane so that distances are kept as well as a plane can.</summary>
/// <param name="X">[rows] first coordinate, in the unit of the values.</param>
/// <param name="Y">[rows] second coordinate.</param>
/// <param name="Kept">Share of the squared distances that the plane keeps, in [0, 1]; 1 where all rows are equal.</param>
public sealed record PlaneEmbedding(double[] X, double[] Y, double Kept);

/// <summary>Classical multidimensional scaling of Euclidean distances, which is a projection on the first two principal axes.</summary>
/// <remarks>Torgerson, Psychometrika 17 (1952); eigenvectors by orthogonal iteration on four vectors.</remarks>
public static class ClassicalScaling
{
    private const int Block = 4;

    /// <summary>Draws the rows in the plane.</summary>
    /// <param name="rows">[n, d], finite.</param>
    /// <param name="cancel">Stops the computation.</param>
    /// <returns>Coordinates about their mean, the largest of each axis positive. O(n²·(d + iterations)), 8·n² bytes.</returns>
    /// <exception cref="ArgumentException">A value that is not finite, or more rows than <see cref="Gram"/> takes.</exception>
    public static PlaneEmbedding Embed(Matrix rows, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        rows.RequireFinite(nameof(rows));
        var n = rows.Rows;
        if (n == 0) return new([], [], 1);
        var products = Gram.Products(rows, cancel: cancel);
        double trace = 0, raw = 0;
        for (var i = 0; i < n; i++) raw += products[i * n + i];
        CovarianceSpectrum.CentreBoth(products, n);
        for (var i = 0; i < n; i++) trace += products[i * n + i];
        if (trace <= raw * n * Math.Pow(2, -52)) return new(new double[n], new double[n], 1);

        var vectors = new double[Block][];
        var random = new SeededRandom(0);
        for (var b = 0; b < Block; b++) vectors[b] = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5)];
        var values = new double[Block];
        for (var iteration = 0; iteration < 2_000; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            var before = values[0] + values[1];
            for (var b = 0; b < Block; b++)
            {
                var image = new double[n];
                for (var i = 0; i < n; i++) image[i] = CovarianceSpectrum.Dot(products.AsSpan(i * n, n), vectors[b]);
                for (var earlier = 0; earlier < b; earlier++)
                {
                    var along = CovarianceSpectrum.Dot(image, vectors[earlier]);
                    for (var i = 0; i < n; i++) image[i] -= along * vectors[earlier][i];
                }
                values[b] = Math.Sqrt(CovarianceSpectrum.Dot(image, image));
                // A direction without extent keeps its zeros: there are fewer than four dimensions.
                if (values[b] > 0)
                    for (var i = 0; i < n; i++) image[i] /= values[b];
                vectors[b] = image;
            }
            // A value is twice as exact, in digits, as its vector.
            if (Math.Abs(values[0] + values[1] - before) <= 1e-15 * trace) break;
        }
        return new(Axis(vectors[0], values[0]), Axis(vectors[1], values[1]), Math.Min(1, (values[0] + values[1]) / trace));
    }

    private static double[] Axis(double[] vector, double value)
    {
        var largest = 0;
        for (var i = 1; i < vector.Length; i++)
            if (Math.Abs(vector[i]) > Math.Abs(vector[largest])) largest = i;
        var scale = Math.Sqrt(value) * (vector[largest] < 0 ? -1 : 1);
        return [.. vector.Select(entry => entry * scale)];
    }
}
