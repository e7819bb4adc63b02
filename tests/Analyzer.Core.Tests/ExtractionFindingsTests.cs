using System.Runtime.InteropServices;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Reports;
using Analyzer.Statistics;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;
using Google.Protobuf;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests;

/// <summary>Answers that are given, each sample its own class scores, and labels that do or do not go with them.</summary>
public sealed class ExtractionFindingsTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_that_go_with_the_answers_are_no_finding()
    {
        var answers = Answers(400, 10);
        Assert.Empty(Findings(10, answers, Noisy(answers, 10, .3)));
        // Few samples, all right.
        Assert.Empty(Findings(2, [0, 1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 0, 1]));
        // Nearly all of one label, and the few others found.
        Assert.Empty(Findings(2, Rare(1_000, 50), Rare(1_000, 50)));
    }

    [Theory]
    [InlineData(2), InlineData(10), InlineData(300)]
    public void Labels_in_another_order_are_said_to_be_so(int classes)
    {
        var answers = Answers(3_000, classes);
        var finding = Assert.Single(Findings(classes, answers, [.. Noisy(answers, classes, .1).Select(label => (label + 1) % classes)]));
        Assert.Equal(("samples.renamed", Verdict.Warn), (finding.Id, finding.Verdict));
        // .9 of the labels are kept, and of the others one in so many is drawn again; 4 standard errors of 1,500 samples.
        Assert.Equal(.9 + .1 / classes, finding.Value, 4 * Math.Sqrt(.1 * .9 / 1_500));
        Assert.InRange(finding.Null!.Mean, 0, .1);
        // Of 300 classes some have no more than a sample or two to find a name by.
        Assert.Matches($"^The labels look numbered in another order than the model's classes: with {(classes == 300 ? @"(29\d|300)" : classes)} of its answers renamed \\(0 to 1, 1 to {2 % classes}", finding.Title);
    }

    // As they lie in files that were made class by class: every other sample would be of every other class.
    [Fact]
    public void The_order_of_the_samples_does_not_matter()
    {
        int[] answers = [.. Enumerable.Range(0, 1_000).Select(i => i % 10)];
        Assert.Equal(("samples.renamed", 1.0), Assert.Single(Findings(10, answers, [.. answers.Select(a => (3 * a + 1) % 10)])) is var finding ? (finding.Id, finding.Value) : default);
    }

    // The model has more classes than the data: those that are never answered keep their names.
    [Fact]
    public void Two_classes_that_are_taken_for_each_other_are_named()
    {
        var answers = Answers(1_000, 5);
        var finding = Assert.Single(Findings(8, answers, [.. answers.Select(a => a == 1 ? 3 : a == 3 ? 1 : a)]));
        Assert.Contains("with 2 of its answers renamed (1 to 3, 3 to 1) accuracy is 1.0000 instead of ", finding.Title, StringComparison.Ordinal);
    }

    // Names can be found that fit some labels better for answers of random weights too, and for a single answer where most labels are another.
    [Fact]
    public void Answers_that_other_names_do_not_make_right_are_chance()
    {
        var answers = Answers(3_000, 10);
        Assert.Equal("samples.chance", Assert.Single(Findings(10, answers, [.. Noisy(answers, 10, .7).Select(label => (label + 1) % 10)])).Id);
        var finding = Assert.Single(Findings(2, [.. Enumerable.Repeat(1, 1_000)], Rare(1_000, 50)));
        Assert.Equal(("samples.chance", Verdict.Warn), (finding.Id, finding.Verdict));
        Assert.StartsWith("On all the model is right less often than one who always says the most frequent label: 0.0500 against 0.9500", finding.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_know_nothing_of_the_labels_are_said_to_be_chance()
    {
        var finding = Assert.Single(Findings(4, Answers(2_000, 4), Answers(2_000, 4, seed: 9)));
        Assert.Equal(("samples.chance", Verdict.Warn), (finding.Id, finding.Verdict));
        Assert.InRange(finding.Value, .2, .3);
        Assert.InRange(finding.Null!.Mean, .25, .3);
        // Always the same, which is right for nearly all.
        Assert.Equal(Verdict.Warn, Assert.Single(Findings(2, [.. Enumerable.Repeat(0, 1_000)], Rare(1_000, 50))).Verdict);
    }

    [Theory]
    [InlineData(6, "Too few samples to tell whether the model knows the classes of all: accuracy is 0.6667")]
    [InlineData(1, "One sample cannot tell whether the model knows its classes")]
    [InlineData(3, "3 samples of one label cannot tell whether the model knows its classes")]
    public void Too_few_samples_leave_it_open(int samples, string title)
    {
        int[] answers = [.. Enumerable.Repeat(0, samples)], labels = [.. Enumerable.Range(0, samples).Select(i => i < 4 ? 0 : 1)];
        var finding = Assert.Single(Findings(2, answers, labels));
        Assert.Equal(("samples.chance", Verdict.Inconclusive), (finding.Id, finding.Verdict));
        Assert.StartsWith(title, finding.Title, StringComparison.Ordinal);
    }

    // All right, and yet two samples are all there is to know anything by.
    [Fact]
    public void A_perfect_answer_of_few_rare_samples_accuses_nobody() =>
        Assert.Equal(Verdict.Inconclusive, Assert.Single(Findings(2, Rare(60, 2), Rare(60, 2))).Verdict);

    [Fact]
    public void Labels_that_count_from_one_leave_accuracy_open()
    {
        var answers = Answers(400, 10);
        var finding = Assert.Single(Findings(10, answers, [.. answers.Select(a => a + 1)]));
        Assert.Equal(("samples.no-classes", Verdict.Inconclusive), (finding.Id, finding.Verdict));
        Assert.EndsWith("no output of it has scores for the labels, which run from 1 to 10", finding.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_without_a_score_are_counted_and_can_be_queried()
    {
        var answers = Answers(300, 3);
        var labels = (int[])answers.Clone();
        labels[7] = labels[200] = 3;
        var finding = Assert.Single(Findings(3, answers, labels));
        Assert.Equal(("samples.no-score", Verdict.Warn, 2 / 300.0), (finding.Id, finding.Verdict, finding.Value));
        Assert.Equal(["7", "200"], Pipeline.Explain(_folder.At("run"), finding.Id, TestContext.Current.CancellationToken).Rows.First.Select(row => row[0]));
    }

    private static int[] Answers(int samples, int classes, ulong seed = 3)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => random.NextBelow(classes))];
    }

    private static int[] Rare(int samples, int others) => [.. Enumerable.Range(0, samples).Select(i => i < others ? 1 : 0)];

    private static int[] Noisy(int[] answers, int classes, double share)
    {
        var random = new SeededRandom(4);
        return Array.ConvertAll(answers, answer => random.NextDouble() < share ? random.NextBelow(classes) : answer);
    }

    private IReadOnlyList<Finding> Findings(int classes, int[] answers, int[] labels)
    {
        var scores = new float[answers.Length * classes];
        foreach (var (sample, answer) in answers.Index()) scores[sample * classes + answer] = 1;
        if (Directory.Exists(_folder.At("run"))) Directory.Delete(_folder.At("run"), recursive: true);
        _folder.Write("relu.onnx", Tiny.Model(13, [Tiny.Value("x", ElementType.Float, -1, classes)], ["y"], Tiny.Node("Relu", "x", "h"), Tiny.Node("Sigmoid", "h", "y")).ToByteArray());
        _folder.Write("data/inputs.npy", Npy("<f4", [answers.Length, classes], MemoryMarshal.AsBytes<float>(scores).ToArray()));
        _folder.Write("data/labels.npy", Npy("<i8", [answers.Length], MemoryMarshal.AsBytes<long>([.. labels.Select(l => (long)l)]).ToArray()));
        Pipeline.Extract(new() { Model = _folder.At("relu.onnx"), Data = _folder.At("data"), Out = _folder.At("run"), Execution = new() { Device = Device.Cpu } });
        return Pipeline.Report(_folder.At("run")).Findings;
    }
}
