using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Agreement with scikit-learn, faiss and SciPy on real digits; `tools/reference` made the values.</summary>
public class ReferenceTests
{
    [Theory]
    [InlineData(20), InlineData(100)]
    public void Distinct_codes_agree_with_numpy(int bits)
    {
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("distinct");
        Assert.Equal(expected.GetProperty("train").GetInt32(), CodeRedundancy.Measure(digits.Train).Distinct);
        Assert.Equal(expected.GetProperty("test").GetInt32(), CodeRedundancy.Measure(digits.Test).Distinct);
    }

    [Theory]
    [InlineData(20), InlineData(100)]
    public void Nearest_neighbours_predict_as_faiss_does(int bits)
    {
        // faiss keeps the smallest rows among ties, as we do: not one of the 1000 predictions differs. scikit-learn keeps
        // arbitrary ones: at 20 bits, where ties abound, 231 predictions differ; at 100 bits 40.
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("kNearest");
        var predicted = KNearest.Vote(KNearest.Find(digits.Train, digits.Test), digits.TrainLabels);
        Assert.Equal(Integers(expected.GetProperty("predicted")), predicted);
        Assert.Equal(0, expected.GetProperty("faiss").GetProperty("predictedOtherwise").GetInt32());
        Assert.Equal(expected.GetProperty("accuracy").GetDouble(), Accuracy.Of(predicted, digits.TestLabels));
    }

    [Theory]
    [InlineData(20), InlineData(100)]
    public void Clusters_from_given_centres_agree_with_scikit_learn(int bits)
    {
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("kMeans").GetProperty("given");
        var centres = KMeansTests.GroupMeans(RandomData.Unpack(digits.Train), 10);
        var result = KMeans.Cluster(digits.Train, new() { Clusters = 10, InitialCentres = centres });
        Assert.Equal(Integers(expected.GetProperty("labels")), result.Labels);
        Assert.Equal(expected.GetProperty("iterations").GetInt32(), result.Iterations);
        // Both sum 3000 rows in double; scikit-learn centres them first.
        Assert.Equal(1, result.Inertia / expected.GetProperty("inertia").GetDouble(), 1e-12);
        var agreement = ClusterAgreement.Measure(result.Labels, digits.TrainLabels);
        Assert.Equal(expected.GetProperty("purity").GetDouble(), agreement.Purity);
        Assert.Equal(expected.GetProperty("matched").GetDouble(), agreement.Matched);
    }

    [Theory]
    [InlineData(20), InlineData(100)]
    public void Ten_restarts_find_as_little_inertia_as_scikit_learn(int bits)
    {
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("kMeans").GetProperty("restarts").GetProperty("inertia").GetDouble();
        // Other random starts end in other optima: the best of ten varies by some 0.3 % between seeds.
        Assert.InRange(KMeans.Cluster(digits.Train, new() { Clusters = 10 }).Inertia / expected, 0.995, 1.005);
    }

    [Theory]
    [InlineData(20), InlineData(100)]
    public void Pairwise_regressions_reach_scikit_learns_optima_and_predictions(int bits)
    {
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("logistic").GetProperty("oneVsOne");
        double[] optima = [.. expected.GetProperty("objectives").EnumerateArray().Select(value => value.GetDouble())];
        Assert.InRange(expected.GetProperty("largestGradient").GetDouble(), 0, 1e-6);

        var fitted = LogisticRegression.Fit(digits.Train, digits.TrainLabels, new() { Tolerance = 1e-6 });
        // Strong convexity: with C = 1 an objective is above its optimum by at most ‖gradient‖²/2 ≤ 101 · 1e-12 / 2.
        for (var pair = 0; pair < optima.Length; pair++) Assert.Equal(1, fitted.Objectives[pair] / optima[pair], 1e-10);
        Assert.Equal(Integers(expected.GetProperty("predicted")), fitted.Predict(digits.Test));
        Assert.Equal(expected.GetProperty("accuracy").GetDouble(), Accuracy.Of(fitted.Predict(digits.Test), digits.TestLabels));

        // The default tolerance: at most 101 · 1e-8 / 2 above.
        var quick = LogisticRegression.Fit(digits.Train, digits.TrainLabels);
        for (var pair = 0; pair < optima.Length; pair++) Assert.InRange(quick.Objectives[pair] / optima[pair] - 1, -1e-10, 1e-7);
    }

