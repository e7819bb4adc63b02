using System.Runtime.InteropServices;
using Analyzer.Gates;
using Analyzer.Inference;
using Analyzer.Reports;
using Analyzer.Tests.Datasets;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Gates;

public sealed class JudgedRunTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_keeps_the_policy_and_the_reference_that_it_was_judged_by()
    {
        Extract("old");
        Extract("new");
        var policy = Policy.Parse("mine.yaml", "gates:\n  - { name: as before, field: accuracy.test.accuracy, change: { min: 0, max: 0 } }");
        Assert.Equal(GateOutcome.Inconclusive, Pipeline.Check(_folder.At("new"), policy).Gates!.Outcome);
        Assert.Equal(GateOutcome.Pass, Pipeline.Check(_folder.At("new"), null, _folder.At("old")).Gates!.Outcome);
        var again = Pipeline.Report(_folder.At("new")).Gates!;
        Assert.Equal((GateOutcome.Pass, "mine.yaml", _folder.At("old")), (again.Outcome, again.Policy, again.Reference));

        Directory.Move(_folder.At("old"), _folder.At("moved"));
        var open = Assert.Single(Pipeline.Report(_folder.At("new")).Gates!.Results);
        Assert.Equal(GateOutcome.Inconclusive, open.Outcome);
        Assert.StartsWith("the reference cannot be read: ", open.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_that_is_no_run_is_refused_and_nothing_changes()
    {
        Extract("new");
        Assert.Throws<AnalyzerException>(() => Pipeline.Check(_folder.At("new"), null, _folder.At("none")));
        Assert.Equal("default", Pipeline.Report(_folder.At("new")).Gates!.Policy);
    }

    private void Extract(string run)
    {
        _folder.Write("noise/test_inputs.npy", Npy("<f4", [20, 784], MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, 20 * 784).Select(i => (float)Math.Sin(i))]).ToArray()));
        _folder.Write("noise/test_labels.npy", Npy("|u1", [20], [.. Enumerable.Range(0, 20).Select(i => (byte)(i % 10))]));
        Pipeline.Extract(new()
        {
            Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), Data = _folder.At("noise"), Out = _folder.At(run), Execution = new() { Device = Device.Cpu }, Nulls = false,
        });
    }
}
