using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Extraction;

/// <summary>Signs of floats as bits, eight to a byte, the first in the most significant: what <see cref="Models.Reducer.Sign"/> says, on the CPU.</summary>
internal static class SignPacking
{
    /// <summary>Sets the bit of every value above a threshold; NaN is not.</summary>
    /// <param name="values">[bits].</param>
    /// <param name="above">The threshold.</param>
    /// <param name="codes">[⌈bits / 8⌉], overwritten; the bits past the last value are 0.</param>
    public static void Pack(ReadOnlySpan<float> values, float above, Span<byte> codes)
    {
        var (threshold, done) = (Vector512.Create(above), 0);
        ref var first = ref MemoryMarshal.GetReference(values);
        for (; done + 64 <= values.Length; done += 64)
        {
            ulong bits = 0;
            for (var i = 0; i < 4; i++)
                bits |= Vector512.GreaterThan(Vector512.LoadUnsafe(ref first, (nuint)(done + 16 * i)), threshold).ExtractMostSignificantBits() << (16 * i);
            // A vector's first is the least significant.
            bits = (bits & 0x0F0F0F0F0F0F0F0F) << 4 | (bits >> 4) & 0x0F0F0F0F0F0F0F0F;
            bits = (bits & 0x3333333333333333) << 2 | (bits >> 2) & 0x3333333333333333;
            bits = (bits & 0x5555555555555555) << 1 | (bits >> 1) & 0x5555555555555555;
            BinaryPrimitives.WriteUInt64LittleEndian(codes[(done / 8)..], bits);
        }
        codes[(done / 8)..].Clear();
        for (; done < values.Length; done++)
            if (values[done] > above) codes[done / 8] |= (byte)(0x80 >> (done % 8));
    }
}
