using System.Text.Json.Serialization;

namespace Analyzer.Reports;

/// <summary>What a finding comes to.</summary>
public enum Verdict
{
    /// <summary>As one would wish.</summary>
    Pass,
    /// <summary>Worth a look.</summary>
    Warn,
    /// <summary>Not acceptable under the rule that the finding names.</summary>
    Fail,
    /// <summary>Too little to tell.</summary>
    Inconclusive,
}

/// <summary>A measurement with its null, its interval, its place and what it comes to.</summary>
public sealed record Finding
{
    /// <summary>Stable name, such as <c>codes.network.redundancy.train</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The analysis that measured it.</summary>
    public required string Analysis { get; init; }

    /// <summary>Id of the tap, or null where it is of the whole network.</summary>
    public string? Tap { get; init; }

    /// <summary>The unit within the tap, where it is of one.</summary>
    public int? Unit { get; init; }

    /// <summary>One sentence that a person who did not run it understands.</summary>
    public required string Title { get; init; }

    /// <summary>The measurement.</summary>
    public required double Value { get; init; }

    /// <summary>What the value counts, such as <c>fraction</c>.</summary>
    public required string ValueUnit { get; init; }

    /// <summary>The same measurement where nothing is to be found.</summary>
    public NullSummary? Null { get; init; }

    /// <summary>[low, high] at 95 %, or null where none is known.</summary>
    public double[]? Interval { get; init; }

    /// <summary>Benjamini–Hochberg q-value, where many were tested.</summary>
    public double? Q { get; init; }

    /// <summary>Whether weights alone were looked at, so that it says nothing of whether the data sufficed. Default false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OfWeights { get; init; }

    /// <summary>What it comes to.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The rule behind the verdict, in words.</summary>
    public required string Rule { get; init; }

    /// <summary>A query that shows the rows behind it: <c>analyzer query RUN "…"</c>.</summary>
    public required string Evidence { get; init; }

    /// <summary>Paper and variant.</summary>
    public required string Source { get; init; }
}

/// <summary>A null distribution in short.</summary>
/// <param name="Kind">Which null: untrained, random-inputs, permuted-labels, shuffled-units, gaussian-units, random-units; best-other is what was best instead.</param>
/// <param name="Mean">Mean over draws, in the finding's unit.</param>
/// <param name="Std">Standard deviation over draws; with a single draw the standard error of the difference, or null where none is known.</param>
/// <param name="Z">(value − mean)/std; null without a spread.</param>
/// <param name="Draws">How many times the null was drawn.</param>
public sealed record NullSummary(string Kind, double Mean, double? Std, double? Z, int Draws);
