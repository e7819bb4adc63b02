using Analyzer.Reports;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>One layer measured: what the report says of it, and what only its tables hold.</summary>
/// <param name="Report">The report's entry.</param>
/// <param name="Result">Merges, nearest units.</param>
/// <param name="NullAtTau">n_r of each draw of the null at the options' τ, in an order of the layer's own.</param>
/// <param name="UntrainedAtTau">n_r of the untrained control there.</param>
internal sealed record RedundancyLayer(LayerRedundancy Report, FeatureRedundancyResult Result, IReadOnlyList<double> NullAtTau, int? UntrainedAtTau)
{
    private const int BinsToOne = 4;
    private const int MostListed = 20;
    private const int MostPairs = 10;
    private const int MostBlocks = 40;
    private const int MostLeaves = 64;

    /// <summary>What a layer is and which null it is held against.</summary>
    internal sealed record Subject(string Id, string Tensor, string Node, string Op, int Groups, bool IsWeights);

    /// <summary>Measures a layer.</summary>
    /// <param name="subject">What it is.</param>
    /// <param name="features">A unit a row; finite.</param>
    /// <param name="untrained">The same of the untrained control, or null.</param>
    /// <param name="nulls">Nulls of weights drawn so far, by shape.</param>
    /// <param name="options">How to measure.</param>
    /// <param name="seed">Of the null.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    public static RedundancyLayer Measure(
        Subject subject, Matrix features, Matrix? untrained, Dictionary<string, RedundancyNull> nulls, RedundancyOptions options, ulong seed, CancellationToken cancellation)
    {
        double[] thresholds = [.. options.Thresholds.Append(options.Tau).Distinct().Order()];
        var measure = new FeatureRedundancyOptions
        {
            Linkage = options.Linkage, Similarity = options.Cosine, Thresholds = thresholds, Duplicate = options.Duplicate, Draws = options.Draws, Seed = seed,
        };
        var found = FeatureRedundancy.Measure(features, subject.Groups, measure, cancellation);
        var random = subject.IsWeights
            ? OfShape(found, measure, nulls, cancellation)
            : RedundancyNull.OfPermutedEntries(features, subject.Groups, measure, null, cancellation);
        var control = untrained is null ? null : FeatureRedundancy.Measure(untrained, subject.Groups, measure, cancellation);
        UnitPair[] duplicates = [.. Enumerable.Range(0, found.Features).Where(u => found.NearestSimilarity[u] >= options.Duplicate)
            .Select(u => new UnitPair(u, found.Nearest[u], found.NearestSimilarity[u]!.Value))];
        double pairs = found.Cosines.Sum();
        return new(new()
        {
            Tap = subject.Id, Tensor = subject.Tensor, Node = subject.Node, Op = subject.Op, Units = found.Features, Compared = found.Compared,
            Dimension = found.Dimension, Groups = subject.Groups, Linkage = options.Linkage.ToString().ToLowerInvariant(),
            Zero = found.Zero.Length, ZeroUnits = [.. found.Zero.Take(MostListed)],
            Thresholds = [.. found.Thresholds.Select((at, i) => new ThresholdRedundancy(
                at.Tau, at.Clusters, at.Redundant, random.Redundant[i].Mean, random.Redundant[i].StandardDeviation, random.Redundant[i].Draws.Max(), random.Redundant[i].ZScore(at.Redundant), control?.Thresholds[i].Redundant))],
            Excess = found.Compared == 0 ? 0 : found.Thresholds.Select((at, i) => at.Redundant - random.Redundant[i].Mean).Max() / found.Compared,
            NullKind = subject.IsWeights ? "random-weights" : "permuted-responses",
            NullDraws = random.Draws,
            DuplicateUnits = duplicates.Length,
            DuplicatePairs = found.Duplicates,
            // Of two that are each other's nearest, once.
            Duplicates = [.. duplicates.Where(p => p.Unit < p.Other || found.Nearest[p.Other] != p.Unit)
                .OrderByDescending(p => p.Similarity).ThenBy(p => p.Unit).Take(MostPairs)],
            Cosines = pairs == 0 ? [] : Coarse([.. found.Cosines.Select(count => count / pairs)]),
            NullCosines = pairs == 0 ? [] : Coarse(random.Cosines),
        }, found, Shuffled(random.Redundant[Array.IndexOf(thresholds, options.Tau)].Draws, seed), control?.Redundant(options.Tau));
    }

    /// <summary>The same layer with a picture of its cosines and of its dendrogram.</summary>
    /// <param name="features">What was measured.</param>
    public RedundancyLayer WithPictures(Matrix features)
    {
        if (Result.Groups is not [var only] || Report.Compared < 2) return this;
        int[] order = [.. only.Tree.LeafOrder().Select(leaf => only.Features[leaf])];
        var (first, cells) = CosineBlocks.Of(features, order, MostBlocks);
        var top = DendrogramTop.Of(only.Tree, MostLeaves);
        return this with
        {
            Report = Report with
            {
                // Three digits are more than a colour shows.
                Ordered = new([.. first.Select(f => order[f])], [.. cells.Select(row => row.Select(c => (double?)Math.Round(c, 3)).ToArray())]),
                Tree = new([.. top.FirstItems.Zip(top.Sizes, (item, size) => new TreeLeaf(only.Features[item], size))],
                    [.. top.Heights.Select((height, m) => new TreeMerge(top.First[m], top.Second[m], height))]),
            },
        };
    }

    /// <summary>Several layers together.</summary>
    /// <param name="layers">Of one kind.</param>
    /// <param name="tau">Where they are cut.</param>
    /// <returns>Null where no layer has two units to compare.</returns>
    public static RedundancyTotal? Total(IReadOnlyCollection<RedundancyLayer> layers, double tau)
    {
        RedundancyLayer[] compared = [.. layers.Where(l => l.Result.Heights.Length > 0)];
        if (compared.Length == 0) return null;
        double units = compared.Sum(l => l.Report.Compared);
        var redundant = compared.Sum(l => l.Result.Redundant(tau));
        var draws = compared.Min(l => l.NullAtTau.Count);
        // One draw of each layer makes one draw of the network.
        var sums = NullDistribution.Of([.. Enumerable.Range(0, draws).Select(d => compared.Sum(l => l.NullAtTau[d]) / units)]);
        var share = redundant / units;
        return new((int)units, redundant, share, new(compared[0].Report.NullKind, sums.Mean, sums.StandardDeviation, sums.ZScore(share), draws),
            share > sums.Draws.Max(), compared.All(l => l.UntrainedAtTau is not null) ? compared.Sum(l => l.UntrainedAtTau!.Value) / units : null,
            [.. compared[0].Report.Thresholds.Select((at, i) => new ShareAtThreshold(at.Tau,
                compared.Sum(l => l.Report.Thresholds[i].Redundant) / units, compared.Sum(l => l.Report.Thresholds[i].NullMean) / units, compared.Sum(l => l.Report.Thresholds[i].NullMax) / units))]);
    }

    // Random weights know nothing of a layer but its shape, and the layers of a transformer have few shapes.
    private static RedundancyNull OfShape(
        FeatureRedundancyResult found, FeatureRedundancyOptions measure, Dictionary<string, RedundancyNull> nulls, CancellationToken cancellation)
    {
        var shape = $"{found.Dimension}:{string.Join(',', found.Groups.Select(g => g.Features.Length))}";
        return nulls.TryGetValue(shape, out var known) ? known : nulls[shape] = RedundancyNull.OfRandomFeatures(found, measure, null, cancellation);
    }

    // Layers of one shape share their draws; in an order of its own each, sums over layers vary as sums of independent draws do.
    private static double[] Shuffled(double[] draws, ulong seed)
    {
        double[] shuffled = [.. draws];
        new SeededRandom(seed).Shuffle(shuffled.AsSpan());
        return shuffled;
    }

    private static double[] Coarse(double[] shares) =>
        [.. shares.Chunk(BinsToOne).Select(bins => Math.Round(bins.Sum(), 6))];
}
