using Analyzer.Statistics;

namespace Analyzer.Tests;

public class RowLossesTests
{
    // Fewer classes than a vector has lanes, and more; every class has rows.
    [Theory]
    [InlineData(true, 9, 3), InlineData(false, 9, 3), InlineData(true, 40, 19), InlineData(false, 40, 19)]
    public void Roots_and_levels_belong_to_the_losses(bool coupled, int rows, int classes)
    {
        int[] targets = [.. Enumerable.Range(0, rows).Select(row => row % classes)];
        RowLosses losses = coupled ? new SoftmaxRowLosses(targets, classes) : new PairRowLosses(targets, classes);
        var scores = Vector(losses, 1, 2);
        var derivatives = new double[scores.Length];
        Assert.Equal(Naive(scores, losses, targets, coupled), Total(losses, losses.Evaluate(scores, derivatives)), 1e-11);

        double[] above = new double[scores.Length], below = new double[scores.Length];
        const double Step = 1e-5;
        for (var i = 0; i < scores.Length; i += 7)
        {
            var (row, lane) = (i / losses.Lanes, i % losses.Lanes);
            if (lane >= losses.Used || !coupled && lane == targets[row]) continue;
            var high = Total(losses, losses.Evaluate(Moved(scores, i, Step), above));
            var low = Total(losses, losses.Evaluate(Moved(scores, i, -Step), below));
            // Central differences err by Step² times a third derivative, below 1, and by what rounding leaves of sums up to 2,000 over the step.
            Assert.Equal((high - low) / (2 * Step), derivatives[i], 1e-7);
            losses.Evaluate(scores, derivatives);
            double[] unit = Moved(new double[scores.Length], i, 1), back = new double[scores.Length], product = new double[scores.Length];
            losses.RootTransposedTimes(unit, back);
            losses.RootTimes(back, product);
            // The same of derivatives, whose sizes are below 1.
            for (var j = 0; j < product.Length; j++) Assert.Equal((above[j] - below[j]) / (2 * Step), product[j], 1e-9);
            losses.RootTimes(unit, product);
            losses.Curvatures(back);
            Assert.Equal(product.Sum(value => value * value), back[i], 1e-15);
        }

        // Whatever R gives, some vector explains, up to what rows count as flat: 1e-12 of probabilities of some 1e-3 at least.
        double[] given = new double[scores.Length], explained = new double[scores.Length], again = new double[scores.Length];
        losses.RootTimes(Vector(losses, 2, 1), given);
        losses.RootSolve(given, explained);
        losses.RootTimes(explained, again);
        for (var i = 0; i < given.Length; i++) Assert.Equal(given[i], again[i], 1e-8);

        double[] inverse = [.. Vector(losses, 3, .4).Select(value => .5 + value)], sums = losses.Sums(given);
        var levels = new double[scores.Length];
        losses.AddLevels(levels, losses.LevelsFor(inverse)(sums));
        losses.RootTransposedTimes(levels, explained);
        for (var i = 0; i < explained.Length; i++) explained[i] *= inverse[i];
        losses.RootTimes(explained, again);
        // Systems of at most 19 unknowns, the least pivot a thousandth of the largest.
        foreach (var (one, other) in sums.Zip(losses.Sums(again))) Assert.Equal(one, other, 1e-11);
    }

    [Theory]
    [InlineData(1), InlineData(7)]
    public void Systems_are_solved(int size)
    {
        double[] values = Array.ConvertAll(RandomData.Dense(size, size, 4).Values, value => (double)value), solution = new double[size];
        var matrix = new double[size, size];
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++)
                for (var k = 0; k < size; k++) matrix[i, j] += values[i * size + k] * values[j * size + k] + (i == j ? 1 : 0);
        for (var i = 0; i < size; i++) solution[i] = Enumerable.Range(0, size).Sum(j => matrix[i, j] * (j - 2));
        new Cholesky(matrix).Solve(solution);
        // Eigenvalues from 7 to some 20.
        for (var i = 0; i < size; i++) Assert.Equal(i - 2, solution[i], 1e-13);
    }

    [Fact]
    public void Systems_without_one_solution_are_given_a_finite_one()
    {
        double[] twice = [3, 3, 1], nothing = [2, 5];
        new Cholesky(new double[,] { { 1, 1, 0 }, { 1, 1, 0 }, { 0, 0, 4 } }).Solve(twice);
        // Two equal rows: their unknowns sum to the right side.
        Assert.Equal((3.0, .25), (twice[0] + twice[1], twice[2]));
        new Cholesky(new double[2, 2]).Solve(nothing);
        Assert.Equal([0.0, 0], nothing);
    }

    private static double[] Vector(RowLosses losses, ulong seed, double size)
    {
        var vector = Array.ConvertAll(RandomData.Dense(losses.Owners.Length, losses.Lanes, seed).Values, value => size * value);
        for (var i = 0; i < vector.Length; i++)
            if (i % losses.Lanes >= losses.Used || !losses.Coupled && i % losses.Lanes == losses.Owners[i / losses.Lanes]) vector[i] = 0;
        return vector;
    }

    private static double[] Moved(double[] from, int place, double by)
    {
        var moved = (double[])from.Clone();
        moved[place] += by;
        return moved;
    }

    // One problem's loss stands in every lane.
    private static double Total(RowLosses losses, double[] values) => losses.Coupled ? values[0] : values.Sum();

    private static double Naive(double[] scores, RowLosses losses, int[] targets, bool coupled)
    {
        double sum = 0;
        for (var row = 0; row < targets.Length; row++)
        {
            double[] own = [.. Enumerable.Range(0, losses.Used).Select(lane => scores[row * losses.Lanes + lane])];
            sum += coupled ? Math.Log(own.Sum(Math.Exp)) - own[targets[row]] : own.Where((_, lane) => lane != targets[row]).Sum(score => Math.Log(1 + Math.Exp(-score)));
        }
        return sum;
    }
}
