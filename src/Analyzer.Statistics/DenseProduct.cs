using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Products of rows of float32 with thin dense matrices.</summary>
/// <remarks>Each lane (column of the thin factor) is summed in an order that neither threads nor vector width change.</remarks>
internal static class DenseProduct
{
    private const int RowTile = 8;

    /// <summary>Adds rows × dense to <paramref name="result"/>.</summary>
    /// <param name="values">[rows, d], row-major.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="dense">[d, lanes], row-major.</param>
    /// <param name="lanes">A multiple of the lanes of a 512-bit vector.</param>
    /// <param name="result">[rows, lanes], row-major.</param>
    public static void MultiplyAdd<T>(ReadOnlySpan<float> values, int rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        if (rows == 0) return;
        var columns = values.Length / rows;
        for (var lane = 0; lane < lanes; lane += Vector512<T>.Count)
        {
            var row = 0;
            for (; row + RowTile <= rows; row += RowTile)
                EightRows(values.Slice(row * columns, RowTile * columns), columns, dense[lane..], lanes, result[(row * lanes + lane)..]);
            for (; row < rows; row++)
            {
                var sum = Vector512<T>.Zero;
                for (var j = 0; j < columns; j++) sum = Fused(values[row * columns + j], At(dense, j * lanes + lane), sum);
                Accumulate(result[(row * lanes + lane)..], sum);
            }
        }
    }

    /// <summary>Adds rowsᵀ × dense to <paramref name="result"/>.</summary>
    /// <param name="values">[rows, d], row-major.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="dense">[rows, lanes], row-major.</param>
    /// <param name="lanes">A multiple of the lanes of a 512-bit vector.</param>
    /// <param name="result">[d, lanes], row-major.</param>
    public static void TransposedMultiplyAdd<T>(ReadOnlySpan<float> values, int rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        if (rows == 0) return;
        var columns = values.Length / rows;
        // Few enough rows at a time that their cache lines serve the next columns too.
        for (var first = 0; first < rows; first += 128)
        {
            var count = Math.Min(128, rows - first);
            var part = values.Slice(first * columns, count * columns);
            for (var lane = 0; lane < lanes; lane += Vector512<T>.Count)
            {
                var thin = dense[(first * lanes + lane)..];
                var column = 0;
                for (; column + RowTile <= columns; column += RowTile)
                    EightColumns(part[column..], columns, count, thin, lanes, result[(column * lanes + lane)..]);
                for (; column < columns; column++)
                {
                    var sum = Vector512<T>.Zero;
                    for (var i = 0; i < count; i++) sum = Fused(part[i * columns + column], At(thin, i * lanes), sum);
                    Accumulate(result[(column * lanes + lane)..], sum);
                }
            }
        }
    }

    private static void EightRows<T>(ReadOnlySpan<float> values, int columns, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        Vector512<T> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var j = 0; j < columns; j++)
        {
            var thin = At(dense, j * lanes);
            a = Fused(values[j], thin, a);
            b = Fused(values[columns + j], thin, b);
            c = Fused(values[2 * columns + j], thin, c);
            d = Fused(values[3 * columns + j], thin, d);
            e = Fused(values[4 * columns + j], thin, e);
            f = Fused(values[5 * columns + j], thin, f);
            g = Fused(values[6 * columns + j], thin, g);
            h = Fused(values[7 * columns + j], thin, h);
        }
        Store(result, lanes, a, b, c, d, e, f, g, h);
    }

    private static void EightColumns<T>(
        ReadOnlySpan<float> values, int columns, int rows, ReadOnlySpan<T> dense, int lanes, Span<T> result)
        where T : unmanaged, INumber<T>
    {
        Vector512<T> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (var i = 0; i < rows; i++)
        {
            var thin = At(dense, i * lanes);
            var row = values.Slice(i * columns, RowTile);
            a = Fused(row[0], thin, a);
            b = Fused(row[1], thin, b);
            c = Fused(row[2], thin, c);
            d = Fused(row[3], thin, d);
            e = Fused(row[4], thin, e);
            f = Fused(row[5], thin, f);
            g = Fused(row[6], thin, g);
            h = Fused(row[7], thin, h);
        }
        Store(result, lanes, a, b, c, d, e, f, g, h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(
        Span<T> result, int lanes, Vector512<T> a, Vector512<T> b, Vector512<T> c, Vector512<T> d,
        Vector512<T> e, Vector512<T> f, Vector512<T> g, Vector512<T> h) where T : unmanaged
    {
        Accumulate(result, a);
        Accumulate(result[lanes..], b);
        Accumulate(result[(2 * lanes)..], c);
        Accumulate(result[(3 * lanes)..], d);
        Accumulate(result[(4 * lanes)..], e);
        Accumulate(result[(5 * lanes)..], f);
        Accumulate(result[(6 * lanes)..], g);
        Accumulate(result[(7 * lanes)..], h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate<T>(Span<T> place, Vector512<T> sum) where T : unmanaged =>
        (At<T>(place, 0) + sum).CopyTo(place);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> At<T>(ReadOnlySpan<T> values, int index) where T : unmanaged => Vector512.Create(values[index..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Fused<T>(float value, Vector512<T> thin, Vector512<T> sum) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return Vector512.FusedMultiplyAdd(Vector512.Create(value), thin.AsSingle(), sum.AsSingle()).As<float, T>();
        return Vector512.FusedMultiplyAdd(Vector512.Create((double)value), thin.AsDouble(), sum.AsDouble()).As<double, T>();
    }
}
