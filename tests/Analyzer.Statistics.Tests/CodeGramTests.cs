using Analyzer.Statistics;

namespace Analyzer.Tests;

public class CodeGramTests
{
    // Rows that fill no group of 8, no block of 256 and no tile of 512; bits past the words taken at a time.
    [Theory]
    [InlineData(3, 70), InlineData(300, 17_000), InlineData(1_100, 2_300)]
    public void Counts_are_those_of_the_bits_that_are_not_usual(int rows, int bits)
    {
        // Most bits are set: what is usual is not 0.
        var codes = RandomData.Bits(rows, bits, 1, .7);
        var gram = CodeGram.Of(codes);
        for (var bit = 0; bit < bits; bit += 37)
        {
            var share = Enumerable.Range(0, rows).Count(row => codes[row, bit]) / (double)rows;
            Assert.Equal(share, gram.MeanCode[bit], 1e-12);
            Assert.Equal(share > .5, gram.Usual[0, bit]);
        }
        for (var a = 0; a < rows; a += 7)
        {
            for (var b = a; b < rows; b += 101)
            {
                var common = Common(codes, gram.Usual, a, b);
                Assert.Equal((common, common), (gram.Common(a, b), gram.Common(b, a)));
            }
        }
        Assert.Equal(Enumerable.Range(0, rows).Average(row => (double)Common(codes, gram.Usual, 2, row)), gram.RowMeans[2], 1e-9);
    }

    [Fact]
    public void Bad_parameters_are_refused()
    {
        var codes = RandomData.Bits(5, 12, 11);
        Assert.Throws<ArgumentException>(() => CodeGram.Of(codes, [0, 1]));
        Assert.Equal("`threads` is 0; it must lie in [1, 4096]", Assert.Throws<ArgumentOutOfRangeException>(() => CodeGram.Of(codes, threads: 0)).Message.Split(" (")[0]);
        Assert.Throws<ArgumentException>(() => KMeans.Cluster(CodeGram.Of(codes), new() { Clusters = 2, InitialCentres = new double[2, 12] }));
    }

    // Layers so wide that a row alone has more unusual bits than 16 bits count; and two rows, of a class of rows that are much alike.
    [Theory]
    [InlineData(3, .45), InlineData(2, .02)]
    public void Counts_beyond_16_bits_are_whole(int classes, double flips)
    {
        const int rows = 60, bits = 148_000;
        var (codes, labels) = RandomData.Classes(rows, bits, classes, flips, 13);
        var gram = CodeGram.Of(codes, labels);
        Assert.Equal(flips < .1, Enumerable.Range(1, rows - 1).Any(row => gram.Common(row, row - 1) > ushort.MaxValue));
        Assert.True(gram.Diagonal.Min() < ushort.MaxValue && gram.Diagonal.Max() > ushort.MaxValue, $"rows must have more and fewer unusual bits than 16 bits count; they have {gram.Diagonal.Min()} to {gram.Diagonal.Max()}");
        AssertWhole(codes, gram);
        LogisticModel counted = LogisticRegression.Fit(gram, labels, new() { Scheme = LogisticScheme.OneVsOne, Tolerance = 1e-6 }), read = LogisticRegression.Fit(RandomData.Unpack(codes), labels, new() { Scheme = LogisticScheme.OneVsOne, Tolerance = 1e-6 });
        Assert.True(counted.Converged && read.Converged);
        for (var i = 0; i < read.Objectives.Length; i++) Assert.Equal(read.Objectives[i], counted.Objectives[i], 1e-9 * Math.Max(1, read.Objectives[i]));
    }

    // Of three rows of tiles, some have counts beyond 16 bits and some do not.
    [Fact]
    public void Counts_beyond_16_bits_are_whole_beside_tiles_without_them()
    {
        const int rows = 1_100, bits = 70_400;
        var codes = new PackedBits(rows, bits);
        for (var row = 0; row < rows; row++)
        {
            codes.SetRow(row, [.. Enumerable.Repeat((byte)(row < 600 ? 0 : 255), bits / 8)]);
            for (var flip = 0; flip < 2_000; flip++) codes[row, (row * 31 + flip * (flip + 7)) % bits] ^= true;
        }
        var gram = CodeGram.Of(codes);
        Assert.True(gram.High(0, 0).IsEmpty && gram.High(1, 0).IsEmpty && !gram.High(1, 1).IsEmpty && !gram.High(2, 1).IsEmpty && !gram.High(2, 2).IsEmpty);
        AssertWhole(codes, gram);
    }

