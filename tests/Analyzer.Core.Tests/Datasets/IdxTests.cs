using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public class IdxTests
{
    [Fact]
    public void A_folder_named_as_MNIST_has_the_splits_train_and_test()
    {
        using var folder = new DataFolder();
        folder.Write("train-images-idx3-ubyte", Idx(8, [3, 1, 2], 1, 2, 3, 4, 5, 6));
        folder.Write("train-labels-idx1-ubyte", Idx(8, [3], 7, 0, 255));
        folder.Write("t10k-images-idx3-ubyte", Idx(8, [1, 1, 2], 9, 8));
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(["test", "train"], data.Splits.Select(s => s.Name));
        var train = data.SplitNamed("train");
        Assert.Equal(3, train.Samples);
        Assert.Equal([7, 0, 255], train.Labels!);
        Assert.Equal([1L, 2], train.Inputs[0].Shape);
        Assert.Null(train.Inputs[0].Name);
        Assert.Equal([3, 4, 5, 6], Refusal.Read(train.Inputs[0], 1, 2));
        Assert.Null(data.SplitNamed("test").Labels);
        Assert.Equal([9, 8], Refusal.ReadAll(data.SplitNamed("test").Inputs[0]));
    }

    [Theory]
    [InlineData(0x08, ElementType.UInt8, new byte[] { 1, 255 }, new byte[] { 1, 255 })]
    [InlineData(0x09, ElementType.Int8, new byte[] { 1, 255 }, new byte[] { 1, 255 })]
    [InlineData(0x0B, ElementType.Int16, new byte[] { 1, 2, 3, 4 }, new byte[] { 2, 1, 4, 3 })]
    [InlineData(0x0C, ElementType.Int32, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, new byte[] { 4, 3, 2, 1, 8, 7, 6, 5 })]
    [InlineData(0x0D, ElementType.Float, new byte[] { 0x3F, 0x80, 0, 1, 0, 0, 0, 2 }, new byte[] { 1, 0, 0x80, 0x3F, 2, 0, 0, 0 })]
    [InlineData(0x0E, ElementType.Double, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 1 },
                new byte[] { 8, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0, 0, 9 })]
    public void Every_element_type_is_read_in_the_byte_order_of_the_machine(byte code, ElementType type, byte[] stored, byte[] read)
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx1-ubyte", Idx(code, [2], stored));
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(type, data.Splits[0].Inputs[0].ElementType);
        Assert.Equal(read, Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    [Theory]
    [InlineData(0x0C, new byte[] { 0, 0, 0, 3, 0, 0, 1, 0 }, new[] { 3, 256 })]
    [InlineData(0x0B, new byte[] { 0, 3, 1, 0 }, new[] { 3, 256 })]
    [InlineData(0x09, new byte[] { 3, 127 }, new[] { 3, 127 })]
    public void Labels_can_be_of_any_integer_type(byte code, byte[] stored, int[] labels)
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx1-ubyte", Idx(8, [2], 1, 2));
        folder.Write("a-labels-idx1-ubyte", Idx(code, [2], stored));
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(labels, data.Splits[0].Labels!);
    }

    [Fact]
    public void A_single_file_of_any_name_is_one_split_without_labels()
    {
        using var folder = new DataFolder();
        using var data = Dataset.Open(folder.Write("pixels", Idx(8, [2, 2], 1, 2, 3, 4)));
        Assert.Equal(("pixels", "pixels"), (data.Name, data.Splits.Single().Name));
        Assert.Equal([1, 2, 3, 4], Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    [Theory]
    [InlineData(3, "14", "the file is cut short: fetch or write it again")]
    [InlineData(5, "16", "something follows the data: fetch or write it again")]
    public void A_file_of_another_length_than_its_header_declares_is_refused(int bytes, string length, string hint)
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx2-ubyte", Idx(8, [2, 2], new byte[bytes])[..(12 + bytes)]);
        Refusal.OfOpening(folder, "", $"`{{dir}}/a-images-idx2-ubyte` is {int.Parse(length) + 1} bytes long; its header declares [2,2] of uint8, which takes 16 bytes", hint);
    }

    [Fact]
    public void Labels_and_samples_of_different_number_are_refused()
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx2-ubyte", Idx(8, [2, 1], 0, 0));
        folder.Write("a-labels-idx1-ubyte", Idx(8, [3], 0, 0, 0));
        Refusal.OfOpening(folder, "", "`{dir}/a-labels-idx1-ubyte` holds 3 labels and `{dir}/a-images-idx2-ubyte` 2 samples",
                          "are both of the split `a`?");
    }

    [Fact]
    public void A_split_without_samples_is_refused()
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx3-ubyte", Idx(8, [0, 28, 28]));
        Refusal.OfOpening(folder, "", "`{dir}/a-images-idx3-ubyte` holds no samples: its shape is [0,28,28]", "leave the split `a` out");
    }

    [Fact]
    public void Labels_without_samples_are_refused()
    {
        using var folder = new DataFolder();
        folder.Write("a-labels-idx1-ubyte", Idx(8, [1], 0));
        Refusal.OfOpening(folder, "", "the split `a` has labels, `{dir}/a-labels-idx1-ubyte`, but no samples",
                          "add the samples beside them");
    }

    public static TheoryData<byte[], string, string> Damaged => new()
    {
        { [0x1F, 0x8B, 8, 0, 1], "is compressed with gzip", "unpack it first: `gunzip {dir}/a-images-idx3-ubyte`" },
        { [], "is empty, or a pipe or device", "write or download it again, to a disk" },
        { [0], "is no idx file: it begins with 0x00, not with two zero bytes, a type and a rank", "say what it is with `format` in a `dataset.yaml`" },
        { [1, 2, 8, 1], "is no idx file: it begins with 0x01020801, not with two zero bytes, a type and a rank", "say what it is with `format` in a `dataset.yaml`" },
        { [0, 0, 0x0A, 1], "declares the element type 0x0A, which idx does not have", "idx has 0x08 ubyte, 0x09 sbyte, 0x0B short, 0x0C int, 0x0D float and 0x0E double" },
        { [0, 0, 8, 3, 0, 0, 0, 1], "is 8 bytes long, which ends within its header of 16 bytes", "the file is cut short: fetch or write it again" },
        { [0, 0, 8, 0, 5], "holds a single value of shape [], not samples", "the first axis must count the samples" },
        { [0, 0, 8, 2, 0, 0, 0, 5, 0, 0, 0, 0], "declares the shape [5,0]: its samples hold no elements", "every axis but the first must be at least 1" },
        { [0, 0, 8, 1, 255, 255, 255, 255], "declares 4294967295 samples; the limit is 2147483647", "split the file in several" },
        { [0, 0, 0x0E, 3, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255],
          "declares the shape [1,4294967295,4294967295] of float64: one sample is larger than the limit of 1073741824 bytes",
          "the first axis must count the samples; is the file damaged?" },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void A_damaged_header_is_refused(byte[] content, string message, string hint)
    {
        using var folder = new DataFolder();
        folder.Write("a-images-idx3-ubyte", content);
        Refusal.OfOpening(folder, "", "`{dir}/a-images-idx3-ubyte` " + message, hint);
    }
}
