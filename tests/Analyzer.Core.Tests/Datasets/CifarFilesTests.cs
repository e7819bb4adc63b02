using Analyzer.Datasets;

namespace Analyzer.Tests.Datasets;

public sealed class CifarFilesTests : IDisposable
{
    private const string Ten = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batches_are_one_split_and_the_names_of_classes_are_read()
    {
        _folder.Write("data_batch_1.bin", [.. Record(1, 3), .. Record(2, 5)]);
        _folder.Write("data_batch_2.bin", Record(3, 9));
        _folder.Write("test_batch.bin", Record(4, 0));
        _folder.Write("batches.meta.txt", Ten);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["train", "test"], data.Splits.Select(s => s.Name));
        Assert.Equal([3, 5, 9], data.Splits[0].Labels!);
        Assert.Equal("dog", data.Classes![5]);
        Assert.Equal([3L, 32, 32], data.Splits[0].Inputs[0].Shape);
        Assert.Equal([.. Record(2, 5)[1..], .. Record(3, 9)[1..]], Refusal.Read(data.Splits[0].Inputs[0], 1, 2));
        Assert.Equal(["data_batch_1.bin#1", "data_batch_2.bin#0"], new[] { 1, 2 }.Select(data.Splits[0].SourceOf));
        Assert.Equal(4, data.Files.Count);
    }

    [Fact]
    public void Of_cifar_100_the_fine_label_is_read_and_images_can_be_resized()
    {
        _folder.Write("train.bin", [7, .. Record(1, 99)]);
        _folder.Write("dataset.yaml", "format: cifar\nsplits: { train: { inputs: train.bin } }\npreprocess: { resize: 16 }");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([99], data.Splits[0].Labels!);
        Assert.Equal([3L, 16, 16], data.Splits[0].Inputs[0].Shape);
    }

    [Fact]
    public void Several_files_of_a_split_are_listed()
    {
        _folder.Write("b.bin", Record(1, 3));
        _folder.Write("a.bin", Record(2, 4));
        _folder.Write("dataset.yaml", "splits: { train: { inputs: [b.bin, a.bin] } }");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([3, 4], data.Splits[0].Labels!);
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        _folder.Write("test_batch.bin", Record(1, 10));
        Refusal.OfOpening(_folder, "", "`{dir}/test_batch.bin` gives sample 0 the label 10; there are 10 classes, 0 to 9", "is the file damaged?");
        _folder.Write("test_batch.bin", Record(1, 1)[..3000]);
        Refusal.OfOpening(_folder, "", "`{dir}/test_batch.bin` is 3000 bytes long; CIFAR-10 takes 3073 bytes a sample", "the file is cut short or of another kind: fetch it again");
        _folder.Write("test_batch.bin", Record(1, 1));
        _folder.Write("batches.meta.txt", "cat\ndog\n");
        Refusal.OfOpening(_folder, "", "`{dir}/batches.meta.txt` has 2 names; CIFAR-10 has 10 classes", "write a name for each");
        _folder.Write("data_batch_1.bin", [7, .. Record(1, 1)]);
        Refusal.OfOpening(_folder, "", "`{dir}/data_batch_1.bin` is of CIFAR-100 and `{dir}/test_batch.bin` of CIFAR-10", "give each a `dataset.yaml` of its own");
    }

    private static byte[] Record(byte seed, byte label) => [label, .. Enumerable.Range(0, 3072).Select(i => (byte)(i * seed))];
}
