using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

public class ClusterAgreementTests
{
    [Fact]
    public void Purity_takes_each_clusters_majority_and_matching_uses_a_label_once()
    {
        // Both clusters hold label 0 most: many-to-one both predict it, one-to-one only one of them may.
        var measured = ClusterAgreement.Measure([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 0, 1]);
        Assert.Equal(4 / 6.0, measured.Purity);
        Assert.Equal(3 / 6.0, measured.Matched);
        Assert.Equal([0, 0], measured.Majority);
    }

    [Fact]
    public void Ties_go_to_the_smallest_label_and_an_empty_cluster_has_none()
    {
        var measured = ClusterAgreement.Measure([0, 0, 2], [4, 1, 3]);
        Assert.Equal([1, -1, 3], measured.Majority);
        Assert.Equal(2 / 3.0, measured.Purity);
    }

    [Fact]
    public void Renamed_labels_agree_fully()
    {
        int[] labels = [0, 1, 2, 3, 2, 1, 0], renamed = [.. labels.Select(label => 3 - label)];
        var measured = ClusterAgreement.Measure(renamed, labels);
        Assert.Equal((1.0, 1.0), (measured.Purity, measured.Matched));
    }

    [Fact]
    public void Matching_never_beats_purity_and_both_agree_with_trying_all_permutations() => Prop.ForAll<byte[]>(raw =>
    {
        if (raw.Length == 0) return true;
        int[] clusters = [.. raw.Select(value => value % 4)], labels = [.. raw.Select(value => value / 4 % 4)];
        var measured = ClusterAgreement.Measure(clusters, labels);
        var best = Permutations([0, 1, 2, 3]).Max(order => clusters.Zip(labels).Count(pair => order[pair.First] == pair.Second));
        var pure = clusters.Zip(labels).GroupBy(pair => pair.First)
            .Sum(group => group.GroupBy(pair => pair.Second).Max(same => same.Count()));
        return measured.Matched == best / (double)raw.Length && measured.Purity == pure / (double)raw.Length
            && measured.Matched <= measured.Purity;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_row_or_every_column_is_matched_once()
    {
        var gains = new double[3, 5];
        gains[0, 4] = gains[1, 4] = gains[2, 4] = 1;
        var wide = OptimalAssignment.Maximise(gains);
        Assert.Equal(3, wide.Distinct().Count());
        Assert.Contains(4, wide);
        var tall = OptimalAssignment.Minimise(new double[5, 3]);
        Assert.Equal(2, tall.Count(column => column == -1));
        Assert.Equal([0, 1, 2], tall.Where(column => column >= 0).Order());
    }

    [Fact]
    public void Empty_unequal_or_negative_input_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ClusterAgreement.Measure([], []));
        Assert.Throws<ArgumentException>(() => ClusterAgreement.Measure([0], [0, 1]));
        Assert.Throws<ArgumentException>(() => ClusterAgreement.Measure([0], [-1]));
        Assert.Throws<ArgumentException>(() => OptimalAssignment.Minimise(new[,] { { double.NaN } }));
    }

    private static IEnumerable<int[]> Permutations(int[] items) =>
        items.Length <= 1
            ? [items]
            : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
