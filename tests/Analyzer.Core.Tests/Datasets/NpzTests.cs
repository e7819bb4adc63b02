using System.Buffers.Binary;
using System.IO.Compression;
using Analyzer.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public class NpzTests
{
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 6000).Select(i => (byte)(i * i / 7))];

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Each_npz_is_a_split_with_inputs_and_labels(CompressionLevel level)
    {
        using var folder = new DataFolder();
        folder.Write("train.npz", Npz(level, ("inputs", Npy("|u1", [3, 2000], Pixels)), ("labels", Npy("<i4", [3], Bytes(1, 0, 2)))));
        folder.Write("test.npz", Npz(level, ("labels", Npy("|u1", [2], [5, 6])), ("inputs", Npy("<f4", [2, 1], Bytes(1f, 2f)))));
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(["test", "train"], data.Splits.Select(s => s.Name));
        Assert.Equal([1, 0, 2], data.SplitNamed("train").Labels!);
        Assert.Equal([5, 6], data.SplitNamed("test").Labels!);
        Assert.Equal(Pixels[2000..], Refusal.Read(data.SplitNamed("train").Inputs[0], 1, 2));
        Assert.Equal(Pixels, Refusal.ReadAll(data.SplitNamed("train").Inputs[0]));
        Assert.Equal(Bytes(1f, 2f), Refusal.ReadAll(data.SplitNamed("test").InputFor("anything")));
        Assert.Equal(folder.At("train.npz") + ":inputs", data.SplitNamed("train").Inputs[0].File);
    }

    [Fact]
    public void Arrays_named_after_the_inputs_of_a_model_are_found_by_those_names()
    {
        using var folder = new DataFolder();
        folder.Write("test.npz", Npz(CompressionLevel.Optimal, ("input_ids", Npy("<i8", [2, 1], Bytes(7L, 8L))),
                                     ("attention_mask", Npy("<i8", [2, 1], Bytes(1L, 0L)))));
        using var data = Dataset.Open(folder.At("test.npz"));
        var test = data.SplitNamed("test");
        Assert.Equal(["input_ids", "attention_mask"], test.Inputs.Select(i => i.Name!));
        Assert.Equal(Bytes(1L, 0L), Refusal.ReadAll(test.InputFor("attention_mask")));
        Assert.Null(test.Labels);
        Refusal.Is("the split `test` has no samples for the model's input `token_type_ids`; it has them for `input_ids`, `attention_mask`",
                   "name the arrays, or the keys of `inputs` in a `dataset.yaml`, after the model's inputs", folder, () => test.InputFor("token_type_ids"));
    }

    [Fact]
    public void One_npz_can_hold_all_splits()
    {
        using var folder = new DataFolder();
        folder.Write("mnist.npz", Npz(CompressionLevel.NoCompression, ("x_train", Npy("|u1", [2, 1], [1, 2])),
                                      ("y_train", Npy("|u1", [2], [3, 4])),
                                      ("x_test", Npy("|u1", [1, 1], [5])), ("y_test", Npy("|u1", [1], [6]))));
        using var data = Dataset.Open(folder.At("mnist.npz"));
        Assert.Equal("mnist", data.Name);
        Assert.Equal(["train", "test"], data.Splits.Select(s => s.Name));
        Assert.Equal([3, 4], data.Splits[0].Labels!);
        Assert.Equal([5], Refusal.ReadAll(data.Splits[1].Inputs[0]));
    }

    [Fact]
    public void An_npz_that_leaves_open_what_is_what_is_refused()
    {
        using var folder = new DataFolder();
        var one = Npy("|u1", [1], [1]);
        folder.Write("a.npz", Npz(CompressionLevel.NoCompression, ("inputs", one), ("weights", one)));
        Refusal.OfOpening(folder, "a.npz", "`{dir}/a.npz` holds `inputs` and also `weights`",
                          "say in a `dataset.yaml` which arrays to use: `inputs: { <model input>: file.npz:array }`");
        folder.Write("b.npz", Npz(CompressionLevel.NoCompression, ("labels", one)));
        Refusal.OfOpening(folder, "b.npz", "`{dir}/b.npz` holds the array `labels` only, no samples", "save the samples in it as `inputs`");
        folder.Write("c.npz", Npz(CompressionLevel.NoCompression));
        Refusal.OfOpening(folder, "c.npz", "`{dir}/c.npz` holds no arrays of numbers", "write it with `numpy.savez(file, inputs=…, labels=…)`");
        folder.Write("d.npz", Npz(CompressionLevel.NoCompression, ("inputs", one), ("inputs", one)));
        Refusal.OfOpening(folder, "d.npz", "`{dir}/d.npz` holds the array `inputs` twice", "write it again with `numpy.savez`");
    }

    [Fact]
    public void Text_beside_the_numbers_is_left_out_by_name_and_text_in_their_place_is_refused()
    {
        using var folder = new DataFolder();
        var numbers = Npy("|u1", [2, 1], [1, 2]);
        var text = Npy("<U1", [2], "a\0\0\0b\0\0\0"u8.ToArray());
        folder.Write("a.npz", Npz(CompressionLevel.NoCompression, ("inputs", numbers), ("class_names", text), ("ids", Npy("|O", [2], "ab"u8.ToArray()))));
        using (var data = Dataset.Open(folder.At("a.npz")))
        {
            Assert.Equal([1, 2], Refusal.ReadAll(data.Splits[0].Inputs[0]));
            Assert.Equal(["left out: `class_names`, `ids` of `a.npz`, which hold no numbers"], data.Notes);
        }
        const string Hint = "save labels as class indices: `numpy.unique(labels, return_inverse=True)[1]`";
        folder.Write("b.npz", Npz(CompressionLevel.NoCompression, ("inputs", numbers), ("labels", text)));
        Refusal.OfOpening(folder, "b.npz", "`{dir}/b.npz:labels` holds text or Python objects, and numbers are wanted", Hint);
        folder.Write("c.npz", Npz(CompressionLevel.NoCompression, ("x_test", numbers), ("y_test", text)));
        Refusal.OfOpening(folder, "c.npz", "`{dir}/c.npz:y_test` holds text or Python objects, and numbers are wanted", Hint);
        folder.Write("d.npz", Npz(CompressionLevel.NoCompression, ("names", text)));
        Refusal.OfOpening(folder, "d.npz", "`{dir}/d.npz` holds no arrays of numbers", "write it with `numpy.savez(file, inputs=…, labels=…)`");
    }

    [Fact]
    public void A_compressed_array_that_unpacks_to_more_than_it_declares_is_refused_without_unpacking_it()
    {
        using var folder = new DataFolder();
        // 64 MiB of zeros behind a header that declares 10 of them.
        var bomb = Npz(CompressionLevel.SmallestSize, ("inputs", [.. Npy("|u1", [10], new byte[10]), .. new byte[64 << 20]]));
        folder.Write("bomb.npz", bomb);
        Refusal.OfOpening(folder, "bomb.npz",
                          "`{dir}/bomb.npz:inputs` is 67109002 bytes long; its header declares [10] of uint8, which takes 138 bytes",
                          "something follows the data: fetch or write it again");
    }

    [Fact]
    public void An_array_whose_archive_lies_about_its_size_is_never_unpacked_beyond_what_is_declared()
    {
        using var folder = new DataFolder();
        var zip = Npz(CompressionLevel.SmallestSize, ("inputs", [.. Npy("|u1", [10], new byte[10]), .. new byte[1 << 20]]));
        // Both the local and the central header say 138 bytes.
        var real = BitConverter.GetBytes((1 << 20) + 138);
        for (var at = 0; (at = zip.AsSpan(at).IndexOf(real) is var next and >= 0 ? at + next : -1) >= 0; at += 4)
            BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(at), 138);
        folder.Write("liar.npz", zip);
        using var data = Dataset.Open(folder.At("liar.npz"));
        var before = Directory.GetFiles(Path.GetTempPath(), "analyzer-*.npy");
        var checksum = BitConverter.ToUInt32(zip, zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 16);
        Refusal.Is($"`{{dir}}/liar.npz:inputs` does not unpack to the 138 bytes with the checksum {checksum:x8} that it declares",
                   "fetch or write the file again", folder,
                   () => Refusal.ReadAll(data.Splits[0].Inputs[0]));
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "analyzer-*.npy"));
    }

    [Fact]
    public void A_compressed_array_beyond_the_limit_is_refused_and_a_stored_one_is_not()
    {
        using var folder = new DataFolder();
        var npy = Npy("|u1", [1000], new byte[1000]);
        folder.Write("a.npz", Npz(CompressionLevel.Optimal, ("inputs", npy)));
        Refusal.Is("`{dir}/a.npz:inputs` is compressed and takes 1128 bytes unpacked; the limit is 1127",
                   "write it with `numpy.savez`, which does not compress, or `numpy.save`", folder, () => NpzFile.Open(folder.At("a.npz"), 1127));
        Assert.Equal("inputs", NpzFile.Open(folder.At("a.npz"), 1128).Single().Name);
        folder.Write("b.npz", Npz(CompressionLevel.NoCompression, ("inputs", npy)));
        Assert.Equal("inputs", NpzFile.Open(folder.At("b.npz"), 1127).Single().Name);
    }

    [Fact]
    public void A_file_that_is_no_zip_is_refused()
    {
        using var folder = new DataFolder();
        folder.Write("a.npz", "no zip at all");
        var thrown = Assert.Throws<AnalyzerException>(() => Dataset.Open(folder.At("a.npz")));
        Assert.StartsWith($"`{folder.At("a.npz")}` is no readable npz: ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("fetch or write it again with `numpy.savez`", thrown.Hint);
    }

    [Fact]
    public void Reading_goes_on_after_dispose_and_leaves_no_temporary_file()
    {
        using var folder = new DataFolder();
        folder.Write("train.npz", Npz(CompressionLevel.Optimal, ("inputs", Npy("|u1", [3, 2000], Pixels))));
        var before = Directory.GetFiles(Path.GetTempPath(), "analyzer-*.npy");
        using var data = Dataset.Open(folder.At("train.npz"));
        Assert.Equal(Pixels, Refusal.ReadAll(data.Splits[0].Inputs[0]));
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "analyzer-*.npy"));
    }
}
