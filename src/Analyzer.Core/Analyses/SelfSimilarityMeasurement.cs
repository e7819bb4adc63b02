using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>What a layer's report leaves out: values by draw, by unit and by threshold.</summary>
/// <param name="Layer">The report.</param>
/// <param name="Shuffled">[draws] SS_rate of each shuffle.</param>
/// <param name="ShuffledBoxes">[draws] box dimension of each shuffle, fewer where one has none.</param>
/// <param name="Halves">[halves] SS_rate on random halves of the samples, the same halves for every layer.</param>
/// <param name="UntrainedHalves">The same with re-drawn weights; null without.</param>
/// <param name="UnitNumbers">[units] units measured.</param>
/// <param name="Norms">[units] their norms over the samples.</param>
/// <param name="Curve">θ, p and N at every threshold.</param>
/// <param name="Boxes">The box count; null where undefined.</param>
/// <param name="Eigenvalues">Of the covariance, descending.</param>
internal sealed record LayerDetail(
    SelfSimilarityLayer Layer, double[] Shuffled, double[] ShuffledBoxes, double[] Halves, double[]? UntrainedHalves, int[] UnitNumbers, double[] Norms,
    SelfSimilarityCurve Curve, BoxCountResult? Boxes, double[] Eigenvalues);

/// <summary>Measures one layer after the other.</summary>
internal sealed class SelfSimilarityMeasurement(SelfSimilarityOptions options, CancellationToken cancellation)
{
    /// <summary>Fewest samples: below, distances are too noisy for a dimension.</summary>
    public const int FewestSamples = 100;

    /// <summary>Fewest units: below, a box count has too few points.</summary>
    public const int FewestUnits = 16;

    /// <summary>Least distance between some two units, below which there is no box dimension.</summary>
    public const double LeastSpread = .1;

    private const int GaussianDraws = 20;
    private const int HalfDraws = 20;
    private const int TrimDraws = 20;
    private const int CurvePoints = 32;

