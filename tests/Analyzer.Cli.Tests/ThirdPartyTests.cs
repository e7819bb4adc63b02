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

    private static string Find(string name)
    {
        var path = Path.Combine(Repository.Root, "..", "shared", "models", name);
        Assert.SkipUnless(File.Exists(path), $"`{name}` is not at hand: third-party models are looked for in ../shared/models");
        return path;
    }
}
