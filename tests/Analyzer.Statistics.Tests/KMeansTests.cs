using Analyzer.Statistics;

namespace Analyzer.Tests;

public class KMeansTests
{
    [Theory]
    [InlineData(400, 30, 3), InlineData(1500, 100, 10), InlineData(300, 200, 20)]
    public void Labels_centres_and_inertia_agree_with_the_naive_algorithm(int rows, int columns, int clusters)
    {
        var codes = RandomData.Bits(rows, columns, 1, 0.4);
        var plain = RandomData.Unpack(codes);
        var options = new KMeansOptions { Clusters = clusters, InitialCentres = GroupMeans(plain, clusters) };
        AssertNaive(plain, KMeans.Cluster(codes, options), options);
        var dense = RandomData.Dense(rows, columns, 2);
        options = options with { InitialCentres = GroupMeans(dense, clusters) };
        AssertNaive(dense, KMeans.Cluster(dense, options), options);
    }

    [Fact]
    public void Bits_and_the_same_numbers_in_float32_give_the_same_clusters()
    {
        var (codes, _) = RandomData.Classes(500, 90, 5, 0.2, 3);
        var options = new KMeansOptions { Clusters = 5, Seed = 4 };
        KMeansResult packed = KMeans.Cluster(codes, options), dense = KMeans.Cluster(RandomData.Unpack(codes), options);
        Assert.Equal(packed.Labels, dense.Labels);
        Assert.Equal(packed.Centres, dense.Centres);
        Assert.Equal(packed.Inertia, dense.Inertia);
    }

    [Fact]
    public void Clear_groups_are_found_whatever_the_seed()
    {
        var (codes, labels) = RandomData.Classes(600, 128, 6, 0.05, 5);
        for (ulong seed = 0; seed < 5; seed++)
        {
            var result = KMeans.Cluster(codes, new() { Clusters = 6, Seed = seed });
            Assert.Equal(1, ClusterAgreement.Measure(result.Labels, labels).Matched);
            Assert.True(result.Converged);
        }
    }

    [Fact]
    public void One_cluster_is_the_mean_and_its_inertia_the_total_variance()
    {
        var dense = RandomData.Dense(200, 7, 6);
        var result = KMeans.Cluster(dense, new() { Clusters = 1 });
        double total = 0;
        for (var j = 0; j < 7; j++)
        {
            double[] column = [.. Enumerable.Range(0, 200).Select(row => (double)dense.Row(row)[j])];
            Assert.Equal(column.Average(), result.Centres[0, j], 1e-12);
            total += column.Sum(value => Math.Pow(value - column.Average(), 2));
        }
        // 200 × 7 terms in double.
        Assert.Equal(total, result.Inertia, 1e-10);
    }

    [Fact]
    public void As_many_clusters_as_distinct_codes_leave_no_inertia()
    {
        var codes = RandomData.Bits(300, 4, 7);
        var result = KMeans.Cluster(codes, new() { Clusters = CodeRedundancy.Measure(codes).Distinct });
        Assert.Equal(0, result.Inertia);
    }

    [Fact]
    public void More_clusters_than_distinct_codes_leave_some_empty_and_no_inertia()
    {
        var codes = new PackedBits(6, 3);
        codes[4, 0] = codes[5, 0] = true;
        var result = KMeans.Cluster(codes, new() { Clusters = 4 });
        Assert.Equal(0, result.Inertia);
        Assert.Equal(2, result.Labels.Distinct().Count());
    }

    [Fact]
    public void Empty_clusters_take_the_rows_farthest_from_their_centres()
    {
        // All rows are nearest to 0.5. Row 10 is farthest and founds cluster 1; rows 0 and 1 tie, and the first founds cluster 2.
        var samples = new Matrix(3, 1, [0, 1, 10]);
        var result = KMeans.Cluster(samples, new() { Clusters = 3, InitialCentres = new[,] { { 0.5 }, { 100 }, { 200 } } });
        Assert.Equal([2, 0, 1], result.Labels);
        Assert.Equal(0, result.Inertia);
    }

    [Fact]
    public void A_cluster_that_loses_its_last_row_to_an_empty_one_is_founded_anew_the_next_time()
    {
        // Row 20 is farthest: it founds cluster 0, and cluster 2 keeps its centre, though rows 0 and 1 could found it too.
        var samples = new Matrix(3, 1, [0, 1, 20]);
        var options = new KMeansOptions { Clusters = 3, MaxIterations = 1, InitialCentres = new[,] { { 100 }, { 0.5 }, { 9 } } };
        Assert.Equal(new[,] { { 20 }, { 0.5 }, { 9 } }, KMeans.Cluster(samples, options).Centres);
        Assert.Equal(new[,] { { 20.0 }, { 1 }, { 0 } }, KMeans.Cluster(samples, options with { MaxIterations = 5 }).Centres);
    }

