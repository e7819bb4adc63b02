using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Losses of rows whose scores are given, with their derivatives; vectors are [rows, lanes].</summary>
/// <remarks>A row sees the lanes of its owner. A problem is what has a step length of its own.</remarks>
internal abstract class RowLosses
{
    /// <summary>Curvature below which a row is taken for flat.</summary>
    protected const double Flat = 1e-12;

    protected RowLosses(int[] owners, int used) => (Owners, Used, Lanes) = (owners, used, Design.Padded(used));

    /// <summary>[rows] whose lanes each row sees, from 0.</summary>
    public int[] Owners { get; }

    /// <summary>Lanes that are used.</summary>
    public int Used { get; }

    /// <summary>Those, rounded up to whole vectors; the others stay 0.</summary>
    public int Lanes { get; }

    /// <summary>Number of problems, rounded up to whole vectors.</summary>
    public abstract int Problems { get; }

    /// <summary>Whether all problems are one.</summary>
    public abstract bool Coupled { get; }

    /// <summary>Sets the derivatives of the losses by the scores, and keeps the curvature; returns the loss of each problem.</summary>
    public abstract double[] Evaluate(double[] scores, double[] derivatives);

    /// <summary>R v, where R Rᵀ is the curvature at the last evaluated scores.</summary>
    public abstract void RootTimes(double[] vector, double[] result);

    /// <summary>Some s with R s = v, but for rows that have hardly any curvature: those get less.</summary>
    public abstract void RootSolve(double[] vector, double[] result);

    /// <summary>Rᵀ v.</summary>
    public abstract void RootTransposedTimes(double[] vector, double[] result);

    /// <summary>The diagonal of Rᵀ R.</summary>
    public abstract void Curvatures(double[] result);

    /// <summary>What the rows of an owner see of a row's value in a lane.</summary>
    public abstract double Seen(double[] vector, int owner, int lane, int row);

    /// <summary>Length of levels: a value for each owner and lane, the same for all rows that see it.</summary>
    public int Levels => (Owners.Max() + 1) * Lanes;

    /// <summary>Sums, over the rows, of what each owner sees: levels.</summary>
    public abstract double[] Sums(double[] vector);

    /// <summary>Adds levels to every row.</summary>
    public void AddLevels(double[] target, double[] levels)
    {
        for (var row = 0; row < Owners.Length; row++)
            TensorPrimitives.Add<double>(target.AsSpan(row * Lanes, Lanes), levels.AsSpan(Owners[row] * Lanes, Lanes), target.AsSpan(row * Lanes, Lanes));
    }

    /// <summary>What solves Σ R diag(inverse) Rᵀ · levels = sums for the levels, as often as wanted.</summary>
    public abstract Func<double[], double[]> LevelsFor(double[] inverse);

    /// <summary>Multiplies levels by the factor of each problem.</summary>
    public abstract void ScaleLevels(double[] levels, double[] factors);

    /// <summary>The largest magnitude among the levels of each problem.</summary>
    public abstract double[] Magnitudes(double[] levels);

    /// <summary>From levels to a value for each problem, or lane where they are one.</summary>
    public abstract double[] ByProblem(double[] levels);

    /// <summary>Adds what the rows of an owner gave, [bits + 1, lanes], to [bits + 1, problems].</summary>
    public abstract void Collect(double[] own, int owner, double[] target);

    /// <summary>Dot product in each problem.</summary>
    public abstract double[] Dots(double[] a, double[] b);

    /// <summary>Adds a vector, times the factor of each problem.</summary>
    public abstract void Add(double[] target, double[] factors, double[] vector);

    /// <summary>Multiplies by the factor of each problem.</summary>
    public abstract void Scale(double[] target, double[] factors);
}

/// <summary>Softmax over all classes: one owner, a lane for each class.</summary>
internal sealed class SoftmaxRowLosses(int[] targets, int classes) : RowLosses(new int[targets.Length], classes)
{
    private readonly double[] _probabilities = new double[targets.Length * Design.Padded(classes)], _roots = new double[targets.Length * Design.Padded(classes)];

