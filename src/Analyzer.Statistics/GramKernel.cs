using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>The register tile of <see cref="Gram"/>: 8 packed rows times 16 packed rows.</summary>
/// <remarks>Every sum runs over the columns in order, by fused multiply-add: both vector widths give the same bits.</remarks>
internal static class GramKernel
{
    public const int Height = 8;
    public const int Width = 16;

    /// <summary>Adds left × rightᵀ to <paramref name="sums"/>.</summary>
    /// <param name="left">[depth, 8].</param>
    /// <param name="right">[depth, 16].</param>
    /// <param name="depth">Columns to sum over.</param>
    /// <param name="sums">[8, 16], rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Entries from one row of the sums to the next.</param>
    public static void MultiplyAdd(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int depth, Span<double> sums, int stride)
    {
        if (Vector512.IsHardwareAccelerated) MultiplyAdd512(left, right, depth, sums, stride);
        else MultiplyAdd256(left, right, depth, sums, stride);
    }

    /// <summary>Sixteen accumulators of 512 bits, of the 32 registers that AVX-512 has.</summary>
    internal static void MultiplyAdd512(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int depth, Span<double> sums, int stride)
    {
        ref var a = ref Check(left, depth * Height);
        ref var b = ref Check(right, depth * Width);
        ref var c = ref Check<double>(sums, 7 * stride + Width);
        Vector512<double> c00 = Load(ref c, 0, 0, stride), c01 = Load(ref c, 0, 8, stride), c10 = Load(ref c, 1, 0, stride),
            c11 = Load(ref c, 1, 8, stride), c20 = Load(ref c, 2, 0, stride), c21 = Load(ref c, 2, 8, stride),
            c30 = Load(ref c, 3, 0, stride), c31 = Load(ref c, 3, 8, stride), c40 = Load(ref c, 4, 0, stride),
            c41 = Load(ref c, 4, 8, stride), c50 = Load(ref c, 5, 0, stride), c51 = Load(ref c, 5, 8, stride),
            c60 = Load(ref c, 6, 0, stride), c61 = Load(ref c, 6, 8, stride), c70 = Load(ref c, 7, 0, stride),
            c71 = Load(ref c, 7, 8, stride);
        for (var k = 0; k < depth; k++)
        {
            Vector512<double> low = Vector512.LoadUnsafe(ref b), high = Vector512.LoadUnsafe(ref b, 8);
            var x = Vector512.Create(a);
            (c00, c01) = (Vector512.FusedMultiplyAdd(x, low, c00), Vector512.FusedMultiplyAdd(x, high, c01));
            x = Vector512.Create(Unsafe.Add(ref a, 1));
            (c10, c11) = (Vector512.FusedMultiplyAdd(x, low, c10), Vector512.FusedMultiplyAdd(x, high, c11));
            x = Vector512.Create(Unsafe.Add(ref a, 2));
            (c20, c21) = (Vector512.FusedMultiplyAdd(x, low, c20), Vector512.FusedMultiplyAdd(x, high, c21));
            x = Vector512.Create(Unsafe.Add(ref a, 3));
            (c30, c31) = (Vector512.FusedMultiplyAdd(x, low, c30), Vector512.FusedMultiplyAdd(x, high, c31));
            x = Vector512.Create(Unsafe.Add(ref a, 4));
            (c40, c41) = (Vector512.FusedMultiplyAdd(x, low, c40), Vector512.FusedMultiplyAdd(x, high, c41));
            x = Vector512.Create(Unsafe.Add(ref a, 5));
            (c50, c51) = (Vector512.FusedMultiplyAdd(x, low, c50), Vector512.FusedMultiplyAdd(x, high, c51));
            x = Vector512.Create(Unsafe.Add(ref a, 6));
            (c60, c61) = (Vector512.FusedMultiplyAdd(x, low, c60), Vector512.FusedMultiplyAdd(x, high, c61));
            x = Vector512.Create(Unsafe.Add(ref a, 7));
            (c70, c71) = (Vector512.FusedMultiplyAdd(x, low, c70), Vector512.FusedMultiplyAdd(x, high, c71));
            a = ref Unsafe.Add(ref a, Height);
            b = ref Unsafe.Add(ref b, Width);
        }
        Store(ref c, 0, stride, c00, c01);
        Store(ref c, 1, stride, c10, c11);
        Store(ref c, 2, stride, c20, c21);
        Store(ref c, 3, stride, c30, c31);
        Store(ref c, 4, stride, c40, c41);
        Store(ref c, 5, stride, c50, c51);
        Store(ref c, 6, stride, c60, c61);
        Store(ref c, 7, stride, c70, c71);
    }

