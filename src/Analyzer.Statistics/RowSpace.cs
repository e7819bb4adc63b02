using System.Numerics;
using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>
/// Rows of bits in coordinates of the space that they span: fewer rows than bits need no more coordinates than rows. A model with an L2
/// penalty lies in that space, so that it is fitted there and brought back, exactly.
/// </summary>
/// <remarks>
/// Hastie and Tibshirani, Efficient quadratic regularization for expression arrays, Biostatistics 5 (2004). The coordinates are those of
/// the pivoted Cholesky decomposition of X·Xᵀ (Golub and Van Loan, Matrix Computations, 4th ed., algorithm 4.2.2); the products are whole
/// numbers, counted in words.
/// </remarks>
internal sealed class RowSpace
{
    /// <summary>Rows at most: the coordinates take rows² · 16 bytes while they are brought over, and rows³ / 2 multiplications.</summary>
    public const int MostRows = 8_192;

    private const int RowsAtOnce = 256;

    // Below this share of the largest squared norm what is left of a row is rounding: it is a combination of rows before it.
    private const double Dependent = 1e-11;

    private readonly PackedBits _pivots;
    private readonly BitDesign _pivotDesign;
    // Their coordinates are lower triangular.
    private readonly int[] _pivotRows;

    private RowSpace(SplitDesign coordinates, PackedBits bits, int[] pivotRows) 
    {
        (Coordinates, _pivots, _pivotRows) = (coordinates, bits.SelectRows(pivotRows), pivotRows);
        _pivotDesign = new(_pivots);
    }

    /// <summary>[rows, rank]; products of rows are those of the bits.</summary>
    public SplitDesign Coordinates { get; }

    /// <summary>Number of bits.</summary>
    public int Features => _pivots.Bits;

    /// <summary>Whether rows are so few, beside bits, that their space is worth going to.</summary>
    public static bool IsWorthwhile(long rows, long bits) => rows <= MostRows && bits >= 4 * rows;

    /// <summary>Finds the coordinates.</summary>
    public static RowSpace Of(PackedBits bits, int threads, CancellationToken cancel)
    {
        var rows = bits.Rows;
        var left = new double[rows];
        for (var i = 0; i < rows; i++) left[i] = Common(bits, i, i);
        var smallest = Dependent * left.Max();
        var coordinates = new double[rows][];
        for (var i = 0; i < rows; i++) coordinates[i] = new double[rows];
        var pivots = new List<int>();
        var (column, isPivot) = (new double[rows], new bool[rows]);
        while (pivots.Count < rows)
        {
            var pivot = TensorPrimitives.IndexOfMax<double>(left);
            if (left[pivot] <= smallest) break;
            var (rank, root, own) = (pivots.Count, Math.Sqrt(left[pivot]), coordinates[pivot]);
            Blocks.For(rows, RowsAtOnce, threads, (first, count) =>
            {
                for (var i = first; i < first + count; i++)
                    // Rows that were pivots have nothing left but rounding.
                    column[i] = isPivot[i] ? 0 : (Common(bits, i, pivot) - TensorPrimitives.Dot<double>(coordinates[i].AsSpan(0, rank), own.AsSpan(0, rank))) / root;
            }, cancel);
            column[pivot] = root;
            for (var i = 0; i < rows; i++)
            {
                coordinates[i][rank] = column[i];
                left[i] -= column[i] * column[i];
            }
            (left[pivot], isPivot[pivot]) = (0, true);
            pivots.Add(pivot);
        }
        // Rows of zeros span nothing; a coordinate that all have as 0 stands for it.
        return new(SplitDesign.Take(coordinates, Math.Max(1, pivots.Count)), bits, [.. pivots]);
    }

    /// <summary>Brings models back, or a gradient by them: from a weight a coordinate to a weight a bit.</summary>
    /// <param name="models">[columns + 1, lanes], the last row the intercepts.</param>
    /// <param name="lanes">Models, rounded up to a multiple of 16.</param>
    /// <returns>[bits + 1, lanes], the last row as it was.</returns>
    public double[] Back(ReadOnlySpan<double> models, int lanes)
    {
        var point = models.ToArray().AsSpan();
        // The pivots are triangle · Q for some orthonormal Q, and the models point · Q: solved for Q from below.
        var rank = _pivotRows.Length;
        for (var k = rank - 1; k >= 0; k--)
        {
            var own = point.Slice(k * lanes, lanes);
            for (var a = k + 1; a < rank; a++)
                TensorPrimitives.MultiplyAdd(point.Slice(a * lanes, lanes), -Coordinates[_pivotRows[a], k], own, own);
            TensorPrimitives.Divide(own, Coordinates[_pivotRows[k], k], own);
        }
        var weights = new double[(Features + 1L) * lanes];
        if (rank > 0) _pivotDesign.TransposedMultiplyAdd(point[..(rank * lanes)], lanes, weights.AsSpan(0, Features * lanes));
        models[^lanes..].CopyTo(weights.AsSpan(Features * lanes));
        return weights;
    }

    // How many bits two rows have in common: their product.
    private static double Common(PackedBits bits, int a, int b)
    {
        ReadOnlySpan<ulong> one = bits.Row(a), other = bits.Row(b);
        long count = 0;
        for (var i = 0; i < one.Length; i++) count += BitOperations.PopCount(one[i] & other[i]);
        return count;
    }
}
