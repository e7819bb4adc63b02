namespace Analyzer.Statistics;

/// <summary>Solves for the levels, values the same for all rows, that explain given sums.</summary>
internal sealed class RowLevels
{
    private readonly double[]? _divisors;
    private readonly double[,] _lower;
    private readonly int _lanes;

    private RowLevels(double[]? divisors, double[,] lower, int lanes) => (_divisors, _lower, _lanes) = (divisors, lower, lanes);

    /// <summary>Levels that have nothing to do with each other.</summary>
    public static RowLevels Of(double[] divisors) => new(divisors, new double[0, 0], divisors.Length);

    /// <summary>Levels of one owner that depend on each other.</summary>
    /// <param name="matrix">[used, used] symmetric, positive definite.</param>
    /// <param name="lanes">Used ones, rounded up.</param>
    public static RowLevels Of(double[,] matrix, int lanes)
    {
        // Cholesky; Golub and Van Loan, algorithm 4.2.2 without pivots.
        var (size, lower) = (matrix.GetLength(0), new double[matrix.GetLength(0), matrix.GetLength(0)]);
        for (var j = 0; j < size; j++)
        {
            for (var i = j; i < size; i++)
            {
                var left = matrix[i, j];
                for (var k = 0; k < j; k++) left -= lower[i, k] * lower[j, k];
                lower[i, j] = i == j ? Math.Sqrt(Math.Max(left, double.Epsilon)) : left / lower[j, j];
            }
        }
        return new(null, lower, lanes);
    }

    /// <summary>The levels.</summary>
    public double[] Solve(double[] sums)
    {
        var levels = new double[_lanes];
        if (_divisors is not null)
        {
            for (var i = 0; i < levels.Length; i++) levels[i] = _divisors[i] > 0 ? sums[i] / _divisors[i] : 0;
            return levels;
        }
        var size = _lower.GetLength(0);
        for (var i = 0; i < size; i++)
        {
            levels[i] = sums[i];
            for (var k = 0; k < i; k++) levels[i] -= _lower[i, k] * levels[k];
            levels[i] /= _lower[i, i];
        }
        for (var i = size - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < size; k++) levels[i] -= _lower[k, i] * levels[k];
            levels[i] /= _lower[i, i];
        }
        return levels;
    }
}
