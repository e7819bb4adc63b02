using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Logistic regression on counts: models are sums of rows, and their bits are read only to bring them back.</summary>
/// <remarks>
/// A model with an L2 penalty is w = Xᵀα (Kimeldorf and Wahba 1971), and the scores Kα + β follow from the counts; features are centred, which the
/// intercept β absorbs. The optimiser is <see cref="TruncatedNewton"/>'s, in other coordinates: with the curvature of the losses D = R Rᵀ and ρ the
/// gradient's coefficients a step solves (1 + C Rᵀ K R) s = −C Rᵀ K ρ + Rᵀ β under 1ᵀ (ρ + R s) = 0, by projected conjugate gradients (Gould, Hribar and
/// Nocedal, SIAM J. Sci. Comput. 23, 2001), and changes α by −C (ρ + R s). There rows, not features, are scaled to the same curvature, which is what
/// differs most once most rows are told apart.
/// </remarks>
internal sealed class GramRegression
{
    private const double SufficientDecrease = 1e-4;

    // Share of its residual that conjugate gradients leave of a step, and share of the gradient that the step may leave: else they go on.
    private const double Forcing = .3, Leaves = .5;

    private const int MostConjugateSteps = 400, MostDoublings = 10, RowsBack = 4096;

    private readonly CodeGram _gram;
    private readonly RowLosses _losses;
    private readonly LogisticOptions _options;
    private readonly CancellationToken _cancel;
    private readonly int _lanes;
    private readonly GramProduct<float> _quick;
    private readonly GramProduct<double> _exact;

    // What steps are worked out in, [rows, lanes] each; fits take hundreds of them, and the collector would come for them too late. A weighted vector
    // is R times another, and an image K times that.
    private readonly double[] _inverse, _residual, _scaled, _conjugate, _weighted, _image, _spare, _trial, _trialScores, _trialDerivatives;

    private GramRegression(CodeGram gram, RowLosses losses, LogisticOptions options, CancellationToken cancel)
    {
        (_gram, _losses, _options, _cancel, _lanes) = (gram, losses, options, cancel, losses.Lanes);
        _quick = new(gram, losses.Owners, losses.Used, cancel);
        _exact = new(gram, losses.Owners, losses.Used, cancel);
        var size = gram.Rows * _lanes;
        (_inverse, _residual, _scaled, _conjugate, _weighted) = (new double[size], new double[size], new double[size], new double[size], new double[size]);
        (_image, _spare, _trial, _trialScores, _trialDerivatives) = (new double[size], new double[size], new double[size], new double[size], new double[size]);
    }

    /// <summary>Fits; the point is [features + 1, lanes] as of <see cref="LogisticProblem"/>.</summary>
    public static NewtonSolution Minimise(CodeGram gram, int[] targets, int classes, LogisticOptions options, IProgress<double>? progress, CancellationToken cancel)
    {
        RowLosses losses = options.Scheme == LogisticScheme.Multinomial ? new SoftmaxRowLosses(targets, classes) : new PairRowLosses(targets, classes);
        return new GramRegression(gram, losses, options, cancel).Run(progress);
    }

    private NewtonSolution Run(IProgress<double>? progress)
    {
        var size = _gram.Rows * _lanes;
        double[] alpha = new double[size], scores = new double[size], derivatives = new double[size];
        double[] rho = new double[size], image = new double[size], step = new double[size], stepImage = new double[size];
        var (intercepts, change) = (new double[_losses.Levels], new double[_losses.Levels]);
        double? first = null;
        for (var iteration = 0; ; iteration++)
        {
            var values = Values(scores, alpha, derivatives);
            TensorPrimitives.MultiplyAdd(alpha, 1 / _options.C, derivatives, rho);
            Product(_quick, rho, image);
            var (steepness, exact) = Steepness(rho, image);
            var largest = steepness.Max();
            first ??= largest;
            progress?.Report(NewtonSolution.Done(first.Value, largest, _options.Tolerance));
            if (largest <= _options.Tolerance || iteration == _options.MaxIterations) return End(alpha, intercepts, values, exact ? largest : Largest(rho).Max(), iteration);
            var wanted = Array.ConvertAll(steepness, value => value > _options.Tolerance);
            Solve(rho, image, wanted, step, stepImage, change);
            if (!Search(alpha, scores, values, wanted, rho, step, stepImage, intercepts, change)) return End(alpha, intercepts, values, exact ? largest : Largest(rho).Max(), iteration);
            Product(_exact, alpha, scores);
            _losses.AddLevels(scores, intercepts);
        }
    }

