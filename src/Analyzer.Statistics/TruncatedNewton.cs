using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Where a minimisation ended: the point, the value of each lane, and the largest component of the gradient.</summary>
internal sealed record NewtonSolution(double[] Point, double[] Values, double LargestGradient, int Iterations)
{
    /// <summary>Rough fraction done, in [0, 1], by the largest components of the first gradient and of this one: each step divides them by about as much.</summary>
    public static double Done(double first, double largest, double tolerance) =>
        largest <= tolerance ? 1 : Math.Clamp(Math.Log(first / largest) / Math.Log(first / tolerance), 0, 1);
}

/// <summary>Newton's method whose steps are found by preconditioned conjugate gradients, cut short while far away.</summary>
/// <remarks>
/// Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.1, for a strictly convex objective. Lanes that are
/// problems of their own have their own step lengths and stop on their own; coupled lanes share theirs.
/// </remarks>
internal sealed class TruncatedNewton
{
    private const double SufficientDecrease = 1e-4;
    // Objectives are sums of up to millions of losses: below this share of them a difference is rounding.
    private const double RoundingShare = 1e-13;
    private const int MostConjugateSteps = 200;
    private readonly LogisticProblem _problem;
    private readonly int _lanes;

    private TruncatedNewton(LogisticProblem problem) => (_problem, _lanes) = (problem, problem.Lanes);

    /// <summary>Goes on until no component of the gradient is larger than the tolerance.</summary>
    public static NewtonSolution Minimise(LogisticProblem problem, LogisticOptions options, IProgress<double>? progress) =>
        new TruncatedNewton(problem).Run(options, progress);

    private NewtonSolution Run(LogisticOptions options, IProgress<double>? progress)
    {
        double[] point = new double[_problem.Size], gradient = new double[_problem.Size];
        double[] direction = new double[_problem.Size], steepness = new double[_lanes];
        var values = Shared(_problem.Evaluate(point, gradient));
        var first = Largest(gradient, steepness);
        var iterations = 0;
        while (true)
        {
            var largest = Largest(gradient, steepness);
            progress?.Report(NewtonSolution.Done(first, largest, options.Tolerance));
            var active = Array.ConvertAll(steepness, value => value > options.Tolerance);
            if (largest <= options.Tolerance || iterations == options.MaxIterations) return new(point, values, largest, iterations);
            iterations++;
            Solve(gradient, steepness, active, direction);
            if (!Search(ref point, ref values, ref gradient, direction)) return new(point, values, largest, iterations);
        }
    }

    // Conjugate gradients for curvature × direction = −gradient, in the active lanes.
    private void Solve(double[] gradient, double[] steepness, bool[] active, double[] direction)
    {
        var size = _problem.Size;
        double[] residual = new double[size], scaled = new double[size];
        double[] conjugate = new double[size], product = new double[size], step = new double[_lanes], share = new double[_lanes];
        double[] limits = new double[_lanes], energy = new double[_lanes];
        var preconditioner = _problem.Preconditioner();
        Array.Clear(direction);
        TensorPrimitives.Negate<double>(gradient, residual);
        Precondition(preconditioner, residual, scaled);
        scaled.CopyTo(conjugate, 0);
        LaneMath.Dots(residual, scaled, energy);
        Shared(energy);
        for (var lane = 0; lane < _lanes; lane++)
            limits[lane] = Math.Pow(Forcing(steepness[lane]), 2) * energy[lane];

        for (var iteration = 0; iteration < MostConjugateSteps; iteration++)
        {
            for (var lane = 0; lane < _lanes; lane++) active[lane] &= energy[lane] > limits[lane];
            if (!active.Contains(true)) return;
            _problem.CurvatureTimes(conjugate, product);
            LaneMath.Dots(conjugate, product, step);
            Shared(step);
            for (var lane = 0; lane < _lanes; lane++) step[lane] = active[lane] ? energy[lane] / step[lane] : 0;
            LaneMath.Step(direction, step, conjugate, direction);
            TensorPrimitives.Negate<double>(step, step);
            LaneMath.Step(residual, step, product, residual);
            Precondition(preconditioner, residual, scaled);
            LaneMath.Dots(residual, scaled, share);
            Shared(share);
            for (var lane = 0; lane < _lanes; lane++)
                (energy[lane], share[lane]) = active[lane] ? (share[lane], share[lane] / energy[lane]) : (energy[lane], 0);
            LaneMath.Step(scaled, share, conjugate, conjugate);
        }
    }

    // What softmax's lanes have in common changes no loss: kept at 0, it costs no conjugate step.
    private void Precondition(CentredDiagonal preconditioner, double[] residual, double[] scaled)
    {
        preconditioner.Apply(residual, scaled);
        if (_problem.Coupled) LaneMath.Centre(scaled, _lanes, _problem.Models);
    }

    // Halves the step of each lane until its value falls enough.
    private bool Search(ref double[] point, ref double[] values, ref double[] gradient, double[] direction)
    {
        var slope = new double[_lanes];
        LaneMath.Dots(gradient, direction, slope);
        Shared(slope);
        var step = new double[_lanes];
        Array.Fill(step, 1);
        double[] trial = new double[point.Length], trialGradient = new double[point.Length];
        for (var attempt = 0; attempt < 40; attempt++)
        {
            LaneMath.Step(point, step, direction, trial);
            var trialValues = Shared(_problem.Evaluate(trial, trialGradient));
            var accepted = true;
            for (var lane = 0; lane < _lanes; lane++)
            {
                var allowed = values[lane] + SufficientDecrease * step[lane] * slope[lane] + RoundingShare * Math.Abs(values[lane]);
                if (trialValues[lane] <= allowed) continue;
                step[lane] /= 2;
                accepted = false;
            }
            if (!accepted) continue;
            (point, values, gradient) = (trial, trialValues, trialGradient);
            return true;
        }
        return false;
    }

    // The relative residual at which the conjugate gradients stop: small near the solution, so that convergence is superlinear.
    private static double Forcing(double steepness) => Math.Clamp(Math.Sqrt(steepness) * 0.1, 0.01, 0.25);

    private double Largest(double[] gradient, double[] steepness)
    {
        LaneMath.LargestMagnitudes(gradient, steepness);
        var largest = TensorPrimitives.Max<double>(steepness);
        if (_problem.Coupled) Array.Fill(steepness, largest);
        return largest;
    }

    // Coupled lanes are one problem: each gets the sum over all.
    private double[] Shared(double[] scalars)
    {
        if (_problem.Coupled) Array.Fill(scalars, LaneMath.Sum(scalars));
        return scalars;
    }
}