    [Fact]
    public void Empty_clusters_are_founded_in_their_order_by_rows_that_are_not_at_their_centres()
    {
        double[] distances = [0, 3, 7, 3, 0];
        Assert.Equal([(2, 1), (1, 3)], EmptyClusters.Founders([1, 0, 4, 0], row => distances[row], 5));
        Assert.Equal([(2, 0), (1, 1), (3, 2)], EmptyClusters.Founders([0, 0, 0, 0, 5], row => distances[row], 5));
        Assert.Empty(EmptyClusters.Founders([2, 3], row => distances[row], 5));
    }

    // All lower bounds, and so few that three or four centres share one.
    [Theory]
    [InlineData(int.MaxValue), InlineData(0)]
    public void Rows_that_are_not_looked_at_are_with_their_nearest_centre(int mostBounds)
    {
        const int Rows = 300, Clusters = 50;
        var samples = RandomData.Dense(Rows, 6, 13);
        var design = new DenseDesign(samples);
        double[] norms = [.. Enumerable.Range(0, Rows).Select(design.SquaredNorm)];
        var centres = GroupMeans(samples, Clusters);
        var (state, looked) = (new Assignment(Rows, Clusters, mostBounds), 0);
        for (ulong step = 0; step < 10; step++)
        {
            var doubtful = state.Doubtful();
            looked += doubtful.Length;
            new NearestCentre(design, centres, norms, 1, default).Assign(doubtful, state);
            Assert.Equal(Enumerable.Range(0, Rows).Select(row => Nearest(samples, row, centres)), state.Labels);
            // Some centres move far, most hardly.
            var moves = RandomData.Dense(Clusters, 6, 14 + step);
            var shifts = new double[Clusters];
            for (var c = 0; c < Clusters; c++)
            {
                for (var j = 0; j < 6; j++)
                {
                    var move = moves.Row(c)[j] * (c % 25 == (int)step ? .1 : .001);
                    centres[c, j] += move;
                    shifts[c] += move * move;
                }
                shifts[c] = Math.Sqrt(shifts[c]);
            }
            state.Loosen(shifts);
        }
        Assert.InRange(looked, Rows, 8 * Rows);
    }

    [Fact]
    public void Numbers_whose_products_are_no_float32_are_clustered_all_the_same()
    {
        // Powers of 2 change no rounding: the results are the same but for that factor.
        var samples = RandomData.Dense(200, 5, 15);
        var large = new Matrix(200, 5, Array.ConvertAll(samples.Values, value => MathF.ScaleB(value, 66)));
        KMeansResult of = KMeans.Cluster(samples, new() { Clusters = 6 }), by = KMeans.Cluster(large, new() { Clusters = 6 });
        Assert.Equal(of.Labels, by.Labels);
        Assert.Equal(of.Iterations, by.Iterations);
        foreach (var (one, other) in of.Centres.Cast<double>().Zip(by.Centres.Cast<double>())) Assert.Equal(Math.ScaleB(one, 66), other);
    }

    [Fact]
    public void Starts_and_what_they_spread_share_their_threads()
    {
        int running = 0, most = 0, done = 0;
        Blocks.ForShared(6, 2, _ => Blocks.For(6, 1, 8, (_, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            // Long enough that whatever else may run begins.
            Thread.Sleep(5);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref done);
        }, default), default);
        Assert.Equal((36, true), (done, most <= 2));
        Assert.Throws<OperationCanceledException>(() => Blocks.ForShared(6, 2, _ => { }, new(true)));

