using System.Text.Json;

namespace Analyzer.Reports;

/// <summary>What changed between two runs, A the older or the reference and B the newer: <c>diff.json</c>.</summary>
public sealed record DiffReport
{
    /// <summary>Version of this layout; a field may be added without a new number, never changed or removed.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The reference.</summary>
    public required DiffRun A { get; init; }

    /// <summary>What is held against it.</summary>
    public required DiffRun B { get; init; }

    /// <summary>How it was measured.</summary>
    public required DiffSettings Settings { get; init; }

    /// <summary>What it comes to, a sentence each: model, data, accuracy, layers, weights, findings.</summary>
    public required IReadOnlyList<string> Summary { get; init; }

    /// <summary>What is known around the models, equal or not; of taps only those that differ.</summary>
    public required IReadOnlyList<DiffField> Fields { get; init; }

    /// <summary>What differs between the graphs.</summary>
    public required DiffGraph Graph { get; init; }

    /// <summary>Accuracy and predictions, by split.</summary>
    public required IReadOnlyList<DiffAccuracy> Accuracy { get; init; }

    /// <summary>Tapped layers, matched where they can be, in A's graph order; those of B alone at the end.</summary>
    public required IReadOnlyList<DiffLayer> Layers { get; init; }

    /// <summary>Layers' weights, matched where they can be, in A's graph order; those of B alone at the end.</summary>
    public required IReadOnlyList<DiffWeights> Weights { get; init; }

    /// <summary>Findings, those that changed most first.</summary>
    public required IReadOnlyList<DiffFinding> Findings { get; init; }

    /// <summary>What a reader must know: what could not be compared, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The report as text, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Report.Json) + "\n";
}

/// <summary>One of the two runs.</summary>
/// <param name="Path">Its directory, as given.</param>
/// <param name="Model">The model's file.</param>
/// <param name="Sha256">Of the model.</param>
/// <param name="Parameters">Of the model.</param>
public sealed record DiffRun(string Path, string Model, string Sha256, long Parameters);

/// <summary>How activations were compared.</summary>
/// <param name="Split">On samples of which split; null where the runs share none.</param>
/// <param name="Samples">How many.</param>
/// <param name="Halves">Random halves behind an interval.</param>
/// <param name="Permutations">Permutations behind a null.</param>
/// <param name="Seed">Of all random choices.</param>
/// <param name="Source">Paper and variant.</param>
public sealed record DiffSettings(string? Split, int Samples, int Halves, int Permutations, long Seed, string Source);

/// <summary>Something that is known around the models.</summary>
/// <param name="Group">model, data, extraction, versions or taps.</param>
/// <param name="Name">What it is.</param>
/// <param name="A">In words; null where A has it not.</param>
/// <param name="B">In words; null where B has it not.</param>
/// <param name="Same">Whether both are equal.</param>
public sealed record DiffField(string Group, string Name, string? A, string? B, bool Same);

/// <summary>What differs between two graphs.</summary>
/// <param name="Compared">Whether the model files were there, unchanged, and their nodes were compared.</param>
/// <param name="Reason">Why not; null where they were.</param>
/// <param name="Unchanged">Nodes that are in both and the same but for weights.</param>
/// <param name="Nodes">All others, in A's order, those of B alone at the end.</param>
public sealed record DiffGraph(bool Compared, string? Reason, int Unchanged, IReadOnlyList<DiffNode> Nodes);

/// <summary>A node that differs.</summary>
/// <param name="Change">added, removed or changed.</param>
/// <param name="Node">Its name, or the tensor that it makes where it has none.</param>
/// <param name="Op">Its operator; in B where both have it.</param>
/// <param name="Detail">What of it changed; null where it is in one graph only.</param>
public sealed record DiffNode(string Change, string Node, string Op, string? Detail);

