using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Logistic regression with an L2 penalty: C Σ loss + ‖w‖²/2, divided by C; the intercept is not penalised.</summary>
/// <remarks>
/// The objective of scikit-learn's <c>lbfgs</c> (liblinear penalises the intercept too). The optimiser is a truncated
/// Newton method (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.1): objective and gradient in double,
/// conjugate gradients with products in float32. All pairs of one-vs-one are fitted side by side, each with its own steps.
/// </remarks>
public static class LogisticRegression
{
    /// <summary>Classes at most in one-vs-one, whose models grow with their square.</summary>
    public const int MostOneVsOneClasses = 256;

    // Softmax on counts keeps sums for each slice and class, and a square of the classes for every row: of a thousand classes those of the codes are less.
    private const int MostMultinomialClasses = 64;

    /// <summary>Fits packed bits, taken as the numbers 0 and 1.</summary>
    /// <param name="codes">[rows, features].</param>
    /// <param name="labels">[rows], at least two different ones; any integers.</param>
    /// <param name="options">Scheme, C and limits; null for the defaults.</param>
    /// <param name="progress">Rough fraction done, in [0, 1]; called from this thread.</param>
    /// <param name="cancel">Stops the fit.</param>
    /// <returns>The models; whether they reached the tolerance is in <see cref="LogisticModel.Converged"/>.</returns>
    /// <exception cref="ArgumentException">Different lengths, one class only, or too many classes for one-vs-one.</exception>
    /// <remarks>
    /// Copies the bits twice, never unpacked. One pass costs rows · features · classes / 64 vector additions of 16. Where it pays
    /// (<see cref="CodeGram.Pays"/>; up to 16 classes one-vs-one, 64 multinomial) what rows have in common is counted first, without a word of progress,
    /// and the models are fitted on that: the same optimum, to the same tolerance. The counts take <see cref="CodeGram.BytesFor"/>, up to <see cref="CodeGram.MostBytes"/>.
    /// </remarks>
    public static LogisticModel Fit(
        PackedBits codes, ReadOnlySpan<int> labels, LogisticOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        options ??= new();
        var (classes, targets) = Targets(labels, codes.Rows, options);
        return FitsCounts(options.Scheme, classes.Length) && CodeGram.Pays(codes.Rows, codes.Bits)
            ? Fit(CodeGram.Of(codes, targets, options.Threads, cancel: cancel), classes, targets, options, progress, cancel) : Fit(new BitDesign(codes, null, options.Threads, cancel), classes, targets, options, progress, cancel);
    }

    /// <summary>Fits rows of float32.</summary>
    /// <param name="samples">[rows, features], finite.</param>
    /// <param name="labels">[rows], at least two different ones; any integers.</param>
    /// <param name="options">Scheme, C and limits; null for the defaults.</param>
    /// <param name="progress">Rough fraction done, in [0, 1]; called from this thread.</param>
    /// <param name="cancel">Stops the fit.</param>
    /// <returns>The models; whether they reached the tolerance is in <see cref="LogisticModel.Converged"/>.</returns>
    /// <exception cref="ArgumentException">
    /// Different lengths, one class only, too many classes for one-vs-one, or a value that is not finite.
    /// </exception>
    /// <remarks>Copies the matrix once. One pass costs rows · features · classes multiplications.</remarks>
    public static LogisticModel Fit(
        Matrix samples, ReadOnlySpan<int> labels, LogisticOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RequireFinite(nameof(samples));
        options ??= new();
        var (classes, targets) = Targets(labels, samples.Rows, options);
        return Fit(new DenseDesign(samples), classes, targets, options, progress, cancel);
    }

    /// <summary>Fits codes by the counts of what they have in common: the same optimum, to the same tolerance.</summary>
    /// <param name="gram">The counts.</param>
    /// <param name="labels">[rows], at least two different ones; any integers.</param>
    /// <param name="options">Scheme, C and limits; null for the defaults. Threads are those of the counts.</param>
    /// <param name="progress">Rough fraction done, in [0, 1]; called from this thread.</param>
    /// <param name="cancel">Stops the fit.</param>
    /// <returns>The models; whether they reached the tolerance is in <see cref="LogisticModel.Converged"/>.</returns>
    /// <exception cref="ArgumentException">Different lengths, one class only, or too many classes for one-vs-one.</exception>
    /// <remarks>
    /// One pass costs rows² · classes / 16 vector multiplications, whatever the number of bits. One-vs-one of more than 16 classes, and multinomial of
    /// more than 64, is fitted on the codes.
    /// </remarks>
    public static LogisticModel Fit(
        CodeGram gram, ReadOnlySpan<int> labels, LogisticOptions? options = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(gram);
        options ??= new();
        var (classes, targets) = Targets(labels, gram.Rows, options);
        return FitsCounts(options.Scheme, classes.Length) ? Fit(gram, classes, targets, options, progress, cancel) : Fit(new BitDesign(gram.Codes, null, options.Threads, cancel), classes, targets, options, progress, cancel);
    }

