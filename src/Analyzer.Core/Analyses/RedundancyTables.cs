using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>Stores what <see cref="Redundancy"/> found unit by unit and merge by merge.</summary>
internal static class RedundancyTables
{
    public static void Store(Run run, IReadOnlyList<RedundancyLayer> layers, double tau)
    {
        Units(run, layers, tau);
        Merges(run, layers);
        var cuts = layers.SelectMany(l => l.Report.Thresholds.Select(at => (l.Report, At: at))).ToArray();
        run.WriteTable(Redundancy.Name, "thresholds",
            Column.Of("tap", [.. cuts.Select(c => (string?)c.Report.Tap)]), Column.Of("tensor", [.. cuts.Select(c => (string?)c.Report.Tensor)]),
            Column.Of("units", [.. cuts.Select(c => (int?)c.Report.Compared)]), Column.Of("tau", [.. cuts.Select(c => (double?)c.At.Tau)]),
            Column.Of("clusters", [.. cuts.Select(c => (int?)c.At.Clusters)]), Column.Of("redundant", [.. cuts.Select(c => (int?)c.At.Redundant)]),
            Column.Of("null_mean", [.. cuts.Select(c => (double?)c.At.NullMean)]), Column.Of("null_std", [.. cuts.Select(c => (double?)c.At.NullStd)]),
            Column.Of("untrained", [.. cuts.Select(c => c.At.Untrained)]));
    }

    // A unit a row: its nearest, its cluster at τ and its place in the drawing of the dendrogram; NULL for zero units.
    private static void Units(Run run, IReadOnlyList<RedundancyLayer> layers, double tau)
    {
        var (taps, units, groups, nearest, similarities, clusters, places) =
            (new List<string?>(), new List<int?>(), new List<int?>(), new List<int?>(), new List<double?>(), new List<int?>(), new List<int?>());
        foreach (var (report, result) in layers.Select(l => (l.Report, l.Result)))
        {
            var (cluster, place) = (new int?[result.Features], new int?[result.Features]);
            var (clusterBase, placeBase) = (0, 0);
            foreach (var (features, tree) in result.Groups)
            {
                int[] labels = tree.Labels(1 - tau), leaves = tree.LeafOrder();
                for (var i = 0; i < leaves.Length; i++)
                    (cluster[features[i]], place[features[leaves[i]]]) = (clusterBase + labels[i], placeBase + i);
                clusterBase += labels.Max() + 1;
                placeBase += leaves.Length;
            }
            for (var unit = 0; unit < result.Features; unit++)
            {
                taps.Add(report.Tap);
                units.Add(unit);
                groups.Add(unit / (result.Features / report.Groups));
                nearest.Add(result.Nearest[unit] < 0 ? null : result.Nearest[unit]);
                similarities.Add(result.NearestSimilarity[unit]);
                clusters.Add(cluster[unit]);
                places.Add(place[unit]);
            }
        }
        run.WriteTable(Redundancy.Name, "units", Column.Of("tap", taps), Column.Of("unit", units), Column.Of("unit_group", groups), Column.Of("nearest", nearest),
            Column.Of("similarity", similarities), Column.Of("cluster", clusters), Column.Of("place", places));
    }

    // SciPy's convention within a group of n units that have a direction: node i < n is the i-th of them, n + m what merge m made.
    private static void Merges(Run run, IReadOnlyList<RedundancyLayer> layers)
    {
        var rows = layers.SelectMany(l => l.Result.Groups.SelectMany(g => Enumerable.Range(0, g.Tree.Heights.Length)
            .Select(m => (l.Report.Tap, Group: g.Features[0] / (l.Result.Features / l.Report.Groups), Merge: m, g.Tree)))).ToArray();
        run.WriteTable(Redundancy.Name, "merges",
            Column.Of("tap", [.. rows.Select(r => (string?)r.Tap)]), Column.Of("unit_group", [.. rows.Select(r => (int?)r.Group)]),
            Column.Of("merge", [.. rows.Select(r => (int?)r.Merge)]), Column.Of("first", [.. rows.Select(r => (int?)r.Tree.First[r.Merge])]),
            Column.Of("second", [.. rows.Select(r => (int?)r.Tree.Second[r.Merge])]), Column.Of("height", [.. rows.Select(r => (double?)r.Tree.Heights[r.Merge])]),
            Column.Of("size", [.. rows.Select(r => (int?)r.Tree.Sizes[r.Merge])]));
    }
}
