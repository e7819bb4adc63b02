using System.Globalization;
using Analyzer.Datasets;
using Analyzer.Models;
using Analyzer.Reports;

namespace Analyzer.Gates;

/// <summary>The gates of a <c>gates.yaml</c>.</summary>
/// <param name="Name">The file, or <c>default</c>.</param>
/// <param name="Text">The YAML, kept with the run that was judged by it.</param>
/// <param name="Gates">At least one, each with a name of its own.</param>
public sealed record Policy(string Name, string Text, IReadOnlyList<Gate> Gates)
{
    /// <summary>How <see cref="Default"/> is called.</summary>
    public const string DefaultName = "default";

    private static readonly string[] Keys = ["name", "finding", "field", "verdict", "min", "max", "beyond-null", "change", "sure", "severity", "missing"];

    /// <summary>What applies where nobody says otherwise: what no model should show fails, what findings warn of warns.</summary>
    public static Policy Default { get; } = Parse(DefaultName, Embedded());

    /// <summary>Reads a policy.</summary>
    /// <exception cref="AnalyzerException">No such file, no YAML, or a gate that cannot be; the message names the line.</exception>
    public static Policy Open(string path)
    {
        if (!File.Exists(path)) throw new AnalyzerException($"there is no policy `{path}`", "give a gates.yaml to `--policy`; `analyzer check --default` prints one to begin with");
        if (!OrdinaryFile.HasContent(path)) throw new AnalyzerException($"`{path}` {OrdinaryFile.EmptyOrPipe}", "write the policy into a file on a disk");
        return Parse(path, File.ReadAllText(path));
    }

    /// <summary>Reads the text of a policy.</summary>
    /// <param name="name">As messages and reports call it.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="AnalyzerException">As <see cref="Open"/>.</exception>
    public static Policy Parse(string name, string text)
    {
        var root = YamlNode.Parse(name, text, Failure.Usage).Mapping("a policy", "gates");
        if (root["gates"] is not { Items: { Count: > 0 } items } node)
            throw root["gates"].Wrong("`gates` is no list", "write each gate as `- name: …`, indented below `gates:`");
        Gate[] gates = [.. items.Select(Read)];
        if (gates.GroupBy(g => g.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw node.Wrong($"two gates are called `{twice.Key}`", "give each gate a name of its own");
        return new(name, text, gates);
    }

    private static Gate Read(YamlNode node)
    {
        var keys = node.Mapping("a gate", Keys);
        string? Word(string key) => keys.TryGetValue(key, out var value) ? value.Text($"`{key}`") : null;
        var gate = new Gate
        {
            Name = Word("name") ?? throw node.Wrong("a gate has no `name`", "say in a few words what it wants: `name: accuracy holds`"),
            Finding = Word("finding"),
            Field = Word("field"),
            Worst = keys.TryGetValue("verdict", out var verdict) ? OneOf(verdict, "verdict", Verdict.Pass, Verdict.Warn) : null,
            Value = new(Number(keys, "min"), Number(keys, "max")),
            BeyondNull = Bounds(keys, "beyond-null"),
            Change = Bounds(keys, "change"),
            Sure = keys.TryGetValue("sure", out var sure) && (sure.Text("`sure`") switch { "true" => true, "false" => false, var other => throw sure.Wrong($"`sure` is `{other}`", "write `true` or `false`") }),
            Severity = keys.TryGetValue("severity", out var severity) ? OneOf(severity, "severity", GateOutcome.Fail, GateOutcome.Warn) : GateOutcome.Fail,
            Missing = keys.TryGetValue("missing", out var missing) ? OneOf(missing, "missing", GateOutcome.Pass, GateOutcome.Inconclusive, GateOutcome.Fail) : GateOutcome.Inconclusive,
        };
        if (gate.Finding is null == gate.Field is null)
            throw node.Wrong($"the gate `{gate.Name}` looks at {(gate.Finding is null ? "nothing" : "a finding and a field")}", "give it `finding: <id>` or `field: <path into report.json>`");
        var bounded = !(gate.Value.None && gate.BeyondNull.None && gate.Change.None);
        if (gate.Worst is not null == bounded)
            throw node.Wrong($"the gate `{gate.Name}` {(bounded ? "has a `verdict` and bounds" : "wants nothing")}", "give it `verdict`, or bounds: `min`, `max`, `beyond-null: { min: 3 }`, `change: { min: -0.01 }`");
        if (gate.Field is not null && (gate.Worst is not null || !gate.BeyondNull.None))
            throw node.Wrong($"the gate `{gate.Name}` asks a field for a {(gate.Worst is not null ? "verdict" : "null")}", "only findings have one: use `finding`");
        if (gate.Sure && (gate.Worst is not null || !gate.BeyondNull.None))
            throw node.Wrong($"the gate `{gate.Name}` wants to be `sure` of a {(gate.Worst is not null ? "verdict" : "distance from a null")}", "leave `sure` out: only values and changes have intervals");
        foreach (var bounds in new[] { gate.Value, gate.BeyondNull, gate.Change })
            if (bounds.Min > bounds.Max) throw node.Wrong($"the gate `{gate.Name}` wants at least {Reports.Text.Setting(bounds.Min!.Value)} and at most {Reports.Text.Setting(bounds.Max!.Value)}", "exchange them");
        return gate;
    }

    private static Bounds Bounds(IReadOnlyDictionary<string, YamlNode> keys, string key)
    {
        if (!keys.TryGetValue(key, out var node)) return new();
        var bounds = node.Mapping($"`{key}`", "min", "max");
        return new(Number(bounds, "min"), Number(bounds, "max"));
    }

    private static double? Number(IReadOnlyDictionary<string, YamlNode> keys, string key)
    {
        if (!keys.TryGetValue(key, out var node)) return null;
        return double.TryParse(node.Text($"`{key}`"), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
            : throw node.Wrong($"`{key}` is `{node.Scalar}`, which is no number", "write it like `0.95`");
    }

    private static T OneOf<T>(YamlNode node, string key, params T[] known) where T : struct, Enum
    {
        var text = node.Text($"`{key}`");
        foreach (var value in known)
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
        throw node.Wrong($"`{key}` is `{text}`", $"it can be {string.Join(", ", known.Select(k => $"`{k.ToString().ToLowerInvariant()}`"))}");
    }

    private static string Embedded()
    {
        using var reader = new StreamReader(typeof(Policy).Assembly.GetManifestResourceStream("gates.yaml")!);
        return reader.ReadToEnd();
    }
}