    // Counts, their means and their products are those of the bits, and so is a clustering.
    private static void AssertWhole(PackedBits codes, CodeGram gram)
    {
        for (var a = 0; a < codes.Rows; a += 1 + codes.Rows / 7)
        {
            for (var b = 0; b < codes.Rows; b += 1 + codes.Rows / 11) Assert.Equal(Common(codes, gram.Usual, gram.Order[a], gram.Order[b]), gram.Common(a, b));
            Assert.Equal(Enumerable.Range(0, codes.Rows).Average(row => (double)gram.Common(a, row)), gram.RowMeans[a], 1e-9 * gram.RowMeans[a]);
        }
        double[] exact = new double[codes.Rows], quick = new double[codes.Rows];
        new GramProduct<double>(gram, new int[codes.Rows], 1, default).Multiply((_, _, row) => Math.Cos(row), (row, _, value) => exact[row] = value);
        new GramProduct<float>(gram, new int[codes.Rows], 1, default).Multiply((_, _, row) => Math.Cos(row), (row, _, value) => quick[row] = value);
        for (var row = 0; row < codes.Rows; row++)
        {
            var naive = Enumerable.Range(0, codes.Rows).Sum(other => (gram.Common(row, other) - gram.RowMeans[row] - gram.RowMeans[other] + gram.Mean) * Math.Cos(other));
            // As many sums of numbers below bits, in either precision.
            Assert.Equal(naive, exact[row], codes.Rows * codes.Bits * 1e-15);
            Assert.Equal(naive, quick[row], codes.Rows * codes.Bits * 1e-7);
        }
        var options = new KMeansOptions { Clusters = 3, Restarts = 1 };
        KMeansResult by = KMeans.Cluster(gram, options), of = KMeans.Cluster(codes, options);
        Assert.Equal(of.Labels, by.Labels);
        Assert.Equal(of.Inertia, by.Inertia, 1e-9 * of.Inertia);
    }

    // Owners that share vectors and tiles, and that follow each other as in use; lanes in fours and what is left; a vector of rows past the last.
    [Theory]
    [InlineData(37, 1, 3, false), InlineData(1_130, 1, 10, false), InlineData(1_130, 5, 5, false), InlineData(2_060, 16, 6, false)]
    [InlineData(37, 3, 3, true), InlineData(1_130, 5, 10, true), InlineData(2_060, 16, 6, true)]
    public void Products_agree_with_the_naive_sums(int rows, int owners, int lanes, bool grouped)
    {
        var codes = RandomData.Bits(rows, 130, 2, .4);
        var gram = CodeGram.Of(codes);
        int[] owner = [.. Enumerable.Range(0, rows).Select(row => grouped ? row * owners / rows : row * 7 % owners)];
        // Lanes of a tile that an owner sees nothing in.
        double Factor(int seer, int lane, int row) => row < 512 && (seer + lane) % 3 == 1 ? 0 : Math.Sin(seer * 31 + lane * 7 + row);
        double[] exact = new double[rows * lanes], quick = new double[rows * lanes];
        new GramProduct<double>(gram, owner, lanes, default).Multiply(Factor, (row, lane, value) => exact[row * lanes + lane] = value);
        new GramProduct<float>(gram, owner, lanes, default).Multiply(Factor, (row, lane, value) => quick[row * lanes + lane] = value);
        for (var row = 0; row < rows; row += 53)
        {
            double[] centred = [.. Enumerable.Range(0, rows).Select(other => gram.Common(row, other) - gram.RowMeans[row] - gram.RowMeans[other] + gram.Mean)];
            for (var lane = 0; lane < lanes; lane++)
            {
                double sum = 0, size = 0, parts = 0;
                for (var other = 0; other < rows; other++)
                {
                    sum += centred[other] * Factor(owner[row], lane, other);
                    size += Math.Abs(centred[other]);
                    parts += gram.Common(row, other) + gram.RowMeans[row] + gram.RowMeans[other] + gram.Mean;
                }
                // Factors of size at most 1. Every addition rounds a sum, and centring rounds two means and two differences, up to all they are made of.
                var roundings = rows * size + 4 * parts;
                Assert.Equal(sum, exact[row * lanes + lane], roundings / (1L << 52));
                Assert.Equal(sum, quick[row * lanes + lane], roundings / (1L << 23));
            }
        }
    }