    public override int Problems => Lanes;

    public override bool Coupled => true;

    public override double[] Evaluate(double[] scores, double[] derivatives)
    {
        double loss = 0;
        for (var row = 0; row < targets.Length; row++)
        {
            ReadOnlySpan<double> own = scores.AsSpan(row * Lanes, Used);
            var probabilities = _probabilities.AsSpan(row * Lanes, Used);
            var largest = TensorPrimitives.Max(own);
            double sum = 0;
            for (var lane = 0; lane < Used; lane++) sum += probabilities[lane] = Math.Exp(own[lane] - largest);
            loss += Math.Log(sum) + largest - own[targets[row]];
            for (var lane = 0; lane < Used; lane++)
            {
                probabilities[lane] /= sum;
                _roots[row * Lanes + lane] = Math.Sqrt(probabilities[lane]);
                derivatives[row * Lanes + lane] = probabilities[lane];
            }
            derivatives[row * Lanes + targets[row]] = -Others(probabilities, targets[row]);
        }
        return One(loss);
    }

    // R = diag(√p) − p √pᵀ.
    public override void RootTimes(double[] vector, double[] result)
    {
        for (var row = 0; row < targets.Length; row++)
        {
            var (at, along) = (row * Lanes, 0.0);
            for (var lane = 0; lane < Used; lane++) along += _roots[at + lane] * vector[at + lane];
            for (var lane = 0; lane < Used; lane++) result[at + lane] = _roots[at + lane] * vector[at + lane] - _probabilities[at + lane] * along;
        }
    }

    public override void RootSolve(double[] vector, double[] result)
    {
        for (var i = 0; i < result.Length; i++) result[i] = vector[i] * _roots[i] / (_probabilities[i] + Flat);
    }

    public override void RootTransposedTimes(double[] vector, double[] result)
    {
        for (var row = 0; row < targets.Length; row++)
        {
            var (at, mean) = (row * Lanes, 0.0);
            for (var lane = 0; lane < Used; lane++) mean += _probabilities[at + lane] * vector[at + lane];
            for (var lane = 0; lane < Used; lane++) result[at + lane] = _roots[at + lane] * (vector[at + lane] - mean);
        }
    }

    public override void Curvatures(double[] result)
    {
        for (var row = 0; row < targets.Length; row++)
        {
            var probabilities = _probabilities.AsSpan(row * Lanes, Used);
            double squares = 0;
            foreach (var p in probabilities) squares += p * p;
            for (var lane = 0; lane < Used; lane++) result[row * Lanes + lane] = probabilities[lane] * (1 - 2 * probabilities[lane] + squares);
        }
    }

    public override double Seen(double[] vector, int owner, int lane, int row) => vector[row * Lanes + lane];

    public override double[] Sums(double[] vector)
    {
        var sums = new double[Lanes];
        for (var i = 0; i < vector.Length; i += Lanes)
            for (var lane = 0; lane < Used; lane++) sums[lane] += vector[i + lane];
        return sums;
    }

    // Σ R V Rᵀ = Σ diag(pv) − (pv)pᵀ − p(pv)ᵀ + (Σ pv) ppᵀ; what is common to all lanes changes nothing and is kept at 0.
    public override Func<double[], double[]> LevelsFor(double[] inverse)
    {
        var matrix = new double[Used, Used];
        var weighted = new double[Used];
        for (var row = 0; row < targets.Length; row++)
        {
            ReadOnlySpan<double> p = _probabilities.AsSpan(row * Lanes, Used);
            TensorPrimitives.Multiply(p, inverse.AsSpan(row * Lanes, Used), weighted);
            var sum = LaneMath.Sum(weighted);
            for (var a = 0; a < Used; a++)
            {
                matrix[a, a] += weighted[a];
                for (var b = 0; b < Used; b++) matrix[a, b] += p[a] * (p[b] * sum - weighted[b]) - weighted[a] * p[b];
            }
        }
        double trace = 0;
        for (var a = 0; a < Used; a++) trace += matrix[a, a];
        for (var a = 0; a < Used; a++)
            for (var b = 0; b < Used; b++) matrix[a, b] += trace / (Used * Used);
        var factor = new Cholesky(matrix);
        return sums =>
        {
            var levels = (double[])sums.Clone();
            factor.Solve(levels.AsSpan(0, Used));
            return levels;
        };
    }

