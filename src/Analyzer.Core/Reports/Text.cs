using System.Globalization;

namespace Analyzer.Reports;

/// <summary>Numbers as a report prints them, the same in every culture.</summary>
public static class Text
{
    /// <summary>A whole number with its thousands apart.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A fraction or accuracy: four decimals, so that .001 and .0004 stay apart.</summary>
    public static string Fraction(double? value) => value is { } v ? v.ToString("0.0000", CultureInfo.InvariantCulture) : "–";

    /// <summary>A share in words: percent, with two decimals at most; a dash where there is none.</summary>
    public static string Percent(double? share) => share is { } s ? (100 * s).ToString("0.##", CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A measurement in words: three decimals at most.</summary>
    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A setting in words: every digit it has.</summary>
    public static string Setting(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A finding's value: counts as whole numbers, everything else as <see cref="Fraction"/>.</summary>
    public static string Value(Finding finding) =>
        finding.ValueUnit != "fraction" && finding.Value == Math.Round(finding.Value) && Math.Abs(finding.Value) < 1e15 ? Count((long)finding.Value) : Fraction(finding.Value);

    /// <summary>An interval as <c>low … high</c>; a dash where there is none.</summary>
    public static string Interval(double[]? interval) => interval is { Length: 2 } ? $"{Fraction(interval[0])} … {Fraction(interval[1])}" : "–";

    /// <summary>A null's mean, with its spread where it was drawn more than once; a dash where there is none.</summary>
    public static string Null(NullSummary? n) => n is null ? "–"
        : n is { Std: { } std, Draws: > 1 } ? $"{Fraction(n.Mean)} ± {Fraction(std)}" : Fraction(n.Mean);
}
