using Analyzer.Models;
using Analyzer.Runs;

namespace Analyzer.Tests;

// Where a run lies, and how one that was begun goes on.
public sealed partial class ExtractionTests
{
    [Fact]
    public void An_interrupted_run_resumes_to_the_same_bytes()
    {
        var (data, _) = Noise(20_000);
        ExtractOptions Wanted(string run) => Options(data, run) with
        {
            Model = Path.Combine(Repository.Root, "models", "mnist-mlp-w100.onnx"), Taps = ["all"], Reducers = [Reducer.None, Reducer.Sign], Part = 1L << 20, CommandLine = "same",
        };
        Pipeline.Extract(Wanted("whole"));
        Assert.True(Directory.GetFiles(_folder.At("whole/activations/tap=t0000")).Length > 1, "the run must have several parts for the test to mean anything");

        foreach (var after in new[] { 1_000L, 12_000, 19_900 })
        {
            using var stop = new CancellationTokenSource();
            var watch = new Watch(update => { if (update.Step == "extract" && update.Done > after) stop.Cancel(); });
            var run = $"cut-{after}";
            Assert.ThrowsAny<OperationCanceledException>(() => Pipeline.Extract(Wanted(run), watch, stop.Token));
            var refused = Assert.Throws<AnalyzerException>(() => Run.Open(_folder.At(run)));
            Assert.Contains("was not finished", refused.Message, StringComparison.Ordinal);

            Pipeline.Extract(Wanted(run) with { Resume = true });
            Assert.Equal(Contents("whole"), Contents(run));
        }
    }

    [Fact]
    public void A_writer_killed_before_its_first_manifest_leaves_nothing_in_the_way()
    {
        var (data, _) = Noise(10);
        Directory.CreateDirectory(_folder.At("run"));
        File.WriteAllText(_folder.At("run/.lock"), "");
        File.WriteAllText(_folder.At("run/manifest.json.analyzer-unfinished"), "{");
        Pipeline.Extract(Options(data, "run") with { Resume = true });
        using var run = Run.Open(_folder.At("run"));
        Assert.Equal(10, run.Samples()[0].Count);
        Assert.False(File.Exists(_folder.At("run/manifest.json.analyzer-unfinished")));
    }

