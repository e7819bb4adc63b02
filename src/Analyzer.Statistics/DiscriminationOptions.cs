namespace Analyzer.Statistics;

/// <summary>How <see cref="Discrimination"/> tells pairs of unit and class from chance.</summary>
public sealed record DiscriminationOptions
{
    /// <summary>Times the labels are permuted, class sizes kept. Default 20.</summary>
    public int Draws { get; init => field = Require.InRange(value, 2, 100_000); } = 20;

    /// <summary>τ is this quantile of the null |KS| of a class size. Default .999, so that one null pair in a thousand passes.</summary>
    public double Quantile { get; init => field = Require.InRange(value, 0, 1); } = .999;

    /// <summary>Determines the permutations, through <see cref="SeededRandom"/>. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads at most; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init => field = Require.InRange(value, 1, 4096); } = Environment.ProcessorCount;
}

/// <summary>What a pair of unit and class is.</summary>
public enum PairKind
{
    /// <summary>|KS| below τ, or the unit never varies.</summary>
    Uncharacteristic,

    /// <summary>KS ≥ τ: the unit is larger inside the class.</summary>
    Presence,

    /// <summary>KS ≤ −τ: the unit is smaller inside the class.</summary>
    Absence,
}

/// <summary>What <see cref="Discrimination"/> found.</summary>
public sealed record DiscriminationResult
{
    /// <summary>The statistic of every pair, under the labels given.</summary>
    public required ClassSeparation Separation { get; init; }

    /// <summary>[units] whether the unit has one value in all samples; such units are in no pair, no null and no share.</summary>
    public required bool[] Constant { get; init; }

    /// <summary>[units, classes].</summary>
    public required PairKind[,] Kinds { get; init; }

    /// <summary>[classes] τ, in [0, 1]; 1 where every unit is constant.</summary>
    public required double[] Thresholds { get; init; }

    /// <summary>[units, classes] (1 + null ≥ |KS|)/(1 + null) in the pooled null of the class size, in (0, 1]; 1 for constant units.</summary>
    /// <remarks>
    /// On average over the units of a layer it is exact under any ties and correlations, but it cannot fall below
    /// <see cref="Resolution"/>, and a single unit with more or fewer ties than the others has a null of its own.
    /// </remarks>
    public required double[,] PermutationP { get; init; }

    /// <summary>[classes] least value that <see cref="PermutationP"/> can take.</summary>
    public required double[] Resolution { get; init; }

    /// <summary>[units, classes] Benjamini and Hochberg's q of <see cref="KolmogorovSmirnov.TwoSidedP"/>, in [0, 1]; 1 for constant units.</summary>
    public required double[,] Q { get; init; }

    /// <summary>Pairs of units that vary: (units − constant) · classes.</summary>
    public required int Pairs { get; init; }

    /// <summary>Pairs of <see cref="PairKind.Presence"/>.</summary>
    public required int PresencePairs { get; init; }

    /// <summary>Pairs of <see cref="PairKind.Absence"/>.</summary>
    public required int AbsencePairs { get; init; }

    /// <summary>Share of pairs at or above τ, drawn from permuted labels; null where every unit is constant.</summary>
    public required NullDistribution? NullShare { get; init; }

    /// <summary>Null pairs at or above τ that one draw gives on average, over those observed; at most 1; null where none is observed.</summary>
    public required double? FalseDiscoveryRate { get; init; }

    /// <summary>[draws][units · classes] the signed statistic under permuted labels, unit by unit.</summary>
    public required double[][] Null { get; init; }

    /// <summary>Share of pairs at or above τ, in [0, 1]; null where every unit is constant.</summary>
    public double? Share => Pairs == 0 ? null : (PresencePairs + AbsencePairs) / (double)Pairs;

    /// <summary>For how many classes each unit is characteristic.</summary>
    /// <returns>[units].</returns>
    public int[] ClassesPerUnit() => Count(0);

    /// <summary>How many units are characteristic of each class.</summary>
    /// <returns>[classes].</returns>
    public int[] UnitsPerClass() => Count(1);

    private int[] Count(int dimension)
    {
        var counts = new int[Kinds.GetLength(dimension)];
        for (var unit = 0; unit < Kinds.GetLength(0); unit++)
            for (var c = 0; c < Kinds.GetLength(1); c++)
                counts[dimension == 0 ? unit : c] += Kinds[unit, c] == PairKind.Uncharacteristic ? 0 : 1;
        return counts;
    }
}
