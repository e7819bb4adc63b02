using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Agreement with SciPy, statsmodels and scikit-learn on a real hidden layer; `tools/reference/discriminate.py` made the values.</summary>
public class DiscriminationReferenceTests
{
    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Place("discriminate.json"))).RootElement;
    private static readonly int Rows = Expected.GetProperty("rows").GetInt32(), Units = Expected.GetProperty("units").GetInt32();
    private static readonly int Fitted = Expected.GetProperty("fitRows").GetInt32();
    private static readonly int[] Labels = [.. File.ReadAllBytes(Place("discriminate-labels.bin")).Select(label => (int)label)];

    [Fact]
    public void Statistics_of_a_relu_layer_agree_with_scipys()
    {
        var separation = KolmogorovSmirnov.Measure(Activations(0, Rows), Labels);
        double[] presence = Numbers("presence"), absence = Numbers("absence"), two = Numbers("twoSided");
        // Half of the activations are ties at 0: what the agreement below rests on.
        Assert.InRange(Expected.GetProperty("zeros").GetDouble(), .5, .53);
        for (var i = 0; i < presence.Length; i++)
        {
            var (unit, c) = (i / 10, i % 10);
            // SciPy subtracts two rounded fractions.
            Assert.Equal(presence[i], separation.Presence[unit, c], 4e-16);
            Assert.Equal(absence[i], separation.Absence[unit, c], 4e-16);
            Assert.Equal(two[i], Math.Abs(separation.Signed(unit, c)), 4e-16);
        }
    }

    [Fact]
    public void Asymptotic_p_values_agree_with_scipys()
    {
        var separation = KolmogorovSmirnov.Measure(Activations(0, Rows), Labels);
        var expected = Numbers("asymptotic");
        for (var i = 0; i < expected.Length; i++)
        {
            var inside = separation.Sizes[i % 10];
            var p = KolmogorovSmirnov.TwoSidedP(Math.Abs(separation.Signed(i / 10, i % 10)), inside, Rows - inside);
            // D's last bit, times the slope 4 z √(nm/(n + m)) of the logarithm at its steepest, some 400.
            Assert.Equal(expected[i], p, expected[i] * 1e-12);
        }
        foreach (var pair in Expected.GetProperty("kolmogorov").EnumerateArray())
        {
            // With n = m = 2 the statistic's factor is 1; beyond 1 no statistic reaches, but n = m = 800 does, by a factor of 20.
            var (z, p) = (pair[0].GetDouble(), pair[1].GetDouble());
            Assert.Equal(p, KolmogorovSmirnov.TwoSidedP(z / 20, 800, 800), Math.Max(p, 1e-300) * 1e-11);
        }
    }

    [Fact]
    public void Asymptotic_p_values_are_no_smaller_than_scipys_exact_ones_below_nine_tenths()
    {
        foreach (var pair in Expected.GetProperty("exact").EnumerateArray())
        {
            int inside = pair.GetProperty("inside").GetInt32(), outside = pair.GetProperty("outside").GetInt32();
            var p = KolmogorovSmirnov.TwoSidedP(pair.GetProperty("statistic").GetDouble(), inside, outside);
            Assert.Equal(pair.GetProperty("asymptotic").GetDouble(), p, 1e-12 * p);
            if (p < .9) Assert.InRange(p, pair.GetProperty("exact").GetDouble(), 1);
        }
    }

    [Fact]
    public void Q_values_agree_with_statsmodels()
    {
        double[] p = Numbers("pValues"), expected = Numbers("qValues"), q = FalseDiscoveryRate.BenjaminiHochberg(p);
        // The same divisions and minima; the products may round otherwise.
        for (var i = 0; i < p.Length; i++) Assert.Equal(expected[i], q[i], 1e-15);
        Assert.Empty(FalseDiscoveryRate.BenjaminiHochberg([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => FalseDiscoveryRate.BenjaminiHochberg([.1, double.NaN]));

        var result = Discrimination.Measure(Activations(0, Rows), Labels);
        var layer = Numbers("asymptoticQ");
        for (var i = 0; i < layer.Length; i++) Assert.Equal(layer[i], result.Q[i / 10, i % 10], layer[i] * 1e-12);
    }

    [Fact]
    public void The_embedding_agrees_with_scikit_learns_standardisation()
    {
        var embedding = TernaryEmbedding.Fit(Activations(0, Fitted));
        double[] means = Numbers("means"), deviations = Numbers("deviations");
        for (var j = 0; j < Units; j++)
        {
            // Sums of 800 terms in double.
            Assert.Equal(1, embedding.Means[j] / means[j], 1e-13);
            Assert.Equal(1, embedding.StandardDeviations[j] / deviations[j], 1e-13);
        }
        var embedded = embedding.Apply(Activations(0, Rows));
        Assert.Equal(Expected.GetProperty("ternary").GetString(), string.Concat(embedded.Values.Select(value => "-0+"[(int)value + 1])));
    }

    [Fact]
    public void Probes_on_the_embedding_and_on_one_layer_agree_with_scikit_learn()
    {
        Matrix fit = Activations(0, Fitted), score = Activations(Fitted, Rows);
        var embedding = TernaryEmbedding.Fit(fit);
        AssertProbe(embedding.Apply(fit), embedding.Apply(score), Expected.GetProperty("embeddingProbe"));
        AssertProbe(UnitNorm.Of(fit), UnitNorm.Of(score), Expected.GetProperty("layerProbe"));
    }

    private static void AssertProbe(Matrix fit, Matrix score, JsonElement expected)
    {
        var model = LogisticRegression.Fit(fit, Labels.AsSpan(0, Fitted), new() { Scheme = LogisticScheme.Multinomial });
        Assert.True(model.Converged);
        // Strong convexity: at most ‖gradient‖²/2 ≤ 310 · 1e-8 / 2 above an optimum of some 100 nats.
        Assert.Equal(1, model.Objectives.Single() / expected.GetProperty("objective").GetDouble(), 1e-7);
        Assert.Equal([.. expected.GetProperty("predicted").EnumerateArray().Select(value => value.GetInt32())], model.Predict(score));
        Assert.Equal(expected.GetProperty("accuracy").GetDouble(), Accuracy.Of(model.Predict(score), Labels.AsSpan(Fitted)));
    }

    private static Matrix Activations(int first, int end)
    {
        var bytes = File.ReadAllBytes(Place("discriminate-relu.bin")).AsSpan(4 * first * Units, 4 * (end - first) * Units);
        return new(end - first, Units, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    private static double[] Numbers(string name) => [.. Expected.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    private static string Place(string name) => Path.Combine(AppContext.BaseDirectory, "Reference", name);
}
