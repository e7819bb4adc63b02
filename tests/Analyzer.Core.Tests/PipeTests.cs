using System.Diagnostics;
using Analyzer.Datasets;
using Analyzer.Models;
using Analyzer.Tests.Datasets;

namespace Analyzer.Tests;

/// <summary>A pipe that nobody writes to keeps whoever opens it waiting forever, so none is opened.</summary>
public sealed class PipeTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_that_is_a_pipe_is_refused() =>
        Assert.Equal($"`{Pipe("model.onnx")}` is empty, or a pipe or device", Refused(() => OnnxModel.Open(_folder.At("model.onnx"))));

    [Fact]
    public void So_is_one_behind_a_link()
    {
        File.CreateSymbolicLink(_folder.At("link.onnx"), Pipe("model.onnx"));
        Assert.Equal($"`{_folder.At("link.onnx")}` is empty, or a pipe or device", Refused(() => OnnxModel.Open(_folder.At("link.onnx"))));
    }

    [Theory]
    [InlineData("test_inputs.npy")]
    [InlineData("test.npz")]
    [InlineData("test.csv")]
    [InlineData("test.parquet")]
    [InlineData("dataset.yaml")]
    [InlineData("t10k-images-idx3-ubyte")]
    [InlineData("test_batch.bin")]
    public void So_is_data(string name) =>
        Assert.Equal($"`{Pipe(name)}` is empty, or a pipe or device", Refused(() => Dataset.Open(_folder.Path)));

    [Fact]
    public void A_pipe_among_images_is_set_aside()
    {
        _folder.Write("cat/1.png", File.ReadAllBytes(ImageReference.At("rgb.png")));
        Pipe("cat/2.png");
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(null, most: 1, null, TestContext.Current.CancellationToken);
        Assert.Equal([new("cat/2.png", 0, "the file is empty, or a pipe or device")], data.Splits[0].Unreadable);
        Assert.Equal(64, data.Fingerprint(cancellation: TestContext.Current.CancellationToken).Length);
    }

    private static string Refused(Action open) => Assert.Throws<AnalyzerException>(open).Message;

    private string Pipe(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes with a path in a folder");
        using var mkfifo = Process.Start("mkfifo", _folder.At(name));
        mkfifo.WaitForExit();
        return _folder.At(name);
    }
}
