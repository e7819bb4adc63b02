using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Many runs of one family, side by side: curves over what differs between them, and the phase chart of their codes.</summary>
public static class Sweep
{
    /// <summary>Compares runs by what their analyses stored; nothing is measured anew.</summary>
    /// <param name="runs">Paths of at least two finished runs.</param>
    /// <param name="options">Factors and cut-offs.</param>
    /// <exception cref="AnalyzerException">Fewer than two runs, a path that is no run, runs without results, or no factor that differs.</exception>
    public static SweepReport Compare(IReadOnlyList<string> runs, SweepOptions options)
    {
        if (runs.Count < 2)
            throw new AnalyzerException($"a sweep compares runs, and {runs.Count} was given", "give the directories of two or more runs");
        if (runs.GroupBy(Path.GetFullPath).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new AnalyzerException($"`{twice.First()}` is given {twice.Count()} times, and would pass for as many repeats", "give each run once");
        var (manifests, measurements, notes) = (new List<Manifest>(), new List<SweepMeasurement>(), new List<string>());
        for (var r = 0; r < runs.Count; r++)
        {
            using var run = Run.Open(runs[r]);
            manifests.Add(run.Manifest);
            var results = run.Results().Select(s => AnalysisResult.FromJson(s.Key, s.Value)).Where(result => result.Applies).ToArray();
            if (results.Length == 0)
                throw new AnalyzerException($"no analysis has been run on `{runs[r]}`", $"run `analyzer analyze all {runs[r]}`");
            measurements.AddRange(SweepMeasures.Of(r, run, results));
        }
        var (ofRuns, factors) = SweepFactors.Of(manifests, options.Factors);
        if (factors.Count == 0)
            throw new AnalyzerException("nothing that is known of these models differs between them",
                @"name what does, by the models' file names: `--factor epoch='epoch(\d+)'`");
        foreach (var factor in factors)
            if (ofRuns.Count(f => !f.ContainsKey(factor.Name)) is > 0 and var lacking)
                notes.Add($"{lacking} of {runs.Count} runs have no value of {factor.Name} and are left out of what depends on it");
        if (manifests.Select(m => m.Data.Sha256).Distinct().Count() is > 1 and var sets)
            notes.Add($"the runs are of {sets} different datasets: what depends on the data does not compare");
        if (manifests.Select(m => string.Join(", ", m.Data.Splits.Select(s => $"{s.Name} {s.Samples}"))).Distinct().ToArray() is { Length: > 1 } counts)
            notes.Add($"the runs are of different numbers of samples ({string.Join("; ", counts)}): R, accuracies and the index of anomaly filters change with it");
        foreach (var measure in measurements.GroupBy(m => m.Measure))
            if (measure.Select(m => m.Run).Distinct().Count() is var having && having < runs.Count)
                notes.Add($"{measure.Key}: measured in {having} of {runs.Count} runs");
        return new()
        {
            Factors = factors,
            Runs = [.. runs.Select((path, r) => new SweepRun(path, manifests[r].Model.Path, manifests[r].Model.Sha256, ofRuns[r]))],
            Measurements = measurements,
            Curves = SweepCurves.Of(measurements, ofRuns, factors),
            Phases = SweepPhases.Of(Places(measurements, ofRuns, factors), factors, options),
            PhaseRule = SweepPhases.Rule(options),
            Correlations = Correlations(measurements, ofRuns, factors),
            Notes = notes,
        };
    }

    /// <summary>Stores the tables: <c>runs.parquet</c>, <c>measurements.parquet</c>, <c>curves.parquet</c> and <c>phases.parquet</c>.</summary>
    public static void Store(SweepReport report, string folder)
    {
        string File(string name) => Path.Combine(folder, name + ".parquet");
        string[] factors = [.. report.Factors.Select(f => f.Name)];
        Column Factor(string name, IEnumerable<IReadOnlyDictionary<string, string>> rows) => Column.Of(name, rows.Select(r => r.GetValueOrDefault(name)).ToArray());
        Table.Write(File("runs"),
            [Column.Of("run", report.Runs.Select((_, r) => (long)r).ToArray()), Column.Of("path", report.Runs.Select(r => (string?)r.Path).ToArray()),
             Column.Of("model", report.Runs.Select(r => (string?)r.Model).ToArray()), .. factors.Select(f => Factor(f, report.Runs.Select(r => r.Factors)))]);
        var m = report.Measurements;
        Table.Write(File("measurements"),
            Column.Of("run", m.Select(x => (long)x.Run).ToArray()), Column.Of("measure", m.Select(x => (string?)x.Measure).ToArray()),
            Column.Of("layer", m.Select(x => x.Layer).ToArray()), Column.Of("tensor", m.Select(x => x.Tensor).ToArray()),
            Column.Of("value", m.Select(x => (double?)x.Value).ToArray()), Column.Of("null_mean", m.Select(x => x.Null).ToArray()),
            Column.Of("low", m.Select(x => x.Interval?[0]).ToArray()), Column.Of("high", m.Select(x => x.Interval?[1]).ToArray()));
        var c = report.Curves.SelectMany(curve => curve.Points.Select(point => (curve, point))).ToArray();
        Table.Write(File("curves"),
            Column.Of("measure", c.Select(x => (string?)x.curve.Measure).ToArray()), Column.Of("layer", c.Select(x => x.curve.Layer).ToArray()),
            Column.Of("factor", c.Select(x => (string?)x.curve.Factor).ToArray()), Column.Of("series", c.Select(x => (string?)x.curve.Series).ToArray()),
            Column.Of("x", c.Select(x => (double?)x.point.X).ToArray()), Column.Of("mean", c.Select(x => (double?)x.point.Mean).ToArray()),
            Column.Of("std", c.Select(x => x.point.Std).ToArray()), Column.Of("repeats", c.Select(x => (int?)x.point.Repeats).ToArray()),
            Column.Of("null_mean", c.Select(x => x.point.Null).ToArray()));
        if (report.Phases.Count == 0) return;
        Table.Write(File("phases"),
            [.. factors.Select(f => Factor(f, report.Phases.Select(p => p.Factors))), Column.Of("redundancy", report.Phases.Select(p => (double?)p.Redundancy).ToArray()),
             Column.Of("knearest", report.Phases.Select(p => (double?)p.KNearest).ToArray()), Column.Of("logistic", report.Phases.Select(p => (double?)p.Logistic).ToArray()),
             Column.Of("regime", report.Phases.Select(p => (string?)p.Regime).ToArray()), Column.Of("decided", report.Phases.Select(p => (int?)(p.Decided ? 1 : 0)).ToArray())]);
    }

    private static SweepPlace[] Places(
        List<SweepMeasurement> measurements, IReadOnlyList<IReadOnlyDictionary<string, string>> ofRuns, IReadOnlyList<SweepFactor> factors)
    {
        var names = factors.Select(f => f.Name).ToArray();
        var whole = measurements.Where(m => m.Layer is null).ToLookup(m => m.Measure);
        Dictionary<int, Estimate> Of(string measure) => whole[measure].Where(m => m.Interval is not null).ToDictionary(m => m.Run, m => new Estimate(m.Value, m.Interval![0], m.Interval[1]));
        // R of the samples that the network was fitted on, which are the split `train` or the first there is.
        var fitted = whole.Select(m => m.Key).Where(m => m.StartsWith(SweepMeasures.Redundancy, StringComparison.Ordinal)).OrderBy(m => m != SweepMeasures.Redundancy + "train").FirstOrDefault("");
        var (redundancy, near, logistic) = (Of(fitted), Of(SweepMeasures.KNearest), Of(SweepMeasures.Logistic));
        return [.. redundancy.Keys.Where(r => near.ContainsKey(r) && logistic.ContainsKey(r)).GroupBy(r => SweepFactors.Describe(ofRuns[r], names))
            .Select(place => new SweepPlace(ofRuns[place.First()].Where(p => names.Contains(p.Key)).ToDictionary(),
                Estimate.Mean([.. place.Select(r => redundancy[r])]), Estimate.Mean([.. place.Select(r => near[r])]), Estimate.Mean([.. place.Select(r => logistic[r])])))];
    }

    // Anomaly filters against the generalisation gap (2412.10457, E1), and every measurement of the network against each factor.
    private static List<SweepCorrelation> Correlations(
        List<SweepMeasurement> measurements, IReadOnlyList<IReadOnlyDictionary<string, string>> ofRuns, IReadOnlyList<SweepFactor> factors)
    {
        var whole = measurements.Where(m => m.Layer is null).GroupBy(m => m.Measure).ToDictionary(g => g.Key, g => g.ToDictionary(m => m.Run, m => m.Value));
        var correlations = new List<SweepCorrelation>();
        void Add(string first, string second, string within, IEnumerable<int> runs, Func<int, double?> a, Func<int, double?> b)
        {
            var pairs = runs.Select(r => (A: a(r), B: b(r))).Where(p => p is { A: not null, B: not null }).ToArray();
            if (pairs.Length < 3) return;
            var rank = RankCorrelation.Of(pairs.Select(p => p.A!.Value).ToArray(), pairs.Select(p => p.B!.Value).ToArray());
            correlations.Add(new(first, second, within, rank.Rho, rank.PValue, rank.Pairs, rank.Method));
        }
        double? Value(string measure, int run) => whole.TryGetValue(measure, out var values) && values.TryGetValue(run, out var value) ? value : null;
        int[] all = [.. Enumerable.Range(0, ofRuns.Count)];
        string[] others = [.. factors.Where(f => f.Name != "epoch").Select(f => f.Name)];
        var groups = all.GroupBy(r => SweepFactors.Describe(ofRuns[r], others)).Where(g => g.Key.Length > 0 && g.Count() < all.Length).ToArray();
        foreach (var measure in whole.Keys.Where(m => m.StartsWith(SweepMeasures.Anomalies, StringComparison.Ordinal)))
        {
            Add(measure, SweepMeasures.Gap, "", all, r => Value(measure, r), r => Value(SweepMeasures.Gap, r));
            foreach (var group in groups)
                Add(measure, SweepMeasures.Gap, group.Key, group, r => Value(measure, r), r => Value(SweepMeasures.Gap, r));
        }
        foreach (var factor in factors.Where(f => f.Numeric))
            foreach (var measure in whole.Keys)
                Add(measure, factor.Name, "", all, r => Value(measure, r), r => ofRuns[r].TryGetValue(factor.Name, out var text) ? SweepFactors.Number(text) : null);
        return correlations;
    }
}