    // Σ loss + ‖w‖²/(2C) of each problem.
    private double[] Values(double[] scores, double[] alpha, double[] derivatives)
    {
        var values = _losses.Evaluate(scores, derivatives);
        var norms = _losses.Dots(alpha, scores);
        for (var i = 0; i < values.Length; i++) values[i] += norms[i] / (2 * _options.C);
        return values;
    }

    // The largest component of each problem's gradient: by its norm, and then not exactly, where that says enough.
    private (double[] Largest, bool Exact) Steepness(double[] rho, double[] image)
    {
        var squares = _losses.Dots(rho, image);
        var norms = Array.ConvertAll(squares, square => Math.Sqrt(Math.Max(0, square)));
        var root = Math.Sqrt(_gram.Codes.Bits);
        // Of centred features, whose gradients these are, no component is larger than the norm, and the largest no smaller than its root's share. The
        // features themselves add their means times what levels are left: only they say whether it ends.
        if (norms.Max() <= _options.Tolerance * root) return (Largest(rho), true);
        TensorPrimitives.Max<double>(norms, _losses.Magnitudes(_losses.Sums(rho)), norms);
        return (norms, false);
    }

    // The largest component of each problem's gradient, brought back to the bits.
    private double[] Largest(double[] rho)
    {
        var largest = new double[_losses.Problems];
        LaneMath.LargestMagnitudes(Back(rho), largest);
        if (_losses.Coupled) Array.Fill(largest, TensorPrimitives.Max<double>(largest));
        TensorPrimitives.Max<double>(largest, _losses.Magnitudes(_losses.Sums(rho)), largest);
        return largest;
    }

    // Conjugate gradients in the problems wanted; sets −C (ρ + R s), its image by K with the intercepts' change, and that change.
    private void Solve(double[] rho, double[] rhoImage, bool[] wanted, double[] step, double[] stepImage, double[] change)
    {
        var c = _options.C;
        _losses.Curvatures(_inverse);
        for (var i = 0; i < _inverse.Length; i++) _inverse[i] = 1 / (1 + c * _inverse[i] * _gram.CentredDiagonal(i / _lanes));
        var levelsOf = _losses.LevelsFor(_inverse);
        Begin(rho, rhoImage, levelsOf, step, stepImage);

        var levels = Precondition(levelsOf);
        _scaled.CopyTo(_conjugate, 0);
        var (energy, gradients, active) = (_losses.Dots(_residual, _scaled), _losses.Dots(rho, rhoImage), (bool[])wanted.Clone());
        var limits = Array.ConvertAll(energy, value => value * Forcing * Forcing);
        for (var iteration = 0; iteration < MostConjugateSteps; iteration++)
        {
            for (var i = 0; i < active.Length; i++) active[i] &= energy[i] > limits[i];
            if (!active.Contains(true))
            {
                var left = GradientLeft();
                for (var i = 0; i < active.Length; i++)
                {
                    active[i] = wanted[i] && left[i] > Leaves * Leaves * gradients[i];
                    if (active[i]) limits[i] = energy[i] * Forcing * Forcing;
                }
                if (!active.Contains(true)) break;
            }
            _losses.RootTimes(_conjugate, _weighted);
            Product(_quick, _weighted, _image);
            _losses.RootTransposedTimes(_image, _spare);
            TensorPrimitives.MultiplyAdd(_spare, c, _conjugate, _spare);
            var lengths = _losses.Dots(_conjugate, _spare);
            for (var i = 0; i < lengths.Length; i++) lengths[i] = active[i] ? energy[i] / lengths[i] : 0;
            _losses.Add(step, lengths, _weighted);
            _losses.Add(stepImage, lengths, _image);
            _losses.Add(_residual, Array.ConvertAll(lengths, length => -length), _spare);
            levels = Precondition(levelsOf);
            var next = _losses.Dots(_residual, _scaled);
            var shares = next.Select((value, i) => active[i] ? value / energy[i] : 0).ToArray();
            for (var i = 0; i < energy.Length; i++) energy[i] = active[i] ? next[i] : energy[i];
            _losses.Scale(_conjugate, shares);
            TensorPrimitives.Add<double>(_conjugate, _scaled, _conjugate);
        }
        TensorPrimitives.Multiply(step, -c, step);
        TensorPrimitives.Multiply(stepImage, -c, stepImage);
        // What is left of the residual is −Rᵀ β.
        TensorPrimitives.Negate<double>(levels, change);
        _losses.AddLevels(stepImage, change);
    }

