using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Samples whose features are bits, 0 or 1; they are never unpacked.</summary>
internal sealed class BitDesign : Design
{
    private readonly PackedBits _bits;
    private readonly int[]? _selected;
    private readonly CancellationToken _cancel;
    private readonly Lazy<BitPanels> _panels, _transposed;

    /// <summary>All rows, or those of a list; the bits are read where they are, and copied once for each direction of products.</summary>
    /// <param name="bits">[rows, bits].</param>
    /// <param name="selected">Which rows, in this order; all when null.</param>
    /// <param name="threads">Threads at most that copy.</param>
    /// <param name="cancel">Stops the copying.</param>
    public BitDesign(PackedBits bits, int[]? selected = null, int threads = 1, CancellationToken cancel = default)
    {
        (_bits, _selected, _cancel) = (bits, selected, cancel);
        _panels = new(() => BitPanels.Of(bits, selected, threads, cancel));
        _transposed = new(() => BitPanels.Transposed(bits, selected, threads, cancel));
    }

    public override int Rows => _selected?.Length ?? _bits.Rows;

    public override int Columns => _bits.Bits;

    public override int Roundings => BitProduct.Roundings(Columns);

    public override void Prepare() => _ = _panels.Value;

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        BitProduct.MultiplyAdd(_panels.Value, rows, dense, lanes, result);

    public override void MultiplyAdd(RowSet rows, ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        BitProduct.MultiplyAdd(_panels.Value, rows, dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        BitProduct.MultiplyAdd(_transposed.Value, new(0, Columns), dense, lanes, result);

    public override void TransposedMultiplyAdd(ReadOnlySpan<double> dense, int lanes, Span<double> result) =>
        BitProduct.MultiplyAdd(_transposed.Value, new(0, Columns), dense, lanes, result);

    public override void SquaredTransposedMultiplyAdd(ReadOnlySpan<float> dense, int lanes, Span<float> result) =>
        TransposedMultiplyAdd(dense, lanes, result);

    public override double Dot(int row, ReadOnlySpan<double> vector)
    {
        double sum = 0;
        var words = Words(row);
        for (var i = 0; i < words.Length; i++)
            for (var word = words[i]; word != 0; word &= word - 1)
                sum += vector[i * 64 + (BitOperations.TrailingZeroCount(word) ^ 7)];
        return sum;
    }

    public override void SquaredDistances(ReadOnlySpan<int> from, double[] squaredNorms, double[][] distances)
    {
        for (var row = 0; row < Rows; row++)
            for (var i = 0; i < from.Length; i++)
                distances[i][row] = TensorPrimitives.HammingBitDistance(Words(row), Words(from[i]));
    }

    public override double SquaredNorm(int row)
    {
        long count = 0;
        foreach (var word in Words(row)) count += BitOperations.PopCount(word);
        return count;
    }

    public override void AddTo(Span<double> sums, int row, int sign, int first)
    {
        var bytes = MemoryMarshal.AsBytes(Words(row))[(first / 8)..];
        // A byte's first bit is the most significant.
        var places = Vector512.Create(0x80UL, 0x40, 0x20, 0x10, 8, 4, 2, 1);
        var signs = Vector512.Create((double)sign).AsUInt64();
        var j = 0;
        for (; j + Vector512<double>.Count <= sums.Length; j += Vector512<double>.Count)
        {
            var isSet = Vector512.Equals(Vector512.Create((ulong)bytes[j / 8]) & places, places);
            (Vector512.Create<double>(sums[j..]) + (isSet & signs).AsDouble()).CopyTo(sums[j..]);
        }
        for (; j < sums.Length; j++) sums[j] += sign * (bytes[j / 8] >> (7 - j % 8) & 1);
    }

    public override double MeanVariance(int threads, CancellationToken cancel)
    {
        double sum = 0;
        foreach (var mean in Means(threads, cancel)) sum += mean * (1 - mean);
        return sum / Columns;
    }

    // Parts are worked on side by side: one thread for each is enough.
    public override Design Select(int[] rows) => new BitDesign(_bits, _selected is { } selected ? [.. rows.Select(row => selected[row])] : rows, 1, _cancel);

    private ReadOnlySpan<ulong> Words(int row) => _bits.Row(_selected?[row] ?? row);
}
