using Analyzer.Statistics;

namespace Analyzer.Tests;

public class LogisticRegressionTests
{
    // Two classes; more than a vector's 16; rows past a block of 512; one row of a class.
    [Theory]
    [InlineData(200, 20, 2), InlineData(900, 70, 17), InlineData(5000, 12, 3), InlineData(12, 130, 5)]
    public void The_optimum_is_one_by_the_naive_objective_and_gradient(int rows, int bits, int classes)
    {
        var (codes, labels) = RandomData.Classes(rows, bits, classes, 0.35, 1);
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            var options = new LogisticOptions { Scheme = scheme, C = 0.7, Tolerance = 1e-5 };
            AssertOptimum(RandomData.Unpack(codes), labels, LogisticRegression.Fit(codes, labels, options), options);
            var dense = RandomData.Dense(rows, bits, 2);
            AssertOptimum(dense, labels, LogisticRegression.Fit(dense, labels, options), options);
        }
    }

    // Fewer rows than half the bits are fitted on counts: rows that repeat, that are sums of others, or empty, among them.
    [Theory]
    [InlineData(60, 700, 3), InlineData(300, 1_300, 10), InlineData(5, 64, 2)]
    public void The_optimum_is_the_same_where_rows_are_few_and_depend_on_each_other(int rows, int bits, int classes)
    {
        var (codes, labels) = RandomData.Classes(rows, bits, classes, 0.35, 6);
        codes.SetRow(1, codes.RowBytes(0));
        codes.SetRow(2, new byte[(bits + 7) / 8]);
        codes.SetRow(3, [.. codes.RowBytes(0).ToArray().Select((b, i) => (byte)(i % 2 == 0 ? b : 0))]);
        codes.SetRow(4, [.. codes.RowBytes(0).ToArray().Select((b, i) => (byte)(i % 2 == 0 ? 0 : b))]);
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            var options = new LogisticOptions { Scheme = scheme, C = 0.7, Tolerance = 1e-5 };
            var model = LogisticRegression.Fit(codes, labels, options);
            AssertOptimum(RandomData.Unpack(codes), labels, model, options);
            // The same rows as floats are fitted bit by bit; one optimum has one prediction, but for scores on the edge.
            var direct = LogisticRegression.Fit(RandomData.Unpack(codes), labels, options);
            Assert.Equal(direct.Objectives[0], model.Objectives[0], 1e-6 * Math.Abs(direct.Objectives[0]));
            for (var j = 0; j < bits; j++) Assert.Equal(direct.Weights[0, j], model.Weights[0, j], 1e-4);
        }
    }

    [Fact]
    public void Rows_of_zeros_leave_the_intercepts_alone()
    {
        var model = LogisticRegression.Fit(new PackedBits(6, 100), [0, 0, 1, 1, 1, 1], new() { Tolerance = 1e-9 });
        Assert.Equal(Math.Log(2), model.Intercepts[0], 1e-8);
        Assert.All(model.Weights.Cast<double>(), weight => Assert.Equal(0, weight));
    }

    [Fact]
    public void Without_information_the_intercepts_give_the_shares_of_the_classes()
    {
        var nothing = new PackedBits(10, 5);
        int[] labels = [0, 0, 0, 0, 0, 1, 1, 1, 2, 2];
        var joint = LogisticRegression.Fit(nothing, labels, new() { Scheme = LogisticScheme.Multinomial, Tolerance = 1e-9 });
        double[] exponentials = [.. joint.Intercepts.Select(Math.Exp)];
        // The gradient, below 1e-9, is ten times the error of a share.
        Assert.Equal(0.5, exponentials[0] / exponentials.Sum(), 1e-9);
        Assert.Equal(0.3, exponentials[1] / exponentials.Sum(), 1e-9);
        Assert.Equal(-5 * Math.Log(0.5) - 3 * Math.Log(0.3) - 2 * Math.Log(0.2), joint.Objectives.Single(), 1e-9);

        var pairs = LogisticRegression.Fit(nothing, labels, new() { Tolerance = 1e-9 });
        Assert.Equal(Math.Log(3 / 5.0), pairs.Intercepts[0], 1e-8);
        Assert.Equal(Math.Log(2 / 5.0), pairs.Intercepts[1], 1e-8);
        Assert.Equal(Math.Log(2 / 3.0), pairs.Intercepts[2], 1e-8);
        Assert.Equal(-5 * Math.Log(5 / 8.0) - 3 * Math.Log(3 / 8.0), pairs.Objectives[0], 1e-9);
    }

    [Fact]
    public void Clear_classes_are_predicted_under_whatever_names_they_have()
    {
        var (codes, labels) = RandomData.Classes(400, 64, 4, 0.05, 3);
        int[] names = [100, -5, 7, int.MaxValue], named = [.. labels.Select(label => names[label])];
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            var model = LogisticRegression.Fit(codes, named, new() { Scheme = scheme });
            Assert.Equal(named, model.Predict(codes));
            Assert.Equal(named, model.Predict(RandomData.Unpack(codes)));
            Assert.Equal([-5, 7, 100, int.MaxValue], model.Classes);
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var (codes, labels) = RandomData.Classes(9000, 30, 4, 0.3, 4);
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            var one = LogisticRegression.Fit(codes, labels, new() { Scheme = scheme, Threads = 1 });
            var five = LogisticRegression.Fit(codes, labels, new() { Scheme = scheme, Threads = 5 });
            Assert.Equal(one.Weights, five.Weights);
            Assert.Equal(one.Intercepts, five.Intercepts);
        }
    }

    [Fact]
    public void Where_every_class_has_one_vote_the_scores_decide()
    {
        // 1 beats 0 by 1, 0 beats 2 by 5, 2 beats 1 by 3: class 0 has −1 + 5 in all, class 1 has 1 − 3, class 2 has −5 + 3.
        var model = new LogisticModel([10, 11, 12], 1)
        {
            Scheme = LogisticScheme.OneVsOne, Weights = new double[3, 1], Intercepts = [1, -5, 3],
            Objectives = [0, 0, 0], LargestGradient = 0, Iterations = 0, Converged = true,
        };
        Assert.Equal([10], model.Predict(new PackedBits(1, 1)));
        // All equal: the smallest label.
        Assert.Equal([10], (model with { Intercepts = [1, -1, 1] }).Predict(new PackedBits(1, 1)));
        // Two votes beat any score.
        Assert.Equal([12], (model with { Intercepts = [-900, 0.1, 0.1] }).Predict(new PackedBits(1, 1)));
    }

    [Fact]
    public void A_fit_cut_short_says_so_and_progress_ends_at_one()
    {
        var (codes, labels) = RandomData.Classes(300, 30, 3, 0.3, 5);
        var cut = LogisticRegression.Fit(codes, labels, new() { MaxIterations = 1 });
        Assert.Equal((false, 1), (cut.Converged, cut.Iterations));
        Assert.True(cut.LargestGradient > 1e-4);
        var seen = new List<double>();
        LogisticRegression.Fit(codes, labels, null, new Recorder(seen));
        Assert.Equal(1, seen[^1]);
        Assert.Throws<OperationCanceledException>(() => LogisticRegression.Fit(codes, labels, cancel: new CancellationToken(true)));
    }

    // Rows that tell nothing of labels as many: the first gradient is 0. Fewer rows than half the bits, and more.
    [Theory]
    [InlineData(4), InlineData(400)]
    public void A_fit_with_nothing_to_do_is_done(int rows)
    {
        foreach (var scheme in Enum.GetValues<LogisticScheme>())
        {
            var seen = new List<double>();
            var model = LogisticRegression.Fit(new PackedBits(rows, 100), [.. Enumerable.Range(0, rows).Select(row => row % 2)], new() { Scheme = scheme }, new Recorder(seen));
            Assert.Equal([1.0], seen);
            Assert.Equal((true, 0, 0.0), (model.Converged, model.Iterations, model.LargestGradient));
        }
    }

    [Fact]
    public void Memory_grows_with_the_rows_that_are_counted_and_with_what_they_have_in_common()
    {
        // 100,000 rows are not counted, and so take what the bits take; nor are 60,000, whose counts are of 32 bits.
        Assert.Equal(LogisticRegression.BytesFor(100_000, 188_416, 10), LogisticRegression.BytesFor(200_000, 188_416, 10));
        Assert.Equal(LogisticRegression.BytesFor(100_000, 300_000, 10), LogisticRegression.BytesFor(60_000, 300_000, 10));
        Assert.InRange(LogisticRegression.BytesFor(1_000, 188_416, 10), 0, LogisticRegression.BytesFor(2_000, 188_416, 10) - 1);
        Assert.Equal(2 * CodeGram.BytesFor(1_000, 262_143), CodeGram.BytesFor(1_000, 262_144));
    }

    [Fact]
    public void Bad_parameters_are_refused()
    {
        var codes = RandomData.Bits(4, 3, 6);
        Assert.Equal("there is only one class; regression needs at least 2 (Parameter 'labels')",
            Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(codes, [1, 1, 1, 1])).Message);
        Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(codes, [0, 1]));
        // Before anything is counted, which would be stopped.
        Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(new PackedBits(4, 100), [1, 1, 1, 1], cancel: new(true)));
        Assert.Throws<ArgumentException>(() => LogisticRegression.Fit(codes, [0, 1, 0, 1]).Predict(new PackedBits(1, 4)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LogisticOptions { C = 0 });
    }

    private static void AssertOptimum(Matrix samples, int[] labels, LogisticModel model, LogisticOptions options)
    {
        Assert.True(model.Converged);
        var pairs = new List<(int A, int B)>();
        foreach (var a in model.Classes) pairs.AddRange(model.Classes.Where(b => b > a).Select(b => (a, b)));
        var gradients = new double[model.Intercepts.Length, model.Features + 1];
        var objectives = new double[model.Objectives.Length];
        for (var row = 0; row < samples.Rows; row++)
        {
            double[] scores = [.. Enumerable.Range(0, model.Intercepts.Length).Select(m => Score(samples, row, model, m))];
            var slopes = new double[scores.Length];
            if (options.Scheme == LogisticScheme.Multinomial)
            {
                var total = scores.Sum(Math.Exp);
                var own = Array.IndexOf(model.Classes, labels[row]);
                objectives[0] += Math.Log(total) - scores[own];
                for (var m = 0; m < slopes.Length; m++) slopes[m] = Math.Exp(scores[m]) / total - (m == own ? 1 : 0);
            }
            else
            {
                for (var m = 0; m < slopes.Length; m++)
                {
                    if (labels[row] != pairs[m].A && labels[row] != pairs[m].B) continue;
                    var sign = labels[row] == pairs[m].B ? 1 : -1;
                    objectives[m] += Math.Log(1 + Math.Exp(-sign * scores[m]));
                    slopes[m] = -sign / (1 + Math.Exp(sign * scores[m]));
                }
            }
            for (var m = 0; m < slopes.Length; m++)
            {
                for (var j = 0; j < model.Features; j++) gradients[m, j] += slopes[m] * samples.Row(row)[j];
                gradients[m, model.Features] += slopes[m];
            }
        }
        for (var m = 0; m < gradients.GetLength(0); m++)
        {
            for (var j = 0; j < model.Features; j++)
            {
                gradients[m, j] += model.Weights[m, j] / options.C;
                objectives[objectives.Length == 1 ? 0 : m] += model.Weights[m, j] * model.Weights[m, j] / (2 * options.C);
            }
        }
        // The model's own value and this one are sums of the same thousands of terms in double, in another order.
        for (var i = 0; i < objectives.Length; i++) Assert.Equal(1, model.Objectives[i] / objectives[i], 1e-11);
        var largest = gradients.Cast<double>().Max(Math.Abs);
        Assert.Equal(largest, model.LargestGradient, 1e-10);
        Assert.InRange(largest, 0, options.Tolerance);
    }

    private static double Score(Matrix samples, int row, LogisticModel model, int m) =>
        model.Intercepts[m] + Enumerable.Range(0, model.Features).Sum(j => samples.Row(row)[j] * model.Weights[m, j]);

    private sealed class Recorder(List<double> seen) : IProgress<double>
    {
        public void Report(double value) => seen.Add(value);
    }
}
