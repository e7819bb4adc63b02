using System.Globalization;
using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>What is known around two models, side by side.</summary>
internal static class DiffFields
{
    public static IReadOnlyList<DiffField> Of(Manifest a, Manifest b)
    {
        var fields = new List<DiffField>();
        void Add(string group, string name, Func<Manifest, object?> of)
        {
            var (old, now) = (Text(of(a)), Text(of(b)));
            if (old is not null || now is not null) fields.Add(new(group, name, old, now, old == now));
        }
        void AddAll(string group, Func<Manifest, IEnumerable<KeyValuePair<string, string>>> of)
        {
            Dictionary<string, string> old = of(a).ToDictionary(), now = of(b).ToDictionary();
            foreach (var name in old.Keys.Union(now.Keys)) Add(group, name, m => (m == a ? old : now).GetValueOrDefault(name));
        }
        Add("model", "path", m => m.Model.Path);
        Add("model", "sha256", m => m.Model.Sha256);
        Add("model", "sha256 of external data", m => m.Model.ExternalSha256);
        Add("model", "parameters", m => m.Model.Parameters);
        Add("model", "opset", m => m.Model.Opset);
        Add("model", "producer", m => m.Model.Producer);
        AddAll("model", m => m.Model.Metadata ?? new Dictionary<string, string>());
        Add("data", "path", m => m.Data.Path);
        Add("data", "name", m => m.Data.Name);
        Add("data", "sha256", m => m.Data.Sha256);
        AddAll("data", m => m.Data.Splits.Select(s => KeyValuePair.Create($"samples of {s.Name}", $"{s.Samples} of {s.Available}{(s.Labelled ? "" : ", not labelled")}")));
        Add("data", "classes", m => m.Data.Classes?.Count);
        Add("data", "unreadable samples", m => m.Data.Unreadable?.Count ?? 0);
        Add("extraction", "sizes bound", m => m.Bind is { } bind ? string.Join(", ", bind.Select(s => $"{s.Key}={s.Value}")) : null);
        Add("extraction", "class scores", m => m.ClassScores);
        Add("extraction", "seed", m => m.Execution.Seed);
        Add("extraction", "batch", m => m.Execution.Batch);
        Add("extraction", "threads", m => m.Execution.Threads);
        Add("extraction", "provider", m => m.Execution.Provider);
        Add("extraction", "optimization", m => m.Execution.OptimizationLevel);
        Add("extraction", "reducers", m => string.Join(", ", m.Taps.Select(t => t.Reducer).Distinct()));
        Add("extraction", "controls", m => m.Nulls ? "yes" : "no");
        Add("extraction", "outputs with taps", m => m.NonPerturbation is { } n ? n.BitEqual ? "bit-equal" : n.LargestDifference is { } largest ? string.Create(CultureInfo.InvariantCulture, $"off by at most {largest:g3}") : "off beyond what a difference says" : null);
        AddAll("versions", m => m.Versions);
        Add("taps", "taps", m => m.Taps.Count);
        AddAll("taps", Taps);
        return [.. fields.Where(f => !f.Same || f.Group != "taps" || f.Name == "taps")];
    }

    private static IEnumerable<KeyValuePair<string, string>> Taps(Manifest m) => m.Taps.DistinctBy(t => (t.Tensor, t.Reducer))
        .Select(t => KeyValuePair.Create($"{t.Reducer} of {t.Tensor}", $"{t.Op} [{string.Join(",", t.Shape)}], {t.Units} values{(t.Samples is { } some ? $" of {some} samples" : "")}"));

    private static string? Text(object? value) => value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : (string?)value;
}
