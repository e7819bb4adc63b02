using System.Text;

namespace Analyzer.Fuzzing;

/// <summary>Damages bytes at random, the same way for the same generator: flips, cuts, repeats, and numbers and words that parsers stumble over.</summary>
internal static class Mutation
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "2147483647", "-1", "0", "4294967296", "9223372036854775807", "-9223372036854775808", "1e308", "NaN", "null", "[]", "{}", "\"", "'", "\0", "../", "..\\", "/etc/passwd",
            "'; DROP TABLE x; --", "<script>", "&a", "*a", "!!", "t0000", "true", "\ud83d\ude00",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x80, 0x80, 0x80, 0x80, 0x10], [0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F],
    ];

    /// <summary>A damaged copy.</summary>
    public static byte[] Of(byte[] sound, Random random)
    {
        var bytes = new List<byte>(sound);
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            if (bytes.Count == 0) bytes.Add((byte)random.Next(256));
            var at = random.Next(4) == 0 ? Math.Max(0, bytes.Count - 1 - random.Next(Math.Min(512, bytes.Count))) : random.Next(bytes.Count);
            var word = Words[random.Next(Words.Length)];
            switch (random.Next(9))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                case 4: bytes[at] = 0xFF; break;
                case 5: bytes.InsertRange(at, word); break;
                case 6: for (var i = 0; i < word.Length && at + i < bytes.Count; i++) bytes[at + i] = word[i]; break;
                case 7: Number(bytes, at, word); break;
                default: bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : Math.Min(1, bytes.Count - at)); break;
            }
        }
        return [.. bytes];
    }

    // Puts a word in the place of the next run of digits: what a size in text becomes.
    private static void Number(List<byte> bytes, int from, byte[] word)
    {
        var start = bytes.FindIndex(from, b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0) return;
        var end = start;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, word);
    }
}
