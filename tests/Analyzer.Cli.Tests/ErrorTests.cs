namespace Analyzer.Cli.Tests;

/// <summary>Everything a user can get wrong is one line that says what, one that says what next, and an exit code.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact] public void No_command() => Fails("error-no-command");

    [Fact] public void Unknown_command() => Fails("error-unknown-command", "audti");

    [Fact] public void Missing_option() => Fails("error-missing-option", "extract", "model.onnx", "--tap", "op:Relu", "--out", "run");

    [Fact] public void Unknown_device() => Fails("error-unknown-device", "audit", "model.onnx", "--data", "data", "--out", "run", "--device", "tpu");

    [Fact] public void Memory_that_is_no_size() => Fails("error-memory", "audit", "model.onnx", "--data", "data", "--out", "run", "--memory", "plenty");

    [Fact] public void Batch_out_of_range() => Fails("error-batch", "audit", "model.onnx", "--data", "data", "--out", "run", "--batch", "0");

    [Fact] public void Share_of_unreadable_samples_out_of_range() => Fails("error-max-unreadable", "audit", "model.onnx", "--data", "data", "--out", "run", "--max-unreadable", "2");

    [Fact]
    public void Too_many_samples_that_cannot_be_read()
    {
        Directory.CreateDirectory(_folder["data/cat"]);
        var sound = Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "images", "rgb.png");
        for (var i = 0; i < 9; i++) File.Copy(sound, _folder[$"data/cat/{i}.png"]);
        File.WriteAllText(_folder["data/cat/9.png"], "no image");
        Fails("error-unreadable", "audit", Repository.Model("mnist-mlp-w010.onnx"), "--data", _folder["data"], "--out", _folder["run"]);
    }

    [Fact] public void Number_that_is_none() => Fails("error-no-number", "audit", "model.onnx", "--data", "data", "--out", "run", "--limit", "x");

    [Fact] public void Number_that_is_too_large() => Fails("error-large-number", "analyze", "codes", "run", "--draws", "99999999999");

    [Theory]
    [InlineData("--neighbours", "0")]
    [InlineData("--neighbours", "5000")]
    [InlineData("--draws", "1")]
    [InlineData("--restarts", "0")]
    public void Analysis_option_out_of_range(string option, string value) => Fails($"error{option[1..]}-{value}", "analyze", "codes", _folder.Path, option, value);

    [Theory]
    [InlineData("--tau", "1.5")]
    [InlineData("--samples", "1")]
    [InlineData("--linkage", "ward")]
    public void Redundancy_option_out_of_range(string option, string value) => Fails($"error-redundancy{option[1..]}", "analyze", "redundancy", _folder.Path, option, value);

    [Theory]
    [InlineData("--samples", "2")]
    [InlineData("--minority", "0.7")]
    public void Anomalies_option_out_of_range(string option, string value) => Fails($"error{option[1..]}-{value}", "analyze", "anomalies", _folder.Path, option, value);

    [Theory]
    [InlineData("--most-samples", "5")]
    [InlineData("--quantile", "2")]
    [InlineData("--upper", "-1")]
    [InlineData("--pooling", "median")]
    public void Discriminate_option_out_of_range(string option, string value) => Fails($"error{option[1..]}-{value}", "analyze", "discriminate", _folder.Path, option, value);

    [Fact] public void Too_few_shuffles_for_a_rank() => Fails("error-selfsimilarity-draws", "analyze", "selfsimilarity", _folder.Path, "--draws", "5");

    [Fact] public void Bound_size_that_no_axis_has() => Fails("error-bind-unknown", "inspect", Repository.Model("mnist-mlp-w030.onnx"), "--bind", "height=224");

    [Fact]
    public void Mask_that_is_no_input() => Fails("error-mask", "extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "post:relu", "--out", _folder["run"], "--device", "cpu", "--mask", "attention_mask");

    [Fact] public void Bound_size_that_is_none() => Fails("error-bind-zero", "inspect", Repository.Model("mnist-mlp-w030.onnx"), "--bind", "N=0");

    [Fact] public void Model_that_is_not_there() => Fails("error-no-model", "inspect", _folder["nothing.onnx"]);

    [Fact]
    public void Model_that_is_cut_off()
    {
        var bytes = File.ReadAllBytes(Repository.Model("mnist-mlp-w010.onnx"));
        File.WriteAllBytes(_folder["cut.onnx"], bytes[..(bytes.Length / 2)]);
        Fails("error-truncated-model", "inspect", _folder["cut.onnx"]);
    }

    [Fact]
    public void Text_file_named_onnx()
    {
        File.WriteAllText(_folder["text.onnx"], "This is not a model, whatever its name says.\n");
        Fails("error-text-model", "inspect", _folder["text.onnx"]);
    }

    [Fact]
    public void External_data_that_is_missing()
    {
        File.WriteAllBytes(_folder["external.onnx"], ExternalData.Model("weights.bin"));
        Fails("error-external-data", "inspect", _folder["external.onnx"]);
    }

    [Fact]
    public void Data_that_is_not_there() => Fails("error-no-data", Audit(_folder["nothing"]));

    [Fact]
    public void Idx_file_with_a_wrong_count()
    {
        var data = SmallData.Write(_folder["data"]);
        var file = Path.Combine(data, "train-images-idx3-ubyte");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^784]);
        Fails("error-idx-count", Audit(data));
    }

    [Fact]
    public void Labels_of_another_count()
    {
        var data = SmallData.Write(_folder["data"]);
        var other = SmallData.Write(_folder["other"], train: 500);
        File.Copy(Path.Combine(other, "train-labels-idx1-ubyte"), Path.Combine(data, "train-labels-idx1-ubyte"), overwrite: true);
        Fails("error-label-count", Audit(data));
    }

    [Fact]
    public void Data_with_NaN()
    {
        Directory.CreateDirectory(_folder["nan"]);
        var values = new float[3 * 784];
        values[784 + 5] = float.NaN;
        Npy.Write(Path.Combine(_folder["nan"], "test_inputs.npy"), values, 3, 784);
        Fails("error-nan", Audit(_folder["nan"]));
        Assert.False(File.Exists(Path.Combine(_folder["run"], "samples.parquet")));
    }

    [Fact]
    public void Data_of_another_shape()
    {
        Directory.CreateDirectory(_folder["shape"]);
        Npy.Write(Path.Combine(_folder["shape"], "test_inputs.npy"), new float[3 * 100], 3, 100);
        Fails("error-shape", Audit(_folder["shape"]));
    }

    [Fact]
    public void Tap_that_matches_nothing() =>
        Fails("error-tap", "extract", Repository.Model("mnist-mlp-w010.onnx"), "--data", SmallData.Write(_folder["data"]), "--tap", "op:Rleu", "--out", _folder["run"]);

    [Fact]
    public void Output_folder_in_use()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(Path.Combine(_folder["run"], "thesis.tex"), "years of work");
        Fails("error-out-in-use", Audit(SmallData.Write(_folder["data"])));
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(_folder["run"], "thesis.tex")));
    }

    [Fact]
    public void Cuda_without_a_provider() =>
        Fails("error-cuda", [.. Audit(SmallData.Write(_folder["data"])), "--device", "cuda"]);

    [Fact]
    public void Run_that_is_none() => Fails("error-no-run", "report", _folder.Path);

    [Fact]
    public void Resume_with_other_work()
    {
        var data = SmallData.Write(_folder["data"]);
        Assert.Equal(0, Outcome.Of([.. Audit(data), "--no-nulls"]).ExitCode);
        string[] other = ["audit", Repository.Model("mnist-mlp-w020.onnx"), "--data", data, "--out", _folder["run"], "--resume"];
        Fails("error-resume-other", other);
    }

    private string[] Audit(string data) => ["audit", Repository.Model("mnist-mlp-w010.onnx"), "--data", data, "--out", _folder["run"]];

    private void Fails(string golden, params string[] args)
    {
        var outcome = Outcome.Of(args);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Golden.Check(golden, outcome, (_folder.Path, "FOLDER"), (Repository.Root, "ROOT"));
    }
}
