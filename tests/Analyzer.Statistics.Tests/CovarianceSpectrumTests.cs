using Analyzer.Statistics;
using static Analyzer.Tests.SelfSimilarityReference;

namespace Analyzer.Tests;

public class CovarianceSpectrumTests
{
    [Theory]
    [InlineData("units"), InlineData("wide"), InlineData("tall")]
    public void Eigenvalues_agree_with_lapack(string name)
    {
        double[] expected = [.. Values.GetProperty("spectrum").GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
        var found = CovarianceSpectrum.Of(Features(name));
        Assert.Equal(expected.Length, found.Length);
        // Backward stability: some hundred times 2⁻⁵² of the largest.
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-13 * expected[0]);
    }

    [Fact]
    public void Eigenvalues_of_known_matrices_are_found()
    {
        // The second difference of n points: 2 − 2 cos(kπ / (n + 1)); already tridiagonal.
        var n = 57;
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            matrix[i * n + i] = 2;
            if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
        }
        double[] values = [.. CovarianceSpectrum.SymmetricEigenvalues(matrix, n, default).Order()];
        for (var k = 1; k <= n; k++) Assert.Equal(2 - 2 * Math.Cos(k * Math.PI / (n + 1)), values[k - 1], 1e-14);
        // All ones: n once, 0 otherwise.
        matrix = new double[20 * 20];
        Array.Fill(matrix, 1);
        values = [.. CovarianceSpectrum.SymmetricEigenvalues(matrix, 20, default).Order()];
        Assert.Equal(20, values[^1], 1e-13);
        Assert.All(values[..^1], value => Assert.Equal(0, value, 1e-13));
        Assert.Equal([3], CovarianceSpectrum.SymmetricEigenvalues([3], 1, default));
    }

    [Fact]
    public void Constant_units_single_samples_and_copies_add_no_eigenvalue()
    {
        var units = RandomData.Dense(5, 40, 1);
        units.Row(1).Fill(3.3f);
        units.Row(0).CopyTo(units.Row(2));
        Assert.Equal(3, CovarianceSpectrum.Of(units).Length);
        foreach (ref var value in units.Values.AsSpan()) value = 3.3f;
        Assert.Empty(CovarianceSpectrum.Of(units));
        Assert.Empty(CovarianceSpectrum.Of(units.Transpose()));
        Assert.Empty(CovarianceSpectrum.Of(new Matrix(4, 1)));
        Assert.Equal(4, CovarianceSpectrum.Of(RandomData.Dense(30, 5, 2)).Length);
    }
}