    /// <summary>Measures a layer.</summary>
    /// <param name="tap">Which.</param>
    /// <param name="values">[samples, units].</param>
    /// <param name="untrained">The same with re-drawn weights, or null.</param>
    /// <param name="drawn">Whether the report draws its curves.</param>
    /// <returns>The measurement, or the reason why there is none.</returns>
    public (LayerDetail? Detail, string? Reason) Of(TapEntry tap, Matrix values, Matrix? untrained, bool drawn)
    {
        if (tap.Units < FewestUnits) return (null, $"it has {tap.Units} units; at least {FewestUnits} are needed");
        if (!AllFinite(values)) return (null, "a unit is NaN or infinite for some sample");
        var chosen = Choose(values.Columns, options.MaximumUnits, options.Seed);
        var units = Select(values, chosen);
        if (units.Rows - Constant(units) is var varying && varying < FewestUnits)
            return (null, $"{varying} of its {units.Rows} units vary over the samples; at least {FewestUnits} are needed");
        var distances = PairDistances.Measure(units, cancel: cancellation);
        if (SelfSimilarityRate.Measure(distances, units.Rows, cancel: cancellation) is not { } curve)
            return (null, "all its units are equally far from one another, as dead units are");

        var twin = untrained is not null && AllFinite(untrained) ? Select(untrained, chosen) : null;
        var twinDistances = twin is null ? null : PairDistances.Measure(twin, cancel: cancellation);
        var kept = SelfSimilarityRate.WithoutLoudest(units, options.TrimmedShare);
        var trimmed = Trimmed(distances, units.Rows, kept);
        var (shuffled, shuffledBoxes, firstShuffle) = Shuffles(units);
        var gaussian = Enumerable.Range(0, GaussianDraws).Select(d => Rate(FeatureNull.Gaussian(units, Draw(d)))).OfType<double>().ToArray();
        var halves = Halves(units);
        var boxes = Boxes(distances, units.Rows);
        var eigenvalues = CovarianceSpectrum.Of(units, cancellation);
        var twinBoxes = twinDistances is null ? null : Boxes(twinDistances, twin!.Rows);
        if (shuffled.Length < options.Draws || (boxes is not null && shuffledBoxes.Length < options.Draws) || gaussian.Length < 2 || halves.Length < HalfDraws)
            return (null, "its units are so nearly equally far from one another that shuffling or halving the samples makes them equal");

        var nulls = NullDistribution.Of(shuffled);
        var layer = new SelfSimilarityLayer
        {
            Tap = tap.Id, Tensor = tap.Tensor, Units = units.Rows, LayerUnits = values.Columns, ConstantUnits = Constant(units), Samples = units.Columns,
            Variant = "code", SsRate = curve.Rate, SsRateInterval = Interval(curve.Rate, halves),
            SsRatePrinted = SelfSimilarityRate.Measure(distances, units.Rows, new() { Estimate = BoxEstimate.Printed }, cancellation)!.Rate,
            SsRateTrimmed = trimmed, TrimNull = trimmed is { } value ? Summary("random-units", RandomTrims(distances, units.Rows, kept), value) : null,
            LoudestUnits = [.. Enumerable.Range(0, units.Rows).Except(kept).Select(u => chosen[u])],
            NullMean = nulls.Mean, NullStd = nulls.StandardDeviation, PValue = TwoSided(shuffled, curve.Rate),
            Gaussian = Summary("gaussian-units", gaussian, curve.Rate)!,
            BoxDimension = boxes?.Dimension, BoxDimensionError = boxes?.ResidualError, BoxSlopeError = boxes?.Fit.SlopeError,
            BoxNull = boxes is null ? null : Summary("shuffled-units", shuffledBoxes, boxes.Dimension),
            Spectrum = Spectrum(eigenvalues), CorrelationDimension = Dimension(units), Network = Network(distances, units.Rows),
            Untrained = twin is null ? null : new(
                SelfSimilarityRate.Measure(twinDistances, twin.Rows, cancel: cancellation)?.Rate,
                Trimmed(twinDistances!, twin.Rows, SelfSimilarityRate.WithoutLoudest(twin, options.TrimmedShare)),
                twinBoxes?.Dimension, Gamma(CovarianceSpectrum.Of(twin, cancellation)), Dimension(twin)),
            Curves = !drawn || boxes is null || firstShuffle is null ? null : new(
                Points(boxes), Points(firstShuffle), twinBoxes is null ? null : Points(twinBoxes), Line(boxes), GaussianBoxes(units) is { } independent ? Points(independent) : null),
        };
        var twinHalves = twin is null ? null : Halves(twin);
        return (new(layer, shuffled, shuffledBoxes, halves, twinHalves is { Length: HalfDraws } ? twinHalves : null, chosen, Norms(units), curve, boxes, eigenvalues), null);
    }

    /// <summary>Twice the smaller share of draws at or beyond a value, the value counted among them: exact where draws and value are exchangeable.</summary>
    public static double TwoSided(double[] draws, double value)
    {
        int above = 1 + draws.Count(d => d >= value), below = 1 + draws.Count(d => d <= value);
        return Math.Min(1, 2.0 * Math.Min(above, below) / (draws.Length + 1));
    }

    // ln(1 + θ) is θ where all units are near one another, to 5 % below that: d_B would be a number for a unit of activation, and no dimension.
    private BoxCountResult? Boxes(double[] distances, int units) =>
        BoxCount.Measure(distances, units, cancellation) is { } boxes && boxes.Heights[^1] >= LeastSpread ? boxes : null;

