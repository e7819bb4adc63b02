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

    /// <summary>Fits packed bits, taken as the numbers 0 and 1.</summary>
    /// <param name="codes">[rows, features].</param>
    /// <param name="labels">[rows], at least two different ones; any integers.</param>
    /// <param name="options">Scheme, C and limits; null for the defaults.</param>
    /// <param name="progress">Rough fraction done, in (0, 1]; called from this thread.</param>
    /// <param name="cancel">Stops the fit.</param>
    /// <returns>The models; whether they reached the tolerance is in <see cref="LogisticModel.Converged"/>.</returns>
    /// <exception cref="ArgumentException">Different lengths, one class only, or too many classes for one-vs-one.</exception>
    /// <remarks>
    /// Copies the bits twice, never unpacked. One pass costs rows · features · classes / 64 vector additions of 16. Where features are
    /// four times as many as rows, and those at most 8,192, the models are fitted in the space of the rows and brought back
    /// (<see cref="RowSpace"/>): the same optimum, to the same tolerance, in 8 · rows² bytes and those of the models.
    /// </remarks>
    public static LogisticModel Fit(
        PackedBits codes, ReadOnlySpan<int> labels, LogisticOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        options ??= new();
        if (!RowSpace.IsWorthwhile(codes.Rows, codes.Bits)) return Fit(new BitDesign(codes), labels, options, progress, cancel);
        Require.SameLength(labels.Length, codes.Rows, nameof(labels));
        var space = RowSpace.Of(codes, options.Threads, cancel);
        return Fit(space.Coordinates, labels, options, progress, cancel, space);
    }

    /// <summary>Fits rows of float32.</summary>
    /// <param name="samples">[rows, features], finite.</param>
    /// <param name="labels">[rows], at least two different ones; any integers.</param>
    /// <param name="options">Scheme, C and limits; null for the defaults.</param>
    /// <param name="progress">Rough fraction done, in (0, 1]; called from this thread.</param>
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
        return Fit(new DenseDesign(samples), labels, options ?? new(), progress, cancel);
    }

    /// <summary>Bytes that fitting and applying a one-vs-one regression on bits takes beside the bits, estimated; to be asked before it begins.</summary>
    /// <param name="rows">Rows fitted on.</param>
    /// <param name="features">Bits of a row.</param>
    /// <param name="classes">Classes, at least 2.</param>
    public static long BytesFor(long rows, long features, int classes)
    {
        long own = Design.Padded(classes), lanes = Design.Padded(classes * (classes - 1) / 2);
        // Vectors of the optimiser and what pairs are spread to; measured with what the collector has not come for yet.
        long Optimiser(long columns) => columns * (24 * classes * own + 24 * sizeof(double) * lanes);
        // Coordinates in double, then as two floats; and as much again, for the collector lets it lie. Measured at 2,000 to 4,000 rows.
        return RowSpace.IsWorthwhile(rows, features) ? 4 * sizeof(double) * rows * rows + Optimiser(rows) + 8 * sizeof(double) * lanes * features : Optimiser(features);
    }

    private static LogisticModel Fit(
        Design design, ReadOnlySpan<int> labels, LogisticOptions options, IProgress<double>? progress, CancellationToken cancel, RowSpace? space = null)
    {
        Require.SameLength(labels.Length, design.Rows, nameof(labels));
        int[] classes = [.. labels.ToArray().Distinct().Order()];
        if (classes.Length < 2) throw new ArgumentException("there is only one class; regression needs at least 2", nameof(labels));
        var multinomial = options.Scheme == LogisticScheme.Multinomial;
        if (!multinomial) Require.InRange(classes.Length, 2, MostOneVsOneClasses, "classes");

        var targets = new int[labels.Length];
        for (var i = 0; i < targets.Length; i++) targets[i] = Array.BinarySearch(classes, labels[i]);
        var problem = new LogisticProblem(design, targets, classes.Length, options, cancel);
        var solution = TruncatedNewton.Minimise(problem, space, options, progress);

        var (models, features) = (problem.Models, space?.Features ?? design.Columns);
        var point = space?.Back(solution.Point, problem.Lanes) ?? solution.Point;
        var weights = new double[models, features];
        var intercepts = new double[models];
        for (var model = 0; model < models; model++)
        {
            for (var j = 0; j < features; j++) weights[model, j] = point[j * problem.Lanes + model];
            intercepts[model] = point[features * problem.Lanes + model];
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