/// <summary>One split in both runs.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Samples">Samples compared, the same in both; null where the runs share none, and then each side is on its own.</param>
/// <param name="A">Accuracy in [0, 1]; null without labels or predictions.</param>
/// <param name="IntervalA">Wilson interval at 95 %.</param>
/// <param name="B">As <paramref name="A"/>.</param>
/// <param name="IntervalB">Wilson interval at 95 %.</param>
/// <param name="Difference">B − A.</param>
/// <param name="Interval">Of the paired difference at 95 % (Newcombe 1998, method 10); null where the samples are not the same.</param>
/// <param name="PValue">Exact McNemar test; null where the samples are not the same.</param>
/// <param name="OnlyA">Samples that only A gets right.</param>
/// <param name="OnlyB">Samples that only B gets right.</param>
/// <param name="Changed">Samples whose prediction is another; null without predictions or shared samples.</param>
/// <param name="ChangedShare">Of the samples, in [0, 1].</param>
/// <param name="ChangedInterval">Wilson interval at 95 %.</param>
public sealed record DiffAccuracy(
    string Split, int? Samples, double? A, double[]? IntervalA, double? B, double[]? IntervalB, double? Difference, double[]? Interval, double? PValue,
    int? OnlyA, int? OnlyB, int? Changed, double? ChangedShare, double[]? ChangedInterval);

/// <summary>A tapped tensor of one run or of both.</summary>
/// <param name="A">The tensor in A; null where only B has it.</param>
/// <param name="B">The tensor in B; null where only A has it.</param>
/// <param name="MatchedBy">name, shape or activations; null where it has no partner.</param>
/// <param name="OpA">The operator that makes it.</param>
/// <param name="OpB">The operator that makes it.</param>
/// <param name="ShapeA">Dimensions, the batch as -1.</param>
/// <param name="ShapeB">Dimensions, the batch as -1.</param>
/// <param name="Cka">Debiased linear CKA of the means a unit and sample; null where it was not measured, and then <paramref name="Reason"/> says why.</param>
/// <param name="Interval">[low, high] at 95 % over samples.</param>
/// <param name="Null">The same with the samples of one side permuted.</param>
/// <param name="Reason">Why there is no number.</param>
public sealed record DiffLayer(
    string? A, string? B, string? MatchedBy, string? OpA, string? OpB, IReadOnlyList<long>? ShapeA, IReadOnlyList<long>? ShapeB,
    double? Cka, double[]? Interval, NullSummary? Null, string? Reason);

/// <summary>The weights of one layer in one run or in both.</summary>
/// <param name="A">The constant that holds them in A; null where only B has it.</param>
/// <param name="B">The constant that holds them in B; null where only A has it.</param>
/// <param name="Node">The node that reads them; in B where both have it.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="MatchedBy">name (of the node) or shape; null where it has no partner.</param>
/// <param name="SizeA">Units × weights a unit.</param>
/// <param name="SizeB">Units × weights a unit.</param>
/// <param name="BitEqual">Whether every bit is the same; null where it was not compared.</param>
/// <param name="RelativeChange">‖B − A‖ / ‖A‖, at least 0; unrelated weights of one norm have √2. Null where sizes differ or values are not finite.</param>
/// <param name="Cosine">Of all weights as one vector, in [−1, 1]; unrelated weights have about 0.</param>
/// <param name="Reason">Why there are no numbers.</param>
public sealed record DiffWeights(
    string? A, string? B, string Node, string Op, string? MatchedBy, string? SizeA, string? SizeB, bool? BitEqual, double? RelativeChange, double? Cosine, string? Reason);

/// <summary>What became of a finding.</summary>
public enum FindingChange
{
    /// <summary>Its verdict is another.</summary>
    Verdict,
    /// <summary>Its value changed by more than its uncertainty.</summary>
    Value,
    /// <summary>Only B has it.</summary>
    Appeared,
    /// <summary>Only A has it.</summary>
    Gone,
    /// <summary>Its value is another, and nothing says how uncertain it is.</summary>
    Open,
    /// <summary>Its value is the same, or differs within its uncertainty.</summary>
    Unchanged,
}

/// <summary>A finding of one run or of both.</summary>
/// <param name="Id">Of the finding.</param>
/// <param name="Analysis">That measured it.</param>
/// <param name="Change">What became of it.</param>
/// <param name="Rule">What that was judged by, in words.</param>
/// <param name="A">The finding in A; null where only B has it.</param>
/// <param name="B">The finding in B; null where only A has it.</param>
public sealed record DiffFinding(string Id, string Analysis, FindingChange Change, string Rule, Finding? A, Finding? B);
