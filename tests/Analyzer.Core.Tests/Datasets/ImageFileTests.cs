using System.Runtime.InteropServices;
using Analyzer.Datasets;
using Analyzer.Models;

namespace Analyzer.Tests.Datasets;

public sealed class ImageFileTests
{
    public static TheoryData<string> Decoded => [.. ImageReference.Json.GetProperty("decoded").EnumerateObject().Select(f => f.Name)];

    public static TheoryData<int> Resized => [.. Enumerable.Range(0, ImageReference.Json.GetProperty("resized").GetArrayLength())];

    // Alpha dropped, sixteen bits cut to the upper eight, EXIF orientation not applied: as Pillow's convert("RGB").
    [Theory]
    [MemberData(nameof(Decoded))]
    public void A_decoded_image_is_that_of_pillow_to_the_last_bit(string name)
    {
        var (pixels, reason) = ImageFile.Decode(ImageReference.At(name), gray: false);
        Assert.Null(reason);
        var expected = ImageReference.Json.GetProperty("decoded").GetProperty(name);
        Assert.Equal(ImageReference.Shape(expected), new long[] { pixels!.Height, pixels.Width, pixels.Channels });
        Assert.Equal(ImageReference.Bytes(expected), pixels.Data);
    }

    [Theory]
    [InlineData("empty.png", "the file is empty, or a pipe or device")]
    [InlineData("text.png", "no JPEG or PNG image")]
    [InlineData("truncated.jpg", "the image is cut short")]
    [InlineData("truncated.png", "the image is cut short")]
    [InlineData("corrupt.png", "the image is damaged")]
    [InlineData("gone.png", "the file cannot be opened")]
    public void A_broken_file_has_a_reason_and_no_pixels(string name, string reason) =>
        Assert.Equal((null, reason), ImageFile.Decode(ImageReference.At(name), gray: false));

