using Analyzer.Analyses;
using Analyzer.Runs;

namespace Analyzer.Tests.Analyses;

public class AnalysisNeedsTests
{
    private static readonly TapEntry Codes = new("t0000", "h", "n", "Relu", [-1, 188_416], "float", "sign", 188_416);

    [Fact]
    public void Codes_need_two_and_a_half_times_their_bytes()
    {
        var need = AnalysisNeeds.Of([Codes], [], [new("train", 10_000, 10_000, true)], 0, new()).Single(n => n.Analysis == "codes");
        Assert.Equal(10_000L * 23_552 * 5 / 2, need.Bytes);
        Assert.Null(AnalysisNeeds.Refusal(need, 1L << 30));
        Assert.Null(AnalysisNeeds.Refusal(need, null));
        Assert.Equal("it needs some 690 MiB, and `--memory` is 512 MiB; `analyzer analyze codes RUN` runs it without a ceiling", AnalysisNeeds.Refusal(need, 512L << 20));
    }

    // Ten classes are 45 pairs, 48 lanes: what 800 rows have in common, vectors over them, and four times the models; where rows are more than half as many as bits every vector over the bits.
    [Fact]
    public void Codes_of_labelled_samples_need_what_the_regression_takes()
    {
        long Bytes(int samples) => AnalysisNeeds.Of([Codes], [], [new("train", samples, samples, true)], 10, new()).Single(n => n.Analysis == "codes").Bytes - samples * 23_552L * 5 / 2;
        const long column = 24 * 10 * 16 + 24 * 8 * 48;
        // Three tiles of 512 × 512 counts; factors of 10 owners along rows and 16 down columns and sums of 16 slices, in both precisions, and 32 vectors.
        Assert.Equal(3L * 512 * 512 * 2 + 800 * 16 * (12 * 42 + 32 * 8) + 32L * 48 * 188_416, Bytes(1_000));
        Assert.Equal(188_416 * column, Bytes(200_000));
    }

    [Fact]
    public void What_a_run_does_not_hold_needs_nothing()
    {
        var needs = AnalysisNeeds.Of([Codes], [], [new("train", 100, 100, true)], 0, new());
        Assert.Equal(["preprocessing", "codes"], needs.Where(n => n.Applies).Select(n => n.Analysis));
        Assert.All(needs.Where(n => !n.Applies), n => Assert.Null(AnalysisNeeds.Refusal(n, 1)));
    }

    [Fact]
    public void Every_analysis_has_its_need() =>
        Assert.Equal(AllAnalyses.Names, AnalysisNeeds.Of([Codes], [], [new("train", 100, 100, true)], 0, new()).Select(n => n.Analysis));
}
