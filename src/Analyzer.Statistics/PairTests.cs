namespace Analyzer.Statistics;

/// <summary>Holds the statistics of all pairs against the null of their class size.</summary>
internal sealed class PairTests(ClassSeparation separation, double[][] draws, bool[] constant)
{
    private readonly int _classes = separation.Sizes.Length;
    private readonly int[] _units = [.. Enumerable.Range(0, constant.Length).Where(unit => !constant[unit])];

    public DiscriminationResult Result(double quantile)
    {
        var kinds = new PairKind[separation.Units, _classes];
        var permutationP = Ones();
        int present = 0, absent = 0;
        double[] thresholds = new double[_classes], resolution = new double[_classes], beyond = new double[draws.Length];
        foreach (var group in Enumerable.Range(0, _classes).GroupBy(c => separation.Sizes[c]))
        {
            int[] members = [.. group];
            var null_ = SortedNull(members);
            var threshold = null_.Length == 0 ? 1 : Quantile(null_, quantile);
            foreach (var c in members)
            {
                thresholds[c] = threshold;
                resolution[c] = 1 / (1.0 + null_.Length);
                foreach (var unit in _units)
                {
                    var signed = separation.Signed(unit, c);
                    permutationP[unit, c] = (1.0 + null_.Length - CountBelow(null_, Math.Abs(signed))) / (1.0 + null_.Length);
                    kinds[unit, c] = KindOf(signed, threshold);
                    present += kinds[unit, c] == PairKind.Presence ? 1 : 0;
                    absent += kinds[unit, c] == PairKind.Absence ? 1 : 0;
                    for (var draw = 0; draw < draws.Length; draw++)
                        beyond[draw] += KindOf(draws[draw][unit * _classes + c], threshold) == PairKind.Uncharacteristic ? 0 : 1;
                }
            }
        }
        var pairs = _units.Length * _classes;
        return new()
        {
            Separation = separation,
            Constant = constant,
            Kinds = kinds,
            Thresholds = thresholds,
            PermutationP = permutationP,
            Resolution = resolution,
            Q = QValues(),
            Pairs = pairs,
            PresencePairs = present,
            AbsencePairs = absent,
            NullShare = pairs == 0 ? null : NullDistribution.Of([.. beyond.Select(count => count / pairs)]),
            FalseDiscoveryRate = present + absent == 0 ? null : Math.Min(1, beyond.Average() / (present + absent)),
            Null = draws,
        };
    }

    private static PairKind KindOf(double signed, double threshold) =>
        // Without the second condition a null of zeros alone would make every pair characteristic.
        Math.Abs(signed) < threshold || signed == 0 ? PairKind.Uncharacteristic : signed > 0 ? PairKind.Presence : PairKind.Absence;

    private double[] SortedNull(int[] classes)
    {
        var values = new double[draws.Length * _units.Length * classes.Length];
        var next = 0;
        foreach (var draw in draws)
            foreach (var unit in _units)
                foreach (var c in classes)
                    values[next++] = Math.Abs(draw[unit * _classes + c]);
        Array.Sort(values);
        return values;
    }

    /// <summary>Linear between order statistics: NumPy's default.</summary>
    private static double Quantile(double[] sorted, double quantile)
    {
        var place = quantile * (sorted.Length - 1);
        var low = (int)place;
        return low + 1 == sorted.Length ? sorted[low] : sorted[low] + (place - low) * (sorted[low + 1] - sorted[low]);
    }

    private static int CountBelow(double[] sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = sorted[middle] < value ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private double[,] QValues()
    {
        var p = new double[_units.Length * _classes];
        for (var i = 0; i < p.Length; i++)
        {
            var (unit, c) = (_units[i / _classes], i % _classes);
            var inside = separation.Sizes[c];
            p[i] = KolmogorovSmirnov.TwoSidedP(Math.Abs(separation.Signed(unit, c)), inside, separation.Sizes.Sum() - inside);
        }
        var adjusted = FalseDiscoveryRate.BenjaminiHochberg(p);
        var q = Ones();
        for (var i = 0; i < p.Length; i++) q[_units[i / _classes], i % _classes] = adjusted[i];
        return q;
    }

    private double[,] Ones()
    {
        var ones = new double[separation.Units, _classes];
        for (var unit = 0; unit < separation.Units; unit++)
            for (var c = 0; c < _classes; c++)
                ones[unit, c] = 1;
        return ones;
    }
}