    [Theory]
    [InlineData(20), InlineData(100)]
    public void The_multinomial_regression_reaches_scikit_learns_optimum_and_predictions(int bits)
    {
        var digits = Digits.Load(bits);
        var expected = digits.Expected.GetProperty("logistic").GetProperty("multinomial");
        var optimum = expected.GetProperty("objective").GetDouble();
        Assert.InRange(expected.GetProperty("largestGradient").GetDouble(), 0, 1e-6);

        var fitted = LogisticRegression.Fit(
            digits.Train, digits.TrainLabels, new() { Scheme = LogisticScheme.Multinomial, Tolerance = 1e-6 });
        // As above; ten classes of 101 weights.
        Assert.Equal(1, fitted.Objectives.Single() / optimum, 1e-11);
        Assert.Equal(Integers(expected.GetProperty("predicted")), fitted.Predict(digits.Test));
        Assert.Equal(expected.GetProperty("accuracy").GetDouble(), Accuracy.Of(fitted.Predict(digits.Test), digits.TestLabels));

        var quick = LogisticRegression.Fit(digits.Train, digits.TrainLabels, new() { Scheme = LogisticScheme.Multinomial });
        Assert.InRange(quick.Objectives.Single() / optimum - 1, -1e-11, 1e-8);
    }

    [Fact]
    public void Matchings_gain_and_cost_what_scipys_do()
    {
        foreach (var @case in Digits.Json("assignment.json").GetProperty("cases").EnumerateArray())
        {
            int[][] rows = [.. @case.GetProperty("gains").EnumerateArray().Select(Integers)];
            var gains = new double[rows.Length, rows[0].Length];
            for (var i = 0; i < rows.Length; i++)
                for (var j = 0; j < rows[i].Length; j++)
                    gains[i, j] = rows[i][j];
            Assert.Equal(@case.GetProperty("best").GetInt32(), Total(gains, OptimalAssignment.Maximise(gains)));
            Assert.Equal(@case.GetProperty("least").GetInt32(), Total(gains, OptimalAssignment.Minimise(gains)));
        }
    }

    private static double Total(double[,] gains, int[] columns)
    {
        var matched = columns.Where(column => column >= 0).ToArray();
        Assert.Equal(Math.Min(gains.GetLength(0), gains.GetLength(1)), matched.Distinct().Count());
        return columns.Select((column, row) => column < 0 ? 0 : gains[row, column]).Sum();
    }

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    private sealed record Digits(PackedBits Train, PackedBits Test, int[] TrainLabels, int[] TestLabels, JsonElement Expected)
    {
        public static Digits Load(int bits)
        {
            var expected = Json($"mnist-{bits}.json");
            int train = expected.GetProperty("trainRows").GetInt32(), test = expected.GetProperty("testRows").GetInt32();
            var codes = File.ReadAllBytes(Place($"mnist-{bits}-codes.bin"));
            int[] labels = [.. File.ReadAllBytes(Place("mnist-labels.bin")).Select(label => (int)label)];
            return new(Rows(codes, bits, 0, train), Rows(codes, bits, train, test), labels[..train], labels[train..], expected);
        }

        public static JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Place(name))).RootElement;

        private static PackedBits Rows(byte[] codes, int bits, int first, int count)
        {
            var width = (bits + 7) / 8;
            var packed = new PackedBits(count, bits);
            for (var row = 0; row < count; row++) packed.SetRow(row, codes.AsSpan((first + row) * width, width));
            return packed;
        }

        private static string Place(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", name);
    }
}
