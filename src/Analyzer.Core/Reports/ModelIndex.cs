using System.Globalization;
using System.Text;

namespace Analyzer.Reports;

/// <summary>Turns a report into the <c>model-index</c> block of a Hugging Face model card.</summary>
public static class ModelIndex
{
    /// <summary>
    /// One result a split that has an accuracy, with accuracy and loss, and one for what the findings about the whole network measured. The
    /// task is <c>other</c>, for a model does not say what it is for: put yours in its place.
    /// </summary>
    public static string Render(Report report)
    {
        var text = new StringBuilder("model-index:\n");
        text.Append(CultureInfo.InvariantCulture, $"- name: {Quoted(Path.GetFileNameWithoutExtension(report.Model.Path))}\n  results:\n");
        foreach (var (split, accuracy) in report.Accuracy)
        {
            Result(text, report, split);
            Metric(text, "accuracy", "Accuracy", accuracy.Accuracy);
            if (accuracy.Loss is { } loss) Metric(text, "loss", "Mean cross-entropy in nats", loss);
        }
        var network = report.Findings.Where(f => f.Tap is null && f.Verdict != Verdict.Inconclusive && double.IsFinite(f.Value)).ToArray();
        if (network.Length > 0) Result(text, report, null);
        foreach (var f in network) Metric(text, f.Id, $"{f.Title} ({f.Verdict.ToString().ToLowerInvariant()})", f.Value);
        return report.Accuracy.Count + network.Length > 0 ? text.ToString() : "model-index: []\n";
    }

    private static void Result(StringBuilder text, Report report, string? split)
    {
        text.Append("  - task:\n      type: other\n    dataset:\n");
        text.Append(CultureInfo.InvariantCulture, $"      name: {Quoted(report.Data.Name)}\n      type: {Quoted(report.Data.Name)}\n");
        if (split is not null) text.Append(CultureInfo.InvariantCulture, $"      split: {Quoted(split)}\n");
        text.Append("    metrics:\n");
    }

    private static void Metric(StringBuilder text, string type, string name, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"    - type: {Quoted(type)}\n      value: {Number(value)}\n      name: {Quoted(name)}\n");

    // YAML 1.1 takes an exponent for text where no point precedes it.
    private static string Number(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('E', StringComparison.Ordinal) && !text.Contains('.', StringComparison.Ordinal) ? text.Replace("E", ".0E", StringComparison.Ordinal) : text;
    }

    // A double-quoted YAML scalar takes JSON's escapes.
    private static string Quoted(string value) => System.Text.Json.JsonSerializer.Serialize(Text.Line(value));
}