        static void InterlockedMax(ref int place, int value)
        {
            for (var seen = place; value > seen; seen = place) Interlocked.CompareExchange(ref place, value, seen);
        }
    }

    [Fact]
    public void A_clustering_can_be_stopped_and_its_progress_ends_at_one()
    {
        var codes = RandomData.Bits(100, 40, 16);
        var options = new KMeansOptions { Clusters = 3, Restarts = 4 };
        Assert.ThrowsAny<OperationCanceledException>(() => KMeans.Cluster(codes, options, cancel: new(true)));
        Assert.ThrowsAny<OperationCanceledException>(() => KMeans.Cluster(CodeGram.Of(codes), options, cancel: new(true)));
        Assert.ThrowsAny<OperationCanceledException>(() => BitPanels.Of(codes, null, 1, new(true)));
        Assert.ThrowsAny<OperationCanceledException>(() => BitPanels.Transposed(codes, null, 1, new(true)));
        var seen = new List<double>();
        KMeans.Cluster(codes, options, new Recorder(seen));
        Assert.Equal([.25, .5, .75, 1], seen);
    }

    [Fact]
    public void A_difference_that_float32_would_get_wrong_is_decided_in_double()
    {
        var samples = RandomData.Dense(400, 60, 8);
        var shift = RandomData.Dense(1, 60, 9);
        var centres = new double[2, 60];
        // Scores differ by about 1e-6 and float32 sums of 60 terms err as much; their bound is some 1e-4.
        for (var j = 0; j < 60; j++) (centres[0, j], centres[1, j]) = (0.3, 0.3 + 2e-7 * shift.Values[j]);
        var found = new Assignment(400, 2);
        double[] norms = [.. Enumerable.Range(0, 400).Select(new DenseDesign(samples).SquaredNorm)];
        new NearestCentre(new DenseDesign(samples), centres, norms, 1, default).Assign(Enumerable.Range(0, 400).ToArray(), found);
        var labels = found.Labels;
        Assert.Equal(Enumerable.Range(0, 400).Select(row => Nearest(samples, row, centres)), labels);
        Assert.Equal(2, labels.Distinct().Count());
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var dense = RandomData.Dense(3000, 20, 10);
        var options = new KMeansOptions { Clusters = 8, Restarts = 4 };
        KMeansResult one = KMeans.Cluster(dense, options with { Threads = 1 }), five = KMeans.Cluster(dense, options with { Threads = 5 });
        Assert.Equal(one.Labels, five.Labels);
        Assert.Equal(one.Centres, five.Centres);
        Assert.Equal(one.Inertia, five.Inertia);
    }

    [Fact]
    public void More_restarts_never_cost_inertia_and_the_limit_of_iterations_is_told()
    {
        var codes = RandomData.Bits(500, 40, 11);
        var once = KMeans.Cluster(codes, new() { Clusters = 10, Restarts = 1 });
        var often = KMeans.Cluster(codes, new() { Clusters = 10, Restarts = 10 });
        Assert.InRange(often.Inertia, 0, once.Inertia);
        var cut = KMeans.Cluster(codes, new() { Clusters = 10, Restarts = 1, MaxIterations = 1 });
        Assert.Equal((false, 1), (cut.Converged, cut.Iterations));
    }

    [Fact]
    public void Bad_parameters_are_refused()
    {
        var codes = RandomData.Bits(5, 4, 12);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KMeansOptions { Clusters = 0 });
        Assert.Equal("`Clusters` is 6; it must lie in [1, 5]", Assert.Throws<ArgumentOutOfRangeException>(
            () => KMeans.Cluster(codes, new() { Clusters = 6 })).Message.Split(" (")[0]);
        Assert.Throws<ArgumentException>(() => KMeans.Cluster(codes, new() { Clusters = 2, InitialCentres = new double[2, 3] }));
        Assert.Throws<ArgumentException>(() => KMeans.Cluster(new Matrix(2, 1, [1, float.NaN]), new() { Clusters = 1 }));
    }

    /// <summary>Centre c is the mean of rows [c g, (c + 1) g), g = min(50, rows / k): far from ties, unlike rows themselves.</summary>
    internal static double[,] GroupMeans(Matrix samples, int clusters)
    {
        var size = Math.Min(50, samples.Rows / clusters);
        var centres = new double[clusters, samples.Columns];
        for (var i = 0; i < clusters * size; i++)
            for (var j = 0; j < samples.Columns; j++)
                centres[i / size, j] += samples.Row(i)[j];
        for (var c = 0; c < clusters; c++)
            for (var j = 0; j < samples.Columns; j++)
                centres[c, j] /= size;
        return centres;
    }

    private static void AssertNaive(Matrix samples, KMeansResult result, KMeansOptions options)
    {
        var centres = (double[,])options.InitialCentres!.Clone();
        int[] labels = [];
        var iterations = 0;
        while (true)
        {
            iterations++;
            var before = labels;
            labels = [.. Enumerable.Range(0, samples.Rows).Select(row => Nearest(samples, row, centres))];
            double shift = 0, variance = 0;
            for (var j = 0; j < samples.Columns; j++)
            {
                double[] column = [.. Enumerable.Range(0, samples.Rows).Select(row => (double)samples.Row(row)[j])];
                var middle = column.Average();
                variance += column.Average(value => Math.Pow(value - middle, 2)) / samples.Columns;
                for (var c = 0; c < options.Clusters; c++)
                {
                    var mean = Enumerable.Range(0, samples.Rows).Where(row => labels[row] == c).Average(row => column[row]);
                    shift += Math.Pow(mean - centres[c, j], 2);
                    centres[c, j] = mean;
                }
            }
            if (labels.SequenceEqual(before)) break;
            if (shift > 1e-4 * variance) continue;
            labels = [.. Enumerable.Range(0, samples.Rows).Select(row => Nearest(samples, row, centres))];
            break;
        }
        Assert.Equal(labels, result.Labels);
        Assert.Equal(iterations, result.Iterations);
        double inertia = 0;
        for (var row = 0; row < samples.Rows; row++)
            for (var j = 0; j < samples.Columns; j++)
                inertia += Math.Pow(samples.Row(row)[j] - centres[labels[row], j], 2);
        // Both are sums of rows × columns terms in double.
        Assert.Equal(1, result.Inertia / inertia, 1e-11);
        for (var c = 0; c < options.Clusters; c++)
            for (var j = 0; j < samples.Columns; j++)
                Assert.Equal(centres[c, j], result.Centres[c, j], 1e-12);
    }

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }

    private static int Nearest(Matrix samples, int row, double[,] centres)
    {
        var (nearest, least) = (-1, double.PositiveInfinity);
        for (var c = 0; c < centres.GetLength(0); c++)
        {
            double distance = 0;
            for (var j = 0; j < samples.Columns; j++) distance += Math.Pow(samples.Row(row)[j] - centres[c, j], 2);
            if (distance < least) (nearest, least) = (c, distance);
        }
        return nearest;
    }
}