    [Fact]
    public void An_image_that_declares_more_pixels_than_the_limit_is_not_decoded()
    {
        using var folder = new DataFolder();
        var png = File.ReadAllBytes(ImageReference.At("rgb.png"));
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 60_000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 60_000);
        var crc = Crc32.Append(0, png.AsSpan(12, 17));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), crc);
        Assert.Equal((null, "60000×60000 pixels; the limit is 89478485"), ImageFile.Decode(folder.Write("bomb.png", png), gray: false));
    }

    // Pillow resizes uint8 in fixed point and so does ONNX Runtime, but the last bit of a weight may differ: one grey level at most.
    [Theory]
    [MemberData(nameof(Resized))]
    public void A_resized_and_cropped_image_is_that_of_pillow(int number)
    {
        var reference = ImageReference.Json.GetProperty("resized")[number];
        var (pixels, _) = ImageFile.Decode(ImageReference.At(reference.GetProperty("source").GetString()!), reference.TryGetProperty("gray", out _));
        using var geometry = new ImageGeometry(new()
        {
            Resize = ImageReference.Numbers(reference, "resize"), Crop = ImageReference.Numbers(reference, "crop"),
            Resampling = Enum.Parse<Resampling>(reference.GetProperty("resampling").GetString()!, ignoreCase: true),
        }, ElementType.UInt8, channelsFirst: false);
        var expected = ImageReference.Bytes(reference.GetProperty("expected"));
        var shape = ImageReference.Shape(reference.GetProperty("expected"));
        Assert.Equal((shape[0], shape[1]), geometry.SizeOf(pixels!.Height, pixels.Width));
        var found = new byte[expected.Length];
        geometry.Apply(pixels.Data, pixels.Height, pixels.Width, pixels.Channels, found);
        var differences = expected.Zip(found, (e, f) => Math.Abs(e - f)).ToArray();
        Assert.True(differences.Max() <= 1 && differences.Average() <= .05, $"{reference.GetProperty("resampling")} {reference.GetProperty("source")}: largest {differences.Max()}, mean {differences.Average()}");
    }

    // One axis after the other in float32, as Pillow's mode F does; ONNX Runtime sums in another order.
    [Fact]
    public void Stored_images_of_floats_are_resized_as_pillow_resizes_each_plane()
    {
        using var folder = new DataFolder();
        var stored = ImageReference.Json.GetProperty("floats").GetProperty("stored");
        folder.Write("images.npy", DataFolder.Npy("<f4", [1, 20, 26, 1], ImageReference.Bytes(stored)[..(20 * 26 * 4)]));
        folder.Write("dataset.yaml", "splits: { t: { inputs: images.npy } }\npreprocess: { resize: [9, 13] }");
        using var data = Dataset.Open(folder.Path);
        Assert.Equal([9L, 13, 1], data.Splits[0].Inputs[0].Shape);
        var found = MemoryMarshal.Cast<byte, float>(Refusal.ReadAll(data.Splits[0].Inputs[0])).ToArray();
        var expected = MemoryMarshal.Cast<byte, float>(ImageReference.Bytes(ImageReference.Json.GetProperty("floats").GetProperty("expected"))).ToArray();
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-5f);
    }

    [Theory]
    [InlineData("images.npy", new[] { 1, 36, 48, 3 }, new[] { 16L, 21, 3 })]
    [InlineData("images.npy", new[] { 1, 3, 36, 48 }, new[] { 3L, 16, 21 })]
    [InlineData("images.npy", new[] { 3, 36, 48 }, new[] { 16L, 21 })]
    public void Images_in_arrays_keep_their_layout(string name, int[] shape, long[] expected)
    {
        using var folder = new DataFolder();
        folder.Write(name, DataFolder.Npy("|u1", shape, ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data));
        folder.Write("dataset.yaml", $"splits: {{ t: {{ inputs: {name} }} }}\npreprocess: {{ resize: 16 }}");
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(expected, data.Splits[0].Inputs[0].Shape);
        Assert.Equal(shape.Length == 3 ? 3 : 1, data.Splits[0].Samples);
        if (shape[^1] != 3) return;
        var reference = ImageReference.Json.GetProperty("resized").EnumerateArray().First(r => ImageReference.Numbers(r, "resize") is [16]);
        var differences = ImageReference.Bytes(reference.GetProperty("expected")).Zip(Refusal.ReadAll(data.Splits[0].Inputs[0]), (e, f) => Math.Abs(e - f));
        Assert.True(differences.Max() <= 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stored_colours_become_the_gray_of_pillow_before_they_are_resized(bool channelsFirst)
    {
        using var folder = new DataFolder();
        var rgb = ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data;
        var planes = Enumerable.Range(0, 3).SelectMany(c => Enumerable.Range(0, 36 * 48).Select(i => rgb[3 * i + c])).ToArray();
        folder.Write("images.npy", channelsFirst ? DataFolder.Npy("|u1", [1, 3, 36, 48], planes) : DataFolder.Npy("|u1", [1, 36, 48, 3], rgb));
        folder.Write("dataset.yaml", "splits: { t: { inputs: images.npy } }\npreprocess: { color: gray, resize: 14 }");
        using var data = Dataset.Open(folder.Path);
        var reference = ImageReference.Json.GetProperty("resized").EnumerateArray().First(r => ImageReference.Numbers(r, "resize") is [14]);
        var differences = ImageReference.Bytes(reference.GetProperty("expected")).Zip(Refusal.ReadAll(data.Splits[0].Inputs[0]), (e, f) => Math.Abs(e - f)).ToArray();
        Assert.Equal(14 * 18, differences.Length);
        Assert.True(differences.Max() <= 1);
        Assert.Equal(channelsFirst ? [1L, 14, 18] : [14L, 18, 1], data.Splits[0].Inputs[0].Shape);
    }

    [Fact]
    public void Stored_images_far_larger_than_their_samples_are_read_some_at_a_time()
    {
        // 20 MB an image: a batch of them is more than an array can hold, and 32 MiB hold one.
        using var folder = new DataFolder();
        const int Side = 2600, Images = 110;
        var path = folder.Write("images.npy", DataFolder.Npy("|u1", [Images, Side, Side, 3], []));
        using (var file = File.OpenWrite(path)) file.SetLength(file.Length + (long)Images * Side * Side * 3);
        folder.Write("dataset.yaml", "splits: { t: { inputs: images.npy } }\npreprocess: { resize: [2, 2] }");
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(2 * 2 * 3, data.Splits[0].Inputs[0].SampleBytes);
        var into = new byte[Images * 12];
        data.Splits[0].Inputs[0].Read(0, 3, into);
        Assert.Equal((long)Side * Side * 40, data.ReadingBytes);
    }

    [Fact]
    public async Task Images_that_do_not_fit_beside_others_wait_and_one_larger_than_all_goes_alone()
    {
        var budget = new ReadingBudget { Bytes = 100 };
        int at = 0, most = 0;
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => budget.Within(i % 7 == 0 ? 500 : 50, () =>
        {
            var now = Interlocked.Add(ref at, i % 7 == 0 ? 500 : 50);
            InterlockedMax(ref most, now);
            Thread.Sleep(1);
            return Interlocked.Add(ref at, i % 7 == 0 ? -500 : -50);
        }));
        Assert.Equal(500, most);
        Assert.Equal(500, budget.Most);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(() => budget.Within<int>(100, () => throw new InvalidOperationException())));
        Assert.Equal(1, budget.Within(100, () => 1));
        static void InterlockedMax(ref int place, int value)
        {
            for (var seen = place; value > seen; seen = place) Interlocked.CompareExchange(ref place, value, seen);
        }
    }

    [Theory]
    [InlineData(new[] { 2, 5 }, "{ resize: 4 }", "`resize` needs images; `{dir}/images.npy` has samples of shape [5]", "leave it out, or store the samples as [height,width] or [height,width,channels]")]
    [InlineData(new[] { 2, 5, 6, 7 }, "{ crop: 4 }", "`crop`: a sample of shape [5,6,7] in `{dir}/images.npy` does not show which axis its channels are", "images have 1, 3 or 4 channels, on their first or last axis")]
    [InlineData(new[] { 2, 5, 6 }, "{ crop: 7 }", "the images of `{dir}/images.npy` have 5×6 pixels before `crop`, which takes 7×7", "make `crop` smaller, or add a `resize` before it")]
    public void Samples_that_cannot_be_brought_to_size_are_refused(int[] shape, string preprocess, string message, string hint)
    {
        using var folder = new DataFolder();
        folder.Write("images.npy", DataFolder.Npy("|u1", shape, new byte[shape.Aggregate(1, (a, b) => a * b)]));
        folder.Write("dataset.yaml", $"splits: {{ t: {{ inputs: images.npy }} }}\npreprocess: {preprocess}");
        Refusal.OfOpening(folder, "", message, hint);
    }

    // Resized pixels may differ by one of 255; divided by std .224 that is .0176.
    [Fact]
    public void The_whole_chain_of_an_imagenet_model_agrees_with_pillow_and_numpy()
    {
        using var folder = new DataFolder();
        folder.Write("cat/1.png", File.ReadAllBytes(ImageReference.At("rgb.png")));
        folder.Write("dataset.yaml", """
            format: images
            splits: { test: { inputs: . } }
            preprocess: { resize: 24, crop: 16, scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
            """);
        using var data = Dataset.Open(folder.Path);
        var batch = new BatchAssembler(data.Splits[0].Inputs[0], "x", ElementType.Float, [null, 3, 16, 16], data.Preprocessing).Assemble(0, 1);
        var expected = MemoryMarshal.Cast<byte, float>(ImageReference.Bytes(ImageReference.Json.GetProperty("normalised").GetProperty("expected")));
        var found = MemoryMarshal.Cast<byte, float>(batch.Data.Span);
        Assert.Equal([1L, 3, 16, 16], batch.Dims);
        var total = 0.0;
        for (var i = 0; i < found.Length; i++)
        {
            Assert.Equal(expected[i], found[i], .018f);
            total += Math.Abs(expected[i] - found[i]);
        }
        Assert.InRange(total / found.Length, 0, .001);
    }
}
