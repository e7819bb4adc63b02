using System.Diagnostics;
using System.Text.Json.Nodes;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;

namespace Analyzer.Benchmarks.Peers;

/// <summary>What a task took and what it answered, in the form of the Python programs.</summary>
internal sealed record Answer(double Seconds, JsonNode Value)
{
    // What a first call spends on being compiled, two seconds on a slow machine, the peers' libraries spent before they were installed.
    private const double LongEnough = 10;

    public static Answer Of<T>(Func<T> work, Func<T, JsonNode> value)
    {
        var (result, seconds) = Timed();
        if (seconds < LongEnough) (result, seconds) = Timed();
        return new(seconds, value(result));

        (T, double) Timed()
        {
            var clock = Stopwatch.StartNew();
            return (work(), clock.Elapsed.TotalSeconds);
        }
    }
}

/// <summary>The tasks that users run in Python today, by the product's own public functions: reading is not timed, all else is.</summary>
internal static class PeerTasks
{
    private const int Threads = 2, Classes = 10, CodeRows = 20_000;

    public static readonly IReadOnlyDictionary<string, Func<Inputs, Answer>> All = new Dictionary<string, Func<Inputs, Answer>>
    {
        ["knn"] = Neighbours, ["kmeans"] = Clusters, ["logistic"] = Regression, ["gmm"] = Mixtures, ["linkage"] = Redundancy, ["ks"] = Separation,
        ["ssrate"] = inputs => Similarity(Part(inputs.Floats("features_test", 640), 512).Transpose()),
        ["ssrate4096"] = inputs => Similarity(Part(inputs.Floats("filters"), 640)),
        ["extract"] = Extraction,
    };

    private static Answer Neighbours(Inputs inputs)
    {
        var (train, test, labels, truth) = (inputs.Codes("codes_train"), inputs.Codes("codes_test"), inputs.Labels("labels_train"), inputs.Labels("labels_test"));
        return Answer.Of(() => KNearest.Vote(KNearest.Find(train, test, new() { Neighbours = 9, Threads = Threads }), labels), guess => Right(guess, truth));
    }

    private static Answer Clusters(Inputs inputs)
    {
        var (codes, labels) = (Inputs.Active(inputs.Floats("features_train", CodeRows)), inputs.Labels("labels_train", CodeRows));
        return Answer.Of(() => KMeans.Cluster(codes, new() { Clusters = Classes, Restarts = 10, MaxIterations = 300, Seed = 9, Threads = Threads }), found => new JsonObject
        {
            ["inertia"] = found.Inertia,
            ["purity"] = Enumerable.Range(0, Classes).Sum(c => labels.Where((_, i) => found.Labels[i] == c).CountBy(l => l).Max(l => l.Value)) / (double)labels.Length,
        });
    }

    private static Answer Regression(Inputs inputs)
    {
        var (codes, labels) = (Inputs.Active(inputs.Floats("features_train", CodeRows)), inputs.Labels("labels_train", CodeRows));
        var (test, truth) = (Inputs.Active(inputs.Floats("features_test")), inputs.Labels("labels_test"));
        return Answer.Of(() => LogisticRegression.Fit(codes, labels, new() { Scheme = LogisticScheme.Multinomial, Threads = Threads }), model => new JsonObject
        {
            ["accuracy"] = Right(model.Predict(test), truth), ["iterations"] = model.Iterations, ["objective"] = model.Objectives[0],
        });
    }

    private static Answer Mixtures(Inputs inputs)
    {
        const int filters = 64, samples = 1000;
        var all = inputs.Floats("maps");
        var maps = new Matrix(filters * samples, all.Columns / samples, all.Values);
        return Answer.Of(() =>
        {
            var found = new FilterClusters[filters];
            Parallel.For(0, filters, new() { MaxDegreeOfParallelism = Threads }, filter =>
            {
                var plane = PrincipalPlane.Of(maps.SelectRows([.. Enumerable.Range(filter * samples, samples)]));
                found[filter] = FilterClusters.Of(plane.First, plane.Second);
            });
            return (Found: found, Anomalies: AnomalyFilters.Find(found, samples));
        }, result => new JsonObject
        {
            ["best"] = new JsonArray([.. result.Found.Take(8).Select(f => new JsonArray(Math.Round(f.Separation.CalinskiHarabasz ?? 0, 2), f.Components))]),
            ["anomalies"] = new JsonArray([.. result.Anomalies.Filters.Select(f => JsonValue.Create(f))]),
        });
    }

    private static Answer Redundancy(Inputs inputs)
    {
        var filters = inputs.Floats("filters");
        return Answer.Of(() => FeatureRedundancy.Measure(filters, options: new() { Thresholds = [.1, .2, .3, .4, .5, .6, .7, .8, .9], Threads = Threads }),
            found => new JsonArray([.. found.Thresholds.Select(t => JsonValue.Create(t.Redundant))]));
    }

    private static Answer Separation(Inputs inputs)
    {
        var (features, labels) = (inputs.Floats("features_test"), inputs.Labels("labels_test"));
        return Answer.Of(() => Discrimination.Measure(features, labels, new() { Draws = 20, Threads = Threads }).Separation, found =>
            new JsonArray([.. Enumerable.Range(0, 4).Select(unit => new JsonArray([.. Enumerable.Range(0, Classes).Select(c => JsonValue.Create(Math.Abs(found.Signed(unit, c))))]))]));
    }

    private static Answer Similarity(Matrix units) => Answer.Of(
        () => SelfSimilarityRate.Measure(PairDistances.Measure(units, Threads), units.Rows, new() { Threads = Threads }), curve => JsonValue.Create(curve!.Rate));

    // The pass alone, for the peer's network is loaded and warmed up too before its clock starts: from the first batch to the last file in place.
    private static Answer Extraction(Inputs inputs)
    {
        using var folder = new DataFolder();
        var options = new ExtractOptions
        {
            Model = inputs.File("resnet18.onnx"), Data = inputs.File("images.npy"), Out = folder.At("run"), Taps = ["op:Relu"],
            Reducers = [Reducer.Mean], Nulls = false, Batch = 16, Execution = new() { Device = Device.Cpu, Threads = Threads },
        };
        Pipeline.Extract(options with { Out = folder.At("first"), Limit = options.Batch });
        var clock = new PassClock();
        Pipeline.Extract(options, clock);
        return new(clock.Seconds, JsonValue.Create(Sum(options.Out)));
    }

    private static double Sum(string path)
    {
        using var run = Run.Open(path);
        return run.Manifest.Taps.Sum(tap => run.Samples().Sum(split => run.ReadValues(tap, split).Values.Sum(value => (double)value)));
    }

    private static Matrix Part(Matrix matrix, int columns)
    {
        var part = new Matrix(matrix.Rows, columns);
        for (var i = 0; i < part.Rows; i++) matrix.Row(i)[..columns].CopyTo(part.Row(i));
        return part;
    }

    private static double Right(int[] guess, int[] truth) => guess.Zip(truth).Count(p => p.First == p.Second) / (double)truth.Length;
}