    [Theory]
    [InlineData(400, 900, 3), InlineData(1_500, 300, 10), InlineData(1_100, 700, 60)]
    public void Clusters_are_those_of_the_codes(int rows, int bits, int clusters)
    {
        var (codes, groups) = RandomData.Classes(rows, bits, clusters, .4, 3);
        for (ulong seed = 0; seed < 3; seed++)
        {
            // One start: of several with one result either may be the better by a rounding.
            var options = new KMeansOptions { Clusters = clusters, Restarts = 1, Seed = seed };
            KMeansResult by = KMeans.Cluster(CodeGram.Of(codes, groups), options), of = KMeans.Cluster(codes, options);
            Assert.Equal(of.Labels, by.Labels);
            Assert.Equal((of.Iterations, of.Converged), (by.Iterations, by.Converged));
            Assert.Equal(of.Inertia, by.Inertia, 1e-9 * of.Inertia);
            foreach (var (one, other) in of.Centres.Cast<double>().Zip(by.Centres.Cast<double>())) Assert.Equal(one, other, 1e-9);
        }
    }

    [Fact]
    public void Starts_that_repeat_leave_clusters_empty_and_found_them_anew()
    {
        // Nine rows, three of them the first one: of equal starts all but one are empty at once.
        var codes = RandomData.Bits(7, 40, 7).SelectRows([0, 0, 0, 1, 2, 3, 4, 5, 6]);
        var (gram, kept) = (CodeGram.Of(codes), 0);
        for (ulong seed = 0; seed < 100; seed++)
        {
            var random = new SeededRandom(seed);
            int[] starts = [.. Enumerable.Range(0, 8).Select(_ => random.NextBelow(9))];
            var given = new double[8, 40];
            for (var cluster = 0; cluster < 8; cluster++)
                for (var bit = 0; bit < 40; bit++) given[cluster, bit] = codes[starts[cluster], bit] ? 1 : 0;
            var options = new KMeansOptions { Clusters = 8, MaxIterations = 1 + (int)seed % 4, InitialCentres = given };
            var of = KMeans.Cluster(codes, options);
            var (labels, centres, _, iterations, converged) = new GramLloyd(gram, starts, options, 0, default).Run();
            Assert.Equal(of.Labels, labels);
            Assert.Equal((of.Iterations, of.Converged), (iterations, converged));
            kept += centres.Sum(rows => rows.Length) > 9 ? 1 : 0;
            // Means of at most 9 rows, divided once.
            for (var cluster = 0; cluster < 8; cluster++)
                for (var bit = 0; bit < 40; bit++) Assert.Equal(of.Centres[cluster, bit], centres[cluster].Average(row => codes[row, bit] ? 1.0 : 0));
        }
        // Rows that are the mean of two clusters: one has it, the other keeps it from the start.
        Assert.InRange(kept, 1, 100);
    }

    // Fewer different codes than clusters: some get empty, and keep a centre.
    [Fact]
    public void Clusters_of_few_different_codes_leave_no_inertia()
    {
        var codes = RandomData.Bits(3, 100, 4).SelectRows([.. Enumerable.Range(0, 60).Select(row => row % 3)]);
        var options = new KMeansOptions { Clusters = 5, Restarts = 3 };
        KMeansResult by = KMeans.Cluster(CodeGram.Of(codes), options), of = KMeans.Cluster(codes, options);
        Assert.Equal(0, by.Inertia);
        Assert.Equal(of.Labels, by.Labels);
        Assert.Equal(3, by.Labels.Distinct().Count());
        // Means of equal rows are those rows, exactly.
        Assert.Equal(of.Centres, by.Centres);
    }

