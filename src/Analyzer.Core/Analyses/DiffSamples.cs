using Analyzer.Reports;
using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>The samples that two runs share: the first ones of splits of one name, of the same data.</summary>
/// <param name="A">In A, cut to those shared.</param>
/// <param name="B">The same samples in B.</param>
internal sealed record SharedSplit(SplitSamples A, SplitSamples B);

/// <summary>Which samples two runs share, and what their models said of them.</summary>
internal static class DiffSamples
{
    /// <summary>The shared part of every split; none where the data is not the same.</summary>
    /// <param name="a">A run.</param>
    /// <param name="b">Another.</param>
    /// <param name="notes">Told why, where not all is shared.</param>
    public static IReadOnlyList<SharedSplit> Shared(Run a, Run b, List<string> notes)
    {
        DataIdentity old = a.Manifest.Data, now = b.Manifest.Data;
        if (old.Sha256 != now.Sha256)
        {
            notes.Add("the data differ (other sha256), so neither activations nor predictions can be compared sample by sample, and findings differ by the data too");
            return [];
        }
        // Samples are numbered without those set aside.
        if (!(old.Unreadable ?? []).Select(u => (u.Split, u.Source)).SequenceEqual((now.Unreadable ?? []).Select(u => (u.Split, u.Source))))
        {
            notes.Add("other samples of the data were unreadable, so the runs' samples cannot be told to be the same");
            return [];
        }
        var (before, after) = (a.Samples(), b.Samples());
        var shared = new List<SharedSplit>();
        foreach (var split in before)
        {
            if (after.FirstOrDefault(s => s.Name == split.Name) is not { } other) continue;
            var count = Math.Min(split.Count, other.Count);
            if (split.Count != other.Count) notes.Add($"{split.Name}: the runs hold {split.Count} and {other.Count} samples, and share the first {count}");
            shared.Add(new(Cut(split, count), Cut(other, count)));
        }
        if (before.Select(s => s.Name).Except(after.Select(s => s.Name)).ToArray() is { Length: > 0 } only) notes.Add($"only A holds the split {string.Join(", ", only)}");
        if (after.Select(s => s.Name).Except(before.Select(s => s.Name)).ToArray() is { Length: > 0 } more) notes.Add($"only B holds the split {string.Join(", ", more)}");
        return shared;
    }

    /// <summary>Accuracy and predictions of each split: paired where samples are shared, else each run's own.</summary>
    public static IReadOnlyList<DiffAccuracy> Accuracy(Run a, Run b, IReadOnlyList<SharedSplit> shared)
    {
        if (shared.Count > 0) return [.. shared.Where(s => s.A.Predicted is not null || s.B.Predicted is not null).Select(s => Paired(s.A, s.B))];
        var (before, after) = (a.Samples(), b.Samples());
        return [.. before.Select(s => s.Name).Union(after.Select(s => s.Name)).Select(name =>
        {
            var (old, now) = (Share(before.FirstOrDefault(s => s.Name == name)), Share(after.FirstOrDefault(s => s.Name == name)));
            return new DiffAccuracy(name, null, old?.Share, old?.Interval, now?.Share, now?.Interval, now?.Share - old?.Share, null, null, null, null, null, null, null);
        }).Where(s => s.A is not null || s.B is not null)];
    }

    private static DiffAccuracy Paired(SplitSamples a, SplitSamples b)
    {
        var n = a.Count;
        int? changed = a.Predicted is { } old && b.Predicted is { } now ? old.Zip(now).Count(p => p.First != p.Second) : null;
        var (first, second) = (Share(a), Share(b));
        PairedShares? paired = null;
        if (a is { Labels: { } labels, Predicted: { } before } && b.Predicted is { } after)
        {
            Span<int> counts = stackalloc int[4];
            for (var i = 0; i < n; i++) counts[(before[i] == labels[i] ? 0 : 2) + (after[i] == labels[i] ? 0 : 1)]++;
            paired = PairedShares.Of(counts[0], counts[1], counts[2], counts[3]);
        }
        return new(a.Name, n, first?.Share, first?.Interval, second?.Share, second?.Interval, paired?.Difference, paired?.Interval, paired?.PValue, paired?.OnlyFirst, paired?.OnlySecond,
            changed, changed / (double)n, changed is { } c ? Wilson.Interval(c / (double)n, n) : null);
    }

    private static (double Share, double[] Interval)? Share(SplitSamples? split)
    {
        if (split is not { Right: { } right, Count: > 0 and var n }) return null;
        var share = right / (double)n;
        return (share, Wilson.Interval(share, n));
    }

    private static SplitSamples Cut(SplitSamples split, int count) => split with { Count = count, Labels = split.Labels?[..count], Predicted = split.Predicted?[..count] };
}
