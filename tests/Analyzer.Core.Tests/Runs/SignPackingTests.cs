using Analyzer.Extraction;

namespace Analyzer.Tests.Runs;

public sealed class SignPackingTests
{
    [Theory]
    [InlineData(1), InlineData(8), InlineData(63), InlineData(64), InlineData(65), InlineData(1000)]
    public void Bits_are_what_a_loop_says(int count)
    {
        var random = new Random(count);
        float[] special = [0, -0f, float.NaN, float.Epsilon, -float.Epsilon, float.PositiveInfinity, float.NegativeInfinity, .5f];
        var values = Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? special[random.Next(special.Length)] : random.NextSingle() * 2 - 1).ToArray();
        foreach (var above in new[] { 0, .5f, -.25f })
        {
            var codes = new byte[(count + 7) / 8];
            Array.Fill(codes, (byte)0xFF);
            SignPacking.Pack(values, above, codes);
            for (var bit = 0; bit < 8 * codes.Length; bit++)
                Assert.Equal(bit < count && values[bit] > above, (codes[bit / 8] & 0x80 >> bit % 8) != 0);
        }
    }
}