    [Fact]
    public void A_writer_clears_away_what_an_earlier_one_left_and_nothing_else()
    {
        var (data, _) = Noise(10);
        Pipeline.Extract(Options(data, "run"));
        Directory.CreateDirectory(_folder.At("elsewhere"));
        foreach (var file in new[] { "elsewhere/a.analyzer-unfinished", "run/notes.tmp", "run/weights/b.analyzer-unfinished" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.At(file))!);
            File.WriteAllText(_folder.At(file), "");
        }
        Directory.CreateSymbolicLink(_folder.At("run/link"), _folder.At("elsewhere"));
        Pipeline.Report(_folder.At("run"));
        Assert.True(File.Exists(_folder.At("elsewhere/a.analyzer-unfinished")));
        Assert.True(File.Exists(_folder.At("run/notes.tmp")));
        Assert.False(File.Exists(_folder.At("run/weights/b.analyzer-unfinished")));
    }

    [Theory]
    [InlineData(1, "`execution.threads` was 2 and is 1")]
    [InlineData(2, null)]
    public void Resuming_other_work_names_what_differs(int threads, string? difference)
    {
        var (data, _) = Noise(10);
        ExtractOptions With(int count, string model) => Options(data, "run") with { Execution = Cpu with { Threads = count }, Model = model };
        var model = Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx");
        Pipeline.Extract(With(2, model));
        // How a path is spelled is not what the work is.
        void Again() => Pipeline.Extract(With(threads, Path.Combine(Repository.Root, "models", ".", "mnist-mlp-w010.onnx")) with { Resume = true });
        if (difference is null) Again();
        else Assert.EndsWith(difference, Assert.Throws<AnalyzerException>(Again).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_begun_goes_on_with_its_batch_under_another_ceiling()
    {
        var (data, _) = Noise(600);
        ExtractOptions Wanted(string run) => Options(data, run) with { Taps = ["all"], Reducers = [Reducer.None, Reducer.Sign], CommandLine = "same" };
        Pipeline.Extract(Wanted("whole"));
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Pipeline.Extract(Wanted("cut"), new Watch(_ => stop.Cancel()), stop.Token));
        // With a run of its own this ceiling would bring another batch.
        var memory = Pipeline.Plan(Wanted("plan"), new()).PeakBytes - 1;
        Pipeline.Extract(Wanted("low") with { Memory = memory });
        Pipeline.Extract(Wanted("cut") with { Resume = true, Memory = memory });
        using var low = Run.Open(_folder.At("low"));
        using var whole = Run.Open(_folder.At("whole"));
        Assert.NotEqual(whole.Manifest.Execution.Batch, low.Manifest.Execution.Batch);
        // Manifests tell how many passes it took, and sums speak of manifests.
        bool TellsPasses(string name) => name.EndsWith("manifest.json", StringComparison.Ordinal) || name == "SHA256SUMS";
        Assert.Equal(Contents("whole").Where(f => !TellsPasses(f.Item1)), Contents("cut").Where(f => !TellsPasses(f.Item1)));
        IEnumerable<string> Sums(string run) => File.ReadAllLines(_folder.At($"{run}/SHA256SUMS")).Where(l => !TellsPasses(l));
        Assert.Equal(Sums("whole"), Sums("cut"));
    }

    [Fact]
    public void A_run_whose_model_and_data_were_moved_is_resumed_where_they_lie_now()
    {
        var (data, _) = Noise(20);
        File.Copy(Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), _folder.At("a.onnx"));
        using var stop = new CancellationTokenSource();
        var options = Options(data, "run") with { Model = _folder.At("a.onnx") };
        Assert.ThrowsAny<OperationCanceledException>(() => Pipeline.Extract(options, new Watch(_ => stop.Cancel()), stop.Token));
        File.Move(_folder.At("a.onnx"), _folder.At("b.onnx"));
        Pipeline.Extract(options with { Model = _folder.At("b.onnx"), Resume = true });
        using (var run = Run.Open(_folder.At("run"))) Assert.Equal(_folder.At("b.onnx"), run.Manifest.Model.Path);
        // A finished one too: analyses feed the model again.
        File.Move(_folder.At("b.onnx"), _folder.At("c.onnx"));
        Pipeline.Extract(options with { Model = _folder.At("c.onnx"), Resume = true });
        using var again = Run.Open(_folder.At("run"));
        Assert.Equal(_folder.At("c.onnx"), again.Manifest.Model.Path);
    }

    [Theory]
    [InlineData("lr=0.1/label=7")]
    [InlineData("tap=9")]
    [InlineData("run[1]")]
    [InlineData("every*one?")]
    [InlineData("it's")]
    public void The_path_of_a_run_is_a_name_and_nothing_else(string path)
    {
        var (data, _) = Noise(50, labelled: true);
        // What a pattern or a partition would bring in from next door.
        Pipeline.Extract(Options(data, "run1"));
        Pipeline.Audit(Options(data, path) with { Taps = ["post:relu"] }, new());
        using (var run = Run.Open(_folder.At(path)))
        {
            Assert.Equal(50, run.Samples()[0].Count);
            Assert.Equal(Enumerable.Range(0, 50).Select(i => i % 10), run.Samples()[0].Labels!);
        }
        using var opened = Run.Open(_folder.At(path));
        using var query = RunQuery.Start(opened, "SELECT count(DISTINCT label) || ' ' || (SELECT string_agg(DISTINCT tap) FROM codes) || ' ' || (SELECT count(*) FROM activations WHERE tap = 't0001') FROM samples", json: false);
        Assert.Equal("10 t0000 50", Assert.Single(query.Rows())[0]);
    }
}
