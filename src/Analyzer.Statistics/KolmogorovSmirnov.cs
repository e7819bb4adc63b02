namespace Analyzer.Statistics;

/// <summary>The signed two-sample Kolmogorov–Smirnov statistic of every unit, for every class against the rest.</summary>
/// <remarks>
/// Our reconstruction of the statistic behind Garcia-Gasulla et al., arXiv 1703.01127 (the paper's own is not known to us).
/// With F_in and F_out the empirical distributions of a unit inside and outside a class: presence D⁺ = sup(F_out − F_in),
/// absence D⁻ = sup(F_in − F_out). Both read the distributions only where a group of equal values ends.
/// </remarks>
public static class KolmogorovSmirnov
{
    /// <summary>Classes at most.</summary>
    public const int MostClasses = 65_536;

    // Columns read together, so that each cache line of the row-major matrix is fetched once.
    private const int ColumnBlock = 16;

    /// <summary>What a sweep tells of one unit under one labeling: [classes] presence and absence.</summary>
    internal delegate void Sink(int unit, int labeling, ReadOnlySpan<double> presence, ReadOnlySpan<double> absence);

    /// <summary>Measures every unit for every class that occurs.</summary>
    /// <param name="samples">[n samples, units]; infinities are allowed, NaN is not; −0 equals +0.</param>
    /// <param name="labels">[n], at least two different ones; any integers.</param>
    /// <param name="threads">Threads at most, null for all processors; the result does not depend on it.</param>
    /// <param name="progress">Fraction done, in (0, 1]; called from any thread.</param>
    /// <param name="cancel">Stops the measurement.</param>
    /// <returns>Presence and absence, [units, classes]; exact to the last rounding.</returns>
    /// <exception cref="ArgumentException">Different lengths, one class only, too many classes, or NaN.</exception>
    /// <remarks>O(units · n): a radix sort and a sweep, whatever the number of classes.</remarks>
    public static ClassSeparation Measure(
        Matrix samples, ReadOnlySpan<int> labels, int? threads = null, IProgress<double>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var classes = ClassIndex.Of(labels);
        Require.SameLength(labels.Length, samples.Rows, nameof(labels));
        double[,] presence = new double[samples.Columns, classes.Count], absence = new double[samples.Columns, classes.Count];
        Sweep(samples, [classes.Indices], classes.Sizes, (unit, _, present, absent) =>
        {
            for (var c = 0; c < present.Length; c++) (presence[unit, c], absence[unit, c]) = (present[c], absent[c]);
        }, threads, progress, cancel);
        return new(classes.Labels, classes.Sizes, presence, absence);
    }

    /// <summary>The asymptotic two-sided p-value of a statistic: Kolmogorov's distribution at D √(nm/(n + m)).</summary>
    /// <param name="statistic">D, in [0, 1].</param>
    /// <param name="inside">n, samples of the class; at least 1.</param>
    /// <param name="outside">m, the others; at least 1.</param>
    /// <returns>
    /// In [0, 1]. Exact in the limit of many samples on both sides without ties. With ties or few samples it is too large
    /// wherever it is below .9, which is the safe side: a class of one sample cannot get below .27.
    /// </returns>
    /// <remarks>scipy.special.kolmogorov. Relative error below 1e-12 where p is above 1e-300.</remarks>
    public static double TwoSidedP(double statistic, int inside, int outside)
    {
        Require.InRange(statistic, 0, 1, nameof(statistic));
        Require.InRange(inside, 1, int.MaxValue, nameof(inside));
        Require.InRange(outside, 1, int.MaxValue, nameof(outside));
        return KolmogorovTail(statistic * Math.Sqrt((double)inside * outside / ((double)inside + outside)));
    }

    /// <summary>The statistic that chance exceeds at a given rate: c(α) √((n + m)/(nm)), c(α) = √(−ln(α/2)/2).</summary>
    /// <param name="alpha">Rate, in (0, 1).</param>
    /// <param name="inside">n, samples of the class; at least 1.</param>
    /// <param name="outside">m, the others; at least 1.</param>
    /// <returns>Above 0; above 1 where no statistic is that rare. c(.05) = 1.358, c(.001) = 1.949.</returns>
    public static double CriticalValue(double alpha, int inside, int outside)
    {
        Require.InRange(alpha, double.Epsilon, 1, nameof(alpha));
        Require.InRange(inside, 1, int.MaxValue, nameof(inside));
        Require.InRange(outside, 1, int.MaxValue, nameof(outside));
        return Math.Sqrt(-Math.Log(alpha / 2) / 2 * (((double)inside + outside) / ((double)inside * outside)));
    }

    /// <summary>Measures every unit under several labelings of the same class sizes, sorting each unit once.</summary>
    internal static void Sweep(
        Matrix samples, IReadOnlyList<ushort[]> labelings, int[] sizes, Sink sink, int? threads, IProgress<double>? progress,
        CancellationToken cancel)
    {
        var odd = Array.FindIndex(samples.Values, float.IsNaN);
        if (odd >= 0)
            throw new ArgumentException($"sample {odd / samples.Columns} of unit {odd % samples.Columns} is NaN, which has no order", nameof(samples));
        var steps = new ProgressSteps(progress, Blocks.Count(samples.Columns, ColumnBlock));
        Blocks.For(samples.Columns, ColumnBlock, threads ?? Environment.ProcessorCount, (first, count) =>
        {
            var columns = Columns(samples, first, count);
            var sorted = new SortedColumn(samples.Rows);
            var sweep = new ClassSweep(sizes);
            double[] presence = new double[sizes.Length], absence = new double[sizes.Length];
            for (var j = 0; j < count; j++)
            {
                sorted.Sort(columns.AsSpan(j * samples.Rows, samples.Rows));
                for (var labeling = 0; labeling < labelings.Count; labeling++)
                {
                    sweep.Run(sorted, labelings[labeling], presence, absence);
                    sink(first + j, labeling, presence, absence);
                }
                cancel.ThrowIfCancellationRequested();
            }
            steps.Finish();
        }, cancel);
    }

    private static float[] Columns(Matrix samples, int first, int count)
    {
        var columns = new float[count * samples.Rows];
        for (var row = 0; row < samples.Rows; row++)
        {
            var values = samples.Row(row).Slice(first, count);
            for (var j = 0; j < count; j++)
                columns[j * samples.Rows + row] = values[j];
        }
        return columns;
    }

    private static double KolmogorovTail(double z)
    {
        if (z <= 0) return 1;
        double sum = 0;
        if (z < 0.9)
        {
            // The theta function's other form: the alternating series needs many terms where z is small.
            var unit = -Math.PI * Math.PI / (8 * z * z);
            for (var k = 1; k <= 9; k += 2) sum += Math.Exp(k * k * unit);
            return 1 - Math.Sqrt(2 * Math.PI) / z * sum;
        }
        for (var k = 1; k <= 7; k++) sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * z * z);
        return sum;
    }
}