    /// <summary>SS_rates of shuffled units: fewer than asked for where one is undefined.</summary>
    public (double[] Rates, double[] BoxDimensions, BoxCountResult? First) Shuffles(Matrix units)
    {
        var (rates, dimensions) = (new List<double>(), new List<double>());
        BoxCountResult? first = null;
        for (var draw = 0; draw < options.Draws; draw++)
        {
            var distances = PairDistances.Measure(FeatureNull.Shuffle(units, Draw(draw)), cancel: cancellation);
            if (SelfSimilarityRate.Measure(distances, units.Rows, cancel: cancellation) is { } curve) rates.Add(curve.Rate);
            if (BoxCount.Measure(distances, units.Rows, cancellation) is not { } boxes) continue;
            dimensions.Add(boxes.Dimension);
            first ??= boxes;
        }
        return ([.. rates], [.. dimensions], first);
    }

    /// <summary>Value ± 1.96 standard deviations over random halves of the samples, whose spread is the standard error of the whole.</summary>
    public static double[] Interval(double value, double[] halves)
    {
        var half = 1.959963984540054 * NullDistribution.Of(halves).StandardDeviation;
        return [Math.Max(0, value - half), value + half];
    }

    /// <summary>Units of both networks in one plane.</summary>
    public static UnitMap? Map(TapEntry tap, Matrix values, Matrix untrained, long seed)
    {
        const int most = 128;
        if (!AllFinite(values) || !AllFinite(untrained)) return null;
        var chosen = Choose(values.Columns, most, seed);
        Matrix trained = Select(values, chosen), twin = Select(untrained, chosen);
        var both = new Matrix(2 * chosen.Length, trained.Columns, [.. trained.Values, .. twin.Values]);
        var plane = ClassicalScaling.Embed(both);
        double[][] points = [.. plane.X.Zip(plane.Y, (x, y) => new[] { Rounded(x), Rounded(y) })];
        return new(tap.Id, tap.Tensor, points[..chosen.Length], points[chosen.Length..], plane.Kept);
    }

    private SpectrumReport Spectrum(double[] eigenvalues)
    {
        PowerLawReport? tail = null;
        if (PowerLaw.Fit(eigenvalues) is { } fit)
            tail = new(fit.Exponent, fit.ExponentError, fit.Least, fit.Tail, fit.IsLongEnough,
                fit.IsLongEnough ? PowerLaw.PValue(eigenvalues, fit, new() { Draws = options.Bootstrap, Seed = (ulong)options.Seed }, cancellation) : null,
                fit.IsLongEnough
                    ? [.. PowerLawAlternatives.Compare(eigenvalues, fit).Select(c => new LawComparison(JsonNamingPolicy.CamelCase.ConvertName(c.Alternative.ToString()), c.LogRatio, c.PValue))]
                    : []);
        return new(eigenvalues.Length, Gamma(eigenvalues), tail);
    }

    private UnitNetworkReport Network(double[] distances, int units)
    {
        var epsilon = NeighbourGraph.EpsilonFor(distances, units, options.MeanDegree);
        var found = NetworkFractality.Measure(NeighbourGraph.Nearer(distances, units, epsilon), new() { Seed = (ulong)options.Seed }, cancellation);
        return new(double.IsFinite(epsilon) ? epsilon : null, found.Nodes, found.Share, found.Diameter,
            found.Covers.Count(c => c.Length >= 2 && 4L * c.Length <= 3L * found.Diameter), found.Dimension, found.DimensionError, found.AkaikeDifference,
            found.Covers.Select(c => (c.Most - c.Fewest) / (double)c.Fewest).DefaultIfEmpty(0).Max());
    }

    private double[] Halves(Matrix units)
    {
        var rates = new List<double>();
        for (var half = 0; half < HalfDraws; half++)
        {
            var samples = Choose(units.Columns, units.Columns / 2, options.Seed + 1 + half);
            var part = new Matrix(units.Rows, samples.Length);
            for (var u = 0; u < units.Rows; u++)
                for (var s = 0; s < samples.Length; s++)
                    part.Row(u)[s] = units.Row(u)[samples[s]];
            if (Rate(part) is { } rate) rates.Add(rate);
        }
        return [.. rates];
    }

    private double? Rate(Matrix units) => SelfSimilarityRate.Measure(PairDistances.Measure(units, cancel: cancellation), units.Rows, cancel: cancellation)?.Rate;

