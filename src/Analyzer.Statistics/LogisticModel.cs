namespace Analyzer.Statistics;

/// <summary>A fitted classifier.</summary>
public sealed record LogisticModel
{
    private const int RowBlock = 1024;

    internal LogisticModel(int[] classes, int features) => (Classes, Features) = (classes, features);

    /// <summary>How the models make a classifier.</summary>
    public required LogisticScheme Scheme { get; init; }

    /// <summary>The labels that occurred, ascending.</summary>
    public int[] Classes { get; }

    /// <summary>Number of features.</summary>
    public int Features { get; }

    /// <summary>
    /// [models, features]. Multinomial: a model for each class. One-vs-one: for each pair of classes (0, 1), (0, 2), …, (1, 2), …;
    /// a positive score speaks for the pair's second class.
    /// </summary>
    public required double[,] Weights { get; init; }

    /// <summary>[models]; not penalised.</summary>
    public required double[] Intercepts { get; init; }

    /// <summary>Σ loss + ‖w‖²/(2C) in nats at the solution: one value, or one for each pair.</summary>
    public required double[] Objectives { get; init; }

    /// <summary>Largest component of any gradient at the solution, in nats.</summary>
    public required double LargestGradient { get; init; }

    /// <summary>Newton steps taken.</summary>
    public required int Iterations { get; init; }

    /// <summary>Whether every gradient fell below the tolerance.</summary>
    public required bool Converged { get; init; }

    /// <summary>Predicts labels of packed bits, taken as the numbers 0 and 1.</summary>
    /// <param name="codes">[rows, features].</param>
    /// <param name="threads">Threads at most; null for all processors.</param>
    /// <param name="cancel">Stops the prediction.</param>
    /// <returns>[rows] labels out of <see cref="Classes"/>; see <see cref="Predict(Matrix, int?, CancellationToken)"/> for ties.</returns>
    /// <exception cref="ArgumentException">Another number of features.</exception>
    public int[] Predict(PackedBits codes, int? threads = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        return Predict(new BitDesign(codes, null, threads ?? Environment.ProcessorCount, cancel), threads ?? Environment.ProcessorCount, cancel);
    }

    /// <summary>Predicts labels of float32 rows.</summary>
    /// <param name="samples">[rows, features], finite.</param>
    /// <param name="threads">Threads at most; null for all processors.</param>
    /// <param name="cancel">Stops the prediction.</param>
    /// <returns>
    /// [rows] labels out of <see cref="Classes"/>. Multinomial: the largest score. One-vs-one: most votes plus
    /// s/(3(|s| + 1)), s the sum of the scores for the class, which is below 1/3 and so only breaks ties
    /// (scikit-learn's <c>OneVsOneClassifier</c>). What is then still equal goes to the smallest label.
    /// </returns>
    /// <exception cref="ArgumentException">Another number of features, or a value that is not finite.</exception>
    public int[] Predict(Matrix samples, int? threads = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RequireFinite(nameof(samples));
        return Predict(new DenseDesign(samples), threads ?? Environment.ProcessorCount, cancel);
    }

    private int[] Predict(Design design, int threads, CancellationToken cancel)
    {
        Require.SameLength(design.Columns, Features, "features");
        var models = Intercepts.Length;
        var lanes = Design.Padded(models);
        var dense = new double[Features * lanes];
        for (var model = 0; model < models; model++)
            for (var j = 0; j < Features; j++)
                dense[j * lanes + model] = Weights[model, j];

        design.Prepare();
        var labels = new int[design.Rows];
        Blocks.For(design.Rows, RowBlock, threads, (first, count) =>
        {
            var scores = new double[count * lanes];
            for (var row = 0; row < count; row++) Intercepts.CopyTo(scores, row * lanes);
            design.MultiplyAdd(new(first, count), dense, lanes, scores);
            for (var row = 0; row < count; row++)
            {
                ReadOnlySpan<double> own = scores.AsSpan(row * lanes, models);
                labels[first + row] = Classes[Scheme == LogisticScheme.Multinomial ? Largest(own) : Vote(own)];
            }
        }, cancel);
        return labels;
    }

    private int Vote(ReadOnlySpan<double> scores)
    {
        Span<double> votes = stackalloc double[Classes.Length], sums = stackalloc double[Classes.Length];
        votes.Clear();
        sums.Clear();
        var pair = 0;
        for (var a = 0; a < Classes.Length; a++)
        {
            for (var b = a + 1; b < Classes.Length; b++, pair++)
            {
                votes[scores[pair] > 0 ? b : a]++;
                sums[a] -= scores[pair];
                sums[b] += scores[pair];
            }
        }
        for (var i = 0; i < votes.Length; i++) votes[i] += sums[i] / (3 * (Math.Abs(sums[i]) + 1));
        return Largest(votes);
    }

    private static int Largest(ReadOnlySpan<double> values)
    {
        var largest = 0;
        for (var i = 1; i < values.Length; i++)
            if (values[i] > values[largest]) largest = i;
        return largest;
    }
}
