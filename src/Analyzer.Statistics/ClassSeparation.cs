namespace Analyzer.Statistics;

/// <summary>How far each unit's values inside each class lie from those outside: what <see cref="KolmogorovSmirnov"/> measures.</summary>
/// <param name="Classes">[classes] the labels that occurred, ascending.</param>
/// <param name="Sizes">[classes] samples of each.</param>
/// <param name="Presence">[units, classes] D⁺ = sup(F_out − F_in), in [0, 1]: the unit is larger inside the class.</param>
/// <param name="Absence">[units, classes] D⁻ = sup(F_in − F_out), in [0, 1]: the unit is smaller inside the class.</param>
public sealed record ClassSeparation(int[] Classes, int[] Sizes, double[,] Presence, double[,] Absence)
{
    /// <summary>Number of units.</summary>
    public int Units => Presence.GetLength(0);

    /// <summary>The signed statistic of a pair.</summary>
    /// <param name="unit">From 0.</param>
    /// <param name="class">Position in <see cref="Classes"/>.</param>
    /// <returns>D⁺ if D⁺ ≥ D⁻, else −D⁻: in [−1, 1]; 0 for a unit that never varies.</returns>
    public double Signed(int unit, int @class) => Sign(Presence[unit, @class], Absence[unit, @class]);

    internal static double Sign(double presence, double absence) => presence >= absence ? presence : -absence;
}