    public override void ScaleLevels(double[] levels, double[] factors) => TensorPrimitives.Multiply(levels, factors[0], levels);

    public override double[] Magnitudes(double[] levels) => One(Math.Abs(TensorPrimitives.MaxMagnitude<double>(levels)));

    public override double[] ByProblem(double[] levels) => levels;

    public override void Collect(double[] own, int owner, double[] target) => TensorPrimitives.Add<double>(own, target, target);

    public override double[] Dots(double[] a, double[] b)
    {
        var dots = new double[Lanes];
        LaneMath.Dots(a, b, dots);
        return One(LaneMath.Sum(dots));
    }

    public override void Add(double[] target, double[] factors, double[] vector) => TensorPrimitives.MultiplyAdd(vector, factors[0], target, target);

    public override void Scale(double[] target, double[] factors) => TensorPrimitives.Multiply(target, factors[0], target);

    private static double Others(ReadOnlySpan<double> probabilities, int target)
    {
        // 1 − p without its cancellation.
        double sum = 0;
        for (var lane = 0; lane < probabilities.Length; lane++)
            if (lane != target) sum += probabilities[lane];
        return sum;
    }

    private double[] One(double value)
    {
        var all = new double[Lanes];
        Array.Fill(all, value);
        return all;
    }
}

/// <summary>Each pair of classes apart: the owner is the row's class, a lane the other class; a positive score speaks for the own.</summary>
internal sealed class PairRowLosses : RowLosses
{
    private readonly PairLanes _pairs;
    private readonly double[] _roots;

    public PairRowLosses(int[] targets, int classes) : base(targets, classes)
    {
        (_pairs, _roots) = (new(classes), new double[targets.Length * Lanes]);
        Problems = Design.Padded(_pairs.Pairs);
    }

    public override int Problems { get; }

    public override bool Coupled => false;

    public override double[] Evaluate(double[] scores, double[] derivatives)
    {
        var losses = new double[Used * Lanes];
        for (var row = 0; row < Owners.Length; row++)
        {
            for (var lane = 0; lane < Used; lane++)
            {
                if (lane == Owners[row]) continue;
                var score = scores[row * Lanes + lane];
                var small = Math.Exp(-Math.Abs(score));
                losses[Owners[row] * Lanes + lane] += Math.Max(-score, 0) + Transcendental.LogOnePlus(small);
                // Probability of the other class.
                var wrong = (score > 0 ? small : 1) / (1 + small);
                derivatives[row * Lanes + lane] = -wrong;
                _roots[row * Lanes + lane] = Math.Sqrt(small) / (1 + small);
            }
        }
        return ByProblem(losses, signed: false);
    }

    public override void RootTimes(double[] vector, double[] result) => TensorPrimitives.Multiply<double>(_roots, vector, result);

    public override void RootSolve(double[] vector, double[] result)
    {
        for (var i = 0; i < result.Length; i++) result[i] = vector[i] * _roots[i] / (_roots[i] * _roots[i] + Flat);
    }

    public override void RootTransposedTimes(double[] vector, double[] result) => RootTimes(vector, result);

    public override void Curvatures(double[] result) => TensorPrimitives.Multiply<double>(_roots, _roots, result);

