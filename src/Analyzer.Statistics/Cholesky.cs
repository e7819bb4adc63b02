namespace Analyzer.Statistics;

/// <summary>A symmetric matrix, positive definite or nearly so, by which systems are solved as often as wanted.</summary>
/// <remarks>Golub and Van Loan, Matrix Computations, algorithm 4.2.2: no pivoting. O(size³), and O(size²) for a system.</remarks>
internal sealed class Cholesky
{
    // A unit of rounding.
    private const double Epsilon = 1.0 / (1L << 52);

    private readonly double[,] _lower;

    /// <param name="matrix">[size, size]; what is above its diagonal is not read.</param>
    public Cholesky(double[,] matrix)
    {
        var size = matrix.GetLength(0);
        _lower = new double[size, size];
        for (var j = 0; j < size; j++)
        {
            for (var i = j; i < size; i++)
            {
                var left = matrix[i, j];
                for (var k = 0; k < j; k++) left -= _lower[i, k] * _lower[j, k];
                // Less than this share of a diagonal entry is what rounding leaves of nothing; nothing of nothing is 0 in the solution.
                _lower[i, j] = i == j ? Math.Sqrt(Math.Max(left, size * Epsilon * matrix[j, j])) : _lower[j, j] > 0 ? left / _lower[j, j] : 0;
            }
        }
    }

    /// <summary>Solves, in place.</summary>
    /// <param name="values">[size] the right side, then the solution.</param>
    public void Solve(Span<double> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = 0; k < i; k++) values[i] -= _lower[i, k] * values[k];
            values[i] = _lower[i, i] > 0 ? values[i] / _lower[i, i] : 0;
        }
        for (var i = values.Length - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < values.Length; k++) values[i] -= _lower[k, i] * values[k];
            values[i] = _lower[i, i] > 0 ? values[i] / _lower[i, i] : 0;
        }
    }
}
