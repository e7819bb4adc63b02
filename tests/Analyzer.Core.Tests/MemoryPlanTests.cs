using Analyzer.Extraction;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using System.Runtime.InteropServices;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests;

public sealed class MemoryPlanTests : IDisposable
{
    private const long MiB = 1L << 20;

    // Ten taps of 64 KB a sample, as in a small residual network.
    private static readonly TapEntry[] Maps = [.. Enumerable.Range(0, 10).Select(t => new TapEntry($"t{t:D4}", $"x{t}", "n", "Relu", [-1, 16, 32, 32], "float", "none", 16_384, UnitAxis: 1))];
    private static readonly MemoryNeed Small = new(1 * MiB, 0, 2 * MiB);

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096)]
    [InlineData(1024)]
    [InlineData(512)]
    [InlineData(384)]
    [InlineData(320)]
    [InlineData(212)]
    public void What_is_planned_stays_under_the_ceiling_and_stores_every_tap_once(long ceiling)
    {
        var plan = MemoryPlan.Fit(Small, Maps, 10_000, null, 128 * MiB, ceiling * MiB);
        Assert.InRange(plan.Peak, MemoryPlan.Process, ceiling * MiB);
        Assert.Equal(Enumerable.Range(0, Maps.Length), plan.Passes.SelectMany(p => p));
    }

    [Fact]
    public void A_lower_ceiling_takes_smaller_batches_before_it_takes_more_passes()
    {
        (int Batch, int Passes) At(long ceiling) => MemoryPlan.Fit(Small, Maps, 10_000, null, 128 * MiB, ceiling * MiB) is var plan ? (plan.Batch, plan.Passes.Count) : default;
        Assert.Equal((256, 1), At(4096));
        Assert.Equal((128, 1), At(768));
        Assert.Equal((64, 1), At(512));
        Assert.True(At(212).Passes > 1);
    }

    [Fact]
    public void No_tap_of_a_batch_is_larger_than_can_be_handed_over()
    {
        // 64 channels of 512 × 512 floats.
        var large = Small with { Fetched = 64 * MiB };
        Assert.Equal(16, MemoryPlan.Fit(large, Maps, 10_000, null, 128 * MiB, 65_536 * MiB).Batch);
        // A batch of 256 that never is one: there are 31 samples.
        Assert.Equal(256, MemoryPlan.Fit(large, Maps, 31, 256, 128 * MiB, 65_536 * MiB).Batch);
        var error = Assert.Throws<AnalyzerException>(() => MemoryPlan.Fit(large, Maps, 10_000, 32, 128 * MiB, 65_536 * MiB));
        Assert.Equal((Failure.Resource, "a tap takes 2048 MiB in a batch of 32 samples, and ONNX Runtime hands over 2047 MiB at once"), (error.Kind, error.Message));
        Assert.StartsWith("give `--batch 31`", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_do_not_depend_on_the_ceiling()
    {
        var plans = new[] { 4096, 512, 212 }.Select(m => MemoryPlan.Fit(Small, Maps, 10_000, 8, 128 * MiB, m * MiB)).ToArray();
        Assert.Single(plans.Select(p => p.Partition).Distinct());
        Assert.True(plans[^1].Passes.Count > 1, "the lowest ceiling must take several passes for the test to mean anything");
    }

    [Fact]
    public void What_does_not_fit_says_how_much_is_needed_and_fits_with_that_much()
    {
        var none = Assert.Throws<AnalyzerException>(() => MemoryPlan.Fit(Small, Maps, 10_000, null, 128 * MiB, 182 * MiB));
        Assert.Equal(Failure.Resource, none.Kind);
        Assert.Equal("one pass over 1 sample and one tap needs some 184 MiB, and `--memory` is 182 MiB", none.Message);
        Assert.Equal("give `--memory 184MiB`", none.Hint);
        Assert.Equal(1, MemoryPlan.Fit(Small, Maps, 10_000, null, 128 * MiB, 184 * MiB).Batch);

        var batch = Assert.Throws<AnalyzerException>(() => MemoryPlan.Fit(Small, Maps, 10_000, 256, 128 * MiB, 512 * MiB));
        Assert.StartsWith("one pass over 256 samples and one tap needs some ", batch.Message, StringComparison.Ordinal);
        Assert.EndsWith(" or, where the model leaves it open, a smaller `--batch` to a new run", batch.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_are_the_same_bytes_in_one_pass_and_in_several()
    {
        var random = new Statistics.SeededRandom(1);
        var values = new float[700 * 3 * 32 * 32];
        foreach (ref var value in values.AsSpan()) value = (float)random.NextDouble();
        _folder.Write("noise/test_inputs.npy", Npy("<f4", [700, 3, 32, 32], MemoryMarshal.AsBytes<float>(values).ToArray()));
        ExtractOptions Wanted(string run, long memory) => new()
        {
            Model = Path.Combine(Repository.Root, "models", "cifar10-lenet5-plain-s1-epoch128.onnx"), Data = _folder.At("noise"), Out = _folder.At(run),
            Execution = new() { Device = Device.Cpu }, Taps = ["type:conv | post:relu"], Reducers = [Reducer.None, Reducer.Sign, Reducer.Mean], Batch = 64, Memory = memory,
        };
        Pipeline.Extract(Wanted("one", 2048 * MiB));
        Pipeline.Extract(Wanted("several", 200 * MiB));
        Assert.Equal(1, Passes("one"));
        Assert.InRange(Passes("several"), 2, int.MaxValue);
        foreach (var file in Files("one")) Assert.True(File.ReadAllBytes(_folder.At($"one/{file}")).AsSpan().SequenceEqual(File.ReadAllBytes(_folder.At($"several/{file}"))), file);
        Assert.Equal(Files("one"), Files("several"));
    }

    private int Passes(string run)
    {
        using var opened = Run.Open(_folder.At(run));
        return opened.Manifest.Passes;
    }

    private string[] Files(string run) => [.. Directory.EnumerateFiles(_folder.At(run), "*.parquet", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.At(run), f)).Order(StringComparer.Ordinal)];
}
