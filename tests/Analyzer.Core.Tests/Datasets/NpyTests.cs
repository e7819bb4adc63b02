using System.Buffers.Binary;
using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public class NpyTests
{
    public static TheoryData<string, ElementType, byte[]> Types => new()
    {
        { "<f2", ElementType.Float16, Bytes((Half)1.5f, (Half)(-2)) },
        { "<f4", ElementType.Float, Bytes(1.5f, -2f) },
        { "<f8", ElementType.Double, Bytes(1.5, -2.0) },
        { "|i1", ElementType.Int8, Bytes<sbyte>(1, -2) },
        { "<i2", ElementType.Int16, Bytes<short>(258, -2) },
        { "<i4", ElementType.Int32, Bytes(16909060, -2) },
        { "<i8", ElementType.Int64, Bytes(72623859790382856L, -2L) },
        { "|u1", ElementType.UInt8, Bytes<byte>(1, 255) },
        { "<u2", ElementType.UInt16, Bytes<ushort>(258, 65535) },
        { "<u4", ElementType.UInt32, Bytes(16909060u, uint.MaxValue) },
        { "<u8", ElementType.UInt64, Bytes(72623859790382856ul, ulong.MaxValue) },
        { "|b1", ElementType.Bool, Bytes<byte>(1, 0) },
    };

    [Theory, MemberData(nameof(Types))]
    public void Every_dtype_is_read_in_either_byte_order_and_every_version(string descr, ElementType type, byte[] elements)
    {
        var size = elements.Length / 2;
        byte[] reversed = [.. elements[..size].Reverse(), .. elements[size..].Reverse()];
        foreach (var version in new[] { 1, 2, 3 })
            foreach (var (order, stored) in new[] { (descr[0], elements), (size == 1 ? '<' : '>', reversed) })
            {
                using var folder = new DataFolder();
                using var data = Dataset.Open(folder.Write("inputs.npy", Npy(order + descr[1..], [2], stored, version)));
                var input = data.SplitNamed("all").Inputs[0];
                Assert.Equal((type, 2, size), (input.ElementType, input.Samples, input.SampleBytes));
                Assert.Empty(input.Shape);
                Assert.Equal(elements, Refusal.ReadAll(input));
                Assert.Equal(elements[size..], Refusal.Read(input, 1, 1));
            }
    }

    [Fact]
    public void A_file_that_numpy_wrote_is_read()
    {
        // numpy.save of numpy.array([[1.5, -2]], '>f4'), NumPy 1.24.2.
        byte[] saved = [.. Convert.FromHexString("934E554D50590100" + "7600"),
                        .. "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2), }"u8, .. Enumerable.Repeat((byte)' ', 58), (byte)'\n',
                        .. Convert.FromHexString("3FC00000C0000000")];
        using var folder = new DataFolder();
        using var data = Dataset.Open(folder.Write("x_test.npy", saved));
        Assert.Equal("test", data.Splits.Single().Name);
        Assert.Equal(Bytes(1.5f, -2f), Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    [Theory]
    [InlineData("train_inputs.npy", "train_labels.npy", "train")]
    [InlineData("X_train.npy", "y_train.npy", "train")]
    [InlineData("test-x.npy", "test-y.npy", "test")]
    [InlineData("images.valid.npy", "labels.valid.npy", "valid")]
    [InlineData("inputs.npy", "labels.npy", "all")]
    [InlineData("train.npy", "train_labels.npy", "train")]
    public void Names_of_files_tell_the_split_and_the_labels(string inputs, string labels, string split)
    {
        using var folder = new DataFolder();
        folder.Write(inputs, Npy("|u1", [2, 3], new byte[6]));
        folder.Write(labels, Npy("<i8", [2, 1], Bytes(4L, 2L)));
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(split, data.Splits.Single().Name);
        Assert.Equal([4, 2], data.Splits[0].Labels!);
        Assert.Equal([3L], data.Splits[0].Inputs[0].Shape);
    }

    [Fact]
    public void Two_files_for_one_role_are_refused()
    {
        using var folder = new DataFolder();
        folder.Write("inputs_a.npy", Npy("|u1", [1], [0]));
        folder.Write("a_inputs.npy", Npy("|u1", [1], [0]));
        Refusal.OfOpening(folder, "", "the split `a` has its inputs twice: `{dir}/a_inputs.npy`, `{dir}/inputs_a.npy`",
                          "remove one, or say in a `dataset.yaml` which to use");
    }

    public static TheoryData<string, string, string> Headers => new()
    {
        { "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }", "is stored in Fortran order, so that no sample lies in one piece",
          "save `numpy.ascontiguousarray(array)` instead" },
        { "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "holds Python objects (pickle), which could run code when read",
          "save an array of numbers: `array.astype(numpy.float32)`" },
        { "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
          "has the dtype `<c8`; those read are float32, float64, float16, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool",
          "convert it before saving: `array.astype(numpy.float32)`" },
        { "{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }",
          "has the dtype `|f4`; those read are float32, float64, float16, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool",
          "convert it before saving: `array.astype(numpy.float32)`" },
        { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "is a structured array of named fields", "save each field as an array of its own" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "holds a single value of shape [], not samples", "the first axis must count the samples" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", "has a npy header that cannot be read at character 52", "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "has a npy header that cannot be read at character 51", "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "has a npy header that cannot be read at character 71",
          "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "has a npy header that cannot be read at character 25",
          "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'shape': (2,), }", "has a npy header without `descr`, `fortran_order` or `shape`", "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1", "has a npy header that cannot be read at character 58",
          "write it again with `numpy.save`" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", "is 136 bytes long; its header declares [1,3] of float32, which takes 140 bytes",
          "the file is cut short: fetch or write it again" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "is 136 bytes long; its header declares [1,1] of float32, which takes 132 bytes",
          "something follows the data: fetch or write it again" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }",
          "declares 9223372036854775807 samples; the limit is 2147483647", "split the file in several" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3037000500, 3037000500), }",
          "declares the shape [1,3037000500,3037000500] of float64: one sample is larger than the limit of 1073741824 bytes",
          "the first axis must count the samples; is the file damaged?" },
    };

    [Theory, MemberData(nameof(Headers))]
    public void A_header_that_does_not_describe_readable_samples_is_refused(string header, string message, string hint)
    {
        using var folder = new DataFolder();
        folder.Write("inputs.npy", NpyOf(header, new byte[8]));
        Refusal.OfOpening(folder, "", "`{dir}/inputs.npy` " + message, hint);
    }

    [Fact]
    public void A_file_that_is_no_npy_or_of_a_later_version_is_refused()
    {
        using var folder = new DataFolder();
        folder.Write("a.npy", "no npy at all");
        Refusal.OfOpening(folder, "a.npy", "`{dir}/a.npy` is no npy file: it does not begin with \\x93NUMPY", "write it with `numpy.save`");
        folder.Write("b.npy", Npy("|u1", [1], [1], version: 4));
        Refusal.OfOpening(folder, "b.npy", "`{dir}/b.npy` is npy version 4.0; versions 1.0 to 3.0 are read",
                          "write it again with `numpy.save`");
        folder.Write("c.npy", Npy("|u1", [1], [1])[..40]);
        Refusal.OfOpening(folder, "c.npy", "`{dir}/c.npy` ends within its npy header", "the file is cut short: fetch or write it again");
        var huge = Npy("|u1", [1], [1], version: 2);
        BinaryPrimitives.WriteUInt32LittleEndian(huge.AsSpan(8), uint.MaxValue);
        folder.Write("d.npy", huge);
        Refusal.OfOpening(folder, "d.npy", "`{dir}/d.npy` has a header of 4294967295 bytes; the limit is 10000", "is the file damaged?");
    }

    [Theory]
    [InlineData("<f2", 2, 0x7C00ul, "+Inf")]
    [InlineData("<f2", 2, 0xFE00ul, "NaN")]
    [InlineData("<f4", 4, 0xFF800000ul, "-Inf")]
    [InlineData("<f4", 4, 0x7F800001ul, "NaN")]
    [InlineData("<f8", 8, 0x7FF0000000000000ul, "+Inf")]
    [InlineData("<f8", 8, 0xFFF8000000000000ul, "NaN")]
    public void Nan_and_infinity_are_reported_with_sample_and_position_wherever_they_are(string descr, int size, ulong bits, string spelled)
    {
        using var folder = new DataFolder();
        for (var at = 0; at < 5 * 21; at++)
        {
            var elements = new byte[5 * 21 * size];
            BitConverter.GetBytes(bits).AsSpan(0, size).CopyTo(elements.AsSpan(at * size));
            using var data = Dataset.Open(folder.Write("inputs.npy", Npy(descr, [5, 3, 7], elements)));
            Refusal.Is($"`{{dir}}/inputs.npy` holds {spelled} in sample {at / 21} at [{at % 21 / 7},{at % 7}]",
                       "clean the data, or leave such samples out, before the audit", folder, () => Refusal.ReadAll(data.Splits[0].Inputs[0]));
        }
    }

    [Fact]
    public void The_largest_finite_numbers_are_data()
    {
        using var folder = new DataFolder();
        float[] extremes = [float.MaxValue, float.MinValue, float.Epsilon, -0f, 0, 0, 0, 0, 0];
        using var data = Dataset.Open(folder.Write("inputs.npy", Npy("<f4", [9], Bytes(extremes))));
        Assert.Equal(Bytes(extremes), Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    [Fact]
    public void A_bool_that_is_neither_0_nor_1_is_refused()
    {
        using var folder = new DataFolder();
        using var data = Dataset.Open(folder.Write("inputs.npy", Npy("|b1", [2, 2], [1, 0, 1, 2])));
        Refusal.Is("`{dir}/inputs.npy` holds the bool 2 in sample 1 at [1]; a bool is 0 or 1", "is the file damaged?", folder,
                   () => Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    // Rounded, numbers to be predicted would all become one class.
    private const string Indices = "if they are classes, save their indices: `numpy.unique(labels, return_inverse=True)[1]`; numbers to be predicted are no classes, and are left out";

    [Theory]
    [InlineData("<f4", "`{dir}/labels.npy` holds float32; labels are integers", Indices)]
    [InlineData("|b1", "`{dir}/labels.npy` holds bool; labels are integers", Indices)]
    public void Labels_of_other_types_are_refused(string descr, string message, string hint)
    {
        using var folder = new DataFolder();
        folder.Write("inputs.npy", Npy("|u1", [2], [0, 0]));
        folder.Write("labels.npy", Npy(descr, [2], new byte[descr == "<f4" ? 8 : 2]));
        Refusal.OfOpening(folder, "", message, hint);
    }

    [Theory]
    [InlineData(new[] { 0L, -1 }, "`{dir}/labels.npy` gives sample 1 the label -1; labels are at least 0")]
    [InlineData(new[] { 2147483648L, 1 }, "`{dir}/labels.npy` gives sample 0 the label 2147483648; the limit is 999999")]
    public void Labels_out_of_range_are_refused(long[] labels, string message)
    {
        using var folder = new DataFolder();
        folder.Write("inputs.npy", Npy("|u1", [2], [0, 0]));
        folder.Write("labels.npy", Npy("<i8", [2], Bytes(labels)));
        Refusal.OfOpening(folder, "", message, "number the classes from 0");
    }

    [Fact]
    public void One_hot_labels_are_refused()
    {
        using var folder = new DataFolder();
        folder.Write("inputs.npy", Npy("|u1", [2], [0, 0]));
        folder.Write("labels.npy", Npy("|u1", [2, 3], new byte[6]));
        Refusal.OfOpening(folder, "", "`{dir}/labels.npy` has the shape [2,3]; labels have the shape [n], one class index per sample",
                          "take the index of the largest of one-hot rows: `labels.argmax(axis=1)`");
    }
}
