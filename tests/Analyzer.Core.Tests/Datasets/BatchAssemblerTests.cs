using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public sealed class BatchAssemblerTests : IDisposable
{
    private static readonly Preprocessing Imagenet = new()
    {
        Scale = 0.00392156862745098,
        Mean = [0.4914, 0.4822, 0.4465],
        Std = [0.2023, 0.1994, 0.2010],
    };

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // sha256 of the bytes NumPy 1.24.2 makes of x = repeat(arange(256, dtype=uint8).reshape(1,16,16,1), 3, axis=3):
    // ((x.astype(float32)*float32(scale) - mean)/std), then transpose(0,3,1,2) for NCHW and astype(float16) for float16; in float64 throughout for float64.
    [Theory]
    [InlineData(ElementType.Float, new[] { 3L, 16, 16 }, "ebf6543b2a12987cdd62cd8b5b666089fbd8a8f219488fafead13dd919c5f25c")]
    [InlineData(ElementType.Float, new[] { 16L, 16, 3 }, "1899ce93a5f3a49c9ac70f042700f33fd1c5550b0f8cf733c9ae8aab471e42d2")]
    [InlineData(ElementType.Float16, new[] { 3L, 16, 16 }, "32006aa80f13a66d0e6bd569e35e2cdae0248c49bc671eb76b2b15e6b1a8f7fc")]
    [InlineData(ElementType.Double, new[] { 3L, 16, 16 }, "73edafe4aeb7ad3860d92888b7c7e676a182ba08fc75f79680ee1db0b35a52c8")]
    public void Scale_mean_and_std_agree_with_numpy_to_the_last_bit(ElementType type, long[] shape, string sha256)
    {
        var pixels = Enumerable.Range(0, 768).Select(i => (byte)(i / 3)).ToArray();
        var batch = Batch(Npy("|u1", [1, 16, 16, 3], pixels), type, [null, .. shape.Select(d => (long?)d)], Imagenet);
        Assert.Equal([1L, .. shape], batch.Dims);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(batch.Data.Span)));
    }

    // The same of x = arange(768, dtype=int64).reshape(1,16,16,3)*1234567891 - 474747474747, with x[...,::-1] first.
    [Theory]
    [InlineData(new[] { 3L, 16, 16 }, "590ba32d3008dba0600393c3d44b04562a2d2384a40c17d65cbc3a2b86081817")]
    [InlineData(new[] { 16L, 16, 3 }, "ad72ddfbc84b0f24842e8a382046b80cf69ae913c88f0e38fdf3cc6de06eabd8")]
    public void Colours_are_reversed_before_mean_and_std_and_int64_is_rounded_as_numpy_does(long[] shape, string sha256)
    {
        var elements = Enumerable.Range(0, 768).Select(i => i * 1234567891L - 474747474747L).ToArray();
        var batch = Batch(Npy("<i8", [1, 16, 16, 3], Bytes(elements)), ElementType.Float, [1, .. shape.Select(d => (long?)d)],
                          Imagenet with { Color = ColorOrder.Bgr });
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(batch.Data.Span)));
    }

    [Fact]
    public void Every_dtype_becomes_every_floating_type_a_model_takes()
    {
        (string Descr, byte[] Elements)[] stored =
        [
            ("<f2", Bytes((Half)3, (Half)100)), ("<f4", Bytes(3f, 100f)), ("<f8", Bytes(3.0, 100.0)), ("|i1", Bytes<sbyte>(3, 100)),
            ("<i2", Bytes<short>(3, 100)), ("<i4", Bytes(3, 100)), ("<i8", Bytes(3L, 100L)), ("|u1", Bytes<byte>(3, 100)),
            ("<u2", Bytes<ushort>(3, 100)), ("<u4", Bytes(3u, 100u)), ("<u8", Bytes(3ul, 100ul)),
        ];
        (ElementType Type, byte[] Elements)[] wanted =
        [
            (ElementType.Float16, stored[0].Elements), (ElementType.Float, stored[1].Elements), (ElementType.Double, stored[2].Elements),
            (ElementType.Int8, stored[3].Elements), (ElementType.Int16, stored[4].Elements), (ElementType.Int32, stored[5].Elements),
            (ElementType.Int64, stored[6].Elements), (ElementType.UInt8, stored[7].Elements), (ElementType.UInt16, stored[8].Elements),
            (ElementType.UInt32, stored[9].Elements), (ElementType.UInt64, stored[10].Elements),
        ];
        foreach (var from in stored)
            foreach (var to in wanted)
                Assert.Equal(to.Elements, Batch(Npy(from.Descr, [2, 1], from.Elements), to.Type, [null, 1],
                                                Preprocessing.None).Data.ToArray());
    }

    [Theory]
    [InlineData(new[] { 28, 28 }, new[] { 1L, 784, 1 })]
    [InlineData(new[] { 784 }, new[] { 1L, 28, 28 })]
    [InlineData(new[] { 28, 28, 1 }, new[] { 1L, 784, 1 })]
    [InlineData(new[] { 28, 28 }, new[] { 784L })]
    [InlineData(new[] { 28, 28 }, new[] { 28L, 28 })]
    [InlineData(new[] { 28, 28, 1 }, new[] { 1L, 28, 28 })]
    public void A_sample_takes_the_shape_of_an_input_of_as_many_elements(int[] stored, long[] wanted)
    {
        var pixels = Enumerable.Range(0, 784).Select(i => (byte)i).ToArray();
        var batch = Batch(Npy("|u1", [1, .. stored], pixels), ElementType.UInt8, [null, .. wanted.Select(d => (long?)d)],
                          Preprocessing.None);
        Assert.Equal([1L, .. wanted], batch.Dims);
        Assert.Equal(pixels, batch.Data.ToArray());
    }

    // Stored as [2,2,3]: pixel p has the values 10p, 10p+1, 10p+2; stored as [3,2,2] the same numbers channel by channel.
    private static readonly byte[] ByPixel = [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32];
    private static readonly byte[] ByChannel = [0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32];

    [Theory]
    [InlineData(true, "3,2,2", null, false)]
    [InlineData(true, "2,2,3", null, true)]
    [InlineData(false, "3,2,2", null, false)]
    [InlineData(false, "2,2,3", null, true)]
    [InlineData(true, "3,?,?", null, false)]
    [InlineData(false, "?,?,3", null, true)]
    [InlineData(true, "?,?,?", TensorLayout.Nchw, false)]
    [InlineData(true, "?,?,?", null, true)]
    [InlineData(false, "?,?,?", TensorLayout.Nhwc, true)]
    [InlineData(true, "12", null, true)]
    [InlineData(false, "12", null, false)]
    [InlineData(true, "12", TensorLayout.Nchw, false)]
    [InlineData(false, "12", TensorLayout.Nchw, false)]
    [InlineData(true, "12", TensorLayout.Nhwc, true)]
    [InlineData(false, "12", TensorLayout.Nhwc, true)]
    [InlineData(true, "12", TensorLayout.Flat, true)]
    [InlineData(true, "?", TensorLayout.Flat, true)]
    [InlineData(true, "3,2,2", TensorLayout.Flat, true)]
    public void The_layout_or_else_the_shape_of_the_input_decides_where_channels_go(bool storedByPixel, string wanted, TensorLayout? layout,
                                                                                    bool byPixel)
    {
        foreach (var floats in new[] { false, true })
        {
            var stored = storedByPixel ? ByPixel : ByChannel;
            int[] shape = storedByPixel ? [1, 2, 2, 3] : [1, 3, 2, 2];
            var npy = floats ? Npy("<f4", shape, Bytes([.. stored.Select(b => (float)b)])) : Npy("|u1", shape, stored);
            var batch = Batch(npy, ElementType.Float, [null, .. Dims(wanted)], new Preprocessing { Layout = layout });
            Assert.Equal(byPixel ? ByPixel : ByChannel, MemoryMarshal.Cast<byte, float>(batch.Data.Span).ToArray().Select(f => (byte)f));
        }
    }

    [Theory]
    [InlineData(ColorOrder.Rgb, "3,2,2", new byte[] { 0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32 })]
    [InlineData(ColorOrder.Bgr, "3,2,2", new byte[] { 2, 12, 22, 32, 1, 11, 21, 31, 0, 10, 20, 30 })]
    [InlineData(ColorOrder.Bgr, "2,2,3", new byte[] { 2, 1, 0, 12, 11, 10, 22, 21, 20, 32, 31, 30 })]
    public void Colour_channels_are_reversed_where_the_model_takes_blue_first(ColorOrder color, string wanted, byte[] expected)
    {
        foreach (var byPixel in new[] { true, false })
        {
            var npy = byPixel ? Npy("|u1", [1, 2, 2, 3], ByPixel) : Npy("|u1", [1, 3, 2, 2], ByChannel);
            Assert.Equal(expected, Batch(npy, ElementType.UInt8, [null, .. Dims(wanted)],
                                         new Preprocessing { Color = color }).Data.ToArray());
        }
    }

    [Fact]
    public void Mean_and_std_of_a_table_are_per_column()
    {
        var batch = Batch(Npy("<f8", [2, 2], Bytes(1.0, 20, 3, 60)), ElementType.Float, [null, 2],
                          new Preprocessing { Mean = [1, 20], Std = [2, 10] });
        Assert.Equal(Bytes(0f, 0f, 1f, 4f), batch.Data.ToArray());
    }

    [Fact]
    public void Mean_and_std_of_flat_rows_are_per_channel_of_the_input()
    {
        var batch = Batch(Npy("|u1", [1, 12], ByChannel), ElementType.Float, [null, 3, 2, 2],
                          new Preprocessing { Mean = [0, 1, 2], Std = [10] });
        Assert.Equal(Bytes(0f, 1f, 2f, 3f, 0f, 1f, 2f, 3f, 0f, 1f, 2f, 3f), batch.Data.ToArray());
    }

    [Fact]
    public void Where_a_model_fixes_its_batch_the_last_sample_fills_it()
    {
        var assembler = Assembler(Npy("|u1", [5, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), ElementType.Float, [4, 2], Preprocessing.None);
        Assert.Equal(4, assembler.FixedBatch);
        Assert.Equal(Bytes(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f), assembler.Assemble(0, 4).Data.ToArray());
        var last = assembler.Assemble(4, 1);
        Assert.Equal(4L, last.Dims[0]);
        Assert.Equal(Bytes(9f, 10f, 9f, 10f, 9f, 10f, 9f, 10f), last.Data.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => assembler.Assemble(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => assembler.Assemble(4, 2));
    }

    [Fact]
    public void Batches_of_any_size_hold_the_same_rows()
    {
        var random = new Random(5);
        var pixels = new byte[37 * 12];
        random.NextBytes(pixels);
        var npy = Npy("|u1", [37, 2, 2, 3], pixels);
        var whole = Batch(npy, ElementType.Float, [null, 3, 2, 2], Imagenet).Data.ToArray();
        var assembler = Assembler(npy, ElementType.Float, [null, 3, 2, 2], Imagenet);
        for (var repeat = 0; repeat < 200; repeat++)
        {
            var first = random.Next(37);
            var count = random.Next(1, 38 - first);
            Assert.Equal(whole.AsSpan(first * 48, count * 48).ToArray(), assembler.Assemble(first, count).Data.ToArray());
        }
    }

    private static long?[] Dims(string dims) => [.. dims.Split(',').Select(d => d == "?" ? null : (long?)long.Parse(d))];

    private BatchAssembler Assembler(byte[] npy, ElementType type, long?[] dims, Preprocessing preprocessing) =>
        new(Dataset.Open(_folder.Write("inputs.npy", npy)).Splits[0].Inputs[0], "x", type, dims, preprocessing);

    private TensorData Batch(byte[] npy, ElementType type, long?[] dims, Preprocessing preprocessing)
    {
        using var data = Dataset.Open(_folder.Write("inputs.npy", npy));
        return new BatchAssembler(data.Splits[0].Inputs[0], "x", type, dims, preprocessing).Assemble(0, data.Splits[0].Samples);
    }
}
