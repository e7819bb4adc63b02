using System.Numerics.Tensors;

namespace Analyzer.Statistics;

/// <summary>Samples as rows, whether packed bits or float32: what clustering and regression need of them.</summary>
internal abstract class Design
{
    private const int RowBlock = 1024, ColumnBlock = 4096;

    /// <summary>Number of samples.</summary>
    public abstract int Rows { get; }

    /// <summary>Number of features.</summary>
    public abstract int Columns { get; }

    /// <summary>At most this many roundings touch a term of one of <c>MultiplyAdd</c>'s sums.</summary>
    public abstract int Roundings { get; }

    /// <summary>Copies what products along rows read, which else the first of them does.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Adds rows × dense, [rows, lanes]; dense is [columns, lanes] and lanes a multiple of 16.</summary>
    public abstract void MultiplyAdd(RowSet rows, ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <inheritdoc cref="MultiplyAdd(RowSet, ReadOnlySpan{float}, int, Span{float})"/>
    public abstract void MultiplyAdd(RowSet rows, ReadOnlySpan<double> dense, int lanes, Span<double> result);

    /// <summary>Adds all rowsᵀ × dense, [columns, lanes]; dense is [rows, lanes] and lanes a multiple of 16.</summary>
    public abstract void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <inheritdoc cref="TransposedMultiplyAdd(ReadOnlySpan{float}, int, Span{float})"/>
    public abstract void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result);

    /// <summary>The same with every feature squared.</summary>
    public abstract void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <summary>One row times a vector, summed in double in the order of the features.</summary>
    public abstract double Dot(int row, ReadOnlySpan<double> vector);

    /// <summary>Squared distance of every row from each of some rows.</summary>
    /// <param name="from">Those rows.</param>
    /// <param name="squaredNorms">[rows] sums of squares.</param>
    /// <param name="distances">[from, rows]; 0 from a row to itself.</param>
    public virtual void SquaredDistances(ReadOnlySpan<int> from, double[] squaredNorms, double[][] distances)
    {
        var lanes = Padded(from.Length);
        var dense = new float[Columns * lanes];
        var row = new double[Columns];
        // No product is larger than the largest of the norms; where that is no float32, double has to do.
        var isWide = TensorPrimitives.Max<double>(squaredNorms) > float.MaxValue / 2;
        for (var i = 0; i < from.Length; i++)
        {
            Array.Clear(row);
            AddTo(row, from[i], 1, 0);
            for (var j = 0; j < row.Length; j++) dense[j * lanes + i] = (float)row[j];
            for (var r = 0; isWide && r < Rows; r++) distances[i][r] = Math.Max(0, squaredNorms[r] + squaredNorms[from[i]] - 2 * Dot(r, row));
        }
        if (isWide) return;
        var products = new float[RowBlock * lanes];
        for (var first = 0; first < Rows; first += RowBlock)
        {
            var count = Math.Min(RowBlock, Rows - first);
            Array.Clear(products);
            MultiplyAdd(new(first, count), dense, lanes, products);
            for (var i = 0; i < from.Length; i++)
                for (var r = 0; r < count; r++)
                    distances[i][first + r] = Math.Max(0, squaredNorms[first + r] + squaredNorms[from[i]] - 2.0 * products[r * lanes + i]);
        }
        for (var i = 0; i < from.Length; i++) distances[i][from[i]] = 0;
    }

    /// <summary>Sum of the squares of a row, in double.</summary>
    public abstract double SquaredNorm(int row);

    /// <summary>Adds ±1 times the features [first, first + sums.Length) of a row to <paramref name="sums"/>; where they are bits, first is a multiple of 8.</summary>
    public abstract void AddTo(Span<double> sums, int row, int sign, int first);

    /// <summary>Mean of each feature, [columns]; 0 of no rows.</summary>
    public double[] Means(int threads, CancellationToken cancel)
    {
        var means = new double[Columns];
        Blocks.For(Columns, ColumnBlock, threads, (first, count) =>
        {
            var part = means.AsSpan(first, count);
            for (var row = 0; row < Rows; row++) AddTo(part, row, 1, first);
            TensorPrimitives.Divide(part, Math.Max(1, Rows), part);
        }, cancel);
        return means;
    }

    /// <summary>Variance (population) of each feature, averaged over the features.</summary>
    public abstract double MeanVariance(int threads, CancellationToken cancel);

    /// <summary>Some rows as a design of their own.</summary>
    public abstract Design Select(int[] rows);

    /// <summary>Lanes rounded up to whole 512-bit vectors of float32.</summary>
    public static int Padded(int lanes) => (lanes + 15) & ~15;
}
