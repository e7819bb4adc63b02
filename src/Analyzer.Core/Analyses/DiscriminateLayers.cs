using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Measures tap after tap on the same samples, and puts the network together from them.</summary>
internal sealed class DiscriminateLayers(SplitSamples split, int[] rows, DiscriminateOptions options)
{
    private const int Bins = 40, TopPairs = 10, TopDistributions = 4, ValueBins = 30, MostCounted = 20, MostNamed = 100;
    private static readonly double[] Grid = [.. Enumerable.Range(0, 25).Select(i => .3 * Math.Pow(10, i / 12.0))];

    private readonly int[] _labels = [.. rows.Select(r => split.Labels![r])];
    private readonly List<LayerDiscrimination> _layers = [];
    private readonly List<PairDistribution> _strongest = [];
    private readonly double[] _beyond = new double[options.Draws];
    private readonly long[] _kept = new long[Grid.Length], _removed = new long[Grid.Length];
    private readonly DiscriminateTables _tables = new();
    private int _present, _absent, _singlesOut;
    private ClassSeparation? _first;

    /// <summary>Taps measured.</summary>
    public int Count => _layers.Count;

    /// <summary>Measures a tap.</summary>
    /// <param name="tap">The tap.</param>
    /// <param name="values">[samples of the split, units], finite.</param>
    /// <param name="untrained">The same with re-drawn weights; null where there is none.</param>
    /// <param name="progress">Share done.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Add(TapEntry tap, Matrix values, Matrix? untrained, IProgress<double> progress, CancellationToken cancellation)
    {
        var samples = values.SelectRows(rows);
        var statistics = new DiscriminationOptions { Draws = options.Draws, Quantile = options.Quantile, Seed = (ulong)options.Seed };
        var measured = Discrimination.Measure(samples, _labels, statistics, progress, cancellation);
        var control = untrained is null || !Array.TrueForAll(untrained.Values, float.IsFinite) ? null
            : Discrimination.Measure(untrained.SelectRows(rows), _labels, statistics, null, cancellation).Share;
        _first ??= measured.Separation;
        AddToNetwork(measured);
        var best = BestPairs(measured);
        AddDistributions(tap, samples, measured, best);
        _tables.Add(tap, measured);
        var sizes = measured.Separation.Sizes.Order().ToArray();
        var (median, pairs) = (sizes[sizes.Length / 2], Math.Max(1, measured.Pairs));
        _layers.Add(new()
        {
            Tap = tap.Id, Tensor = tap.Tensor, Units = tap.Units, ConstantUnits = measured.Constant.Count(c => c), Classes = sizes.Length, Samples = rows.Length,
            Threshold = Median(measured.Thresholds), ThresholdRange = [measured.Thresholds.Min(), measured.Thresholds.Max()],
            CriticalValue = options.Quantile < 1 ? KolmogorovSmirnov.CriticalValue(1 - options.Quantile, median, rows.Length - median) : null,
            FalseDiscoveryRate = measured.FalseDiscoveryRate,
            Presence = measured.PresencePairs / (double)pairs, Absence = measured.AbsencePairs / (double)pairs,
            Null = measured.NullShare is { } share ? new("permuted-labels", share.Mean, share.StandardDeviation, share.ZScore(measured.Share!.Value), options.Draws) : null,
            Untrained = control,
            // Simes' p-value of the layer's pairs is the least of their q-values.
            Q = measured.Q.Cast<double>().Min(),
            Detectable = KolmogorovSmirnov.CriticalValue(options.Rate / pairs, median, rows.Length - median),
            ClassesPerUnit = PerUnit(measured), UnitsPerClass = sizes.Length <= MostNamed ? measured.UnitsPerClass() : null,
            Histogram = Histogram(measured),
            Top = [.. best.Take(TopPairs).Select(p => new TopPair(p.Unit, measured.Separation.Classes[p.Class], p.Signed, measured.Q[p.Unit, p.Class], measured.PermutationP[p.Unit, p.Class]))],
        });
    }

    /// <summary>The record of the whole analysis.</summary>
    public DiscriminateReport Report(IReadOnlyList<string>? names, string samples, EmbeddingReport embedding)
    {
        var adjusted = FalseDiscoveryRate.BenjaminiHochberg([.. _layers.Select(l => l.Q)]);
        var pairs = _layers.Sum(l => (l.Units - l.ConstantUnits) * l.Classes);
        var found = _present + _absent;
        var share = pairs == 0 ? null : NullDistribution.Of([.. _beyond.Select(b => b / pairs)]);
        return new()
        {
            Source = Discriminate.Source,
            Settings = new(options.Pooling.ToString().ToLowerInvariant(), options.MostSamples, options.Draws, options.Quantile, options.Rate, options.SinglesOut, options.Seed),
            Samples = samples,
            Classes = [.. _first!.Classes.Select((c, i) => new ClassSize(c, names is not null && c >= 0 && c < names.Count ? names[c] : null, _first.Sizes[i]))],
            Network = new(pairs, pairs == 0 ? 0 : _present / (double)pairs, pairs == 0 ? 0 : _absent / (double)pairs,
                found == 0 ? null : Math.Min(1, _beyond.Average() / found),
                share is null ? null : new("permuted-labels", share.Mean, share.StandardDeviation, share.ZScore(found / (double)pairs), options.Draws),
                adjusted.Min(), _singlesOut,
                [.. Grid.Select((t, i) => new ThresholdPoint(t, pairs == 0 ? 0 : _kept[i] / (double)pairs, pairs == 0 ? 0 : _removed[i] / ((double)pairs * options.Draws)))],
                _strongest),
            Layers = [.. _layers.Select((l, i) => l with { Q = adjusted[i] })],
            Embedding = embedding,
        };
    }

