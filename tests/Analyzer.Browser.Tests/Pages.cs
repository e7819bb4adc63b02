[assembly: AssemblyFixture(typeof(Analyzer.Browser.Tests.Pages))]

namespace Analyzer.Browser.Tests;

/// <summary>The pages that are looked at, made once by the program itself, each when it is first wanted.</summary>
public sealed class Pages : IDisposable
{
    /// <summary>The demo's widest network, on fewer images.</summary>
    public const string Dense = "dense";

    /// <summary>A LeNet-5, so that there are maps and outliers.</summary>
    public const string Convolutional = "convolutional";

    /// <summary>The same network after 8 epochs of training instead of 128.</summary>
    public const string Early = "early";

    /// <summary>A sweep over three of the demo's networks, the widest among them.</summary>
    public const string Sweep = "sweep";

    /// <summary>What changed from the early LeNet-5 to the late.</summary>
    public const string Diff = "diff";

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _made = [];

    /// <summary>Every page, for theories.</summary>
    public static TheoryData<string> All => [Dense, Convolutional, Sweep, Diff];

    /// <summary>Where the page lies.</summary>
    public string this[string name]
    {
        get
        {
            Chromium.Require();
            return _made.TryGetValue(name, out var path) ? path : _made[name] = name switch
            {
                Dense => Audit("mnist-mlp-w100", Digits()),
                Convolutional => Audit("cifar10-lenet5-plain-s1-epoch128", Enlarged()),
                Early => Audit("cifar10-lenet5-plain-s1-epoch008", Enlarged()),
                Sweep => Swept(),
                Diff => Compared(),
                _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
            };
        }
    }

    /// <summary>The directory of a network's run.</summary>
    public string Run(string name) => Path.GetDirectoryName(this[name])!;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private string Swept()
    {
        string[] runs = [.. new[] { Audit("mnist-mlp-w010", Digits()), Audit("mnist-mlp-w030", Digits()), this[Dense] }.Select(page => Path.GetDirectoryName(page)!)];
        Do(0, ["sweep", .. runs, "--out", _folder["sweep"]]);
        return _folder["sweep/sweep.html"];
    }

    private string Compared()
    {
        Do(null, "diff", Run(Early), Run(Convolutional), "--out", _folder["diff"]);
        return _folder["diff/diff.html"];
    }

    private string Audit(string model, string data)
    {
        Do(null, "audit", Repository.Model($"{model}.onnx"), "--data", data, "--out", _folder[model], "--device", "cpu");
        return _folder[$"{model}/report.html"];
    }

    private string Digits() => SmallData.Write(_folder["digits"]);

    // Digits as this network takes images: in three channels of 32 × 32. A few of them are far too red, which bends a filter.
    private string Enlarged()
    {
        const int samples = 400, side = 28, channel = 32 * 32;
        var folder = SmallData.Write(_folder["enlarged-from"], train: samples, test: samples);
        foreach (var (split, idx) in new[] { ("train", "train"), ("test", "t10k") })
        {
            var pixels = File.ReadAllBytes(Path.Combine(folder, $"{idx}-images-idx3-ubyte")).AsSpan(16);
            var labels = File.ReadAllBytes(Path.Combine(folder, $"{idx}-labels-idx1-ubyte")).AsSpan(8);
            var values = new float[samples * 3 * channel];
            for (var i = 0; i < samples * side * side; i++)
            {
                var (sample, y, x) = (i / (side * side), i / side % side, i % side);
                for (var c = 0; c < 3; c++) values[(sample * 3 + c) * channel + (y + 2) * 32 + x + 2] = pixels[i] / 255f * (c == 0 && sample % 133 == 0 ? 30 : 1);
            }
            Directory.CreateDirectory(_folder["enlarged"]);
            Npy.Write(_folder[$"enlarged/{split}_inputs.npy"], values, samples, 3, 32, 32);
            Npy.Write(_folder[$"enlarged/{split}_labels.npy"], [.. labels.ToArray().Select(l => (int)l)], samples);
        }
        return _folder["enlarged"];
    }

    // Gates may fail: these networks are shown what they were not made for.
    private static void Do(int? expected, params string[] args)
    {
        var outcome = Outcome.Of(args);
        Assert.True(expected is { } code ? outcome.ExitCode == code : outcome.ExitCode is 0 or 1 or 4, outcome.Error);
    }
}
