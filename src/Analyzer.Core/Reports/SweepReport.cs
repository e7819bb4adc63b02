using System.Text.Json;

namespace Analyzer.Reports;

/// <summary>What many runs of one family come to: <c>sweep.json</c>. The HTML page is a function of it.</summary>
public sealed record SweepReport
{
    /// <summary>Version of this layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>What differs between the models, each with its values.</summary>
    public required IReadOnlyList<SweepFactor> Factors { get; init; }

    /// <summary>The runs, in the order given.</summary>
    public required IReadOnlyList<SweepRun> Runs { get; init; }

    /// <summary>Every measurement of every run.</summary>
    public required IReadOnlyList<SweepMeasurement> Measurements { get; init; }

    /// <summary>Measurements of the whole network against each numeric factor, repeats (seeds) joined.</summary>
    public required IReadOnlyList<SweepCurve> Curves { get; init; }

    /// <summary>The activation hash phase chart; empty without codes and labels.</summary>
    public required IReadOnlyList<PhasePoint> Phases { get; init; }

    /// <summary>The rule behind the regimes, in words.</summary>
    public required string PhaseRule { get; init; }

    /// <summary>Rank correlations between measurements over the runs.</summary>
    public required IReadOnlyList<SweepCorrelation> Correlations { get; init; }

    /// <summary>What a reader must know: factors that some runs lack, analyses that some runs lack.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The report as text, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Report.Json) + "\n";
}

/// <summary>Something that differs between models.</summary>
/// <param name="Name">Such as <c>width</c> or <c>epoch</c>.</param>
/// <param name="Numeric">Whether all its values are numbers.</param>
/// <param name="From">Where its values come from: the model's metadata, its file name, or the run.</param>
/// <param name="Values">The values, ascending.</param>
public sealed record SweepFactor(string Name, bool Numeric, string From, IReadOnlyList<string> Values);

/// <summary>One run of a sweep.</summary>
/// <param name="Path">Its directory, as given.</param>
/// <param name="Model">The model's file.</param>
/// <param name="Sha256">Of the model.</param>
/// <param name="Factors">Its value of each factor; a factor that it lacks is not there.</param>
public sealed record SweepRun(string Path, string Model, string Sha256, IReadOnlyDictionary<string, string> Factors);

/// <summary>One number of one run.</summary>
/// <param name="Run">Index of the run.</param>
/// <param name="Measure">Such as <c>codes.redundancy.train</c>.</param>
/// <param name="Layer">Place of the layer in the graph, from 0; null for the whole network.</param>
/// <param name="Tensor">The layer's tensor; null for the whole network.</param>
/// <param name="Value">The measurement.</param>
/// <param name="Null">The same where nothing is to be found; null where none was measured.</param>
/// <param name="Interval">[low, high] at 95 %; null where none is known.</param>
public sealed record SweepMeasurement(int Run, string Measure, int? Layer, string? Tensor, double Value, double? Null, double[]? Interval = null);

/// <summary>A measurement against a factor, all others fixed.</summary>
/// <param name="Measure">What.</param>
/// <param name="Layer">Of which layer; null for the whole network.</param>
/// <param name="Factor">Against what.</param>
/// <param name="Series">The fixed values of the other factors, in words; empty where there is no other.</param>
/// <param name="Points">Ascending in the factor.</param>
public sealed record SweepCurve(string Measure, int? Layer, string Factor, string Series, IReadOnlyList<SweepPoint> Points);

/// <summary>A point of a curve.</summary>
/// <param name="X">The factor.</param>
/// <param name="Mean">Over repeats.</param>
/// <param name="Std">Sample standard deviation over repeats; null for a single one.</param>
/// <param name="Repeats">How many there are.</param>
/// <param name="Null">Mean of the nulls; null without.</param>
public sealed record SweepPoint(double X, double Mean, double? Std, int Repeats, double? Null);

/// <summary>A place in the phase chart, repeats joined.</summary>
/// <param name="Factors">Where it lies.</param>
/// <param name="Redundancy">R of the codes on the split that was fitted on.</param>
/// <param name="KNearest">Accuracy of K-NN on the codes.</param>
/// <param name="Logistic">Accuracy of logistic regression on the codes.</param>
/// <param name="Regime">under, critical or sufficient.</param>
/// <param name="Reason">Which part of the rule decided.</param>
/// <param name="Decided">Whether every comparison on the way lies outside its interval; if not, other samples may give another regime.</param>
public sealed record PhasePoint(IReadOnlyDictionary<string, string> Factors, double Redundancy, double KNearest, double Logistic, string Regime, string Reason, bool Decided);

/// <summary>Spearman's rank correlation of two measurements over runs.</summary>
/// <param name="First">One measurement.</param>
/// <param name="Second">The other.</param>
/// <param name="Within">The factors that are fixed, in words; empty for all runs together.</param>
/// <param name="Rho">In [−1, 1]; null where it is undefined.</param>
/// <param name="PValue">Two-sided.</param>
/// <param name="Runs">Pairs.</param>
/// <param name="Method">How the p-value was found.</param>
public sealed record SweepCorrelation(string First, string Second, string Within, double? Rho, double? PValue, int Runs, string Method);
