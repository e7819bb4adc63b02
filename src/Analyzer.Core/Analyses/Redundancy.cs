using System.Text.Json;
using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;
using Subject = Analyzer.Analyses.RedundancyLayer.Subject;

namespace Analyzer.Analyses;

/// <summary>
/// How many of a layer's features repeat others? Ayinde, Inanc, Zurada, "On Correlation of Features Extracted by Deep Neural
/// Networks", arXiv 1901.10900; the same of units' responses beside it.
/// </summary>
public static class Redundancy
{
    /// <summary>The analysis' name.</summary>
    public const string Name = "redundancy";

    internal const string Source = "Ayinde, Inanc, Zurada, arXiv 1901.10900: n_r redundant features of a layer by agglomerative clustering of the cosines of units' weights. Nulls, and the same of units' responses, are ours.";

    /// <summary>Measures the weights of every layer and the responses of every tap of means, and stores tables and findings in the run.</summary>
    /// <param name="run">A finished run with stored weights or taps of means.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="progress">Told of each layer.</param>
    /// <param name="cancellation">Ends the work; nothing is stored then.</param>
    /// <returns>Findings and the record <see cref="RedundancyReport"/>.</returns>
    /// <exception cref="AnalyzerException">The run holds neither weights nor means.</exception>
    /// <remarks>O(draws · units² · min(units, dimension)) a layer; 8 · units² bytes, twice while nulls are drawn.</remarks>
    public static AnalysisResult Analyze(Run run, RedundancyOptions options, IProgress<ProgressUpdate>? progress = null, CancellationToken cancellation = default)
    {
        var taps = run.Manifest.Taps.Where(t => t.IsMean && !t.HeadInput).ToArray();
        if (run.Manifest.Weights.Count == 0 && taps.Length == 0)
            throw new AnalyzerException($"the run in `{run.Path}` holds neither weights nor means of activations", "extract it with `--reduce mean`", Failure.Inconclusive);
        var notes = new List<string>();
        var nulls = new Dictionary<string, RedundancyNull>();
        var (weights, responses) = (new List<RedundancyLayer>(), new List<RedundancyLayer>());
        var total = run.Manifest.Weights.Count + taps.Length;

        foreach (var layer in run.Manifest.Weights)
        {
            var subject = new Subject(layer.Id, layer.Tensor, layer.Node, layer.Op, layer.Groups, IsWeights: true);
            if (TooWide(layer.Units / layer.Groups, layer.Tensor, notes)) continue;
            var features = run.ReadWeights(layer);
            if (features.Values.Any(w => !float.IsFinite(w))) notes.Add($"redundancy: the weights `{layer.Tensor}` are not all finite, so they were not compared");
            else weights.Add(Measure(subject, features, null));
        }
        var split = Choose(run);
        using var untrained = run.OpenNull(NullKind.Untrained);
        foreach (var tap in taps)
        {
            if (split is null || TooWide(tap.Units, tap.Tensor, notes)) continue;
            var (features, left) = RedundancyResponses.Read(run, tap, split, options, cancellation);
            if (left > 0) notes.Add($"redundancy: {tap.Tensor}: {left} samples with responses that are not finite were left out");
            var control = untrained?.Manifest.Taps.FirstOrDefault(t => t.Tensor == tap.Tensor && t.IsMean && t.Units == tap.Units);
            var twin = control is null ? default : RedundancyResponses.Read(untrained!, control, split, options, cancellation);
            if (features.Rows > 0)
                responses.Add(Measure(new(tap.Id, tap.Tensor, tap.Node, tap.Op, 1, IsWeights: false), features, twin.Features is { Rows: > 0 } ? twin.Features : null));
        }
        notes.AddRange(weights.Concat(responses).Where(l => l.NullAtTau.Count < options.Draws)
            .Select(l => $"redundancy: {l.Report.Tensor}: {l.NullAtTau.Count} draws of the null instead of {options.Draws}, for their cost"));

        Picture(weights, id => run.ReadWeights(run.Manifest.Weights.Single(w => w.Id == id)));
        Picture(responses, id => RedundancyResponses.Read(run, taps.Single(t => t.Id == id), split!, options, cancellation).Features);

        var report = new RedundancyReport
        {
            Source = Source,
            Settings = new(Word(options.Linkage), Word(options.Cosine), Word(options.Responses), options.Tau, options.Duplicate, options.Excess,
                options.Draws, responses.Count > 0 ? responses.Max(l => l.Report.Dimension) : 0, responses.Count > 0 ? split!.Name : null, options.Seed),
            Weights = RedundancyLayer.Total(weights, options.Tau),
            Responses = RedundancyLayer.Total(responses, options.Tau),
            Layers = [.. weights.Select(l => l.Report)],
            Activations = [.. responses.Select(l => l.Report)],
        };
        var result = new AnalysisResult(Name, RedundancyFindings.Of(report), JsonSerializer.SerializeToNode(report, Report.Json)!, notes);
        RedundancyTables.Store(run, [.. weights, .. responses], options.Tau);
        return result;

        RedundancyLayer Measure(Subject subject, Matrix features, Matrix? twin)
        {
            var done = weights.Count + responses.Count;
            progress?.Report(new("redundancy", 100L * done / total, 100, "%"));
            var seed = (ulong)options.Seed * 0x9E3779B97F4A7C15 + (ulong)done + 1;
            var measured = RedundancyLayer.Measure(subject, features, twin, nulls, options, seed, cancellation);
            progress?.Report(new("redundancy", 100L * (done + 1) / total, 100, "%"));
            return measured;
        }
    }

    // One layer a kind: a picture of each would make the report of a hundred layers large.
    private static void Picture(List<RedundancyLayer> layers, Func<string, Matrix> read)
    {
        if (layers.Count == 0) return;
        var farthest = Enumerable.Range(0, layers.Count).MaxBy(i => layers[i].Report.Excess);
        layers[farthest] = layers[farthest].WithPictures(read(layers[farthest].Report.Tap));
    }

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    // What a network has learnt shows on samples that it has not seen.
    private static SplitSamples? Choose(Run run)
    {
        var splits = run.Samples().Where(s => s.Count > 0).ToArray();
        return splits.FirstOrDefault(s => s.Name == "test") ?? splits.LastOrDefault();
    }

    private static bool TooWide(int units, string tensor, List<string> notes)
    {
        if (units <= Agglomeration.LargestCount) return false;
        notes.Add($"redundancy: {tensor}: {units} units were not compared; the most that are is {Agglomeration.LargestCount}, whose distances take 2 GiB");
        return true;
    }
}
