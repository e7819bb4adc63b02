using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Matches the tapped layers of two runs and measures how alike they see the same samples.</summary>
internal sealed class DiffLayers
{
    /// <summary>Paper and variant.</summary>
    public const string Source = "Kornblith et al., arXiv 1905.00414, linear CKA; debiased by the unbiased HSIC of Song et al. 2007, as in Nguyen et al., arXiv 2010.15327; of units' means over positions. Interval by random halves of the samples, null by permuting them: ours.";

    // Each holds a kernel while they are compared with one another.
    private const int MostByActivations = 32;

    private readonly Run _a, _b;
    private readonly SharedSplit? _split;
    private readonly int[] _rows;
    private readonly DiffOptions _options;
    private readonly CancellationToken _cancellation;

    private sealed record Layer(TapEntry Tap, bool HasMeans);

    public DiffLayers(Run a, Run b, SharedSplit? split, DiffOptions options, CancellationToken cancellation)
    {
        (_a, _b, _split, _options, _cancellation) = (a, b, split, options, cancellation);
        _rows = split is null ? [] : Choose(split.A.Count, options);
    }

    /// <summary>Samples that are compared.</summary>
    public int Samples => _rows.Length;

    /// <summary>All layers, matched by name, by shape and operator, and the rest by their activations.</summary>
    public IReadOnlyList<DiffLayer> Compare(List<string> notes, IProgress<ProgressUpdate>? progress)
    {
        var matches = LayerMatching.Of(Layers(_a), Layers(_b), l => l.Tap.Tensor, l => l.Tap.Op, l => $"{l.Tap.Op} [{string.Join(",", l.Tap.Shape.Skip(1))}]");
        ByActivations(matches, notes);
        var layers = new List<DiffLayer>();
        foreach (var (a, b, by) in matches)
        {
            layers.Add(Measured(a, b, by));
            progress?.Report(new("layers", layers.Count, matches.Count, "layers"));
        }
        return layers;
    }

    // A layer's tap of means where it has one, else any that stands for it.
    private static Layer[] Layers(Run run) => [.. run.Manifest.Taps.Where(t => !t.HeadInput).GroupBy(t => t.Tensor)
        .Select(g => g.FirstOrDefault(t => t.IsMean) is { } means ? new Layer(means, true) : new Layer(g.First(), false))];

    private static int[] Choose(int count, DiffOptions options)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        if (count <= options.Samples) return rows;
        new SeededRandom((ulong)options.Seed).Shuffle(rows.AsSpan());
        return [.. rows.Take(options.Samples).Order()];
    }

    // Those left, of one rank, the most alike first, as long as they are more alike than any permutation.
    private void ByActivations(List<(Layer? A, Layer? B, string? By)> matches, List<string> notes)
    {
        Layer[] left = [.. matches.Where(m => m.B is null && m.A!.HasMeans).Select(m => m.A!)], right = [.. matches.Where(m => m.A is null && m.B!.HasMeans).Select(m => m.B!)];
        if (left.Length == 0 || right.Length == 0 || _rows.Length < 4) return;
        if (left.Length > MostByActivations || right.Length > MostByActivations)
        {
            notes.Add($"{left.Length} layers of A and {right.Length} of B found no partner by name or shape; by activations the first {MostByActivations} of each were tried");
            (left, right) = ([.. left.Take(MostByActivations)], [.. right.Take(MostByActivations)]);
        }
        var kernels = left.Select(l => Kernel(_a, _split!.A, l.Tap)).ToArray();
        var alike = new List<(double Cka, Layer A, Layer B)>();
        foreach (var b in right)
        {
            if (Kernel(_b, _split!.B, b.Tap) is not { } kernel) continue;
            for (var i = 0; i < left.Length; i++)
            {
                if (left[i].Tap.Shape.Count != b.Tap.Shape.Count || kernels[i] is not { } other) continue;
                if (LinearCka.Measure(other, kernel, Draws, _cancellation) is { } cka && cka.Value > cka.Null.Draws.Max()) alike.Add((cka.Value, left[i], b));
            }
        }
        foreach (var (_, a, b) in alike.OrderByDescending(p => p.Cka))
        {
            if (matches.FindIndex(m => m.A == a && m.B is null) is not (>= 0 and var at) || matches.FindIndex(m => m.B == b && m.A is null) is not (>= 0 and var lone)) continue;
            matches[at] = (a, b, "activations");
            matches.RemoveAt(lone);
        }
    }

    private DiffLayer Measured(Layer? a, Layer? b, string? by)
    {
        var (cka, reason) = a is null || b is null ? (null, "it has no partner")
            : _split is null ? (null, "the runs share no samples")
            : _rows.Length < 4 ? (null, $"the runs share {_rows.Length} samples, and at least 4 are needed")
            : !a.HasMeans || !b.HasMeans ? (null, "its means are not stored in both runs; extract with `--reduce mean`")
            : Cka(a, b);
        return new(a?.Tap.Tensor, b?.Tap.Tensor, by, a?.Tap.Op, b?.Tap.Op, a?.Tap.Shape, b?.Tap.Shape, cka?.Value, cka?.Interval,
            cka is null ? null : new("permuted-samples", cka.Null.Mean, cka.Null.StandardDeviation, cka.Null.ZScore(cka.Value), cka.Null.Draws.Length), reason);
    }

    private (CkaEstimate? Cka, string? Reason) Cka(Layer a, Layer b)
    {
        if (Kernel(_a, _split!.A, a.Tap) is not { } old || Kernel(_b, _split.B, b.Tap) is not { } now) return (null, "it holds values that are not finite");
        return LinearCka.Measure(old, now, Draws, _cancellation) is { } cka ? (cka, null) : (null, "one of the two does not vary over the samples");
    }

    private LinearCkaOptions Draws => new() { Halves = _options.Halves, Permutations = _options.Permutations, Seed = (ulong)_options.Seed + 1 };

    private SampleKernel? Kernel(Run run, SplitSamples split, TapEntry tap)
    {
        var values = run.ReadValues(tap, split, _cancellation).SelectRows(_rows);
        return Array.TrueForAll(values.Values, float.IsFinite) ? SampleKernel.Of(values, cancel: _cancellation) : null;
    }
}