    /// <summary>The same tile in four parts of eight accumulators of 256 bits: 16 registers hold no more.</summary>
    internal static void MultiplyAdd256(ReadOnlySpan<double> left, ReadOnlySpan<double> right, int depth, Span<double> sums, int stride)
    {
        ref var a = ref Check(left, depth * Height);
        ref var b = ref Check(right, depth * Width);
        ref var c = ref Check<double>(sums, 7 * stride + Width);
        for (var i = 0; i < Height; i += 4)
            for (var j = 0; j < Width; j += 8)
                Part256(ref Unsafe.Add(ref a, i), ref Unsafe.Add(ref b, j), depth, ref Unsafe.Add(ref c, i * stride + j), stride);
    }

    private static void Part256(ref double a, ref double b, int depth, ref double c, int stride)
    {
        ref double row1 = ref Unsafe.Add(ref c, stride), row2 = ref Unsafe.Add(ref c, 2 * stride), row3 = ref Unsafe.Add(ref c, 3 * stride);
        Vector256<double> c00 = Vector256.LoadUnsafe(ref c), c01 = Vector256.LoadUnsafe(ref c, 4),
            c10 = Vector256.LoadUnsafe(ref row1), c11 = Vector256.LoadUnsafe(ref row1, 4),
            c20 = Vector256.LoadUnsafe(ref row2), c21 = Vector256.LoadUnsafe(ref row2, 4),
            c30 = Vector256.LoadUnsafe(ref row3), c31 = Vector256.LoadUnsafe(ref row3, 4);
        for (var k = 0; k < depth; k++)
        {
            Vector256<double> low = Vector256.LoadUnsafe(ref b), high = Vector256.LoadUnsafe(ref b, 4);
            var x = Vector256.Create(a);
            (c00, c01) = (Vector256.FusedMultiplyAdd(x, low, c00), Vector256.FusedMultiplyAdd(x, high, c01));
            x = Vector256.Create(Unsafe.Add(ref a, 1));
            (c10, c11) = (Vector256.FusedMultiplyAdd(x, low, c10), Vector256.FusedMultiplyAdd(x, high, c11));
            x = Vector256.Create(Unsafe.Add(ref a, 2));
            (c20, c21) = (Vector256.FusedMultiplyAdd(x, low, c20), Vector256.FusedMultiplyAdd(x, high, c21));
            x = Vector256.Create(Unsafe.Add(ref a, 3));
            (c30, c31) = (Vector256.FusedMultiplyAdd(x, low, c30), Vector256.FusedMultiplyAdd(x, high, c31));
            a = ref Unsafe.Add(ref a, Height);
            b = ref Unsafe.Add(ref b, Width);
        }
        c00.StoreUnsafe(ref c);
        c01.StoreUnsafe(ref c, 4);
        c10.StoreUnsafe(ref row1);
        c11.StoreUnsafe(ref row1, 4);
        c20.StoreUnsafe(ref row2);
        c21.StoreUnsafe(ref row2, 4);
        c30.StoreUnsafe(ref row3);
        c31.StoreUnsafe(ref row3, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref T Check<T>(ReadOnlySpan<T> values, int length) => ref MemoryMarshal.GetReference(values[..length]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Load(ref double sums, int row, int lane, int stride) =>
        Vector512.LoadUnsafe(ref sums, (nuint)(row * stride + lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref double sums, int row, int stride, Vector512<double> low, Vector512<double> high)
    {
        low.StoreUnsafe(ref sums, (nuint)(row * stride));
        high.StoreUnsafe(ref sums, (nuint)(row * stride + 8));
    }
}
