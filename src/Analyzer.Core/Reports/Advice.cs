using System.IO.Enumeration;

namespace Analyzer.Reports;

/// <summary>What to do about a finding that is not as one would wish.</summary>
public static class Advice
{
    // By id, those first that matter most: where inputs are wrong nothing else means much, where labels are, half of it does not. The first
    // that fits is taken; the second text is for findings that are open.
    private static readonly (string Id, string Odd, string Open)[] Table =
    [
        ("samples.not-finite", "Run the samples that the rows name alone, and tap the layers before the output to see where numbers end.", ""),
        ("samples.no-score", "Mend those labels (the rows name them), or give the model's own list of classes.", ""),
        ("samples.no-classes", "", "Number labels from 0, in the order of the model's scores; of a model that gives none, such as an embedding, nothing else follows from this."),
        ("samples.renamed", "Number the labels as the model does, and audit again: accuracy and all that is asked of its answers is measured against these labels.", ""),
        ("samples.chance", "Ask whether these labels belong to these samples and this model, and whether the model was trained at all.", MoreLabels),
        ("extract.outputs", "Audit again with `--optimization none`, or tap fewer tensors: the graph that was measured is rounded otherwise than the one handed in.", ""),
        ("preprocessing.input", "Prepare the inputs so (`preprocess` in dataset.yaml) and audit again before reading on: all else is measured on inputs that look wrong.",
            "Compare the preparation, and the order of the classes, with what the model's makers say; with labels of these samples the question can be decided."),
        ("labels.contradicted.*", "Look at the samples that the rows name and mend their labels, then audit again: accuracy and probes are measured against these labels.",
            "Audit more labelled samples of each class, or labels of another split: the network alone cannot tell."),
        ("labels.gap", "Believe the lower accuracy, and ask what sets the two apart: samples seen in training, mistaken labels, other inputs.", MoreLabels),
        ("codes.network.knearest", "Ask whether these labels belong to these samples and this model: its hidden layers do not know the classes.", MoreLabels),
        ("codes.network.logistic", "Ask whether these labels belong to these samples and this model: its hidden layers do not know the classes.", MoreLabels),
        ("codes.network.kmeans", "Compare with K-NN and regression: where they find the classes, classes are there and are no round groups.", MoreLabels),
        ("discriminate.network.characteristic", "Ask whether these labels belong to these samples and this model: no unit knows the classes.", MoreLabels),
        ("codes.network.training-gain", "Compare several networks that were trained, and several that were not (`sweep`): features may owe little to training here.", MoreLabels),
        ("redundancy.network.duplicates", "Training from random weights makes no exact copies: ask how they came in (copied or edited weights, weights tied on purpose). One of each pair can be removed by adding its outgoing weights to the other's.", ""),
        ("anomalies.network.data-outliers", "Look at those samples first (the rows name them): corrupt, mislabelled, or rare and real?", MoreSamples),
        ("anomalies.network.beyond-gaussian", "Look at those samples (the rows name them): corrupt, mislabelled, or rare and real?", MoreSamples),
        ("anomalies.network.count", "Look at the outlier samples, and at what silencing the filters changes, before blaming the filters.", MoreSamples),
        ("anomalies.network.ablation", "Silence the filters and fine-tune, then compare on data that chose nothing.", "Judge it on a split of its own: give the data a `test` beside the split that filters were chosen on."),
        ("anomalies.network.*", "Look at the outlier samples: what the network finds hard about them may be their labels.", MoreSamples),
        ("anomalies.*", "Look at the samples that this filter answers to (the rows name them).", MoreSamples),
        ("codes.network.redundancy.*", "The network is too narrow for these data, or saturated: look at which samples share a code (the rows), and compare with a wider one.", MoreSamples),
        ("discriminate.units.single-out", "Watch that unit: what silences or feigns it decides about the class. Ablate it, and look at the samples on which it is wrong.", MoreLabels),
        ("discriminate.layers.silent", "See whether those layers are dead, or are skipped by a residual path; they may be removed.", MoreLabels),
        ("discriminate.embedding", "What earlier layers know is lost in the last one: fit the classifier on several layers, or fine-tune.", MoreLabels),
        ("redundancy.network.zero-weights", "Those units can be removed without changing anything.", ""),
        ("redundancy.network.zero-responses", "Those units may be dead: see whether they stay so on other data, then remove them.", MoreSamples),
        ("redundancy.network.responses", FewerUnits, "Extract with the control of re-drawn weights, on 50 samples or more."),
        ("redundancy.*", FewerUnits, MoreSamples),
        ("selfsimilarity.network.power-law", "", "A layer of more units has a longer spectrum; this one describes the network, and nothing hangs on it."),
        ("selfsimilarity.*", "Read the rate without those units, for they alone make it.", MoreSamples),
        ("*", "Look at the rows behind it.", MoreSamples),
    ];

    private const string FewerUnits = "Fewer units may do: narrow the layers that the rows name, fine-tune, and compare. A question of cost, no fault.";

    private const string MoreSamples = "Audit more samples.", MoreLabels = "Audit more labelled samples of each class.";

    /// <summary>What the ids of findings begin with.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. Table.Select(row => row.Id.Split('.')[0]).Where(family => family != "*").Distinct()];

    /// <summary>The next step, in a sentence or two; null where a finding passed.</summary>
    public static string? For(Finding finding) => finding.Verdict switch
    {
        Verdict.Pass => null,
        Verdict.Warn when finding is { Id: "labels.gap", Value: < 0 } => "Ask what is worse about the first of the two, its labels or its inputs, before believing its accuracy.",
        Verdict.Inconclusive => Row(finding).Open is { Length: > 0 } open ? open : MoreSamples,
        _ => Row(finding).Odd,
    };

    /// <summary>How much a finding matters beside others of its verdict: the lower the more.</summary>
    public static int Rank(Finding finding) => Array.IndexOf(Table, Row(finding));

    private static (string Id, string Odd, string Open) Row(Finding finding) => Array.Find(Table, row => FileSystemName.MatchesSimpleExpression(row.Id, finding.Id, ignoreCase: false));
}