    /// <summary>Stores the tables of pairs and of units.</summary>
    public void Store(Run run) => _tables.Store(run);

    private void AddToNetwork(DiscriminationResult measured)
    {
        _present += measured.PresencePairs;
        _absent += measured.AbsencePairs;
        for (var draw = 0; draw < options.Draws && measured.NullShare is { } share; draw++) _beyond[draw] += share.Draws[draw] * measured.Pairs;
        var separation = measured.Separation;
        var scales = separation.Sizes.Select(n => Math.Sqrt(n * (double)(rows.Length - n) / rows.Length)).ToArray();
        for (var unit = 0; unit < separation.Units; unit++)
        {
            if (measured.Constant[unit]) continue;
            var most = 0.0;
            for (var c = 0; c < scales.Length; c++)
            {
                var signed = separation.Signed(unit, c);
                // Of one or two samples a KS of 1 is no wonder: only what labels permuted do not give singles out.
                if (measured.Q[unit, c] <= options.Rate) most = Math.Max(most, signed);
                Tally(_kept, Math.Abs(signed) * scales[c], reached: true);
                foreach (var draw in measured.Null) Tally(_removed, Math.Abs(draw[unit * scales.Length + c]) * scales[c], reached: false);
            }
            _singlesOut += most >= options.SinglesOut ? 1 : 0;
        }
    }

    private static void Tally(long[] counts, double value, bool reached)
    {
        for (var i = 0; i < Grid.Length; i++) counts[i] += value >= Grid[i] == reached ? 1 : 0;
    }

    private static List<(int Unit, int Class, double Signed)> BestPairs(DiscriminationResult measured)
    {
        var separation = measured.Separation;
        var best = new List<(int, int, double Signed)>();
        for (var unit = 0; unit < separation.Units; unit++)
        {
            var c = Enumerable.Range(0, separation.Classes.Length).MaxBy(c => Math.Abs(separation.Signed(unit, c)));
            if (!measured.Constant[unit]) best.Add((unit, c, separation.Signed(unit, c)));
        }
        return [.. best.OrderByDescending(p => Math.Abs(p.Signed))];
    }

    private void AddDistributions(TapEntry tap, Matrix samples, DiscriminationResult measured, List<(int Unit, int Class, double Signed)> best)
    {
        foreach (var (unit, c, signed) in best.Take(TopDistributions))
        {
            if (_strongest.Count == TopDistributions && Math.Abs(_strongest[^1].SignedKs) >= Math.Abs(signed)) break;
            if (_strongest.Count == TopDistributions) _strongest.RemoveAt(TopDistributions - 1);
            var label = measured.Separation.Classes[c];
            float[] inside = [.. Enumerable.Range(0, samples.Rows).Where(r => _labels[r] == label).Select(r => samples.Row(r)[unit]).Order()];
            float[] outside = [.. Enumerable.Range(0, samples.Rows).Where(r => _labels[r] != label).Select(r => samples.Row(r)[unit]).Order()];
            var (low, high) = (Math.Min(inside[0], outside[0]), Math.Max(inside[^1], outside[^1]));
            // From just below the least value, where both distributions are 0.
            float[] places = [.. Enumerable.Range(-1, 52).Select(i => low + (high - low) * i / 50)];
            _strongest.Add(new(tap.Id, tap.Tensor, unit, label, signed, [.. places.Select(v => (double)v)], UpTo(inside, places), UpTo(outside, places),
                new(low, high, ByValue(inside, low, high), ByValue(outside, low, high))));
            _strongest.Sort((a, b) => Math.Abs(b.SignedKs).CompareTo(Math.Abs(a.SignedKs)));
        }
    }

    private static double[] UpTo(float[] sorted, float[] places) => [.. places.Select(p => sorted.Count(v => v <= p) / (double)sorted.Length)];

    private static double[] ByValue(float[] values, double low, double high)
    {
        var counts = new int[ValueBins];
        foreach (var value in values) counts[Math.Min(ValueBins - 1, (int)((value - low) / (high - low) * ValueBins))]++;
        return [.. counts.Select(count => count / (double)values.Length)];
    }

    private static int[] PerUnit(DiscriminationResult measured)
    {
        var counts = new int[Math.Min(MostCounted, measured.Separation.Classes.Length) + 1];
        var perUnit = measured.ClassesPerUnit();
        for (var unit = 0; unit < perUnit.Length; unit++)
            if (!measured.Constant[unit]) counts[Math.Min(perUnit[unit], counts.Length - 1)]++;
        return counts;
    }

    private static KsHistogram Histogram(DiscriminationResult measured)
    {
        var (observed, drawn) = (new int[Bins], new double[Bins]);
        var classes = measured.Separation.Classes.Length;
        static int Bin(double signed) => Math.Min(Bins - 1, (int)((signed + 1) / 2 * Bins));
        for (var unit = 0; unit < measured.Separation.Units; unit++)
        {
            for (var c = 0; c < classes && !measured.Constant[unit]; c++)
            {
                observed[Bin(measured.Separation.Signed(unit, c))]++;
                foreach (var draw in measured.Null) drawn[Bin(draw[unit * classes + c])]++;
            }
        }
        return new(observed, [.. drawn.Select(d => d / measured.Null.Length)]);
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
