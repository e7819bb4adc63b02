using System.Globalization;

namespace Analyzer.Reports.Html;

/// <summary>A finding's number on a line: the value as a dot, its interval as a bar, the null as a band of two standard deviations.</summary>
internal sealed class FindingPicture
{
    /// <summary>Of the drawing, in its own units.</summary>
    public const double Width = 240, Height = 26;

    private const double Margin = 8;

    private readonly double _low, _high;

    private FindingPicture(Finding finding, double low, double high)
    {
        (_low, _high) = (low, high);
        Value = X(finding.Value);
        if (finding.Interval is [var from, var to]) Interval = (X(from), X(to));
        if (finding.Null is not { } none) return;
        Null = X(none.Mean);
        if (none.Std is { } std) Band = (X(none.Mean - 2 * std), X(none.Mean + 2 * std));
    }

    public double Value { get; }

    public (double From, double To)? Interval { get; }

    public double? Null { get; }

    public (double From, double To)? Band { get; }

    /// <summary>What stands at the ends of the line.</summary>
    public string Low => Short(_low);

    public string High => Short(_high);

    /// <summary>The picture of a finding; null where there is nothing to set beside its value.</summary>
    public static FindingPicture? Of(Finding finding)
    {
        if (finding.Null is null && finding.Interval is null) return null;
        var std = 2 * (finding.Null?.Std ?? 0);
        double[] points = [finding.Value, .. finding.Interval ?? [], .. finding.Null is { } none ? new[] { none.Mean - std, none.Mean + std } : []];
        if (!points.All(double.IsFinite)) return null;
        var (low, high) = (points.Min(), points.Max());
        var pad = high > low ? .08 * (high - low) : Math.Max(Math.Abs(high) * .1, .01);
        (low, high) = (low - pad, high + pad);
        // Shares and counts do not go below nothing, and a share not beyond all.
        if (points.Min() >= 0 || finding.ValueUnit == "fraction" && finding.Value >= 0 && finding.Null?.Mean is null or >= 0) low = Math.Max(0, low);
        if (finding.ValueUnit == "fraction" && points.Max() <= 1) high = Math.Min(1, high);
        return new(finding, low, high);
    }

    /// <summary>A coordinate as SVG takes it.</summary>
    public static string At(double x) => x.ToString("0.#", CultureInfo.InvariantCulture);

    private double X(double value) => Math.Round(Margin + (Width - 2 * Margin) * Math.Clamp((value - _low) / (_high - _low), 0, 1), 1);

    private static string Short(double value) => value.ToString(Math.Abs(value) is > 0 and < .001 ? "g2" : "0.###", CultureInfo.InvariantCulture);
}