    public override double Seen(double[] vector, int owner, int lane, int row) =>
        Owners[row] == owner ? vector[row * Lanes + lane] : Owners[row] == lane ? -vector[row * Lanes + owner] : 0;

    public override double[] Sums(double[] vector)
    {
        var sums = SumsByOwner(vector);
        var seen = new double[sums.Length];
        for (var owner = 0; owner < Used; owner++)
            for (var lane = 0; lane < Used; lane++)
                if (lane != owner) seen[owner * Lanes + lane] = sums[owner * Lanes + lane] - sums[lane * Lanes + owner];
        return seen;
    }

    public override Func<double[], double[]> LevelsFor(double[] inverse)
    {
        var weighted = new double[inverse.Length];
        Curvatures(weighted);
        TensorPrimitives.Multiply<double>(weighted, inverse, weighted);
        var divisors = ByOwner(ByProblem(SumsByOwner(weighted), signed: false));
        return sums => [.. sums.Select((sum, i) => divisors[i] > 0 ? sum / divisors[i] : 0)];
    }

    public override void ScaleLevels(double[] levels, double[] factors) => TensorPrimitives.Multiply<double>(levels, ByOwner(factors), levels);

    public override double[] Magnitudes(double[] levels)
    {
        var magnitudes = ByProblem(levels);
        TensorPrimitives.Abs<double>(magnitudes, magnitudes);
        return magnitudes;
    }

    // A level that an owner sees is what its pair's other owner sees, with the other sign: that of the second class is the pair's.
    public override double[] ByProblem(double[] levels)
    {
        var result = new double[Problems];
        for (var owner = 0; owner < Used; owner++)
            for (var other = 0; other < owner; other++) result[_pairs.Of(owner, other)] = levels[owner * Lanes + other];
        return result;
    }

    public override void Collect(double[] own, int owner, double[] target) => _pairs.Collect<double>(own, owner, target, Problems, signed: true);

    public override double[] Dots(double[] a, double[] b)
    {
        var dots = new double[Used * Lanes];
        for (var row = 0; row < Owners.Length; row++)
            for (var lane = 0; lane < Used; lane++) dots[Owners[row] * Lanes + lane] += a[row * Lanes + lane] * b[row * Lanes + lane];
        return ByProblem(dots, signed: false);
    }

    public override void Add(double[] target, double[] factors, double[] vector)
    {
        var own = ByOwner(factors);
        for (var row = 0; row < Owners.Length; row++)
            TensorPrimitives.MultiplyAdd<double>(vector.AsSpan(row * Lanes, Lanes), own.AsSpan(Owners[row] * Lanes, Lanes), target.AsSpan(row * Lanes, Lanes), target.AsSpan(row * Lanes, Lanes));
    }

    public override void Scale(double[] target, double[] factors)
    {
        var own = ByOwner(factors);
        for (var row = 0; row < Owners.Length; row++)
            TensorPrimitives.Multiply<double>(target.AsSpan(row * Lanes, Lanes), own.AsSpan(Owners[row] * Lanes, Lanes), target.AsSpan(row * Lanes, Lanes));
    }

    private double[] SumsByOwner(double[] vector)
    {
        var sums = new double[Used * Lanes];
        for (var row = 0; row < Owners.Length; row++)
            for (var lane = 0; lane < Used; lane++) sums[Owners[row] * Lanes + lane] += vector[row * Lanes + lane];
        return sums;
    }

    private double[] ByProblem(double[] values, bool signed)
    {
        var result = new double[Problems];
        for (var owner = 0; owner < Used; owner++) _pairs.Collect<double>(values.AsSpan(owner * Lanes, Lanes), owner, result, Problems, signed);
        return result;
    }

    private double[] ByOwner(double[] factors)
    {
        var own = new double[Used * Lanes];
        for (var owner = 0; owner < Used; owner++)
            for (var other = 0; other < Used; other++)
                if (other != owner) own[owner * Lanes + other] = factors[_pairs.Of(owner, other)];
        return own;
    }
}