    // From no step, but for what meets 1ᵀ (ρ + R s) = 0; all steps from it have 1ᵀ R s = 0. Sets ρ + R s, its image by K, and the residual.
    private void Begin(double[] rho, double[] rhoImage, Func<double[], double[]> levelsOf, double[] step, double[] stepImage)
    {
        _losses.RootSolve(rho, _scaled);
        TensorPrimitives.Negate<double>(_scaled, _scaled);
        _losses.RootTimes(_scaled, _weighted);
        TensorPrimitives.Add<double>(rho, _weighted, _spare);
        RootTransposedTimes(levelsOf(_losses.Sums(_spare)), _spare);
        TensorPrimitives.Multiply<double>(_spare, _inverse, _spare);
        TensorPrimitives.Subtract<double>(_scaled, _spare, _scaled);
        _losses.RootTimes(_scaled, _weighted);
        Product(_quick, _weighted, _image);
        TensorPrimitives.Add<double>(rho, _weighted, step);
        TensorPrimitives.Add<double>(rhoImage, _image, stepImage);
        _losses.RootTransposedTimes(stepImage, _residual);
        TensorPrimitives.Multiply(_residual, -_options.C, _residual);
        TensorPrimitives.Subtract<double>(_residual, _scaled, _residual);
    }

    // Scales the residual, less what levels explain of it, so that the result has no level; returns those levels.
    private double[] Precondition(Func<double[], double[]> levelsOf)
    {
        TensorPrimitives.Multiply<double>(_residual, _inverse, _scaled);
        _losses.RootTimes(_scaled, _weighted);
        var levels = levelsOf(_losses.Sums(_weighted));
        RootTransposedTimes(levels, _spare);
        TensorPrimitives.Subtract<double>(_residual, _spare, _spare);
        TensorPrimitives.Multiply<double>(_spare, _inverse, _scaled);
        return levels;
    }

    // Rᵀ of levels.
    private void RootTransposedTimes(double[] levels, double[] result)
    {
        Array.Clear(_weighted);
        _losses.AddLevels(_weighted, levels);
        _losses.RootTransposedTimes(_weighted, result);
    }

    // Squared norm, in each problem, of the gradient that the step leaves by the curvature at hand, Xᵀ R (residual − Rᵀ levels): what inexact Newton
    // methods must make small.
    private double[] GradientLeft()
    {
        TensorPrimitives.Divide<double>(_scaled, _inverse, _spare);
        _losses.RootTimes(_spare, _weighted);
        Product(_quick, _weighted, _image);
        return _losses.Dots(_weighted, _image);
    }

