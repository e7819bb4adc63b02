using System.Buffers.Binary;

namespace Analyzer.Cli.Tests;

/// <summary>The first images of MNIST as a dataset of their own, so that a test takes a second and not a minute.</summary>
internal static class SmallData
{
    /// <summary>Writes <c>dataset.yaml</c> and four idx files.</summary>
    public static string Write(string folder, int train = 600, int test = 200)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, samples) in new[] { ("train", train), ("t10k", test) })
        {
            Cut($"{name}-images-idx3-ubyte", 16, 784, samples, folder);
            Cut($"{name}-labels-idx1-ubyte", 8, 1, samples, folder);
        }
        File.WriteAllText(Path.Combine(folder, "dataset.yaml"), """
            name: mnist-small
            format: idx
            splits:
              train: { inputs: train-images-idx3-ubyte, labels: train-labels-idx1-ubyte }
              test: { inputs: t10k-images-idx3-ubyte, labels: t10k-labels-idx1-ubyte }
            preprocess:
              scale: 0.00392156862745098
            """);
        return folder;
    }

    private static void Cut(string name, int header, int sampleBytes, int samples, string folder)
    {
        var bytes = new byte[header + samples * sampleBytes];
        using (var whole = File.OpenRead(Path.Combine(Repository.Mnist, name))) whole.ReadExactly(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), samples);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }
}
