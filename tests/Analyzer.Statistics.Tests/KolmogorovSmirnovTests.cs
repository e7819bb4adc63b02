using Analyzer.Statistics;
using FsCheck;
using FsCheck.Fluent;

namespace Analyzer.Tests;

public class KolmogorovSmirnovTests
{
    // Few values make large groups of ties in any place of the order; 300 classes pass a byte; 20 units pass a block of 16.
    [Theory]
    [InlineData(40, 20, 2, 1000), InlineData(200, 5, 7, 4), InlineData(333, 17, 10, 2), InlineData(600, 3, 300, 50), InlineData(250, 4, 16, 30), InlineData(250, 4, 17, 30), InlineData(2, 1, 2, 3)]
    public void The_sweep_agrees_with_the_definition(int rows, int units, int classes, int values)
    {
        var (samples, labels) = Tied(rows, units, classes, values, 1);
        var separation = KolmogorovSmirnov.Measure(samples, labels);
        for (var unit = 0; unit < units; unit++)
        {
            for (var c = 0; c < separation.Classes.Length; c++)
            {
                var (presence, absence) = Naive(samples, labels, unit, separation.Classes[c]);
                // The definition subtracts two rounded fractions; the sweep divides integers once.
                Assert.Equal(presence, separation.Presence[unit, c], 1e-15);
                Assert.Equal(absence, separation.Absence[unit, c], 1e-15);
            }
        }
    }

    [Fact]
    public void Both_sweeps_give_the_same_bits()
    {
        for (ulong seed = 0; seed < 60; seed++)
        {
            // From two values to as many as rows; one class of a single row.
            var (samples, labels) = Tied(120, 1, 2 + (int)(seed % 15), 2 << (int)(seed % 9), seed);
            var index = ClassIndex.Of(labels);
            var column = new SortedColumn(120);
            column.Sort(samples.Values);
            var sweep = new ClassSweep(index.Sizes);
            Assert.True(sweep.FitsLanes);
            double[] presence = new double[index.Count], absence = new double[index.Count], other = new double[index.Count], another = new double[index.Count];
            sweep.InLanes(column, index.Indices, presence, absence);
            sweep.ByClass(column, index.Indices, other, another);
            Assert.Equal(other, presence);
            Assert.Equal(another, absence);
        }
    }

    [Fact]
    public void Numerators_past_32_bits_are_swept_too()
    {
        // 100,000 rows, half of them of each class: n(N − n) = 2.5e9. The class's values are the upper half.
        int[] labels = [.. Enumerable.Range(0, 100_000).Select(row => row % 2)];
        var samples = new Matrix(100_000, 1, [.. Enumerable.Range(0, 100_000).Select(row => (float)(row % 2 * 100_000 + row))]);
        Assert.False(new ClassSweep([50_000, 50_000]).FitsLanes);
        Assert.True(new ClassSweep([46_340, 46_340]).FitsLanes);
        Assert.Equal(1, KolmogorovSmirnov.Measure(samples, labels).Signed(0, 1));
        // The most that 32 bits take: n(N − n) = 46,340².
        var narrow = KolmogorovSmirnov.Measure(new Matrix(92_680, 1, samples.Values[..92_680]), labels.AsSpan(0, 92_680));
        Assert.Equal((1, -1), (narrow.Signed(0, 1), narrow.Signed(0, 0)));
    }

    [Fact]
    public void Order_alone_matters()
    {
        var (samples, labels) = Tied(150, 6, 4, 9, 2);
        var stretched = new Matrix(150, 6, [.. samples.Values.Select(value => MathF.Exp(3 * value) - 40)]);
        var turned = new Matrix(150, 6, [.. samples.Values.Select(value => -value)]);
        var (plain, other, mirror) = (KolmogorovSmirnov.Measure(samples, labels), KolmogorovSmirnov.Measure(stretched, labels), KolmogorovSmirnov.Measure(turned, labels));
        Assert.Equal(plain.Presence, other.Presence);
        Assert.Equal(plain.Absence, other.Absence);
        Assert.Equal(plain.Presence, mirror.Absence);
        Assert.Equal(plain.Absence, mirror.Presence);
    }

    [Fact]
    public void With_two_classes_presence_of_one_is_absence_of_the_other()
    {
        var (samples, labels) = Tied(91, 8, 2, 30, 3);
        var separation = KolmogorovSmirnov.Measure(samples, labels);
        for (var unit = 0; unit < 8; unit++)
        {
            Assert.Equal(separation.Presence[unit, 0], separation.Absence[unit, 1]);
            Assert.Equal(separation.Absence[unit, 0], separation.Presence[unit, 1]);
        }
    }

    [Fact]
    public void A_unit_that_fires_for_one_class_only_is_its_presence_and_one_silent_for_it_only_its_absence()
    {
        int[] labels = [.. Enumerable.Range(0, 60).Select(row => 10 * (row % 3))];
        var samples = new Matrix(60, 2);
        for (var row = 0; row < 60; row++) (samples.Row(row)[0], samples.Row(row)[1]) = (labels[row] == 10 ? 1 : 0, labels[row] == 10 ? 0 : 1);
        var separation = KolmogorovSmirnov.Measure(samples, labels);
        Assert.Equal([0, 10, 20], separation.Classes);
        Assert.Equal([20, 20, 20], separation.Sizes);
        Assert.Equal((1, 0), (separation.Presence[0, 1], separation.Absence[0, 1]));
        Assert.Equal(1, separation.Signed(0, 1));
        Assert.Equal(-1, separation.Signed(1, 1));
        // For the others, the class that fires is half of the rest.
        Assert.Equal(-.5, separation.Signed(0, 0));
        Assert.Equal(.5, separation.Signed(1, 2));
    }