    [Theory]
    // Rows past a tile, bits fewer than rows: the regression on the codes goes the other way. Rows of a class that come back to the bits in parts.
    [InlineData(LogisticScheme.Multinomial, 1_200, 300, 5), InlineData(LogisticScheme.OneVsOne, 1_200, 300, 5)]
    [InlineData(LogisticScheme.Multinomial, 4_200, 40, 2)]
    public void Regressions_are_those_of_the_codes(LogisticScheme scheme, int rows, int bits, int classes)
    {
        var (codes, labels) = RandomData.Classes(rows, bits, classes, .35, 5);
        var options = new LogisticOptions { Scheme = scheme, Tolerance = 1e-6 };
        LogisticModel by = LogisticRegression.Fit(CodeGram.Of(codes, labels), labels, options), of = LogisticRegression.Fit(codes, labels, options);
        Assert.True(by.Converged && of.Converged);
        // Newton's steps with a curvature that is right; with a wrong one they would be gradient steps, of which hundreds are usual.
        Assert.InRange(by.Iterations, 1, 15);
        for (var i = 0; i < of.Objectives.Length; i++) Assert.Equal(of.Objectives[i], by.Objectives[i], 1e-9 * of.Objectives[i]);
        // The penalty alone curves by 1: a gradient within 1e-6 leaves each model within √bits · 1e-6 of the optimum.
        var distance = 2 * Math.Sqrt(bits) * 1e-6;
        foreach (var (one, other) in of.Weights.Cast<double>().Zip(by.Weights.Cast<double>())) Assert.Equal(one, other, distance);
        Assert.Equal(of.Predict(codes), by.Predict(codes));
    }

    // Most bits are set: what centring takes away is large, and the norm of the centred gradient says too little at some of the tolerances.
    [Fact]
    public void A_fit_ends_when_its_gradient_is_small_and_no_sooner()
    {
        var codes = RandomData.Bits(60, 30, 2, .95);
        var random = new SeededRandom(2);
        int[] labels = [.. Enumerable.Range(0, 60).Select(row => random.NextDouble() < (codes[row, 0] && codes[row, 1] ? .9 : .3) ? 1 : 0)];
        var gram = CodeGram.Of(codes, labels);
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            for (var tolerance = 10.0; tolerance > 1e-4; tolerance /= 1.5)
                Assert.InRange(LogisticRegression.Fit(gram, labels, new() { Scheme = scheme, Tolerance = tolerance, C = 100 }).LargestGradient, 0, tolerance);
        }
    }

    // The codes' own fit, to the bit, tells which was taken: counts round differently.
    [Theory]
    [InlineData(LogisticScheme.Multinomial, 64, true), InlineData(LogisticScheme.Multinomial, 65, false)]
    [InlineData(LogisticScheme.OneVsOne, 16, true), InlineData(LogisticScheme.OneVsOne, 17, false)]
    public void Of_many_classes_the_codes_are_fitted(LogisticScheme scheme, int classes, bool onCounts)
    {
        var codes = RandomData.Bits(140, 100, 10);
        int[] labels = [.. Enumerable.Range(0, 140).Select(row => row % classes)];
        var options = new LogisticOptions { Scheme = scheme, MaxIterations = 2 };
        Assert.Equal(onCounts, !LogisticRegression.Fit(CodeGram.Of(codes), labels, options).Weights.Cast<double>().SequenceEqual(LogisticRegression.Fit(codes, labels, options).Weights.Cast<double>()));
    }

    [Fact]
    public void Pairs_that_are_fitted_stay_where_they_are()
    {
        // Class 0 is told apart in a few steps; 1 and 2 have the same bits, and take longer.
        var (codes, labels) = RandomData.Classes(600, 200, 2, .3, 9);
        for (var row = 0; row < 600; row++) labels[row] += labels[row] == 1 ? row % 2 : 0;
        var gram = CodeGram.Of(codes, labels);
        var whole = LogisticRegression.Fit(gram, labels);
        var cut = LogisticRegression.Fit(gram, labels, new() { MaxIterations = whole.Iterations - 1 });
        Assert.Equal((true, false), (whole.Converged, cut.Converged));
        int[] moved = [.. Enumerable.Range(0, 3).Where(pair => Enumerable.Range(0, 200).Any(bit => whole.Weights[pair, bit] != cut.Weights[pair, bit]) || whole.Intercepts[pair] != cut.Intercepts[pair])];
        Assert.Equal([2], moved);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var (codes, labels) = RandomData.Classes(1_100, 200, 3, .4, 6);
        CodeGram one = CodeGram.Of(codes, threads: 1), three = CodeGram.Of(codes, threads: 3);
        Assert.Equal(LogisticRegression.Fit(one, labels).Weights, LogisticRegression.Fit(three, labels).Weights);
        Assert.Equal(KMeans.Cluster(one, new() { Clusters = 4, Threads = 1 }).Centres, KMeans.Cluster(three, new() { Clusters = 4, Threads = 3 }).Centres);
    }

    private static int Common(PackedBits codes, PackedBits usual, int a, int b) =>
        Enumerable.Range(0, codes.Bits).Count(bit => codes[a, bit] != usual[0, bit] && codes[b, bit] != usual[0, bit]);
}
