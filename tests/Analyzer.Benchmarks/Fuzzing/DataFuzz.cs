using System.IO.Compression;
using System.Text;
using Analyzer.Datasets;
using Analyzer.Native;
using Analyzer.Tests.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Fuzzing;

/// <summary>Damages one file of a dataset, opens it, sets unreadable samples aside and reads the others, as an extraction does.</summary>
internal static class DataFuzz
{
    private const string Yaml = """
        name: tiny
        splits:
          train: { inputs: x.npy, labels: 'both.npz:labels' }
          test:
            inputs: { left: x.npy, right: "both.npz:inputs" }
        classes: [a, b, c, d]
        preprocess: { color: RGB, scale: 0.5, mean: [1, 2, 3], std: 1, layout: NCHW, dtype: float32 }
        """;

    private const string Csv = """
        a,b,"the c",label
        1,2.5,-3e2,cat
        4,5,6,"dog, big"
        0.1,"7",8,cat
        """;

    private const string HuggingFace = """
        {
          "image_processor_type": "ViTImageProcessor", "do_resize": true, "size": { "height": 4, "width": 5 }, "resample": 2,
          "do_center_crop": true, "crop_size": 3, "do_rescale": true, "rescale_factor": 0.00392156862745098,
          "do_normalize": true, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.5, 0.25], "do_convert_rgb": null
        }
        """;

    private static readonly byte[] Values = Npy("<f4", [4, 2, 3], Bytes([.. Enumerable.Range(0, 24).Select(i => (float)i)]));
    private static readonly byte[] Labels = Npy("<i2", [4], Bytes<short>(0, 1, 2, 3));

    /// <summary>A target for each kind of file, and two where a kind has two shapes.</summary>
    /// <param name="folder">For the files.</param>
    /// <param name="images">The folder with <c>rgb.png</c> and <c>progressive.jpg</c>.</param>
    public static IEnumerable<FuzzTarget> Targets(DataFolder folder, string images)
    {
        var (png, jpg) = (File.ReadAllBytes(Path.Combine(images, "rgb.png")), File.ReadAllBytes(Path.Combine(images, "progressive.jpg")));
        return
        [
            Target(folder, "idx", "x-images-idx3-ubyte", Idx(0x0D, [4, 2, 3], [.. Enumerable.Repeat((byte)1, 96)])),
            Target(folder, "npy", "x.npy", Values),
            Target(folder, "npy-labels", "x_labels.npy", Labels),
            Target(folder, "npz", "stored.npz", Npz(CompressionLevel.NoCompression, ("inputs", Values), ("labels", Labels))),
            Target(folder, "npz-packed", "packed.npz", Npz(CompressionLevel.Optimal, ("inputs", Values), ("labels", Labels))),
            Target(folder, "yaml", "dataset.yaml", Encoding.UTF8.GetBytes(Yaml), ("x.npy", Values), ("both.npz", Npz(CompressionLevel.Optimal, ("inputs", Values), ("labels", Labels)))),
            Target(folder, "csv", "x.csv", Encoding.UTF8.GetBytes(Csv)),
            Target(folder, "parquet", "x.parquet", Parquet(folder, "uncompressed", "range::FLOAT AS a, range * 2.5 AS b, range % 3 AS label")),
            Target(folder, "parquet-lists", "x.parquet", Parquet(folder, "zstd", "[range::FLOAT, 1, 2, 3] AS inputs, 'class ' || range % 3 AS label")),
            Target(folder, "parquet-nested", "x.parquet", Parquet(folder, "snappy", "[[range, 1, 2], [3, 4, 5]]::UTINYINT[][] AS image, range % 3 AS label")),
            Target(folder, "parquet-images", "x.parquet", Parquet(folder, "gzip", $"{{'bytes': (SELECT content FROM read_blob('{Path.Combine(images, "baseline.jpg")}')), 'path': 'a.jpg'}} AS image, range % 2 AS label", """, KV_METADATA {huggingface: '{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}'}""")),
            Target(folder, "cifar", "test_batch.bin", [.. Enumerable.Range(0, 2 * 3073).Select(i => (byte)(i % 7))], ("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"u8.ToArray())),
            Target(folder, "image-png", "cat/2.png", png, ("cat/1.png", png), ("dog/3.jpg", jpg), ("dataset.yaml", Resized)),
            Target(folder, "image-jpeg", "cat/2.jpg", jpg, ("cat/1.png", png), ("dog/3.jpg", jpg), ("dataset.yaml", Resized)),
            Target(folder, "hugging-face", "preprocessor_config.json", Encoding.UTF8.GetBytes(HuggingFace), ("cat/1.png", png), ("dog/3.jpg", jpg)),
        ];
    }

    private static byte[] Resized => "format: images\nsplits: { test: { inputs: . } }\npreprocess: { resize: [4, 4] }"u8.ToArray();

    // Images are found by their folder, and so is what belongs to several files; other files are opened themselves.
    private static FuzzTarget Target(DataFolder folder, string name, string file, byte[] sound, params (string File, byte[] Content)[] beside)
    {
        foreach (var (path, content) in beside) folder.Write($"{name}/{path}", content);
        var whole = beside.Length > 0 && file != "dataset.yaml";
        var opened = folder.At(whole ? name : $"{name}/{file}");
        folder.Write($"{name}/{file}", sound);
        // What is refused undamaged would make every case a success.
        Read(opened, unreadable: 0);
        return new(name, random =>
        {
            folder.Write($"{name}/{file}", Mutation.Of(sound, random));
            // Unreadable samples are refused, or set aside.
            Read(opened, unreadable: random.Next(2));
        });
    }

    private static void Read(string path, double unreadable)
    {
        using var data = Dataset.Open(path);
        data.SetAside(null, unreadable, null, default);
        foreach (var input in data.Splits.SelectMany(s => s.Inputs))
            input.Read(0, input.Samples, new byte[input.Samples * input.SampleBytes]);
    }

    private static byte[] Parquet(DataFolder folder, string codec, string columns, string options = "")
    {
        var path = folder.At($"sound-{codec}.parquet");
        using var duckDb = new DuckDbConnection();
        duckDb.Execute($"COPY (SELECT {columns} FROM range(20)) TO '{path}' (FORMAT parquet, COMPRESSION {codec}{options})");
        return File.ReadAllBytes(path);
    }
}
