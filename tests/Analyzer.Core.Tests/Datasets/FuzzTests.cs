using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Analyzer.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

/// <summary>Damages files at random, always the same way: whatever is in a file, it is read or refused, soon and within little memory.</summary>
public class FuzzTests
{
    private const int Mutations = 3000;
    private const long MostBytes = 64 << 20;

    private static readonly byte[] Npy = DataFolder.Npy("<f4", [4, 2, 3], Bytes([.. Enumerable.Range(0, 24).Select(i => (float)i)]));
    private static readonly byte[] Labels = DataFolder.Npy("<i2", [4], Bytes<short>(0, 1, 2, 3));

    private static readonly byte[] Punctuation = [.. "0123456789{}[]:,&*!'\"#-\n\t |>%@?"u8];

    private const string Yaml = """
        name: tiny
        splits:
          train: { inputs: x.npy, labels: 'both.npz:labels' }
          test:
            inputs: { left: x.npy, right: "both.npz:inputs" }
        classes: [a, b, c, d]
        preprocess: { color: RGB, scale: 0.5, mean: [1, 2, 3], std: 1, layout: NCHW, dtype: float32 }
        """;

    public static TheoryData<string, byte[]> Files => new()
    {
        { "x-images-idx3-ubyte", Idx(0x0D, [4, 2, 3], [.. Enumerable.Repeat((byte)1, 96)]) },
        { "x-images-idx1-ubyte", Idx(8, [4], 1, 2, 3, 4) },
        { "x.npy", Npy },
        { "x_labels.npy", Labels },
        { "stored.npz", Npz(CompressionLevel.NoCompression, ("inputs", Npy), ("labels", Labels)) },
        { "packed.npz", Npz(CompressionLevel.Optimal, ("inputs", Npy), ("labels", Labels)) },
        { "dataset.yaml", Encoding.UTF8.GetBytes(Yaml) },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_damaged_file_is_read_or_refused(string name, byte[] sound)
    {
        using var folder = new DataFolder();
        folder.Write("x.npy", Npy);
        folder.Write("both.npz", Npz(CompressionLevel.Optimal, ("inputs", Npy), ("labels", Labels)));
        var random = new Random(name.Length);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var path = folder.Write(name, Damaged(sound, random));
            var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            try
            {
                using var data = Dataset.Open(path);
                foreach (var input in data.Splits.SelectMany(s => s.Inputs)) Refusal.ReadAll(input);
                read++;
            }
            catch (AnalyzerException e)
            {
                Assert.NotEmpty(e.Hint);
                refused++;
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
        // Some damage is harmless, most is not: neither side of the reader was left out.
        Assert.InRange(refused, Mutations / 10, Mutations);
        Assert.Equal(Mutations, read + refused);
    }

    [Theory]
    [InlineData("rgb.png")]
    [InlineData("palette.png")]
    [InlineData("baseline.jpg")]
    [InlineData("progressive.jpg")]
    public void A_damaged_image_is_decoded_or_has_a_reason(string name)
    {
        using var folder = new DataFolder();
        var (sound, random, refused) = (File.ReadAllBytes(ImageReference.At(name)), new Random(name.Length), 0);
        for (var i = 0; i < 200; i++)
        {
            var (pixels, reason) = ImageFile.Decode(folder.Write(name, Damaged(sound, random)), gray: i % 2 == 0);
            Assert.NotEqual(pixels is null, reason is null);
            if (pixels is null) refused++;
        }
        // Damage within the scan of a JPEG is often harmless.
        Assert.InRange(refused, 20, 200);
    }

    private static byte[] Damaged(byte[] sound, Random random)
    {
        var bytes = sound.ToList();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, random.Next(1, Math.Min(9, bytes.Count - at) + 1)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, random.Next(1, Math.Min(20, bytes.Count - at) + 1))); break;
                case 4: bytes[at] = 0xFF; break;
                case 5: bytes[at] = Punctuation[random.Next(Punctuation.Length)]; break;
                default: bytes.RemoveRange(at, random.Next(2) * (bytes.Count - at)); break;
            }
            if (bytes.Count == 0) bytes.Add(0);
        }
        return [.. bytes];
    }
}