    [Fact]
    public void Negative_zero_equals_zero_and_infinities_have_their_place()
    {
        var separation = KolmogorovSmirnov.Measure(
            new Matrix(4, 3, [0f, float.PositiveInfinity, -1, -0f, 1, float.NegativeInfinity, -0f, 5, -1, 0f, -3, -2]), [1, 1, 2, 2]);
        Assert.Equal(0, separation.Signed(0, 0));
        Assert.Equal(.5, separation.Presence[1, 0]);
        Assert.Equal(0, separation.Absence[1, 0]);
        Assert.Equal(-.5, separation.Signed(2, 0));
    }

    [Fact]
    public void A_constant_unit_and_a_class_of_one_sample_have_statistics_too()
    {
        var separation = KolmogorovSmirnov.Measure(new Matrix(5, 2, [7, 1, 7, 2, 7, 3, 7, 4, 7, 5]), [0, 0, 0, 0, 9]);
        Assert.Equal(0, separation.Signed(0, 0));
        Assert.Equal(0, separation.Signed(0, 1));
        Assert.Equal(1, separation.Signed(1, 1));
        Assert.Equal(-1, separation.Signed(1, 0));
    }

    [Fact]
    public void Columns_are_sorted_as_the_framework_sorts()
    {
        Prop.ForAll<float[]>(values =>
        {
            float[] numbers = [.. values.Where(value => !float.IsNaN(value))];
            var column = new SortedColumn(numbers.Length);
            column.Sort(numbers);
            int[] expected = [.. Enumerable.Range(0, numbers.Length).OrderBy(row => numbers[row])];
            Assert.Equal(expected, column.Order);
            for (var i = 0; i < expected.Length; i++)
            {
                Assert.Equal(numbers.Count(value => value < numbers[expected[i]]), column.Below[i]);
                Assert.Equal(numbers.Count(value => value <= numbers[expected[i]]), column.UpTo[i]);
            }
            Assert.Equal(numbers.Length == 0 ? 0 : numbers.GroupBy(value => value).Max(group => group.Count()), column.GroupEnd - column.GroupFirst);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void P_values_and_critical_values_answer_to_each_other()
    {
        // Of the alternating series only the first term counts here; the second is its eighth power's half at .05 and less below.
        foreach (var alpha in (double[])[.05, .01, .001])
        {
            var critical = KolmogorovSmirnov.CriticalValue(alpha, 200, 1800);
            Assert.Equal(alpha, KolmogorovSmirnov.TwoSidedP(critical, 200, 1800), 2 * Math.Pow(alpha / 2, 4) + 1e-15);
        }
        // n m / (n + m) = 1 at n = 2, m = 2.
        Assert.Equal(1.358, KolmogorovSmirnov.CriticalValue(.05, 2, 2), 5e-4);
        Assert.Equal(1.949, KolmogorovSmirnov.CriticalValue(.001, 2, 2), 5e-4);
        Assert.Equal(1, KolmogorovSmirnov.TwoSidedP(0, 10, 10));
        Assert.InRange(KolmogorovSmirnov.TwoSidedP(1, 1, 1_000_000), .26, .28);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        var samples = new Matrix(3, 2, [1, 2, 3, float.NaN, 5, 6]);
        Assert.StartsWith("sample 1 of unit 1 is NaN", Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Measure(samples, [0, 1, 1])).Message);
        Assert.StartsWith("there are 1 classes", Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Measure(new(3, 2), [4, 4, 4])).Message);
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Measure(new(3, 2), [4, 5]));
        Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Measure(new(0, 2), []));
        Assert.Throws<ArgumentOutOfRangeException>(() => KolmogorovSmirnov.TwoSidedP(1.1, 3, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => KolmogorovSmirnov.TwoSidedP(.5, 0, 3));
    }

    /// <summary>Units with a given number of different values, the first few of them unequally likely, as after a ReLU.</summary>
    internal static (Matrix Samples, int[] Labels) Tied(int rows, int units, int classes, int values, ulong seed)
    {
        var random = new SeededRandom(seed);
        var samples = new Matrix(rows, units);
        for (var i = 0; i < samples.Values.Length; i++) samples.Values[i] = Math.Max(random.NextBelow(values), random.NextBelow(3)) - values / 2;
        int[] labels = [.. Enumerable.Range(0, rows).Select(row => row < classes ? row : random.NextBelow(classes))];
        return (samples, labels);
    }

    private static (double Presence, double Absence) Naive(Matrix samples, int[] labels, int unit, int @class)
    {
        float[] inside = [.. Enumerable.Range(0, samples.Rows).Where(row => labels[row] == @class).Select(row => samples.Row(row)[unit])];
        float[] outside = [.. Enumerable.Range(0, samples.Rows).Where(row => labels[row] != @class).Select(row => samples.Row(row)[unit])];
        double presence = 0, absence = 0;
        foreach (var place in inside.Concat(outside))
        {
            var difference = inside.Count(value => value <= place) / (double)inside.Length - outside.Count(value => value <= place) / (double)outside.Length;
            (presence, absence) = (Math.Max(presence, -difference), Math.Max(absence, difference));
        }
        return (presence, absence);
    }
}