    // Halves the step of each problem until its value falls enough, and takes it.
    private bool Search(double[] alpha, double[] scores, double[] values, bool[] wanted, double[] rho, double[] step, double[] stepImage, double[] intercepts, double[] change)
    {
        var slopes = _losses.Dots(rho, stepImage);
        // Problems that are solved stay where they are.
        var lengths = Array.ConvertAll(wanted, value => value ? 1.0 : 0);
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var trialValues = ValuesAt(alpha, scores, step, stepImage, lengths);
            var accepted = true;
            for (var i = 0; i < values.Length; i++)
            {
                // Scores are exact to float32 until they are measured again.
                if (trialValues[i] <= values[i] + SufficientDecrease * lengths[i] * slopes[i] + 1e-6 * Math.Abs(values[i])) continue;
                lengths[i] /= 2;
                accepted = false;
            }
            if (!accepted) continue;
            Lengthen(alpha, scores, trialValues, step, stepImage, lengths);
            _losses.Add(alpha, lengths, step);
            _losses.ScaleLevels(change, lengths);
            TensorPrimitives.Add<double>(intercepts, change, intercepts);
            return true;
        }
        return false;
    }

    // Doubles the step of each problem while that pays: classes that can be told apart are so the better the longer the model, and scores are known
    // all along the step.
    private void Lengthen(double[] alpha, double[] scores, double[] values, double[] step, double[] stepImage, double[] lengths)
    {
        var open = Array.ConvertAll(lengths, length => length == 1);
        for (var doubling = 0; doubling < MostDoublings && open.Contains(true); doubling++)
        {
            var longer = lengths.Select((length, i) => open[i] ? 2 * length : length).ToArray();
            var trialValues = ValuesAt(alpha, scores, step, stepImage, longer);
            for (var i = 0; i < lengths.Length; i++)
            {
                open[i] &= trialValues[i] < values[i];
                if (open[i]) (lengths[i], values[i]) = (longer[i], trialValues[i]);
            }
        }
    }

    // The values after a step of these lengths.
    private double[] ValuesAt(double[] alpha, double[] scores, double[] step, double[] stepImage, double[] lengths)
    {
        alpha.CopyTo(_trial, 0);
        scores.CopyTo(_trialScores, 0);
        _losses.Add(_trial, lengths, step);
        _losses.Add(_trialScores, lengths, stepImage);
        return Values(_trialScores, _trial, _trialDerivatives);
    }

    // K v.
    private void Product<T>(GramProduct<T> product, double[] vector, double[] image) where T : unmanaged, System.Numerics.INumber<T> =>
        product.Multiply((owner, lane, row) => _losses.Seen(vector, owner, lane, row), (row, lane, value) => image[row * _lanes + lane] = value);

    private NewtonSolution End(double[] alpha, double[] intercepts, double[] values, double largest, int iterations)
    {
        var point = Back(alpha);
        var (problems, bits) = (values.Length, _gram.Codes.Bits);
        var levels = _losses.ByProblem(intercepts);
        for (var i = 0; i < problems; i++)
        {
            double mean = 0;
            for (var bit = 0; bit < bits; bit++) mean += point[bit * problems + i] * _gram.MeanCode[bit];
            point[bits * problems + i] = levels[i] - mean;
        }
        return new(point, values, largest, iterations);
    }

    // From a weight a row to a weight a bit: [bits + 1, problems], the last row 0.
    private double[] Back(double[] rows)
    {
        var (bits, problems) = (_gram.Codes.Bits, _losses.Problems);
        var (point, own) = (new double[(bits + 1L) * problems], new double[(bits + 1L) * _lanes]);
        BitPanels? panels = null;
        foreach (var owned in Enumerable.Range(0, _gram.Rows).GroupBy(row => _losses.Owners[row]).OrderBy(owned => owned.Key))
        {
            Array.Clear(own);
            var count = owned.Count();
            // The columns of a part take the memory of those before where it suffices: parts of an owner are of one size, but for the last.
            foreach (var part in owned.Chunk(Blocks.Count(count, Blocks.Count(count, RowsBack))))
            {
                var dense = new double[part.Length * _lanes];
                for (var i = 0; i < part.Length; i++) rows.AsSpan(part[i] * _lanes, _lanes).CopyTo(dense.AsSpan(i * _lanes));
                var columns = panels = BitPanels.Transposed(_gram.Codes, Array.ConvertAll(part, row => _gram.Order[row]), _gram.Threads, _cancel, panels);
                Blocks.For(bits, RowsBack, _gram.Threads, (first, several) => BitProduct.MultiplyAdd<double>(columns, new(first, several), dense, _lanes, own.AsSpan(first * _lanes, several * _lanes)), _cancel);
            }
            _losses.Collect(own, owned.Key, point);
        }
        return point;
    }
}
