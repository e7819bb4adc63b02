namespace Analyzer.Statistics;

/// <summary>Samples as rows, whether packed bits or float32: what clustering and regression need of them.</summary>
internal abstract class Design
{
    /// <summary>Number of samples.</summary>
    public abstract int Rows { get; }

    /// <summary>Number of features.</summary>
    public abstract int Columns { get; }

    /// <summary>At most this many roundings touch a term of one of <c>MultiplyAdd</c>'s sums.</summary>
    public abstract int Roundings { get; }

    /// <summary>Adds rows × dense, [count, lanes]; dense is [columns, lanes] and lanes a multiple of 16.</summary>
    public abstract void MultiplyAdd(int first, int count, ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <inheritdoc cref="MultiplyAdd(int, int, ReadOnlySpan{float}, int, Span{float})"/>
    public abstract void MultiplyAdd(int first, int count, ReadOnlySpan<double> dense, int lanes, Span<double> result);

    /// <summary>Adds all rowsᵀ × dense, [columns, lanes]; dense is [rows, lanes] and lanes a multiple of 16.</summary>
    public abstract void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <inheritdoc cref="TransposedMultiplyAdd(ReadOnlySpan{float}, int, Span{float})"/>
    public abstract void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result);

    /// <summary>The same with every feature squared.</summary>
    public abstract void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result);

    /// <summary>One row times a vector, summed in double in the order of the features.</summary>
    public abstract double Dot(int row, ReadOnlySpan<double> vector);

    /// <summary>Sum of the squares of a row, in double.</summary>
    public abstract double SquaredNorm(int row);

    /// <summary>Adds ±1 times the features [first, first + sums.Length) of a row to <paramref name="sums"/>.</summary>
    public abstract void AddTo(Span<double> sums, int row, int sign, int first);

    /// <summary>Variance (population) of each feature, averaged over the features.</summary>
    public abstract double MeanVariance();

    /// <summary>Copies some rows into a design of their own.</summary>
    public abstract Design Select(ReadOnlySpan<int> rows);

    /// <summary>Lanes rounded up to whole 512-bit vectors of float32.</summary>
    public static int Padded(int lanes) => (lanes + 15) & ~15;
}
