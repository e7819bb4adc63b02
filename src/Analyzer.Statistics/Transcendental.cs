using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Analyzer.Statistics;

/// <summary>Exponential and logarithm that give the same bits however and wherever they are compiled.</summary>
/// <remarks>
/// The runtime's own vector functions may or may not fuse multiplications, depending on how far a method has been
/// optimised: two runs of one program then differ in the last bit. These fuse always. Relative error below 4e-16.
/// </remarks>
internal static class Transcendental
{
    private const double Log2E = 1.4426950408889634;
    // ln 2 in two parts: the first has zeros enough at its end that k times it is exact.
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;
    // 1.5 · 2⁵²: what is added to it is rounded to an integer, which the low bits then hold.
    private const double Rounder = 6755399441055744;
    private const double Least = -708;

    /// <summary>eˣ for x ≤ 0; exactly 0 below −708, where it is less than 4e-308.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        var clamped = Vector512.Max(x, Vector512.Create(Least));
        var shifted = Vector512.FusedMultiplyAdd(clamped, Vector512.Create(Log2E), Vector512.Create(Rounder));
        var k = shifted - Vector512.Create(Rounder);
        var r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-Ln2High), clamped);
        r = Vector512.FusedMultiplyAdd(k, Vector512.Create(-Ln2Low), r);
        // Taylor to the 13th power; |r| ≤ ln 2 / 2, so the rest is below 5e-18.
        var sum = Vector512.Create(1.0 / 6227020800);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 479001600));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 39916800));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 3628800));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 362880));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 40320));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 5040));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 720));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 120));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 24));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(1.0 / 6));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(0.5));
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<double>.One);
        sum = Vector512.FusedMultiplyAdd(sum, r, Vector512<double>.One);
        var power = ((shifted.AsInt64() << 52) + Vector512.Create(1023L << 52)).AsDouble();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<double>.Zero, sum * power);
    }

    /// <summary>ln(1 + x) for x in [0, 1].</summary>
    public static Vector512<double> LogOnePlus(Vector512<double> x)
    {
        // 2 artanh(s) = 2 Σ s²ⁿ⁺¹ / (2n + 1) with s = x / (2 + x) ≤ 1/3; the rest after n = 16 is below 1e-18.
        var s = x / (x + Vector512.Create(2.0));
        var square = s * s;
        var sum = Vector512.Create(1.0 / 33);
        for (var odd = 31; odd >= 1; odd -= 2) sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1.0 / odd));
        return s * sum * Vector512.Create(2.0);
    }

    /// <summary>ln x for a positive normal number.</summary>
    public static Vector512<double> Log(Vector512<double> x)
    {
        // x = 2ᵏ m with m in [√½, √2): the bits of √½ are taken off before the exponent is read and put back after.
        var offset = Vector512.Create(0x3FE6A09E667F3BCDL);
        var shifted = x.AsInt64() - offset;
        var exponent = shifted >> 52;
        var m = (x.AsInt64() - (exponent << 52)).AsDouble();
        var k = Vector512.ConvertToDouble(exponent);
        // 2 artanh(s) as below, |s| ≤ 0.172: the rest after n = 10 is below 1e-18 of the first term.
        var s = (m - Vector512<double>.One) / (m + Vector512<double>.One);
        var square = s * s;
        var sum = Vector512.Create(1.0 / 21);
        for (var odd = 19; odd >= 3; odd -= 2) sum = Vector512.FusedMultiplyAdd(sum, square, Vector512.Create(1.0 / odd));
        var twice = s + s;
        var log = Vector512.FusedMultiplyAdd(twice * square, sum, twice);
        return Vector512.FusedMultiplyAdd(k, Vector512.Create(Ln2High), Vector512.FusedMultiplyAdd(k, Vector512.Create(Ln2Low), log));
    }

    /// <summary>ln x for a positive normal number.</summary>
    public static double Log(double x) => Log(Vector512.Create(x))[0];

    /// <summary>ln(1 + x) to the last digits for small x too; .NET's <c>LogP1</c> rounds 1 + x first.</summary>
    public static double LogOnePlus(double x)
    {
        // Kahan: the rounding of 1 + x cancels in the quotient.
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>eˣ − 1 to the last digits for small x too.</summary>
    public static double ExpMinusOne(double x)
    {
        var power = Math.Exp(x);
        if (power == 1) return x;
        return Math.Abs(x) < 1 ? (power - 1) * (x / Math.Log(power)) : power - 1;
    }

    /// <summary>Sum of the eight lanes, halves first.</summary>
    public static double Sum(Vector512<double> values)
    {
        var half = values.GetLower() + values.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return quarter[0] + quarter[1];
    }

    /// <summary>Sum of the sixteen lanes, halves first.</summary>
    public static float Sum(Vector512<float> values)
    {
        var half = values.GetLower() + values.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
    }
}
