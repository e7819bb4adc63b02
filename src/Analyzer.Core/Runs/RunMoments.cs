namespace Analyzer.Runs;

/// <summary>What the values of a tap are like, unit by unit, over all samples; values that are no numbers are left out and counted.</summary>
/// <param name="Samples">Samples read.</param>
/// <param name="Mean">[units]; NaN where no value is a number, as in the others.</param>
/// <param name="Deviation">[units], standard deviation, n in the denominator.</param>
/// <param name="Least">[units].</param>
/// <param name="Most">[units].</param>
/// <param name="Active">[units], share of values above 0, in [0, 1].</param>
/// <param name="NotFinite">Values that are NaN or infinite.</param>
public sealed record UnitMoments(
    long Samples, IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation, IReadOnlyList<double> Least, IReadOnlyList<double> Most, IReadOnlyList<double> Active, long NotFinite);

public sealed partial class Run
{
    /// <summary>Mean, spread, range and share above 0 of every unit of a tap. Streams; memory: 48 bytes a unit.</summary>
    /// <exception cref="AnalyzerException">A part is missing or damaged.</exception>
    public UnitMoments Moments(TapEntry tap, CancellationToken cancellation = default)
    {
        ExpectStored(tap);
        var (units, samples, notFinite) = (tap.Units, 0L, 0L);
        // Sums are of distances from a first value, or a large mean would eat the spread.
        double[] origin = new double[units], sum = new double[units], squares = new double[units], least = new double[units], most = new double[units];
        long[] active = new long[units], counted = new long[units];
        Array.Fill(least, double.PositiveInfinity);
        Array.Fill(most, double.NegativeInfinity);
        using var rows = Query($"SELECT \"values\"::FLOAT[] FROM {Parts(tap)}");
        while (Next(rows))
        {
            cancellation.ThrowIfCancellationRequested();
            for (var r = 0; r < rows.Rows; r++, samples++)
            {
                var values = Floats(rows, 0, r, units, RunPaths.TapFolder(Path, tap));
                for (var u = 0; u < units; u++)
                {
                    double value = values[u];
                    if (!double.IsFinite(value))
                    {
                        notFinite++;
                        continue;
                    }
                    if (counted[u]++ == 0) origin[u] = value;
                    var from = value - origin[u];
                    sum[u] += from;
                    squares[u] += from * from;
                    if (value < least[u]) least[u] = value;
                    if (value > most[u]) most[u] = value;
                    if (value > 0) active[u]++;
                }
            }
        }
        double[] Each(Func<int, double> of) => [.. Enumerable.Range(0, units).Select(u => counted[u] == 0 ? double.NaN : of(u))];
        return new(samples, Each(u => origin[u] + sum[u] / counted[u]), Each(u => Math.Sqrt(Math.Max(0, squares[u] / counted[u] - sum[u] / counted[u] * (sum[u] / counted[u])))),
            Each(u => least[u]), Each(u => most[u]), Each(u => active[u] / (double)counted[u]), notFinite);
    }
}