    /// <summary>Bytes that fitting and applying a one-vs-one regression on bits takes beside the bits, estimated; to be asked before it begins.</summary>
    /// <param name="rows">Rows fitted on.</param>
    /// <param name="features">Bits of a row.</param>
    /// <param name="classes">Classes, at least 2.</param>
    public static long BytesFor(long rows, long features, int classes)
    {
        long own = Design.Padded(classes), lanes = Design.Padded(classes * (classes - 1) / 2);
        // Vectors of the optimiser and what pairs are spread to; measured with what the collector has not come for yet.
        if (!FitsCounts(LogisticScheme.OneVsOne, classes) || !CodeGram.Pays(rows, features)) return features * (24 * classes * own + 24 * sizeof(double) * lanes);
        // Counts, products in both precisions, vectors; and the models, as they are brought back and as they are kept.
        return CodeGram.BytesFor(rows, features) + rows * own * ((sizeof(float) + sizeof(double)) * (classes + GramProduct<float>.MostOwners + GramProduct<float>.MostSlices) + 32 * sizeof(double)) + 4 * sizeof(double) * lanes * features;
    }

    private static bool FitsCounts(LogisticScheme scheme, int classes) => classes <= (scheme == LogisticScheme.Multinomial ? MostMultinomialClasses : GramProduct<float>.MostOwners);

    private static LogisticModel Fit(Design design, int[] classes, int[] targets, LogisticOptions options, IProgress<double>? progress, CancellationToken cancel) =>
        Model(classes, design.Columns, options, TruncatedNewton.Minimise(new(design, targets, classes.Length, options, cancel), options, progress));

    private static LogisticModel Fit(CodeGram gram, int[] classes, int[] targets, LogisticOptions options, IProgress<double>? progress, CancellationToken cancel) =>
        Model(classes, gram.Codes.Bits, options, GramRegression.Minimise(gram, gram.Ordered(targets), classes.Length, options, progress, cancel));

    private static (int[] Classes, int[] Targets) Targets(ReadOnlySpan<int> labels, int rows, LogisticOptions options)
    {
        Require.SameLength(labels.Length, rows, nameof(labels));
        int[] classes = [.. labels.ToArray().Distinct().Order()];
        if (classes.Length < 2) throw new ArgumentException("there is only one class; regression needs at least 2", nameof(labels));
        if (options.Scheme == LogisticScheme.OneVsOne) Require.InRange(classes.Length, 2, MostOneVsOneClasses, "classes");
        var targets = new int[labels.Length];
        for (var i = 0; i < targets.Length; i++) targets[i] = Array.BinarySearch(classes, labels[i]);
        return (classes, targets);
    }

    private static LogisticModel Model(int[] classes, int features, LogisticOptions options, NewtonSolution solution)
    {
        var multinomial = options.Scheme == LogisticScheme.Multinomial;
        var (models, lanes) = (multinomial ? classes.Length : classes.Length * (classes.Length - 1) / 2, solution.Point.Length / (features + 1));
        var weights = new double[models, features];
        var intercepts = new double[models];
        for (var model = 0; model < models; model++)
        {
            for (var j = 0; j < features; j++) weights[model, j] = solution.Point[j * lanes + model];
            intercepts[model] = solution.Point[features * lanes + model];
        }
        return new(classes, features)
        {
            Scheme = options.Scheme,
            Weights = weights,
            Intercepts = intercepts,
            Objectives = multinomial ? [solution.Values[0]] : solution.Values[..models],
            LargestGradient = solution.LargestGradient,
            Iterations = solution.Iterations,
            Converged = solution.LargestGradient <= options.Tolerance,
        };
    }
}