    private BoxCountResult? GaussianBoxes(Matrix units) => BoxCount.Measure(PairDistances.Measure(FeatureNull.Gaussian(units, Draw(0)), cancel: cancellation), units.Rows, cancellation);

    private double? Trimmed(double[] distances, int units, int[] kept) =>
        SelfSimilarityRate.Measure(PairDistances.Select(distances, units, kept), kept.Length, cancel: cancellation)?.Rate;

    /// <summary>SS_rates without as many units as were trimmed, drawn from those that were kept: what leaving out any unit does.</summary>
    private double[] RandomTrims(double[] distances, int units, int[] kept)
    {
        var rates = new List<double>();
        for (var draw = 0; draw < TrimDraws; draw++)
        {
            var order = kept.ToArray();
            new SeededRandom(Draw(draw)).Shuffle(order.AsSpan());
            int[] left = [.. Enumerable.Range(0, units).Except(order.Take(units - kept.Length))];
            if (Trimmed(distances, units, left) is { } rate) rates.Add(rate);
        }
        return [.. rates];
    }

    private double? Dimension(Matrix units) => CorrelationDimension.Measure(PairDistances.Measure(units.Transpose(), cancel: cancellation))?.Dimension;

    private static double? Gamma(double[] eigenvalues) => PowerLaw.WholeSpectrumExponent(eigenvalues);

    private ulong Draw(int draw) => (ulong)options.Seed * 0x9E3779B97F4A7C15 + (ulong)draw + 1;

    private static NullSummary? Summary(string kind, double[] draws, double value)
    {
        if (draws.Length < 2) return null;
        var distribution = NullDistribution.Of(draws);
        return new(kind, distribution.Mean, distribution.StandardDeviation, distribution.ZScore(value), draws.Length);
    }

    private static bool AllFinite(Matrix values) => Array.TrueForAll(values.Values, float.IsFinite);

    private static int Constant(Matrix units) => Enumerable.Range(0, units.Rows).Count(u => units.Row(u).IndexOfAnyExcept(units.Row(u)[0]) < 0);

    private static double[] Norms(Matrix units) =>
        [.. Enumerable.Range(0, units.Rows).Select(u => Math.Sqrt(units.Row(u).ToArray().Sum(v => (double)v * v)))];

    /// <summary>Some of [0, count), ascending; all where they are few enough.</summary>
    private static int[] Choose(int count, int most, long seed)
    {
        var all = Enumerable.Range(0, count).ToArray();
        if (count <= most) return all;
        new SeededRandom((ulong)seed).Shuffle(all.AsSpan());
        return [.. all.Take(most).Order()];
    }

    /// <summary>Chosen columns as rows.</summary>
    private static Matrix Select(Matrix values, int[] units)
    {
        var transposed = values.Transpose();
        return units.Length == values.Columns ? transposed : transposed.SelectRows(units);
    }

    private static double[][] Points(BoxCountResult boxes)
    {
        double low = Math.Log(1 + boxes.Heights[0]), high = Math.Log(1 + boxes.Heights[^1]);
        return [.. Enumerable.Range(0, CurvePoints).Select(k =>
        {
            var x = low + (high - low) * k / (CurvePoints - 1);
            // The last point is the last merge itself, however exp rounds.
            var threshold = k == CurvePoints - 1 ? boxes.Heights[^1] : Math.Exp(x) - 1;
            return new[] { Rounded(x), Rounded(Math.Log(boxes.Boxes(threshold))) };
        })];
    }

    private static double[][] Line(BoxCountResult boxes)
    {
        double[] Point(double x) => [Rounded(x), Rounded(boxes.Fit.Intercept + boxes.Fit.Slope * x)];
        return [Point(Math.Log(1 + boxes.Heights[0])), Point(Math.Log(1 + boxes.Heights[^1]))];
    }

    // Four decimals are finer than a pixel.
    private static double Rounded(double value) => Math.Round(value, 4);
}
